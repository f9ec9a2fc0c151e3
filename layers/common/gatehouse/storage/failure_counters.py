"""Counters of failures in `GrantsTable`: of an account, of a user's second factor, of a source address."""

from collections.abc import Sequence
from typing import Any

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.lockout import Failures
from gatehouse.storage.aws.transport import ConditionFailedError
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.tables import ABSENT, Tables, when
from gatehouse.storage.dynamodb.transaction_items import Action


def replace(tables: Tables, key: Key, expected: Failures, replacement: Failures) -> Failures | None:
    """See `FailureStore.replace_failures`."""
    condition = _as_read(expected)
    if replacement != lockout.NONE:
        standing = tables.put_once(tables.grants, mappers.item(key, replacement), **condition)
        return None if standing is None else parse(standing)
    try:
        tables.delete(tables.grants, key, **condition, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    except ConditionFailedError as error:
        return parse(attribute_values.parse(error.item))
    return None


def replace_with(
    tables: Tables, key: Key, expected: Failures, replacement: Failures, actions: Sequence[Action]
) -> bool:
    """Store the replacement with more actions, all or nothing; False if the failures changed meanwhile."""
    put = transaction_items.put_item(tables.grants, mappers.item(key, replacement), **_as_read(expected))
    return tables.try_transact([put, *actions])


def _as_read(expected: Failures) -> dict[str, Any]:
    if expected == lockout.NONE:
        return when(ABSENT)
    return when("#c = :count AND expires_at = :end", {"#c": "count"}, count=expected.count, end=expected.expires_at)


def count_source(tables: Tables, source: str, now: int) -> int:
    """See `FailureStore.count_source_failure`."""
    return tables.count_once(tables.grants, source_key(source, now), lockout.source_window_ends_at(now))


def source_key(source: str, now: int) -> Key:
    """Return the key of a source address's counter at this moment."""
    return keys.source_failures(source, now // lockout.SOURCE_WINDOW_SECONDS)


def parse(values: dict[str, Any] | None) -> Failures:
    """Read an account's counter; without an item, no failures."""
    return mappers.read(Failures, values or {})
