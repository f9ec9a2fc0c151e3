"""Users and their status: two items of `DirectoryTable`, always written by one transaction.

The user is found by name and holds the password's hash; the status is found by the id that tokens carry.
"""

from typing import Any

from gatehouse.domain.users import Status, User
from gatehouse.storage import actions, keys, records
from gatehouse.storage.actions import Action
from gatehouse.storage.records import Values
from gatehouse.storage.tables import Tables


def create(tables: Tables, user: User) -> list[Action]:
    """Return the actions that store a new user: no other has the name, the user id or the status id.

    The first of them fails if the username is taken.
    """
    listing = {"collection": keys.collection("USERS", user.organisation), "position": user.username}
    pointer = {"organisation": user.organisation, "username": user.username}
    key = keys.user(user.organisation, user.username)
    return [
        actions.put(tables, key, {**records.values(user), **listing}, must_be_new=True),
        actions.put(tables, keys.username(user.organisation, user.user_id), pointer, must_be_new=True),
        actions.put(tables, keys.status(user.status_id), records.values(user.status), must_be_new=True),
    ]


def change(tables: Tables, old: User, new: User, expected: Values | None = None) -> tuple[list[Action], User]:
    """Return the actions that store a changed user and its status, and the user that they store.

    They fail if generation, roles, blocks or disconnections changed since `old` was read: each such change raises the
    revision. The status is put as a whole, so that a lost or broken one is whole again.

    Args:
        tables: Where they are.
        old: As read.
        new: As wanted.
        expected: What else must be so.
    """
    stored = records.revise(new, old.revision + 1)
    before, after = records.values(old), records.values(stored)
    changed = {name: value for name, value in after.items() if value != before[name]}
    is_same: Values = {"user_id": old.user_id, "generation": old.generation, "revision": old.revision}
    key = keys.user(old.organisation, old.username)
    update = actions.change(tables, key, changed, {**is_same, **(expected or {})})
    return [update, actions.put(tables, keys.status(stored.status_id), records.values(stored.status))], stored


def remove(tables: Tables, user: User) -> list[Action]:
    """Return the actions that remove a user and the status, if neither changed since they were read."""
    read = {"user_id": user.user_id, "generation": user.generation, "revision": user.revision}
    return [
        actions.delete_if(tables, keys.user(user.organisation, user.username), read),
        actions.delete(tables, keys.username(user.organisation, user.user_id)),
        actions.delete(tables, keys.status(user.status_id)),
    ]


def parse_status(values: dict[str, Any] | None) -> Status | None:
    """Read a status; None stays None."""
    return None if values is None else records.parse_status(values)
