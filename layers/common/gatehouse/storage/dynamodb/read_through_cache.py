"""Reading what may be seconds old, several items by one call: each call is milliseconds of waiting.

Which item leads to which is learnt by reading; but what stood there last is remembered beyond its seconds, and is a
good guess. So items that will be asked for next are read ahead, by a call that is made anyway. A wrong guess costs
a read unit, never a wrong answer.
"""

from collections.abc import Sequence
from typing import Any

from gatehouse.storage.dynamodb.cache_keys import Entry
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.mappers import Values
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache

_AHEAD_MAX = 25
"""So that what is read ahead, 400 KB each at most, never makes a second call of one: DynamoDB answers 16 MB."""


class ReadThroughCache:
    """Items of `DirectoryTable`, remembered for the memory's seconds."""

    def __init__(self, tables: Tables, memory: TtlCache) -> None:
        """Read nothing yet."""
        self._tables = tables
        self._memory = memory

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
        recalled = [self._memory.recall(key["pk"]["S"]) for key, _ in entries]  # once: it may end any moment
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
        wanted = [*((self._tables.directory, key) for key, _ in entries), *now]
        found = self._tables.get_many(wanted) if len(wanted) > 1 else [self._tables.get(*wanted[0])]
        values = [None if one is None else parse(one) for (_, parse), one in zip(entries, found, strict=False)]
        for (key, _), value in zip(entries, values, strict=True):
            self._memory.keep(key["pk"]["S"], value)
        return values, found[len(entries) :]

    def _ahead(self, entries: Sequence[Entry[Any]]) -> list[Entry[Any]]:
        if not self._memory.lasts:
            return []
        return [entry for entry in entries if not self._memory.recall(entry[0]["pk"]["S"])[0]][:_AHEAD_MAX]
