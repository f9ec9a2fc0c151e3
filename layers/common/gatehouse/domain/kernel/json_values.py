"""JSON values from outside, whose types nobody has checked."""

import json
from typing import Any, cast


def members(value: Any) -> dict[str, Any]:
    """Return the members of an object; none of any other value."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def elements(value: Any) -> list[Any]:
    """Return the elements of a list; none of any other value."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def parse_members(text: str | bytes) -> dict[str, Any]:
    """Return the members of a text that is an object; none of any other text."""
    try:
        return members(json.loads(text))
    except (ValueError, RecursionError):
        return {}
