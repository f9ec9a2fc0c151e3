"""Connections in `GrantsTable`: one item for each user and client, in the index `by_user`."""

from gatehouse.domain.accounts.connections import Connection
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBConnections(DynamoDBStore):
    """Implements `ConnectionStore`."""

    def save_connection(self, organisation: str, connection: Connection) -> None:
        """See `ConnectionStore.save_connection`."""
        key = keys.connection(organisation, connection.username, connection.client_id)
        of_user = keys.of_user(organisation, connection.user_id)
        self._tables.put(self._tables.grants, mappers.item(key, connection, user_key=of_user))
