"""Paths of our own host at which APIs answer, in `DirectoryTable`: an item for each, under its path."""

from gatehouse.domain.apis import own_paths
from gatehouse.domain.apis.own_paths import OwnPath
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore

_LISTED_MAX = 1_000


class DynamoDBOwnPaths(ListingStore):
    """Implements `OwnPathStore`."""

    def find_own_path(self, path: str) -> OwnPath | None:
        """See `OwnPathStore.find_own_path`."""
        wanted = map(keys.own_path, own_paths.beginnings(path))
        return next(iter(self._tables.find_many(OwnPath, self._tables.directory, wanted)), None)

    def find_own_paths(self) -> tuple[OwnPath, ...]:
        """See `OwnPathStore.find_own_paths`."""
        listed = self._listings.all(keys.collection("OWN_PATHS"), _LISTED_MAX)
        return tuple(mappers.read(OwnPath, one) for one in listed)

    def map_path(self, mapped: OwnPath, entry: Entry) -> bool:
        """See `OwnPathStore.map_path`."""
        listing = {"collection": keys.collection("OWN_PATHS"), "position": mapped.path}
        key, values = keys.own_path(mapped.path), {**plain_values.of(mapped), **listing}
        made = transaction_items.put(self._tables, key, values, must_be_new=True)
        return audit.write(self._tables, [made], entry)

    def unmap_path(self, mapped: OwnPath, entry: Entry) -> bool:
        """See `OwnPathStore.unmap_path`."""
        as_read = {"organisation": mapped.organisation, "api_id": mapped.api_id}
        gone = transaction_items.delete_if(self._tables, keys.own_path(mapped.path), as_read)
        return audit.write(self._tables, [gone], entry)
