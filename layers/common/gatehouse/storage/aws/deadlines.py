"""The end of the present invocation, which bounds every call of the storage.

Lambda stops a function at its time-out without an answer. A call that would take longer is given up before, so that
there is time for a 503. An instance serves one invocation at a time, so there is one deadline in a process.
"""

import math
import time
from typing import Any

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws import clock

_RESERVE_SECONDS = 0.3
"""What is left for the answer, and for its line in the log."""

_ends_at = math.inf


def begin(context: Any) -> None:
    """Take the remaining time of an invocation from its context; what has none, as in tests, has no deadline."""
    global _ends_at
    clock.begin()
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    _ends_at = math.inf if remaining is None else time.monotonic() + remaining() / 1000 - _RESERVE_SECONDS


def ends_at() -> float:
    """Return when the last call must be over, on the monotonic clock; infinite if there is no deadline."""
    return _ends_at


def require(seconds: float) -> None:
    """Make sure that a call of so many seconds would be over in time; for clients that know their own time-outs only.

    Raises:
        TemporarilyUnavailableError: It would not.
    """
    if time.monotonic() + seconds > _ends_at:
        raise TemporarilyUnavailableError("no time left")
