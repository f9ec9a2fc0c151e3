"""Moments as the program reads and prints them, in UTC."""

import time
from datetime import UTC, datetime


def now() -> int:
    """Return the present moment, epoch seconds."""
    return now_ms() // 1000


def now_ms() -> int:
    """Return the present moment, epoch milliseconds."""
    return time.time_ns() // 1_000_000


def moment(at_ms: int) -> str:
    """Return a moment as people and programs read it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(at: int) -> str:
    """Return the day of a moment in epoch seconds; an empty text for 0, which means never."""
    return datetime.fromtimestamp(at, UTC).date().isoformat() if at else ""
