"""Recovery codes: ten of 80 random bits, for users who lost every other second factor. Each works once.

They are random, so SHA-256 is enough to store them.
"""

import base64
import hashlib
import secrets

COUNT = 10

_BYTES = 10
_GROUP = 4
_TYPED_MAX_CHARACTERS = 64


def generate() -> tuple[str, ...]:
    """Return new codes, spelled as they are shown: four groups of four letters and digits."""
    return tuple(_format(secrets.token_bytes(_BYTES)) for _ in range(COUNT))


def digest(typed: str) -> bytes:
    """Return the form in which a code is stored, however it was typed: case, spaces and hyphens do not count."""
    bare = typed[:_TYPED_MAX_CHARACTERS].upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(bare.encode(errors="replace")).digest()


def _format(content: bytes) -> str:
    text = base64.b32encode(content).decode()
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))
