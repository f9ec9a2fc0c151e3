"""A user's sessions and grants, found by the index `by_user` and read strongly."""

from typing import Any

from gatehouse.domain.audit import Entry
from gatehouse.domain.portal.own_sessions import SHOWN_MAX
from gatehouse.domain.sessions import Session
from gatehouse.domain.tokens import Grant
from gatehouse.domain.users import User
from gatehouse.storage import actions, audit, grants, items, keys, records, sessions
from gatehouse.storage.accounts import Accounts
from gatehouse.storage.tables import Tables


class OwnSessionStore:
    """Implements the port of the same name."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables
        self._accounts = Accounts(tables)
        self._sessions = sessions.Sessions(tables)

    def find_user(self, organisation: str, username: str) -> User | None:
        """See `OwnSessionStore.find_user`."""
        values = self._tables.get(self._tables.directory, keys.user(organisation, username))
        return None if values is None else records.parse_user(values)

    def find_sessions_of(self, organisation: str, user_id: str) -> tuple[Session, ...]:
        """See `OwnSessionStore.find_sessions_of`; a query and a batched read."""
        return tuple(sessions.parse(one) for one in self._find(organisation, user_id, keys.SESSIONS))

    def find_grants_of(self, organisation: str, user_id: str) -> tuple[Grant, ...]:
        """See `OwnSessionStore.find_grants_of`; a query and a batched read."""
        return tuple(grants.parse(one) for one in self._find(organisation, user_id, keys.GRANTS))

    def end_session(self, organisation: str, digest: bytes) -> None:
        """See `OwnSessionStore.end_session`."""
        self._sessions.end_session(organisation, digest)

    def sweep_user(self, organisation: str, user_id: str, issued_before_ms: int, client_id: str = "") -> None:
        """See `OwnSessionStore.sweep_user`."""
        self._accounts.sweep_user(organisation, user_id, issued_before_ms, client_id)

    def revoke_everything(self, organisation: str, user: User, before_ms: int, entry: Entry) -> bool:
        """See `OwnSessionStore.revoke_everything`."""
        key = keys.user(organisation, user.username)
        change = actions.change(self._tables, key, {"revoked_before_ms": before_ms}, {"user_id": user.user_id})
        return self._tables.try_transact([change, audit.action(self._tables, entry)])

    def _find(self, organisation: str, user_id: str, prefix: str) -> list[dict[str, Any]]:
        page = self._tables.query(
            self._tables.grants,
            IndexName="by_user",
            KeyConditionExpression="user_key = :user AND begins_with(pk, :prefix)",
            ExpressionAttributeValues=items.render(
                {":user": keys.user_grants(organisation, user_id), ":prefix": prefix}
            ),
            Limit=SHOWN_MAX,
        )
        wanted = [(self._tables.grants, keys.listed(one["pk"])) for one in page["Items"]]
        return [one for one in self._tables.get_many(wanted) if one is not None] if wanted else []
