"""Users and their status: two items of `DirectoryTable`, always written by one transaction.

The user is found by name and holds the password's hash; the status is found by the id that tokens carry.
"""

from copy import replace

from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import plain_values
from gatehouse.storage.dynamodb import keys, transaction_items
from gatehouse.storage.dynamodb.mappers import Values
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action


def create(tables: Tables, user: User) -> list[Action]:
    """Return the actions that store a new user: no other has the name, the user id or the status id.

    The first of them fails if the username is taken.
    """
    listing = {"collection": keys.collection("USERS", user.organisation), "position": user.username}
    pointer = {"organisation": user.organisation, "username": user.username}
    key = keys.user(user.organisation, user.username)
    return [
        transaction_items.put(tables, key, {**plain_values.of(user), **listing}, must_be_new=True),
        transaction_items.put(tables, keys.username(user.organisation, user.user_id), pointer, must_be_new=True),
        transaction_items.put(tables, keys.status(user.status_id), plain_values.of(user.status), must_be_new=True),
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
    stored = replace(new, revision=old.revision + 1)
    is_same: Values = {"user_id": old.user_id, "generation": old.generation, "revision": old.revision}
    key = keys.user(old.organisation, old.username)
    update = transaction_items.change(tables, key, plain_values.changed(old, stored), {**is_same, **(expected or {})})
    return [
        update,
        transaction_items.put(tables, keys.status(stored.status_id), plain_values.of(stored.status)),
    ], stored


def remove(tables: Tables, user: User) -> list[Action]:
    """Return the actions that remove a user and the status, if neither changed since they were read."""
    read = {"user_id": user.user_id, "generation": user.generation, "revision": user.revision}
    return [
        transaction_items.delete_if(tables, keys.user(user.organisation, user.username), read),
        transaction_items.delete(tables, keys.username(user.organisation, user.user_id)),
        transaction_items.delete(tables, keys.status(user.status_id)),
    ]
