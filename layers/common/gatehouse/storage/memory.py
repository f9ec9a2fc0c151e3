"""What a process remembers of the directory, for seconds, so that a busy function reads it rarely."""

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

_ENTRIES_MAX = 4096


class Memory:
    """A bounded map whose entries end after `seconds`; the oldest go first. It remembers absence (None) too."""

    def __init__(self, seconds: float) -> None:
        """Remember nothing yet; 0 seconds never remember."""
        self._seconds = seconds
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def recall(self, key: Hashable) -> tuple[bool, Any]:
        """Return whether the key is remembered, and its value."""
        ends_at, value = self._entries.get(key, (0.0, None))
        return (True, value) if time.monotonic() < ends_at else (False, None)

    def keep(self, key: Hashable, value: Any) -> None:
        """Remember the value."""
        if self._seconds <= 0:
            return
        self._entries[key] = (time.monotonic() + self._seconds, value)
        self._entries.move_to_end(key)
        if len(self._entries) > _ENTRIES_MAX:
            self._entries.popitem(last=False)
