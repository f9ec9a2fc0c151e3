"""DynamoDB's attribute values, as the wire spells them: `{"S": "text"}`, numbers as text, binary as base64."""

import base64
from collections.abc import Mapping
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
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": base64.b64encode(value).decode()}
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
    return {name: _parse_value(value) for name, value in item.items()}


def _parse_value(value: AttributeValue) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "B":
            return base64.b64decode(content)
        case "M":
            return parse(content)
        case "L":
            return [_parse_value(one) for one in content]
        case _:
            return content
