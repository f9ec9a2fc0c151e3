"""The accent colour can be read in both schemes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.accounts import branding
from gatehouse.domain.accounts.branding import UnreadableColourError

COLOURS = st.integers(0, 0xFFFFFF).map(lambda one: f"#{one:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert branding.contrast(one, other) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("text", ["red", "#12345", "#1234567", "0b57b0", "#0b57bg", "url(x)", "#0b57b0;}"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(UnreadableColourError):
        branding.parse(text)


@pytest.mark.parametrize(("text", "colour"), [("", ""), ("  ", ""), (" #0B57B0", "#0b57b0")])
def test_a_colour_has_one_spelling(text: str, colour: str) -> None:
    assert branding.parse(text) == colour


@given(COLOURS)
def test_every_colour_that_is_taken_can_be_read_in_both_schemes_and_every_suggestion_is_taken(colour: str) -> None:
    try:
        taken = branding.parse(colour)
    except UnreadableColourError as error:
        taken = branding.parse(error.suggestion)
    light, dark = re.findall(r"--accent: (#\w{6}); --on-accent: (#\w{6})", branding.style(taken))

    assert branding.contrast(light[0], "#eef1f5") >= branding.CONTRAST_MIN
    assert branding.contrast(dark[0], "#1a212b") >= branding.CONTRAST_MIN
    assert min(branding.contrast(*light), branding.contrast(*dark)) >= branding.CONTRAST_MIN
