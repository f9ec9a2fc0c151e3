"""DynamoDB's attribute values, as the wire spells them: `{"S": "text"}`, numbers as text, binary as base64."""

import binascii
from collections.abc import Callable, Mapping
from typing import Any

type AttributeValue = dict[str, Any]
type Item = dict[str, AttributeValue]


def render(values: Mapping[str, Any]) -> Item:
    """Return the item; None is left out, a set of text becomes a sorted list."""
    return {name: render_value(value) for name, value in values.items() if value is not None}


def render_value(value: Any) -> AttributeValue:
    """Return one attribute value.

    Raises:
        TypeError: DynamoDB has no such type, or we do not use it.
    """
    if type(value) is str:
        return {"S": value}
    if type(value) is int:
        return {"N": str(value)}
    if type(value) is bytes:
        return {"B": binascii.b2a_base64(value, newline=False).decode()}
    return _render_rare(value)


def _render_rare(value: Any) -> AttributeValue:
    match value:
        case bool():
            return {"BOOL": value}
        case Mapping():
            return {"M": render(value)}  # pyright: ignore[reportUnknownArgumentType]
        case frozenset():
            return {"L": [{"S": text} for text in sorted(value)]}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list() | tuple():
            return {"L": [render_value(one) for one in value]}  # pyright: ignore[reportUnknownVariableType]
        case _:
            raise TypeError(f"no attribute value for {type(value).__name__}")


def parse(item: Item) -> dict[str, Any]:
    """Return the item's plain values."""
    values: dict[str, Any] = {}
    for name, value in item.items():
        ((kind, content),) = value.items()
        values[name] = content if kind in _PLAIN else _PARSE[kind](content)
    return values


def _parse_list(contents: list[AttributeValue]) -> list[Any]:
    values: list[Any] = []
    for value in contents:
        ((kind, content),) = value.items()
        values.append(content if kind in _PLAIN else _PARSE[kind](content))
    return values


_PLAIN = frozenset({"S", "BOOL"})
"""What is on the wire as it is in Python: most values, so they are spared a call."""

_PARSE: dict[str, Callable[[Any], Any]] = {"N": int, "B": binascii.a2b_base64, "M": parse, "L": _parse_list}
