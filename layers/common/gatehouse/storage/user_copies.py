"""What follows the directory's stream: a user whose status is no copy of the user gets a fresh generation in both.

Gatehouse itself writes both items by one transaction. What changes one of them alone is a table that was restored in
part, an operator's edit, or a release that knows no status. Nobody knows then what was revoked, so everything is.
"""

from collections.abc import Mapping
from copy import replace
from typing import Any

import msgspec

from gatehouse.domain.accounts import users
from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage import audit
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.mappers import Values
from gatehouse.storage.dynamodb.tables import ABSENT, DynamoDBStore, when

_ATTEMPTS = 5


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """A user or a status that changed.

    Attributes:
        username: Empty if the status changed.
        status_id: Empty if the item has none.
        kept_generation: The generation that another password hash left as it was; empty if there is no such thing.
    """

    organisation: str
    user_id: str
    username: str
    status_id: str
    kept_generation: str = ""


class DynamoDBUserCopies(DynamoDBStore):
    """Compares users with their status, and repairs what differs."""

    def settle(self, change: UserChange, now_ms: int) -> bool:
        """Compare what is stored now, whatever the change was; say whether something was repaired.

        Told twice, late or in another order, the result is the same.

        Raises:
            TemporarilyUnavailableError: The items changed all the time.
        """
        for _ in range(_ATTEMPTS):
            username = change.username or self._find_username(change)
            if username is None:
                return False  # the user is gone, or about to be restored: the user's own change is told as well
            user, status = self._read(change, username)
            if user is None or user.get("status_id", "") != change.status_id:
                if status is None:
                    return False
                made = self._remove(change, username, user, status)
            elif _is_copy(user, status) and user["generation"] != change.kept_generation:
                return False
            else:
                made = self._end_everything(user, status, now_ms)
            if self._tables.try_transact(made):
                return True
        raise TemporarilyUnavailableError("a user changed all the time")

    def _find_username(self, change: UserChange) -> str | None:
        values = self._tables.get(self._tables.directory, keys.username(change.organisation, change.user_id))
        return None if values is None else values["username"]

    def _read(self, change: UserChange, username: str) -> tuple[Values | None, Values | None]:
        wanted = [keys.user(change.organisation, username)]
        wanted += [keys.status(change.status_id)] if change.status_id else []
        found = self._tables.get_many([(self._tables.directory, key) for key in wanted])
        return found[0], next(iter(found[1:]), None)

    def _remove(
        self, change: UserChange, username: str, user: Values | None, status: Values
    ) -> list[transaction_items.Action]:
        """Return what removes the status of a user who is gone, unless the user is back."""
        key = keys.user(change.organisation, username)
        is_gone = (
            transaction_items.check_that(self._tables, key, **when(ABSENT))
            if user is None
            else transaction_items.check(self._tables, key, {"status_id": user.get("status_id")})
        )
        return [is_gone, transaction_items.delete_if(self._tables, keys.status(change.status_id), _as_read(status))]

    def _end_everything(self, stored: Values, status: Values | None, now_ms: int) -> list[transaction_items.Action]:
        """Return what gives user and status a fresh generation, if both are as they were read.

        The reads are no snapshot: between them a transaction may have changed both, and then a condition fails.
        """
        ended = users.end_everything(mappers.read(User, stored))
        new = replace(ended, revision=ended.revision + 1)
        changed: Values = {
            "generation": new.generation,
            "client_generations": {},
            "status_id": new.status_id,
            "revision": new.revision,
        }
        is_same = {"user_id": new.user_id, "status_id": stored.get("status_id"), **_as_read(stored)}
        entry = Entry(
            organisation=new.organisation,
            at_ms=now_ms,
            actor="gatehouse",
            action="member.repair",
            target=new.username,
            detail="the status differed: every session and token was revoked",
        )
        key, copy = keys.user(new.organisation, new.username), keys.status(new.status_id)
        return [
            transaction_items.change(self._tables, key, changed, is_same),
            transaction_items.put_if(self._tables, copy, plain_values.of(new.status), status and _as_read(status)),
            audit.action(self._tables, entry),
        ]


def parse_change(record: Mapping[str, Any]) -> UserChange | None:
    """Read one record of the directory's stream; None if it tells of neither a user nor a status."""
    images = [attribute_values.parse(record["dynamodb"].get(name) or {}) for name in ("OldImage", "NewImage")]
    old, new = images
    values = new or old
    kind, _, _ = record["dynamodb"]["Keys"]["pk"]["S"].partition("#")
    if kind not in {"USER", "STATUS"}:
        return None
    return UserChange(
        organisation=values["organisation"],
        user_id=values["user_id"],
        username=values["username"] if kind == "USER" else "",
        status_id=values.get("status_id", ""),
        kept_generation=new["generation"] if kind == "USER" and _is_password_changed_alone(old, new) else "",
    )


def _is_password_changed_alone(old: Values, new: Values) -> bool:
    """Say whether the hash changed and nothing was revoked; a better hash of the same password is counted."""
    names = ("generation", "hash_upgrades")
    is_alone = bool(old and new) and all(old.get(name) == new.get(name) for name in names)
    return is_alone and "generation" in new and old.get("password_hash") != new.get("password_hash")


def _is_copy(user: Values, status: Values | None) -> bool:
    try:
        return status is not None and mappers.read(Status, status) == mappers.read(User, user).status
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _as_read(values: Values) -> Values:
    return {name: values.get(name) for name in ("generation", "revision")}
