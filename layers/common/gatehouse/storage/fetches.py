"""What was fetched from outside, how often, and which hosts failed: in `GrantsTable`, until it expires by itself."""

import hashlib

from gatehouse.domain.kernel import fetching
from gatehouse.domain.kernel.fetching import NO_BACKOFF, WINDOW_SECONDS, Backoff
from gatehouse.domain.oauth.client_keys import FetchedKeys
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.tables import DynamoDBStore

_BACKOFF_MEMORY_SECONDS = 24 * 3600


class DynamoDBFetches(DynamoDBStore):
    """Implements `FetchStore` and `KeyCache`."""

    def count_source_fetch(self, source: str, now: int) -> int:
        """See `FetchStore.count_source_fetch`."""
        return self._count(keys.source_fetches(source, now // WINDOW_SECONDS), now)

    def count_host_fetch(self, organisation: str, host: str, now: int) -> int:
        """See `FetchStore.count_host_fetch`."""
        return self._count(keys.host_fetches(organisation, host, now // WINDOW_SECONDS), now)

    def _count(self, key: Key, now: int) -> int:
        return self._tables.count_once(self._tables.grants, key, fetching.window_ends_at(now))

    def find_backoff(self, organisation: str, host: str) -> Backoff:
        """See `FetchStore.find_backoff`."""
        return self._tables.find(Backoff, self._tables.grants, keys.host_backoff(organisation, host)) or NO_BACKOFF

    def replace_backoff(self, organisation: str, host: str, backoff: Backoff) -> None:
        """See `FetchStore.replace_backoff`. Of two that write at once, the last one stands: both saw it fail."""
        key = keys.host_backoff(organisation, host)
        if backoff == NO_BACKOFF:
            self._tables.delete(self._tables.grants, key)
            return
        expires_at = backoff.retry_at + _BACKOFF_MEMORY_SECONDS
        self._tables.put(self._tables.grants, mappers.item(key, backoff, expires_at=expires_at))

    def find_keys(self, organisation: str, url: str) -> FetchedKeys | None:
        """See `KeyCache.find_keys`."""
        return self._tables.find(FetchedKeys, self._tables.grants, _fetched_key(organisation, url))

    def save_keys(self, organisation: str, url: str, fetched: FetchedKeys) -> None:
        """See `KeyCache.save_keys`."""
        self._tables.put(self._tables.grants, mappers.item(_fetched_key(organisation, url), fetched, url=url))


def _fetched_key(organisation: str, url: str) -> Key:
    return keys.fetched(organisation, hashlib.sha256(url.encode()).hexdigest())
