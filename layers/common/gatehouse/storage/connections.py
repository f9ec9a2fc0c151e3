"""Connections in `GrantsTable`: one item for each user and client, in the index `by_user`."""

from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.kernel import plain_values
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBConnections(DynamoDBStore):
    """Implements `ConnectionStore`."""

    def save_connection(self, organisation: str, connection: Connection) -> None:
        """See `ConnectionStore.save_connection`."""
        key = keys.connection(organisation, connection.username, connection.client_id)
        of_user = {"user_key": keys.of_user(organisation, connection.user_id)}
        self._tables.put(self._tables.grants, {**key, **attribute_values.render(plain_values.of(connection) | of_user)})
