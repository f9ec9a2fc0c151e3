"""How many examples Hypothesis tries: a quarter of them in `make unit`, and all where `make faults` or a name asks."""

from hypothesis import HealthCheck, settings

_USUAL = 100
_SAMPLE = 25


def choose(*, is_sample: bool) -> None:
    """Try a quarter of the examples from here on, or all; modules that say how many they want are imported afterwards.

    A busy machine is no failure: nothing is said about the time of an example.
    """
    number = _SAMPLE if is_sample else _USUAL
    settings.register_profile(
        "chosen", max_examples=number, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("chosen")


def of(usual: int) -> int:
    """Return how many examples there are of a test that usually tries so many."""
    return -(-usual * settings().max_examples // _USUAL)
