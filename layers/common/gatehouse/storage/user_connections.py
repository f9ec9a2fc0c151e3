"""A user's connections, found by the index `by_user` and read strongly."""

from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.sessions import FOUND_MAX
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, user_index, users
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBUserConnections(DynamoDBStore):
    """Implements `UserConnectionStore`."""

    def find_connections_of(self, organisation: str, user_id: str) -> tuple[Connection, ...]:
        """See `UserConnectionStore.find_connections_of`; a query and a batched read."""
        listed = user_index.find(self._tables, organisation, user_id, keys.CONNECTIONS, FOUND_MAX)
        return tuple(mappers.read(Connection, one) for one in listed)

    def disconnect(self, organisation: str, old: User, new: User, client_id: str, entry: Entry) -> User | None:
        """See `UserConnectionStore.disconnect`."""
        made, stored = users.change(self._tables, old, new)
        forgotten = (
            keys.consent(organisation, old.user_id, client_id),
            keys.connection(organisation, old.username, client_id),
        )
        made += [transaction_items.delete_item(self._tables.grants, key) for key in forgotten]
        return stored if audit.write(self._tables, made, entry) else None
