"""Counters of failures in `GrantsTable`: of an account, of a user's second factor, of a source address."""

from collections.abc import Sequence
from typing import Any

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.lockout import Failures
from gatehouse.domain.kernel import plain_values
from gatehouse.storage.aws.transport import ConditionFailedError
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action


def replace(tables: Tables, key: Key, expected: Failures, replacement: Failures) -> Failures | None:
    """See `FailureStore.replace_failures`."""
    condition = _as_read(expected)
    if replacement != lockout.NONE:
        item = {**key, **attribute_values.render(plain_values.of(replacement))}
        standing = tables.put_once(tables.grants, item, **condition)
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
    item = {**key, **attribute_values.render(plain_values.of(replacement))}
    return tables.try_transact([{"Put": {"TableName": tables.grants, "Item": item, **_as_read(expected)}}, *actions])


def _as_read(expected: Failures) -> dict[str, Any]:
    if expected == lockout.NONE:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#c = :count AND expires_at = :end",
        "ExpressionAttributeNames": {"#c": "count"},
        "ExpressionAttributeValues": attribute_values.render({":count": expected.count, ":end": expected.expires_at}),
    }


def count_source(tables: Tables, source: str, now: int) -> int:
    """See `FailureStore.count_source_failure`."""
    return tables.count_once(tables.grants, source_key(source, now), lockout.source_window_ends_at(now))


def source_key(source: str, now: int) -> Key:
    """Return the key of a source address's counter at this moment."""
    return keys.source_failures(source, now // lockout.SOURCE_WINDOW_SECONDS)


def parse(values: dict[str, Any] | None) -> Failures:
    """Read an account's counter; without an item, no failures."""
    return mappers.read(Failures, values or {})
