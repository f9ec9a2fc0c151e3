"""Names that people give: one line of what can be seen, in one spelling (Unicode NFC, UAX #15).

Two names that look alike, or one that turns the text around itself, deceive people who decide by them (UTS #39).
"""

import unicodedata

_SINGLE = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)
_UNSEEN = frozenset(map(chr, (*_SINGLE, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Letters, marks and symbols that are drawn as nothing; `isprintable` knows controls, formats and separators."""


def parse(typed: str, characters_max: int) -> str | None:
    """Return a name in its one spelling, without spaces around it; None if it cannot be one."""
    name = unicodedata.normalize("NFC", typed.strip(" "))
    return name if name and len(name) <= characters_max and is_seen(name) else None


def is_seen(text: str) -> bool:
    """Say whether every character can be seen, or is a space, and none changes how others are ordered."""
    return text.isprintable() and _UNSEEN.isdisjoint(text)
