"""DynamoDB's own checks of a request: every transport of the tests makes them, since moto makes a part of them only.

`check` refuses what AWS refuses: reserved words, placeholders that are unused or undefined, empty sets, empty or
oversized keys, limits below 1, two actions on one item, and the limits of items, batches, transactions and expressions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
"""

import base64
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gatehouse.domain.kernel import json_texts
from gatehouse.storage.aws.transport import RequestRefusedError

_EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_FUNCTIONS = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"}
    | {"if_not_exists", "list_append"}
)
_KEYWORDS = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"})
_WORD = re.compile(r"(?<![\w#:])[A-Za-z_]\w*")
_PLACEHOLDER = re.compile(r"[#:]\w+")
_INDEX_KEYS = frozenset({"collection", "position", "user_key"})

_ITEM_MAX_BYTES = 400 * 1024
_KEY_MAX_BYTES = 2048
_SORT_KEY_MAX_BYTES = 1024
_EXPRESSION_MAX_BYTES = 4096
_OPERATORS_MAX = 300
_NESTING_MAX = 32
_NUMBER_MAX_DIGITS = 38
_ACTIONS_MAX = 100
_TRANSACTION_MAX_BYTES = 4 * 1024 * 1024
_BATCH_KEYS_MAX = 100
_BATCH_WRITES_MAX = 25
_TOKEN_MAX_CHARACTERS = 36


def check(operation: str, request: dict[str, Any]) -> None:
    """Refuse a request that AWS would refuse, whatever is stored.

    Raises:
        RequestRefusedError: It says why.
    """
    for fault in _faults(operation, request):
        raise RequestRefusedError(f"400 ValidationException: {operation}: {fault}")


def check_item(item: dict[str, Any]) -> None:
    """Refuse what cannot be stored, such as what an update makes of an item.

    Raises:
        RequestRefusedError: It says why.
    """
    for fault in _item_faults(item):
        raise RequestRefusedError(f"400 ValidationException: {fault}")


def _faults(operation: str, request: dict[str, Any]) -> Iterator[str]:
    if operation == "TransactWriteItems":
        yield from _transaction(request)
    elif operation == "BatchGetItem":
        yield from _batch(request)
    elif operation == "BatchWriteItem":
        yield from _write_batch(request)
    else:
        yield from _single(request)


def _transaction(request: dict[str, Any]) -> Iterator[str]:
    actions: list[dict[str, Any]] = request["TransactItems"]
    if not 1 <= len(actions) <= _ACTIONS_MAX:
        yield f"{len(actions)} actions"
    if len(json_texts.render(request)) > _TRANSACTION_MAX_BYTES:
        yield "over 4 MB"
    if not 1 <= len(request.get("ClientRequestToken", "x")) <= _TOKEN_MAX_CHARACTERS:
        yield "a token of a wrong length"
    bodies: list[dict[str, Any]] = [body for action in actions for body in action.values()]
    yield from _doubles([(body["TableName"], body) for body in bodies])
    for body in bodies:
        yield from _single(body)


