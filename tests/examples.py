"""How many examples Hypothesis tries: a quarter of them in `make unit`, and all where `make faults` or a name asks."""

from hypothesis import settings

_USUAL = 100
_SAMPLE = 25


def sample() -> None:
    """Try a quarter of the examples from here on; modules that say how many they want are imported afterwards."""
    settings.register_profile("sample", max_examples=_SAMPLE)
    settings.load_profile("sample")


def of(usual: int) -> int:
    """Return how many examples there are of a test that usually tries so many."""
    return -(-usual * settings().max_examples // _USUAL)
