"""What operators alone do on the command line, each with its line of the audit log in one transaction."""

from gatehouse.domain.accounts.links import Link
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore, when


class OperatorChanges(DynamoDBStore):
    """Changes of `GrantsTable` that need no line when the user makes them, or a function does."""

    def revoke_grant(self, grant_id: str, entry: Entry) -> bool:
        """Mark the grant as revoked, for good; False if it is gone."""
        revoked = when("attribute_exists(pk)", yes=True)
        action = transaction_items.update(self._tables.grants, keys.grant(grant_id), "SET revoked = :yes", **revoked)
        return audit.write(self._tables, [action], entry)

    def add_link(self, link: Link, entry: Entry) -> None:
        """Store a new link."""
        item = mappers.item(keys.link(link.organisation, link.digest), link)
        audit.write(self._tables, [transaction_items.put_item(self._tables.grants, item)], entry)
