"""What a process remembers of the directory, for seconds, so that a busy function reads it rarely."""

import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Any

_ENTRIES_MAX = 4096
_NOTHING = 0.0, None


class TtlCache:
    """A bounded map whose entries end after `seconds`; the oldest go first. It remembers absence (None) too."""

    def __init__(self, seconds: float) -> None:
        """Remember nothing yet; with 0 seconds, everything ends at once."""
        self._seconds = seconds
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    @property
    def lasts(self) -> bool:
        """Whether what is kept can be recalled at all."""
        return self._seconds > 0

    def recall(self, key: Hashable) -> tuple[bool, Any]:
        """Return whether the key is remembered, and its value."""
        ends_at, value = self._entries.get(key, _NOTHING)
        return (True, value) if time.monotonic() < ends_at else (False, None)

    def recall_all(self, keys: Iterable[Hashable]) -> list[tuple[bool, Any]]:
        """Return the same of each key, at one moment."""
        now, get = time.monotonic(), self._entries.get
        found = [get(key, _NOTHING) for key in keys]
        return [(True, value) if now < ends_at else (False, None) for ends_at, value in found]

    def peek_stale(self, key: Hashable) -> Any:
        """Return what was remembered last, though it may have ended: good for guessing what is to be read."""
        return self._entries.get(key, _NOTHING)[1]

    def keep(self, key: Hashable, value: Any) -> None:
        """Remember the value."""
        self._entries[key] = (time.monotonic() + self._seconds, value)
        self._entries.move_to_end(key)
        if len(self._entries) > _ENTRIES_MAX:
            self._entries.popitem(last=False)
