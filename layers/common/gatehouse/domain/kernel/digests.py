"""Random texts, the digests under which secrets are stored, and HMAC-SHA-256 under a key that is used again."""

import binascii
import hashlib
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _hashlib import HASH  # for its name only

_ID_BYTES = 16
_SECRET_BYTES = 32
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_BLOCK_BYTES = 64
_INNER, _OUTER = (bytes(octet ^ pad for octet in range(256)) for pad in (0x36, 0x5C))
"""The two pads of HMAC, as tables for `bytes.translate`."""

_empty = hashlib.sha256()
"""Copied for each digest: OpenSSL takes longer to find the algorithm than to digest a secret."""


def random_text(octets: int) -> str:
    """Return so many random bytes in base64, URL-safe and without padding, as `secrets.token_urlsafe` does."""
    return base64url(secrets.token_bytes(octets))


def base64url(octets: bytes) -> str:
    """Return bytes in base64, URL-safe and without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(octets, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


def generate_id() -> str:
    """Return 128 random bits, URL-safe, 22 characters. A dash in front would read as an option on a command line."""
    while (made := random_text(_ID_BYTES)).startswith("-"):
        pass
    return made


def generate_secret() -> str:
    """Return what cookies, mailed links and tokens hold: 256 random bits, URL-safe, 43 characters."""
    return random_text(_SECRET_BYTES)


def digest(secret: str) -> bytes:
    """Return the form in which a secret is stored and compared."""
    return sha256(secret.encode())


def sha256(octets: bytes) -> bytes:
    """Return the digest."""
    return _begin(octets).digest()


def _begin(octets: bytes) -> "HASH":
    made = _empty.copy()
    made.update(octets)
    return made


class HmacKey:
    """A key of HMAC-SHA-256 (RFC 2104). Its two blocks are digested once, at a fraction of the CPU of `hmac.digest`."""

    def __init__(self, key: bytes) -> None:
        """Digest the key, of at most 64 bytes.

        Raises:
            ValueError: It is longer.
        """
        if len(key) > _BLOCK_BYTES:
            raise ValueError("key longer than a block")
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner, self._outer = _begin(padded.translate(_INNER)), _begin(padded.translate(_OUTER))

    def sign(self, text: bytes) -> bytes:
        """Return the code of a text."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()
