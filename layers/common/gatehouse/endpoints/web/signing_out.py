"""The store's word to the sign-in pages that the user asked it to sign out, so that they do not ask again.

Both are pages of one host. No other site can set a cookie of this name, nor send the store's form that sets it.
"""

from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.web import cookies

COOKIE = "__Host-gatehouse.signing-out"

_SECONDS = 60


def announce(organisation: str) -> str:
    """Return the cookie that says so."""
    return cookies.render(COOKIE, organisation, _SECONDS)


def is_announced(request: Request, organisation: str) -> bool:
    """Say whether the user asked the store to sign out of this organisation."""
    return request.cookies.get(COOKIE) == organisation


def forget() -> str:
    """Return the cookie that ends it."""
    return cookies.expire(COOKIE)
