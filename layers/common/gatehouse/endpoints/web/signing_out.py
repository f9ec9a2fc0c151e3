"""The store's word to the sign-in pages that the user asked it to sign out, so that they do not ask again.

Both are pages of one host. No other site can set a cookie of this name, nor send the store's form that sets it.
"""

from gatehouse.endpoints.requests import Request

COOKIE = "__Host-gatehouse.signing-out"

_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
_SECONDS = 60


def announce(organisation: str) -> str:
    """Return the cookie that says so."""
    return f"{COOKIE}={organisation}; {_ATTRIBUTES}; Max-Age={_SECONDS}"


def is_announced(request: Request, organisation: str) -> bool:
    """Say whether the user asked the store to sign out of this organisation."""
    return request.cookies.get(COOKIE) == organisation


def forget() -> str:
    """Return the cookie that ends it."""
    return f"{COOKIE}=; {_ATTRIBUTES}; Max-Age=0"
