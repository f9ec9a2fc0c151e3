"""The part of DynamoDB's expression language that the hot path uses. Anything else is refused aloud."""

import operator
import re
from collections.abc import Callable
from typing import Any

from bench.dynamodb.capacity import Item

_EXISTS = re.compile(r"(attribute_exists|attribute_not_exists)\s*\(\s*([#\w]+)\s*\)")
_COMPARISON = re.compile(r"([#\w]+)\s*(=|<>|<=|>=|<|>)\s*(:\w+)")
_CLAUSE = re.compile(r"\b(SET|ADD|REMOVE)\b")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class UnsupportedExpressionError(ValueError):
    """This server does not know the expression."""


def holds(condition: str | None, item: Item | None, request: dict[str, Any]) -> bool:
    """Say whether the condition holds for the item as it stands."""
    if not condition:
        return True
    return any(
        all(_term(one.strip(" ()"), item or {}, request) for one in _split(choice, "AND"))
        for choice in _split(condition, "OR")
    )


def update(expression: str, item: Item, request: dict[str, Any]) -> Item:
    """Return the item after SET, ADD and REMOVE."""
    changed = dict(item)
    parts = _CLAUSE.split(expression)[1:]
    for clause, actions in zip(parts[::2], parts[1::2], strict=True):
        for action in actions.split(","):
            _apply(clause, action.strip(), changed, request)
    return changed


def _apply(clause: str, action: str, item: Item, request: dict[str, Any]) -> None:
    values = request.get("ExpressionAttributeValues", {})
    if clause == "REMOVE":
        item.pop(_name(action, request), None)
    elif clause == "SET" and (match := re.fullmatch(r"([#\w]+)\s*=\s*(:\w+)", action)):
        item[_name(match[1], request)] = values[match[2]]
    elif clause == "ADD" and (match := re.fullmatch(r"([#\w]+)\s+(:\w+)", action)):
        name = _name(match[1], request)
        item[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + int(values[match[2]]["N"]))}
    else:
        raise UnsupportedExpressionError(f"{clause} {action}")


def _split(text: str, word: str) -> list[str]:
    return re.split(rf"\s+{word}\s+", text)


def _term(term: str, item: Item, request: dict[str, Any]) -> bool:
    if match := _EXISTS.fullmatch(term if term.endswith(")") else f"{term})"):
        return (_name(match[2], request) in item) == (match[1] == "attribute_exists")
    if match := _COMPARISON.fullmatch(term):
        stored = item.get(_name(match[1], request))
        wanted = request["ExpressionAttributeValues"][match[3]]
        if stored is None or stored.keys() != wanted.keys():
            return match[2] == "<>"
        return _COMPARE[match[2]](_comparable(stored), _comparable(wanted))
    raise UnsupportedExpressionError(term)


def _comparable(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    return float(content) if kind == "N" else content


def _name(name: str, request: dict[str, Any]) -> str:
    return request["ExpressionAttributeNames"][name] if name.startswith("#") else name