def _doubles(targets: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    seen: set[tuple[str, bytes]] = set()
    for table, body in targets:
        target = (table, json_texts.render(_key(body)))
        if target in seen:
            yield f"two actions on one item: {target}"
        seen.add(target)


def _batch(request: dict[str, Any]) -> Iterator[str]:
    tables: dict[str, Any] = request["RequestItems"]
    wanted = [key for one in tables.values() for key in one["Keys"]]
    if not 1 <= len(wanted) <= _BATCH_KEYS_MAX:
        yield f"{len(wanted)} keys"
    for one in tables.values():
        if len({json_texts.render(key) for key in one["Keys"]}) != len(one["Keys"]):
            yield "a key twice"
        for key in one["Keys"]:
            yield from _key_faults(key)


def _write_batch(request: dict[str, Any]) -> Iterator[str]:
    writes: list[tuple[str, dict[str, Any]]] = [
        (table, body) for table, some in request["RequestItems"].items() for one in some for body in one.values()
    ]
    if not 1 <= len(writes) <= _BATCH_WRITES_MAX:
        yield f"{len(writes)} writes"
    yield from _doubles(writes)
    for _, body in writes:
        yield from _single(body)


def _single(body: dict[str, Any]) -> Iterator[str]:
    yield from _expressions(body)
    if body.get("Limit", 1) < 1:
        yield "a limit below 1"
    yield from _key_faults(_key(body))
    yield from _range_faults(body)
    yield from _item_faults(body.get("Item", {}))
    values: dict[str, Any] = body.get("ExpressionAttributeValues", {})
    for value in values.values():
        yield from _value_faults(value, 1)


def _range_faults(body: dict[str, Any]) -> Iterator[str]:
    """Refuse what a query compares its sort key with, behind the partition key, if no sort key can be so long."""
    for name in re.findall(r":\w+", body.get("KeyConditionExpression", ""))[1:]:
        if len(str(body["ExpressionAttributeValues"][name].get("S", "")).encode()) > _SORT_KEY_MAX_BYTES:
            yield f"{name} is over {_SORT_KEY_MAX_BYTES} bytes"


def _item_faults(item: dict[str, Any]) -> Iterator[str]:
    if _size(item) > _ITEM_MAX_BYTES:
        yield f"an item of {_size(item)} bytes"
    yield from _index_keys(item)
    for value in item.values():
        yield from _value_faults(value, 1)


def _key(body: dict[str, Any]) -> dict[str, Any]:
    return body.get("Key") or {name: one for name, one in body.get("Item", {}).items() if name == "pk"}


def _key_faults(key: dict[str, Any]) -> Iterator[str]:
    for name, value in key.items():
        if not 0 < len(str(value.get("S", "x")).encode()) <= _KEY_MAX_BYTES:
            yield f"the key {name} is empty or over 2048 bytes"


def _index_keys(item: dict[str, Any]) -> Iterator[str]:
    for name in _INDEX_KEYS & item.keys():
        most = _SORT_KEY_MAX_BYTES if name == "position" else _KEY_MAX_BYTES
        if not 0 < len(str(item[name].get("S", "")).encode()) <= most:
            yield f"the index key {name} is no text, empty or too long"


def _expressions(body: dict[str, Any]) -> Iterator[str]:
    names: dict[str, Any] | None = body.get("ExpressionAttributeNames")
    values: dict[str, Any] | None = body.get("ExpressionAttributeValues")
    if names == {} or values == {}:
        yield "no placeholders where there must be some"
    expressions = tuple(str(body[name]) for name in _EXPRESSIONS if name in body)
    yield from _expression_faults(expressions, frozenset((*(names or ()), *(values or ()))))


@cache
def _expression_faults(expressions: tuple[str, ...], defined: frozenset[str]) -> tuple[str, ...]:
    faults: list[str] = []
    used: frozenset[str] = frozenset(name for one in expressions for name in _PLACEHOLDER.findall(one))
    if used != defined:
        faults.append(f"unused placeholders {sorted(defined - used)}, undefined ones {sorted(used - defined)}")
    for one in expressions:
        if not 0 < len(one.encode()) <= _EXPRESSION_MAX_BYTES:
            faults.append("an expression that is empty or over 4 KB")
        if len(re.findall(r"=|<|>|\bAND\b|\bOR\b|\bIN\b|\(", one)) > _OPERATORS_MAX:
            faults.append("an expression of more than 300 operators")
        bare = set(_WORD.findall(one)) - _FUNCTIONS - _KEYWORDS
        reserved = sorted(word for word in bare if word.upper() in _reserved_words())
        if reserved:
            faults.append(f"reserved words {reserved}")
    return tuple(faults)


@cache
def _reserved_words() -> frozenset[str]:
    """Read the list that moto comes with, without the second that importing moto takes."""
    moto = find_spec("moto")
    assert moto is not None
    assert moto.origin is not None
    return frozenset((Path(moto.origin).parent / "dynamodb/parsing/reserved_keywords.txt").read_text().split())


def _value_faults(value: dict[str, Any], depth: int) -> Iterator[str]:
    if depth > _NESTING_MAX:
        yield "nested deeper than 32 levels"
        return
    ((kind, content),) = value.items()
    if kind in {"SS", "NS", "BS"} and (not content or len({*content}) != len(content)):
        yield "an empty set, or one with a member twice"
    if kind == "N" and len(str(content).lstrip("-").replace(".", "").strip("0")) > _NUMBER_MAX_DIGITS:
        yield "a number of more than 38 digits"
    if kind == "B":
        base64.b64decode(content, validate=True)
    nested: Any = content.values() if kind == "M" else content if kind == "L" else ()
    for one in nested:
        yield from _value_faults(one, depth + 1)


def _size(item: dict[str, Any]) -> int:
    """Return the bytes that an item counts for, about: names and contents, a byte more for each value."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in content.items())
    if kind == "L":
        return 3 + sum(1 + _value_size(one) for one in content)
    if kind == "B":
        return len(content) * 3 // 4
    return len(str(content).encode())
