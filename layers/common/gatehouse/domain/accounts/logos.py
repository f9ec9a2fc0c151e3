"""Organisations' logos: small pictures that cannot hold scripts."""

import hashlib
import re
from typing import Literal, Protocol

import msgspec

_MAXIMUM_BYTES = 64 * 1024
_SIDE_MAX_PIXELS = 4096
LIMITS = "a PNG, JPEG, WebP or GIF of at most 64 KiB and 4096 pixels a side"
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
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
    """Return the logo if it is a PNG, JPEG, WebP or GIF of at most 64 KiB; the content decides, not its name.

    A small file may describe a picture that fills a browser's memory, so its sides are limited, too.
    """
    media_type = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if _WEBP.match(content):
        media_type = "image/webp"
    if media_type is None or len(content) > _MAXIMUM_BYTES or max(_size(content, media_type)) > _SIDE_MAX_PIXELS:
        return None
    return Logo(media_type=media_type, content=content, version=hashlib.sha256(content).hexdigest()[:16])


def _size(content: bytes, media_type: str) -> tuple[int, int]:
    """Return width and height in pixels; 0 where the content ends before it says so, and no browser shows it."""
    match media_type:
        case "image/png":
            return _number(content[16:20]), _number(content[20:24])
        case "image/gif":
            return _number(content[6:8], "little"), _number(content[8:10], "little")
        case "image/webp":
            return _webp_size(content)
        case _:
            return _jpeg_size(content)


def _webp_size(content: bytes) -> tuple[int, int]:
    """Return the size in the first chunk: extended, lossless or lossy (RFC 9649 section 2)."""
    chunk, start = content[12:16], content[20:30]
    if chunk == b"VP8X":
        return _number(start[4:7], "little") + 1, _number(start[7:10], "little") + 1
    if chunk == b"VP8L":
        packed = _number(start[1:5], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    return _number(start[6:8], "little") & 0x3FFF, _number(start[8:10], "little") & 0x3FFF


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Return the size in the frame header, over the segments before it (ITU-T T.81 annex B)."""
    at = 2
    while content[at : at + 1] == b"\xff" and len(content) > at + 9:
        marker, length = content[at + 1], _number(content[at + 2 : at + 4])
        if marker in _JPEG_SIZES:
            return _number(content[at + 7 : at + 9]), _number(content[at + 5 : at + 7])
        at += 1 if marker == 0xFF else 2 + max(length, 2)
    return 0, 0


def _number(content: bytes, order: Literal["big", "little"] = "big") -> int:
    return int.from_bytes(content, order)
