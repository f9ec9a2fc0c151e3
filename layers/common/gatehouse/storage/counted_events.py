"""The memory of what was counted, in `GrantsTable`: which events of a span of time, page after page, until TTL.

A page takes what comes while it is small. One that has grown is closed for good, and the next one follows; so nobody
rewrites much, and whoever wants to add has read all that stands there: the condition on the page fails otherwise.
"""

import hashlib
from collections.abc import Iterable

from gatehouse.domain.portal import counting
from gatehouse.domain.portal.counting import TokenEvent
from gatehouse.storage.dynamodb import attribute_values, keys, transaction_items
from gatehouse.storage.dynamodb.tables import ABSENT, Tables, when
from gatehouse.storage.dynamodb.transaction_items import Action

_CLOSED_BYTES = 512
_DIGEST_BYTES = 12
"""Of SHA-256: among a million events of one span, the chance that a new one looks counted is one in 10^22."""

_PAGES_PER_READ_MAX = 64


class DynamoDBCountedEvents:
    """What one consumer knows of one span; it only grows, so it may be kept."""

    def __init__(self, tables: Tables, span: int) -> None:
        """Know nothing yet."""
        self._tables = tables
        self._span = span
        self._digests: set[bytes] = set()
        self._page = 0
        self._open = b""

    def read(self) -> None:
        """Read on from the page that was open last; most often that is all there is, by one read."""
        wanted = 1
        while True:
            pages = range(self._page, self._page + wanted)
            found = self._tables.get_many(
                [(self._tables.grants, keys.counted_events(self._span, page)) for page in pages]
            )
            if not all(self._learn(b"" if values is None else values["digests"]) for values in found):
                return
            wanted = min(2 * wanted, _PAGES_PER_READ_MAX)

    def __contains__(self, event: TokenEvent) -> bool:
        """Say whether the event was counted before."""
        return _digest(event) in self._digests

    def _learn(self, page: bytes) -> bool:
        """Take in the page that comes next; say whether it is closed, so that another may follow."""
        self._digests.update(page[start : start + _DIGEST_BYTES] for start in range(0, len(page), _DIGEST_BYTES))
        is_closed = len(page) >= _CLOSED_BYTES
        self._page, self._open = (self._page + 1, b"") if is_closed else (self._page, page)
        return is_closed

    def add(self, events: Iterable[TokenEvent], now: int) -> Action:
        """Return the action that remembers the events, if nobody has added anything since it was read."""
        digests = self._with(events)
        expires_at = now + counting.MEMORY_SECONDS
        item = keys.counted_events(self._span, self._page) | attribute_values.render(
            {"digests": digests, "expires_at": expires_at}
        )
        as_read = when("digests = :read", read=self._open) if self._open else when(ABSENT)
        return transaction_items.put_item(self._tables.grants, item, **as_read)

    def added(self, events: Iterable[TokenEvent]) -> None:
        """Take in what was added, instead of reading it."""
        self._learn(self._with(events))

    def _with(self, events: Iterable[TokenEvent]) -> bytes:
        return self._open + b"".join(map(_digest, events))


def _digest(event: TokenEvent) -> bytes:
    return hashlib.sha256(event.event_id.encode()).digest()[:_DIGEST_BYTES]
