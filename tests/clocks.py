"""Time, as tests have it: the second at which most of them happen, and a clock that only they move."""

from collections.abc import Callable
from dataclasses import dataclass

NOW = 1_800_000_000
"""Epoch seconds."""


@dataclass
class Clock:
    """The clock of what is kept for seconds; it stands in for the module `time`."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class AheadClock:
    """A real clock that tests can advance, in the place of the module `clock` of the storage."""

    true: Callable[[], float]
    ahead_seconds: float = 0.0

    def now(self) -> float:
        return self.true() + self.ahead_seconds
