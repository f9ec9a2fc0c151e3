"""Actions of a transaction on `DirectoryTable`, as DynamoDB's TransactWriteItems wants them."""

from collections.abc import Mapping
from typing import Any

from gatehouse.storage.dynamodb import attribute_values
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.tables import Tables

type Action = dict[str, Any]

_ABSENT = "attribute_not_exists(pk)"


def put(tables: Tables, key: Key, values: Mapping[str, Any], *, must_be_new: bool = False) -> Action:
    """Return the action that stores an item."""
    condition = {"ConditionExpression": _ABSENT} if must_be_new else {}
    return {"Put": {"TableName": tables.directory, "Item": {**key, **attribute_values.render(values)}, **condition}}


def delete(tables: Tables, key: Key) -> Action:
    """Return the action that removes an item, if it is there."""
    return {"Delete": {"TableName": tables.directory, "Key": key}}


def check_role(tables: Tables, key: Key, role: str) -> Action:
    """Return the action that does nothing, and fails unless the user is active and has the role."""
    return {
        "ConditionCheck": {
            "TableName": tables.directory,
            "Key": key,
            "ConditionExpression": "blocks = :none AND contains(#roles, :role)",
            "ExpressionAttributeNames": {"#roles": "roles"},
            "ExpressionAttributeValues": attribute_values.render({":none": (), ":role": role}),
        }
    }


def check(tables: Tables, key: Key, expected: Mapping[str, Any]) -> Action:
    """Return the action that does nothing, and fails unless the item is there and its attributes are as expected."""
    return {"ConditionCheck": _if(tables, key, expected)}


def check_absent(tables: Tables, key: Key) -> Action:
    """Return the action that does nothing, and fails if the item is there."""
    return {"ConditionCheck": {"TableName": tables.directory, "Key": key, "ConditionExpression": _ABSENT}}


def put_if(tables: Tables, key: Key, values: Mapping[str, Any], expected: Mapping[str, Any] | None) -> Action:
    """Return the action that stores an item in place of one whose attributes are as expected; None expects no item."""
    if expected is None:
        return put(tables, key, values, must_be_new=True)
    body = {name: value for name, value in _if(tables, key, expected).items() if name != "Key"}
    return {"Put": {**body, "Item": {**key, **attribute_values.render(values)}}}


def delete_if(tables: Tables, key: Key, expected: Mapping[str, Any]) -> Action:
    """Return the action that removes an item that is there and whose attributes are as expected."""
    return {"Delete": _if(tables, key, expected)}


def _if(tables: Tables, key: Key, expected: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "TableName": tables.directory,
        "Key": key,
        "ConditionExpression": _as_read(expected),
        "ExpressionAttributeNames": {f"#e{index}": name for index, name in enumerate(expected)},
        "ExpressionAttributeValues": _values("e", expected),
    }
    return {name: value for name, value in body.items() if value}


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
    added = {":one": {"N": "1"}} if raises else {}
    names |= {"#raised": raises} if raises else {}
    expression = ("SET " + ", ".join(sets) if sets else "") + (" REMOVE " + ", ".join(removes) if removes else "")
    expression += " ADD #raised :one" if raises else ""
    body: dict[str, Any] = {
        "TableName": tables.directory,
        "Key": key,
        "UpdateExpression": expression.strip(),
        "ConditionExpression": _as_read(expected),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": _values("n", new) | _values("e", expected) | added,
    }
    return {"Update": {name: value for name, value in body.items() if value}}


def _as_read(expected: Mapping[str, Any]) -> str:
    """Return the condition that attributes are as they were read.

    None was absent. An item that lacks an attribute reads like one whose attribute is 0, false or empty.
    """
    conditions = ["attribute_exists(pk)"]
    for index, value in enumerate(expected.values()):
        absent, equal = f"attribute_not_exists(#e{index})", f"#e{index} = :e{index}"
        conditions.append(absent if value is None else equal if value else f"({absent} OR {equal})")
    return " AND ".join(conditions)


def _values(prefix: str, values: Mapping[str, Any]) -> attribute_values.Item:
    return attribute_values.render({f":{prefix}{index}": value for index, value in enumerate(values.values())})
