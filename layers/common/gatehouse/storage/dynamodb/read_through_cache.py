"""Reading what may be seconds old, several items by one call: each call is milliseconds of waiting.

Which item leads to which is learnt by reading; but what stood there last is remembered beyond its seconds, and is a
good guess. So items that will be asked for next are read ahead, by a call that is made anyway. A wrong guess costs
a read unit, never a wrong answer.

Most items are the same when they are read again. Parsing is half of what a read costs here, so a value is kept with
the text of its item, for good, and is the value of the next item that has this text.
"""

import math
from collections.abc import Sequence
from typing import Any

from gatehouse.domain.kernel import json_texts
from gatehouse.storage.dynamodb import attribute_values
from gatehouse.storage.dynamodb.attribute_values import Item
from gatehouse.storage.dynamodb.cache_keys import Entry
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.mappers import Values
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache

_AHEAD_MAX = 25
"""So that what is read ahead, 400 KB each at most, never makes a second call of one: DynamoDB answers 16 MB."""


_NOTHING = b"", None


class ReadThroughCache:
    """Items of `DirectoryTable`, remembered for the memory's seconds."""

    def __init__(self, tables: Tables, memory: TtlCache) -> None:
        """Read nothing yet."""
        self._tables = tables
        self._memory = memory
        self._parsed = TtlCache(math.inf)

    def recall[T](self, entry: Entry[T]) -> T | None:
        """Return what is remembered; never does I/O."""
        return self._memory.recall(entry[0]["pk"]["S"])[1]

    def peek[T](self, entry: Entry[T]) -> T | None:
        """Return what stood there when it was read last, however long ago; never does I/O."""
        return self._memory.peek_stale(entry[0]["pk"]["S"])

    def find[T](self, entry: Entry[T]) -> T | None:
        """Return what is remembered, or read it."""
        is_remembered, value = self._memory.recall(entry[0]["pk"]["S"])
        return value if is_remembered else self.read([entry])[0][0]

    def gather(
        self, entries: Sequence[Entry[Any]], now: Sequence[tuple[str, Key]] = (), ahead: Sequence[Entry[Any]] = ()
    ) -> tuple[list[Any], list[Values | None]]:
        """Return entries, at most the memory's seconds old, and the plain values of other items as they are now.

        All that is missing is read by one call per 100 items; if nothing is, none is made.

        Args:
            entries: What may be remembered.
            now: Tables and keys of what may not.
            ahead: What will be asked for next, and is read too if there is a call anyway.
        """
        recalled = self._memory.recall_all([key["pk"]["S"] for key, _ in entries])  # once: it may end any moment
        missing = [entry for entry, (is_remembered, _) in zip(entries, recalled, strict=True) if not is_remembered]
        if not (missing or now):
            return [value for _, value in recalled], []
        read, current = self.read([*missing, *self._ahead(ahead)], now)
        found = iter(read)
        return [value if is_remembered else next(found) for is_remembered, value in recalled], current

    def read(
        self, entries: Sequence[Entry[Any]], now: Sequence[tuple[str, Key]] = ()
    ) -> tuple[list[Any], list[Values | None]]:
        """Do the same past the memory, which keeps the entries."""
        directory = self._tables.directory
        wanted = [*[(directory, key) for key, _ in entries], *now]
        found = self._tables.get_items(wanted) if len(wanted) > 1 else [self._tables.get_item(*wanted[0])]
        values = [self._learn(entry, item) for entry, item in zip(entries, found, strict=False)]
        return values, [None if item is None else attribute_values.parse(item) for item in found[len(entries) :]]

    def _learn(self, entry: Entry[Any], item: Item | None) -> Any:
        """Keep and return the value of an item; an item that is as it was when it was read last is not parsed again."""
        key = entry[0]["pk"]["S"]
        value = None
        if item is not None:
            text = json_texts.render(item)
            last, value = self._parsed.recall(key)[1] or _NOTHING
            if text != last:
                value = entry[1](attribute_values.parse(item))
                self._parsed.keep(key, (text, value))
        self._memory.keep(key, value)
        return value

    def _ahead(self, entries: Sequence[Entry[Any]]) -> list[Entry[Any]]:
        if not (entries and self._memory.lasts):
            return []
        recalled = self._memory.recall_all([key["pk"]["S"] for key, _ in entries])
        return [entry for entry, (is_remembered, _) in zip(entries, recalled, strict=True) if not is_remembered][
            :_AHEAD_MAX
        ]
