"""One-time links in `GrantsTable`."""

from gatehouse.domain.accounts.links import Link, Use
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables, when
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBLinks(DynamoDBStore):
    """Implements `LinkStore`."""

    def add_link(self, organisation: str, link: Link) -> None:
        """See `LinkStore.add_link`."""
        key = keys.link(organisation, link.digest)
        self._tables.put(self._tables.grants, mappers.item(key, link))

    def find_link(self, organisation: str, digest: bytes) -> Link | None:
        """See `LinkStore.find_link`."""
        return self._tables.find(Link, self._tables.grants, keys.link(organisation, digest))


def use(tables: Tables, used: Use | None) -> list[Action]:
    """Return the action that uses a link up, for the transaction that stores what it allowed; none without a link."""
    if used is None:
        return []
    key = keys.link(used.link.organisation, used.link.digest)
    is_open = "attribute_exists(pk) AND attribute_not_exists(used_by) AND expires_at > :now"
    condition = when(is_open, form=used.form, now=used.now)
    return [transaction_items.update(tables.grants, key, "SET used_by = :form", **condition)]
