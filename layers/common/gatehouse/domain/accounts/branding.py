"""An organisation's accent colour, in both schemes, such that what is written in it and on it can be read.

WCAG 2.2 success criterion 1.4.3: text has a contrast of 4.5:1 with its ground.
"""

import re

import msgspec

CONTRAST_MIN = 4.5

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LIGHT_GROUND, _DARK_GROUND = "#eef1f5", "#1a212b"
_WHITE, _INK = "#ffffff", "#10151c"
_STEPS = 100


class Palette(msgspec.Struct, frozen=True, kw_only=True):
    """A colour of links and buttons, and the colour of what is written on it, in the light and in the dark scheme."""

    accent: str
    on_accent: str
    dark_accent: str
    on_dark_accent: str


_OWN = Palette(accent="#0b57b0", on_accent="#ffffff", dark_accent="#8cbcff", on_dark_accent="#08203f")
"""The pages' own; `store.css` and `signin.css` state the same."""


class UnreadableColourError(ValueError):
    """The colour cannot be read on the pages; `suggestion` is the nearest that can, or empty."""

    def __init__(self, reason: str, suggestion: str = "") -> None:
        """Say why."""
        super().__init__(reason)
        self.suggestion = suggestion


def parse(text: str) -> str:
    """Return the colour as `#rrggbb`; empty for the pages' own.

    Raises:
        UnreadableColourError: It is no colour, or too light for text on the pages.
    """
    colour = text.strip().lower()
    if not colour:
        return ""
    if not _COLOUR.fullmatch(colour):
        raise UnreadableColourError("The accent colour is #, and six hexadecimal digits, such as #0b57b0.")
    found = contrast(colour, _LIGHT_GROUND)
    if found < CONTRAST_MIN:
        suggestion = _towards(colour, _INK, _LIGHT_GROUND)
        raise UnreadableColourError(
            f"The accent colour has a contrast of {found:.1f}:1 with the page. Text needs 4.5:1, such as {suggestion}.",
            suggestion,
        )
    return colour


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def palette(colour: str) -> Palette:
    """Return the colours for an accent colour; the pages' own for none."""
    if not colour:
        return _OWN
    dark = _towards(colour, _WHITE, _DARK_GROUND)
    return Palette(accent=colour, on_accent=_on(colour), dark_accent=dark, on_dark_accent=_on(dark))


def style(colour: str) -> str:
    """Return the style sheet that shows the accent colour in both schemes; empty for none."""
    if not colour:
        return ""
    found = palette(colour)
    return (
        f":root {{ --accent: {found.accent}; --on-accent: {found.on_accent}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {found.dark_accent}; "
        f"--on-accent: {found.on_dark_accent}; }} }}\n"
    )


def _on(colour: str) -> str:
    """Return the colour of text on it; one of the two has at least 4.5:1 with any colour."""
    return max((_WHITE, _INK), key=lambda one: contrast(one, colour))


def _towards(colour: str, end: str, ground: str) -> str:
    """Return the first colour on the way to another that can be read on the ground."""
    mixes = (_mix(colour, end, step / _STEPS) for step in range(_STEPS + 1))
    return next(one for one in mixes if contrast(one, ground) >= CONTRAST_MIN)


def _mix(one: str, other: str, part: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    linear = [_linear(one / 255) for one in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
