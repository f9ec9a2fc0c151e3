"""Reading what may be seconds old, several items by one call: each call is milliseconds of waiting.

Which item refers to which is known after reading; but a stale entry is a good guess. So items that will be asked for
next are prefetched by a call that is made anyway. A wrong guess costs a read unit, never a wrong answer.

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
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache

_PREFETCH_MAX = 25
"""So that what is prefetched, 400 KB each at most, never makes a second call of one: DynamoDB answers 16 MB."""


_NOTHING = b"", None


class ReadThroughCache:
    """Items of `DirectoryTable`, cached for the cache's seconds."""

    def __init__(self, tables: Tables, cache: TtlCache) -> None:
        """Read nothing yet."""
        self._tables = tables
        self._cache = cache
        self._parsed = TtlCache(math.inf)

    def find_fresh[T](self, entry: Entry[T]) -> T | None:
        """Return the entry's value if it has not expired; never does I/O."""
        return self._cache.get(entry[0]["pk"]["S"])[1]

    def find_stale[T](self, entry: Entry[T]) -> T | None:
        """Return the value that was read last, however long ago; never does I/O."""
        return self._cache.peek_stale(entry[0]["pk"]["S"])

    def find[T](self, entry: Entry[T]) -> T | None:
        """Return the cached value, or read it."""
        is_cached, value = self._cache.get(entry[0]["pk"]["S"])
        return value if is_cached else self.read([entry])[0][0]

    def gather(
        self, entries: Sequence[Entry[Any]], now: Sequence[tuple[str, Key]] = (), prefetch: Sequence[Entry[Any]] = ()
    ) -> tuple[list[Any], list[Item | None]]:
        """Return entries, at most the cache's seconds old, and other items, unparsed, as they are now.

        All that is missing is read by one call per 100 items; if nothing is, none is made.

        Args:
            entries: What may be cached.
            now: Tables and keys of what may not.
            prefetch: What will be asked for next, and is read too if there is a call anyway.
        """
        cached = self._cache.get_all([key["pk"]["S"] for key, _ in entries])  # once: it may end any moment
        missing = [entry for entry, (is_cached, _) in zip(entries, cached, strict=True) if not is_cached]
        if not (missing or now):
            return [value for _, value in cached], []
        read, current = self.read([*missing, *self._missing(prefetch)], now)
        found = iter(read)
        return [value if is_cached else next(found) for is_cached, value in cached], current

    def read(
        self, entries: Sequence[Entry[Any]], now: Sequence[tuple[str, Key]] = ()
    ) -> tuple[list[Any], list[Item | None]]:
        """Do the same without looking into the cache, which stores what is read."""
        directory = self._tables.directory
        wanted = [*[(directory, key) for key, _ in entries], *now]
        found = self._tables.get_items(wanted) if len(wanted) > 1 else [self._tables.get_item(*wanted[0])]
        values = [self._store(entry, item) for entry, item in zip(entries, found, strict=False)]
        return values, found[len(entries) :]

    def _store(self, entry: Entry[Any], item: Item | None) -> Any:
        """Keep and return the value of an item; an item that is as it was when it was read last is not parsed again."""
        key = entry[0]["pk"]["S"]
        value = None
        if item is not None:
            text = json_texts.render(item)
            last, value = self._parsed.get(key)[1] or _NOTHING
            if text != last:
                value = entry[1](attribute_values.parse(item))
                self._parsed.put(key, (text, value))
        self._cache.put(key, value)
        return value

    def _missing(self, entries: Sequence[Entry[Any]]) -> list[Entry[Any]]:
        if not (entries and self._cache.enabled):
            return []
        cached = self._cache.get_all([key["pk"]["S"] for key, _ in entries])
        return [entry for entry, (is_cached, _) in zip(entries, cached, strict=True) if not is_cached][:_PREFETCH_MAX]
