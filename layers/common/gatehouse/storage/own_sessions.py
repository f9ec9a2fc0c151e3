"""A user's sessions and connections, found by the index `by_user` and read strongly."""

from typing import Any

from gatehouse.domain.audit import Entry
from gatehouse.domain.connections import Connection
from gatehouse.domain.portal.own_sessions import SHOWN_MAX
from gatehouse.domain.sessions import Session
from gatehouse.domain.users import User
from gatehouse.storage import audit, connections, items, keys, sessions, users
from gatehouse.storage.accounts import Accounts
from gatehouse.storage.tables import Tables


class OwnSessionStore:
    """Implements the port of the same name."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables
        self._accounts = Accounts(tables)

    def find_user(self, organisation: str, username: str) -> User | None:
        """See `OwnSessionStore.find_user`."""
        return self._accounts.find_user(organisation, username)

    def find_sessions_of(self, organisation: str, user_id: str) -> tuple[Session, ...]:
        """See `OwnSessionStore.find_sessions_of`; a query and a batched read."""
        return tuple(sessions.parse(one) for one in self._find(organisation, user_id, keys.SESSIONS))

    def find_connections_of(self, organisation: str, user_id: str) -> tuple[Connection, ...]:
        """See `OwnSessionStore.find_connections_of`; a query and a batched read."""
        found = [connections.parse(one) for one in self._find(organisation, user_id, keys.CONNECTIONS)]
        return tuple(one for one in found if one is not None)

    def end_session(self, organisation: str, digest: bytes, entry: Entry) -> bool:
        """See `OwnSessionStore.end_session`."""
        ended = {
            "Delete": {
                "TableName": self._tables.grants,
                "Key": keys.session(organisation, digest),
                "ConditionExpression": "attribute_exists(pk)",
            }
        }
        return self._tables.try_transact([ended, audit.action(self._tables, entry)])

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

    def _find(self, organisation: str, user_id: str, prefix: str) -> list[dict[str, Any]]:
        page = self._tables.query(
            self._tables.grants,
            IndexName="by_user",
            KeyConditionExpression="user_key = :user AND begins_with(pk, :prefix)",
            ExpressionAttributeValues=items.render({":user": keys.of_user(organisation, user_id), ":prefix": prefix}),
            Limit=SHOWN_MAX,
        )
        wanted = [(self._tables.grants, keys.listed(one["pk"])) for one in page["Items"]]
        return [one for one in self._tables.get_many(wanted) if one is not None] if wanted else []
