"""The clock, for what happens after a request has arrived; what concerns the request counts from its arrival."""

import time


def now_ms() -> int:
    """Return the present moment, epoch milliseconds."""
    return time.time_ns() // 1_000_000
