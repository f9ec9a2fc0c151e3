"""DynamoDB's expression language, as far as Gatehouse speaks it. Anything else is refused aloud."""

import copy
import operator
import re
from collections.abc import Callable
from typing import Any

from bench.dynamodb.capacity import Item

type Request = dict[str, Any]
type Value = dict[str, Any]

_TOKEN = re.compile(r"<>|<=|>=|[=<>(),+-]|[:#\w][\w.#]*")
_CLAUSES = ("SET", "ADD", "REMOVE", "DELETE")
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


def holds(condition: str | None, item: Item | None, request: Request) -> bool:
    """Say whether the condition holds for the item as it stands."""
    if not condition:
        return True
    reader = _Reader(condition, item or {}, request)
    answer = reader.choice()
    if reader.peek():
        raise UnsupportedExpressionError(condition)
    return answer


def update(expression: str, item: Item, request: Request) -> Item:
    """Return the item after SET, ADD and REMOVE."""
    changed = copy.deepcopy(item)
    reader = _Reader(expression, item, request)
    clause = ""
    while token := reader.take():
        if token.upper() in _CLAUSES:
            clause = token.upper()
        elif token != ",":
            _apply(clause, token, changed, reader)
    return changed


def _apply(clause: str, path: str, item: Item, reader: "_Reader") -> None:
    parent, name = reader.locate(path, item)
    if clause == "REMOVE":
        parent.pop(name, None)
    elif clause == "SET" and reader.take() == "=":
        parent[name] = reader.value()
    elif clause == "ADD":
        parent[name] = _sum(parent.get(name, {"N": "0"}), reader.value(), operator.add)
    else:
        raise UnsupportedExpressionError(f"{clause} {path}")


def _sum(left: Value, right: Value, operation: Callable[[int, int], int]) -> Value:
    return {"N": str(operation(int(left["N"]), int(right["N"])))}


class _Reader:
    """Reads one expression from left to right, with the item it is about."""

    def __init__(self, expression: str, item: Item, request: Request) -> None:
        self._tokens = _TOKEN.findall(expression)
        self._item = item
        self._names: dict[str, str] = request.get("ExpressionAttributeNames", {})
        self._values: dict[str, Value] = request.get("ExpressionAttributeValues", {})

    def peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def take(self) -> str:
        return self._tokens.pop(0) if self._tokens else ""

    def locate(self, path: str, item: Item) -> tuple[Item, str]:
        """Return the map that holds the path's last name, and that name."""
        *parents, name = [self._names[part] if part.startswith("#") else part for part in path.split(".")]
        for parent in parents:
            item = item[parent]["M"]
        return item, name

    def find(self, path: str) -> Value | None:
        try:
            parent, name = self.locate(path, self._item)
        except KeyError:
            return None
        return parent.get(name)

    def choice(self) -> bool:
        answer = self._all()
        while self.peek().upper() == "OR":
            self.take()
            other = self._all()
            answer = answer or other
        return answer

    def _all(self) -> bool:
        answer = self._term()
        while self.peek().upper() == "AND":
            self.take()
            other = self._term()
            answer = answer and other
        return answer

    def _term(self) -> bool:
        token = self.take()
        if token.upper() == "NOT":
            return not self._term()
        if token == "(":
            answer = self.choice()
            self._expect(")")
            return answer
        if self.peek() == "(":
            return self._function(token)
        left = self._operand(token)
        compare = _COMPARE[self.take()]
        right = self._operand(self.take())
        if left is None or right is None or left.keys() != right.keys():
            return compare is operator.ne
        return compare(_comparable(left), _comparable(right))

    def _function(self, name: str) -> bool:
        self._expect("(")
        found = self.find(self.take())
        if name == "attribute_exists":
            answer = found is not None
        elif name == "attribute_not_exists":
            answer = found is None
        else:
            raise UnsupportedExpressionError(name)
        self._expect(")")
        return answer

    def value(self) -> Value:
        """Read what SET or ADD assigns."""
        value = self._summand()
        while self.peek() in {"+", "-"}:
            operation = operator.add if self.take() == "+" else operator.sub
            value = _sum(value, self._summand(), operation)
        return value

    def _summand(self) -> Value:
        token = self.take()
        if token == "if_not_exists":
            self._expect("(")
            found = self.find(self.take())
            self._expect(",")
            value = self.value()
            self._expect(")")
            return value if found is None else found
        value = self._operand(token)
        if value is None:
            raise UnsupportedExpressionError(token)
        return value

    def _operand(self, token: str) -> Value | None:
        return self._values[token] if token.startswith(":") else self.find(token)

    def _expect(self, token: str) -> None:
        if self.take() != token:
            raise UnsupportedExpressionError(token)


def _comparable(value: Value) -> Any:
    ((kind, content),) = value.items()
    return float(content) if kind == "N" else content
