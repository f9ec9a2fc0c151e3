"""Commands that people copy from the pages into a shell, such that they work there as they are.

A secret that the page no longer knows is a variable of the shell, so that it stands in no history.
"""

import shlex
from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

from gatehouse.domain.kernel import scopes

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SECRET, PASSWORD = '"$CONSUMER_SECRET"', '"$PASSWORD"'
"""Variables, as a shell expands them."""


def curl(url: str) -> str:
    """Return how curl begins: a stack on this machine has a certificate that nobody signed."""
    return "curl -k" if urlsplit(url).hostname in _LOOPBACK else "curl"


def client_credentials(issuer: str, client_id: str, names: Iterable[str], secret: str = "") -> str:
    """Return the command that gets a token for the application itself."""
    return _token(issuer, client_id, secret, "client_credentials", (), names)


def password(issuer: str, client_id: str, username: str, names: Iterable[str], secret: str = "") -> str:
    """Return the command that gets a token for a user by the password."""
    more = (f"--data-urlencode {shlex.quote(f'username={username}')}", f"--data-urlencode password={PASSWORD}")
    return _token(issuer, client_id, secret, "password", more, names)


def call(url: str, token: str) -> str:
    """Return the command that calls an API."""
    return f"{curl(url)} -H {shlex.quote(f'Authorization: Bearer {token}')} {shlex.quote(url)}"


def authorization(issuer: str, client_id: str, redirect_uri: str, names: Iterable[str]) -> str:
    """Return the address to which an application sends a browser, but for the challenge of its own."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": _wanted(names) or "openid",
        "code_challenge_method": "S256",
    }
    return f"{issuer}/authorize?{urlencode(query)}&code_challenge=<S256 challenge>"


def _token(issuer: str, client_id: str, secret: str, grant: str, more: tuple[str, ...], names: Iterable[str]) -> str:
    credentials = f"{shlex.quote(client_id)}:{shlex.quote(secret) if secret else SECRET}"
    wanted = _wanted(names)
    scope = (f"--data-urlencode {shlex.quote(f'scope={wanted}')}",) if wanted else ()
    parts = (curl(issuer), f"-u {credentials}", f"-d grant_type={grant}", *more, *scope, f"{issuer}/token")
    return " ".join(parts)


def _wanted(names: Iterable[str]) -> str:
    """Return the scopes to ask for: a request that names more of them is refused as a whole."""
    return " ".join(sorted(names)[: scopes.SCOPES_MAX])
