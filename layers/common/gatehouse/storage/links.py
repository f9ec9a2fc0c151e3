"""One-time links in `GrantsTable`."""

from gatehouse.domain.accounts.links import Link, Use
from gatehouse.domain.kernel import plain_values
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBLinks(DynamoDBStore):
    """Implements `LinkStore`."""

    def add_link(self, organisation: str, link: Link) -> None:
        """See `LinkStore.add_link`."""
        key = keys.link(organisation, link.digest)
        self._tables.put(self._tables.grants, {**key, **attribute_values.render(plain_values.of(link))})

    def find_link(self, organisation: str, digest: bytes) -> Link | None:
        """See `LinkStore.find_link`."""
        return self._tables.find(Link, self._tables.grants, keys.link(organisation, digest))


def use(tables: Tables, used: Use | None) -> list[Action]:
    """Return the action that uses a link up, for the transaction that stores what it allowed; none without a link."""
    if used is None:
        return []
    return [
        {
            "Update": {
                "TableName": tables.grants,
                "Key": keys.link(used.link.organisation, used.link.digest),
                "UpdateExpression": "SET used_by = :form",
                "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(used_by) AND expires_at > :now",
                "ExpressionAttributeValues": attribute_values.render({":form": used.form, ":now": used.now}),
            }
        }
    ]
