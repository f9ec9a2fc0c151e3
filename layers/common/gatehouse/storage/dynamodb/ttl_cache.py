"""A cache in the process, with a time to live: a busy function reads the directory rarely."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Any

from gatehouse.storage.aws import clock

_ENTRIES_MAX = 4096
_NOTHING = 0.0, None


class TtlCache:
    """A bounded map whose entries expire after `seconds`; the oldest are evicted first. It holds absence (None) too."""

    def __init__(self, seconds: float, entries_max: int = _ENTRIES_MAX) -> None:
        """Start empty; with 0 seconds, everything expires at once."""
        self._seconds = seconds
        self._entries_max = entries_max
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    @property
    def enabled(self) -> bool:
        """Whether entries live at all."""
        return self._seconds > 0

    def get(self, key: Hashable) -> tuple[bool, Any]:
        """Return whether the key has an entry that has not expired, and its value."""
        ends_at, value = self._entries.get(key, _NOTHING)
        return (True, value) if clock.now() < ends_at else (False, None)

    def get_all(self, keys: Iterable[Hashable]) -> list[tuple[bool, Any]]:
        """Return the same of each key, at one moment."""
        now, find = clock.now(), self._entries.get
        found = [find(key, _NOTHING) for key in keys]
        return [(True, value) if now < ends_at else (False, None) for ends_at, value in found]

    def peek_stale(self, key: Hashable) -> Any:
        """Return the last value, expired or not: good for guessing what is to be read."""
        return self._entries.get(key, _NOTHING)[1]

    def put(self, key: Hashable, value: Any) -> None:
        """Store the value."""
        self._entries[key] = (clock.now() + self._seconds, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._entries_max:
            self._entries.popitem(last=False)
