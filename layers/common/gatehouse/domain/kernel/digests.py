"""Random ids, and the digests under which secrets are stored."""

import hashlib
import secrets

_ID_BYTES = 16


def generate_id() -> str:
    """Return 128 random bits, URL-safe, 22 characters. A dash in front would read as an option on a command line."""
    while (made := secrets.token_urlsafe(_ID_BYTES)).startswith("-"):
        pass
    return made


def digest(secret: str) -> bytes:
    """Return the form in which a secret is stored and compared."""
    return hashlib.sha256(secret.encode()).digest()
