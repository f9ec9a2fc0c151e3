"""A user's sessions and connections, found by the index `by_user` and read strongly."""

from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.sessions import FOUND_MAX, Session
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, connections, user_index, users
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables
from gatehouse.storage.sessions import DynamoDBSessions


class DynamoDBActiveSessions(DynamoDBStore):
    """Implements the port of the same name."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        super().__init__(tables)
        self._accounts = DynamoDBAccounts(tables)
        self._sessions = DynamoDBSessions(tables)

    def find_user(self, organisation: str, username: str) -> User | None:
        """See `OwnSessionStore.find_user`."""
        return self._accounts.find_user(organisation, username)

    def find_sessions_of(self, organisation: str, user_id: str) -> tuple[Session, ...]:
        """See `OwnSessionStore.find_sessions_of`."""
        return self._sessions.find_sessions_of(organisation, user_id)

    def find_connections_of(self, organisation: str, user_id: str) -> tuple[Connection, ...]:
        """See `OwnSessionStore.find_connections_of`; a query and a batched read."""
        listed = user_index.find(self._tables, organisation, user_id, keys.CONNECTIONS, FOUND_MAX)
        found = [connections.parse(one) for one in listed]
        return tuple(one for one in found if one is not None)

    def end_session(self, organisation: str, session: Session, entry: Entry) -> bool:
        """See `OwnSessionStore.end_session`."""
        return self._sessions.end_session(organisation, session, entry)

    def change_user(self, organisation: str, old: User, new: User, entry: Entry) -> User | None:
        """See `OwnSessionStore.change_user`."""
        return self._accounts.change_user(organisation, old, new, entry)

    def disconnect(self, organisation: str, old: User, new: User, client_id: str, entry: Entry) -> User | None:
        """See `OwnSessionStore.disconnect`."""
        made, stored = users.change(self._tables, old, new)
        forgotten = (
            keys.consent(organisation, old.user_id, client_id),
            keys.connection(organisation, old.username, client_id),
        )
        deletes = [{"Delete": {"TableName": self._tables.grants, "Key": key}} for key in forgotten]
        return stored if self._tables.try_transact([*made, *deletes, audit.action(self._tables, entry)]) else None
