"""What `make up` prints while it works: each step when it begins, and how long it took."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Progress:
    """Prints steps with the seconds since the beginning."""

    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """The time since the beginning."""
        return time.monotonic() - self.began

    @contextmanager
    def step(self, text: str) -> Generator[None]:
        """Print a step, and how long it took once it is done."""
        began = self.seconds
        print(f"{began:6.1f} s  {text} ...", flush=True)
        yield
        print(f"{self.seconds:6.1f} s  {text}: done in {self.seconds - began:.1f} s", flush=True)
