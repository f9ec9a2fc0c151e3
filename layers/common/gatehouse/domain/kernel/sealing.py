"""Keeping secrets that have to be read again: AES-256-GCM, under a key that no table holds."""

import hashlib
import hmac
import secrets
from typing import Protocol

_NONCE_BYTES = 12


class SealingKeyStore(Protocol):
    """Where the key is."""

    def find_sealing_key(self) -> bytes:
        """Return 256 bits."""
        ...


def derive_key(text: str) -> bytes:
    """Return the key of a secret of high entropy."""
    return hmac.digest(hashlib.sha256(text.encode()).digest(), b"gatehouse second factors", "sha256")


def seal(key: bytes, content: bytes, context: str) -> bytes:
    """Return the content, sealed; it can be opened only in the same context, such as whose it is."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # only where factors are used: no start waits for it

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, context.encode())


def open_sealed(key: bytes, sealed: bytes, context: str) -> bytes | None:
    """Return the content; None if it was not sealed under this key and in this context."""
    from cryptography.exceptions import InvalidTag  # see above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):
        return None
