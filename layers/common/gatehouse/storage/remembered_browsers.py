"""Browsers in which users signed in, in `GrantsTable`."""

from gatehouse.domain.accounts.remembered_browsers import RememberedBrowser
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, user_index
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore

_FOUND_MAX = 100


class DynamoDBRememberedBrowsers(DynamoDBStore):
    """Implements `RememberedBrowserStore`."""

    def add_browser(self, organisation: str, browser: RememberedBrowser) -> None:
        """See `RememberedBrowserStore.add_browser`."""
        key = keys.remembered_browser(organisation, browser.digest)
        of_user = keys.of_user(organisation, browser.user_id)
        self._tables.put(self._tables.grants, mappers.item(key, browser, user_key=of_user))

    def find_browser(self, organisation: str, digest: bytes) -> RememberedBrowser | None:
        """See `RememberedBrowserStore.find_browser`."""
        return self._tables.find(RememberedBrowser, self._tables.grants, keys.remembered_browser(organisation, digest))

    def find_browsers(self, organisation: str, user_id: str) -> tuple[RememberedBrowser, ...]:
        """See `RememberedBrowserStore.find_browsers`; a query and a batched read."""
        found = user_index.find(self._tables, organisation, user_id, keys.REMEMBERED_BROWSERS, _FOUND_MAX)
        return tuple(mappers.read(RememberedBrowser, one) for one in found)

    def forget_browser(self, organisation: str, digest: bytes, entry: Entry | None = None) -> None:
        """See `RememberedBrowserStore.forget_browser`."""
        key = keys.remembered_browser(organisation, digest)
        if entry is None:
            self._tables.delete(self._tables.grants, key)
        else:
            audit.write(self._tables, [transaction_items.delete_item(self._tables.grants, key)], entry)
