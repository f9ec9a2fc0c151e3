"""Values as the pages spell them: every moment with its zone, every duration with its unit."""

from datetime import UTC, datetime

from gatehouse.endpoints.store import numbers

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def moment(at: int, *, seconds: bool = False) -> str:
    """Return a NumericDate as date and time; `seconds` are for what is compared."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC" if seconds else "%Y-%m-%d %H:%M UTC")


def in_unit(seconds: str) -> tuple[str, int]:
    """Return a number of seconds in the largest unit that holds it exactly, and the unit; as it is if it is none."""
    if not (numbers.is_whole(seconds) and int(seconds)):
        return seconds, 60
    size = next(size for _, size in _UNITS if int(seconds) % size == 0)
    return str(int(seconds) // size), size


def duration(seconds: int) -> str:
    """Return whole seconds in the largest unit that holds them exactly."""
    name, size = next((name, size) for name, size in _UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count:,} {name}{'' if count == 1 else 's'}"
