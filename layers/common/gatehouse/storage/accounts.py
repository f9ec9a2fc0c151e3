"""Changing accounts: new users, new passwords, and the sweep of a user's grants."""

from gatehouse.domain.audit import Entry
from gatehouse.domain.links import Use
from gatehouse.domain.users import User
from gatehouse.storage import actions, audit, items, keys, links
from gatehouse.storage.registry import AlreadyExistsError, Registry
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import ConditionFailedError

_GRANT = keys.GRANTS


class Accounts:
    """Implements `AccountStore` and `Sweeper`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables
        self._registry = Registry(tables)

    def replace_password(
        self,
        organisation: str,
        user: User,
        password_hash: str,
        revoked_before_ms: int,
        entry: Entry,
        used: Use | None = None,
    ) -> bool:
        """See `AccountStore.replace_password`."""
        new = {"password_hash": password_hash, "revoked_before_ms": revoked_before_ms}
        key = keys.user(organisation, user.username)
        change = actions.change(self._tables, key, new, {"user_id": user.user_id})
        return self._tables.try_transact([change, *links.use(self._tables, used), audit.action(self._tables, entry)])

    def end_issued_before(self, organisation: str, user: User, revoked_before_ms: int) -> None:
        """See `AccountStore.end_issued_before`."""
        try:
            self._tables.update(
                self._tables.directory,
                keys.user(organisation, user.username),
                UpdateExpression="SET revoked_before_ms = :moment",
                ConditionExpression="user_id = :user AND revoked_before_ms < :moment",
                ExpressionAttributeValues=items.render({":user": user.user_id, ":moment": revoked_before_ms}),
            )
        except ConditionFailedError:
            return  # he is another one by now, or more has ended meanwhile

    def create_user(self, organisation: str, user: User, used: Use | None = None) -> bool:
        """See `AccountStore.create_user`."""
        if user.organisation != organisation:
            return False
        try:
            self._registry.add_user(user, links.use(self._tables, used))
        except AlreadyExistsError:
            return False
        return True

    def sweep_user(self, organisation: str, user_id: str, issued_before_ms: int, client_id: str = "") -> None:
        """See `Sweeper.sweep_user`; with a client, its grants only."""
        start: dict[str, object] = {}
        while True:
            page = self._tables.query(
                self._tables.grants,
                IndexName="by_user",
                KeyConditionExpression="user_key = :user AND begins_with(pk, :grant)",
                ExpressionAttributeValues=items.render(
                    {":user": keys.user_grants(organisation, user_id), ":grant": _GRANT}
                ),
                **start,
            )
            for item in page["Items"]:
                self._revoke(item["pk"].removeprefix(_GRANT), issued_before_ms, client_id)
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _revoke(self, grant_id: str, issued_before_ms: int, client_id: str) -> None:
        of_client = {":client": client_id} if client_id else {}
        try:
            self._tables.update(
                self._tables.grants,
                keys.grant(grant_id),
                UpdateExpression="SET revoked = :yes",
                ConditionExpression="issued_at_ms < :before" + (" AND client_id = :client" if client_id else ""),
                ExpressionAttributeValues=items.render({":yes": True, ":before": issued_before_ms, **of_client}),
            )
        except ConditionFailedError:
            return  # it is gone, or newer than what the sweep is about
