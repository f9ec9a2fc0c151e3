"""The clock by which caches expire: it counts the time for which Lambda suspends a function between invocations.

Meanwhile the monotonic clock may stand still, as it does under Linux while a system is suspended. An entry of two
seconds would outlive what was revoked hours ago. The wall clock tells how long it was (docs/decisions/0386).

https://man7.org/linux/man-pages/man2/clock_gettime.2.html
"""

import time

_suspended_seconds = 0.0
_wall, _monotonic = time.time(), time.monotonic()


def begin() -> None:
    """Count by how much the wall clock ran ahead since the last invocation; each begins with this."""
    global _suspended_seconds, _wall, _monotonic
    wall, monotonic = time.time(), time.monotonic()
    _suspended_seconds += max(0.0, (wall - _wall) - (monotonic - _monotonic))
    _wall, _monotonic = wall, monotonic


def now() -> float:
    """Return seconds; only their differences mean something."""
    return time.monotonic() + _suspended_seconds
