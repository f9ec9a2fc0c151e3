"""DynamoDB's attribute values, as the wire spells them: `{"S": "text"}`, numbers as text, binary as base64."""

import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

type AttributeValue = dict[str, Any]
type Item = dict[str, AttributeValue]


def render(values: Mapping[str, Any]) -> Item:
    """Return the item; None is left out, a set of text becomes a sorted list."""
    return {
        name: {"S": value} if type(value) is str else render_value(value)
        for name, value in values.items()
        if value is not None
    }


def render_value(value: Any) -> AttributeValue:
    """Return one attribute value.

    Raises:
        TypeError: DynamoDB has no such type, or we do not use it.
    """
    known = RENDERERS.get(type(value))  # pyright: ignore[reportUnknownArgumentType]
    if known is not None:
        return known(value)
    if isinstance(value, Mapping):
        return {"M": render(value)}  # pyright: ignore[reportUnknownArgumentType]
    raise TypeError(f"no attribute value for {type(value).__name__}")


def _render_list(values: Sequence[Any]) -> AttributeValue:
    return {"L": [render_value(one) for one in values]}


RENDERERS: dict[type, Callable[[Any], AttributeValue]] = {
    str: lambda text: {"S": text},
    int: lambda number: {"N": str(number)},
    bytes: lambda octets: {"B": binascii.b2a_base64(octets, newline=False).decode()},
    bool: lambda flag: {"BOOL": flag},
    dict: lambda values: {"M": render(values)},
    frozenset: lambda texts: {"L": [{"S": text} for text in sorted(texts)]},
    list: _render_list,
    tuple: _render_list,
}


def parse(item: Item) -> dict[str, Any]:
    """Return the item's plain values."""
    values: dict[str, Any] = {}
    for name, value in item.items():
        if "S" in value:  # most are, so they are spared a call
            values[name] = value["S"]
        else:
            (kind,) = value
            values[name] = _PARSE[kind](value[kind])
    return values


def _parse_list(contents: list[AttributeValue]) -> list[Any]:
    return [value["S"] if "S" in value else parse({"": value})[""] for value in contents]


_PARSE: dict[str, Callable[[Any], Any]] = {
    "N": int,
    "B": binascii.a2b_base64,
    "BOOL": bool,
    "M": parse,
    "L": _parse_list,
}
