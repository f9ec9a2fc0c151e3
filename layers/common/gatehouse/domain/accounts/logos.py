"""Organisations' logos: small pictures that cannot hold scripts."""

import hashlib
import re
from typing import Protocol

import msgspec

_MAXIMUM_BYTES = 64 * 1024
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_WEBP = re.compile(rb"RIFF.{4}WEBPVP8[ LX]", re.DOTALL)


class Logo(msgspec.Struct, frozen=True, kw_only=True):
    """One picture. `version` changes with its content."""

    media_type: str
    content: bytes
    version: str


class LogoStore(Protocol):
    """Where logos are kept, apart from the organisations that are read all day."""

    def find_logo(self, organisation: str) -> Logo | None:
        """Return the organisation's logo."""
        ...


def parse(content: bytes) -> Logo | None:
    """Return the logo if it is a PNG, JPEG, WebP or GIF of at most 64 KiB; the content decides, not its name."""
    media_type = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if _WEBP.match(content):
        media_type = "image/webp"
    if media_type is None or len(content) > _MAXIMUM_BYTES:
        return None
    return Logo(media_type=media_type, content=content, version=hashlib.sha256(content).hexdigest()[:16])
