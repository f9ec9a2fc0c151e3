"""DynamoDB's expressions, as far as Gatehouse writes them: conditions and updates, compiled once for each text."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

type Item = dict[str, dict[str, Any]]
type Read = Callable[[Item, dict[str, Any]], dict[str, Any] | None]
type Condition = Callable[[Item, dict[str, str], dict[str, Any]], bool]
type Update = Callable[[Item, dict[str, str], dict[str, Any]], None]
type Path = tuple[str, ...]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[()=<>,]|[#:\w.]+)")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


class UnreadableExpressionError(Exception):
    """DynamoDB would refuse it, or it has what this module does not know."""


class _Reader:
    """The words of an expression, one after another."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = _TOKEN.findall(text)
        if "".join(self._words) != "".join(text.split()):
            raise UnreadableExpressionError(text)
        self._words.append("")
        self._at = 0

    @property
    def next(self) -> str:
        return self._words[self._at]

    def take(self, *expected: str) -> str:
        word = self.next
        if expected and word not in expected:
            raise UnreadableExpressionError(f"{word!r} in {self._text!r}")
        self._at += 1
        return word

    def path(self) -> Path:
        word = self.take()
        if not re.fullmatch(r"#?\w+(\.#?\w+)*", word):
            raise UnreadableExpressionError(f"no path: {word!r} in {self._text!r}")
        return tuple(word.split("."))

    def value(self) -> str:
        word = self.take()
        if not re.fullmatch(r":\w+", word):
            raise UnreadableExpressionError(f"no value: {word!r} in {self._text!r}")
        return word


@cache
def condition(text: str) -> Condition:
    """Compile a condition.

    Raises:
        UnreadableExpressionError: It is none, or one that this module does not know.
    """
    words = _Reader(text)
    found = _any_of(words)
    words.take("")
    return found


def _any_of(words: _Reader) -> Condition:
    parts = [_all_of(words)]
    while words.next == "OR":
        words.take()
        parts.append(_all_of(words))
    return lambda item, names, values: any(part(item, names, values) for part in parts)


def _all_of(words: _Reader) -> Condition:
    parts = [_one(words)]
    while words.next == "AND":
        words.take()
        parts.append(_one(words))
    return lambda item, names, values: all(part(item, names, values) for part in parts)


def _one(words: _Reader) -> Condition:
    if words.next == "(":
        words.take()
        inner = _any_of(words)
        words.take(")")
        return inner
    if words.next in {"attribute_exists", "attribute_not_exists"}:
        is_wanted = words.take() == "attribute_exists"
        words.take("(")
        path = words.path()
        words.take(")")
        return lambda item, names, _values: (_find(item, path, names) is not None) == is_wanted
    if words.next in {"begins_with", "contains"}:
        return _of_two(words)
    return _comparison(words)


def _of_two(words: _Reader) -> Condition:
    test = _begins_with if words.take() == "begins_with" else _contains
    words.take("(")
    path = words.path()
    words.take(",")
    value = words.value()
    words.take(")")

    def check(item: Item, names: dict[str, str], values: dict[str, Any]) -> bool:
        found = _find(item, path, names)
        return found is not None and test(found, values[value])

    return check


def _begins_with(found: dict[str, Any], part: dict[str, Any]) -> bool:
    return "S" in found and "S" in part and found["S"].startswith(part["S"])


def _contains(found: dict[str, Any], part: dict[str, Any]) -> bool:
    if "L" in found:
        return any(_equal(one, part) for one in found["L"])
    return "S" in found and "S" in part and part["S"] in found["S"]


def _comparison(words: _Reader) -> Condition:
    path = words.path()
    operator = words.take("=", "<>", "<", "<=", ">", ">=", "BETWEEN")
    first = words.value()
    if operator == "BETWEEN":
        words.take("AND")
        last = words.value()
        return lambda item, names, values: (
            _ordered("<=", values[first], _find(item, path, names))
            and _ordered("<=", _find(item, path, names), values[last])
        )

    def check(item: Item, names: dict[str, str], values: dict[str, Any]) -> bool:
        found = _find(item, path, names)
        if operator in {"=", "<>"}:
            return (found is not None and _equal(found, values[first])) == (operator == "=")
        return _ordered(operator, found, values[first])

    return check


def _equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if "N" in one and "N" in other:
        return Decimal(one["N"]) == Decimal(other["N"])
    return one == other


def _ordered(operator: str, one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Values of different types have no order; text is ordered by its UTF-8."""
    if one is None or other is None or one.keys() != other.keys():
        return False
    if "N" in one:
        return _ORDERS[operator](Decimal(one["N"]), Decimal(other["N"]))
    return "S" in one and _ORDERS[operator](one["S"].encode(), other["S"].encode())


def _named(path: Path, names: dict[str, str]) -> list[str]:
    return [names[step] if step.startswith("#") else step for step in path]


def _find(item: Item, path: Path, names: dict[str, str]) -> dict[str, Any] | None:
    first, *rest = _named(path, names)
    found = item.get(first)
    for step in rest:
        found = found["M"].get(step) if found is not None and "M" in found else None
    return found


@cache
def update(text: str) -> Update:
    """Compile an update; it changes the item that it is given.

    Raises:
        UnreadableExpressionError: It is none, or one that this module does not know; also when it is run, where the
            item does not let it.
    """
    words = _Reader(text)
    steps, seen = list[Update](), set[str]()
    while words.next:
        section = words.take("SET", "REMOVE", "ADD")
        if section in seen:
            raise UnreadableExpressionError(f"two sections {section} in {text!r}")
        seen.add(section)
        steps.append(_step(words, section))
        while words.next == ",":
            words.take()
            steps.append(_step(words, section))
    if not steps:
        raise UnreadableExpressionError("an empty update")

    def run(item: Item, names: dict[str, str], values: dict[str, Any]) -> None:
        for step in steps:
            step(item, names, values)

    return run


def _step(words: _Reader, section: str) -> Update:
    path = words.path()
    if section == "REMOVE":
        return lambda item, names, _values: _remove(item, path, names)
    if section == "SET":
        words.take("=")
    value = words.value()

    def run(item: Item, names: dict[str, str], values: dict[str, Any]) -> None:
        holder, name = _holder(item, path, names)
        new = values[value]
        if section == "ADD":
            before = holder.get(name, {"N": "0"})
            if "N" not in before or "N" not in new:
                raise UnreadableExpressionError("ADD takes numbers")
            new = {"N": str(Decimal(before["N"]) + Decimal(new["N"]))}
        holder[name] = new

    return run


def _remove(item: Item, path: Path, names: dict[str, str]) -> None:
    holder, name = _holder(item, path, names)
    holder.pop(name, None)


def _holder(item: Item, path: Path, names: dict[str, str]) -> tuple[Item, str]:
    """Return the map that holds the end of the path, and the name there."""
    *way, name = _named(path, names)
    holder = item
    for step in way:
        found = holder.get(step)
        if found is None or "M" not in found:
            raise UnreadableExpressionError("The document path provided in the update expression is invalid")
        holder = found["M"]
    return holder, name
