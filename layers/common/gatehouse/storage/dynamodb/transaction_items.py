"""Actions of a transaction on `DirectoryTable`, as DynamoDB's TransactWriteItems wants them."""

from collections.abc import Mapping
from typing import Any

from gatehouse.storage.dynamodb import attribute_values
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.tables import ABSENT, Tables, when

type Action = dict[str, Any]


def put(tables: Tables, key: Key, values: Mapping[str, Any], *, must_be_new: bool = False) -> Action:
    """Return the action that stores an item."""
    item = {**key, **attribute_values.render(values)}
    return put_item(tables.directory, item, **(when(ABSENT) if must_be_new else {}))


def put_item(table: str, item: attribute_values.Item, **condition: Any) -> Action:
    """Return the action that stores an item of either table."""
    return {"Put": {"TableName": table, "Item": item, **condition}}


def mark_used(tables: Tables, key: Key, expires_at: int) -> Action:
    """Return the action that marks in `GrantsTable` what can be used once, and fails if it was used."""
    return put_item(tables.grants, {**key, **attribute_values.render({"expires_at": expires_at})}, **when(ABSENT))


def delete(tables: Tables, key: Key) -> Action:
    """Return the action that removes an item, if it is there."""
    return delete_item(tables.directory, key)


def delete_item(table: str, key: Key, **condition: Any) -> Action:
    """Return the action that removes an item of either table."""
    return {"Delete": {"TableName": table, "Key": key, **condition}}


def update(table: str, key: Key, expression: str, **options: Any) -> Action:
    """Return the action that changes an item of either table; options as in DynamoDB's UpdateItem."""
    return {"Update": {"TableName": table, "Key": key, "UpdateExpression": expression, **options}}


def check_role(tables: Tables, key: Key, role: str) -> Action:
    """Return the action that does nothing, and fails unless the user is active and has the role."""
    return check_that(
        tables, key, **when("blocks = :none AND contains(#roles, :role)", {"#roles": "roles"}, none=(), role=role)
    )


def check(tables: Tables, key: Key, expected: Mapping[str, Any]) -> Action:
    """Return the action that does nothing, and fails unless the item is there and its attributes are as expected."""
    return check_that(tables, key, **_if(expected))


def check_that(tables: Tables, key: Key, **condition: Any) -> Action:
    """Return the action that does nothing, and fails unless the condition holds."""
    return {"ConditionCheck": {"TableName": tables.directory, "Key": key, **condition}}


def put_if(tables: Tables, key: Key, values: Mapping[str, Any], expected: Mapping[str, Any] | None) -> Action:
    """Return the action that stores an item in place of one whose attributes are as expected; None expects no item."""
    if expected is None:
        return put(tables, key, values, must_be_new=True)
    return put_item(tables.directory, {**key, **attribute_values.render(values)}, **_if(expected))


def delete_if(tables: Tables, key: Key, expected: Mapping[str, Any]) -> Action:
    """Return the action that removes an item that is there and whose attributes are as expected."""
    return delete_item(tables.directory, key, **_if(expected))


def _if(expected: Mapping[str, Any]) -> dict[str, Any]:
    names = {f"#e{index}": name for index, name in enumerate(expected)}
    return when(_as_read(expected), names, **{f"e{index}": value for index, value in enumerate(expected.values())})


def change(
    tables: Tables, key: Key, new: Mapping[str, Any], expected: Mapping[str, Any], *, raises: str = ""
) -> Action:
    """Return the action that changes attributes of an item if others are as expected; None removes, or is absent.

    It adds one to the attribute that it `raises`, so that whoever read the item before is refused.
    """
    sets = [f"#n{index} = :n{index}" for index, value in enumerate(new.values()) if value is not None]
    removes = [f"#n{index}" for index, value in enumerate(new.values()) if value is None]
    names = {f"#n{index}": name for index, name in enumerate(new)}
    names |= {f"#e{index}": name for index, name in enumerate(expected)}
    values = {f"n{index}": value for index, value in enumerate(new.values())}
    values |= {f"e{index}": value for index, value in enumerate(expected.values())}
    values |= {"one": 1} if raises else {}
    names |= {"#raised": raises} if raises else {}
    expression = ("SET " + ", ".join(sets) if sets else "") + (" REMOVE " + ", ".join(removes) if removes else "")
    expression += " ADD #raised :one" if raises else ""
    return update(tables.directory, key, expression.strip(), **when(_as_read(expected), names, **values))


def _as_read(expected: Mapping[str, Any]) -> str:
    """Return the condition that attributes are as they were read.

    None was absent. An item that lacks an attribute reads like one whose attribute is 0, false or empty.
    """
    conditions = ["attribute_exists(pk)"]
    for index, value in enumerate(expected.values()):
        absent, equal = f"attribute_not_exists(#e{index})", f"#e{index} = :e{index}"
        conditions.append(absent if value is None else equal if value else f"({absent} OR {equal})")
    return " AND ".join(conditions)
