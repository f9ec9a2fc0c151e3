"""Values as dicts of plain values, ready to be stored."""

from typing import Any

import msgspec


def of(value: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a value by name, and the values within it likewise.

    Sets and enumerations stay what they are, and dicts and lists are new ones. `msgspec.to_builtins` would turn sets
    into lists and bytes into base64.
    """
    return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}


def changed(old: msgspec.Struct, new: msgspec.Struct) -> dict[str, Any]:
    """Return those fields of a value, likewise, that another value has otherwise."""
    before = of(old)
    return {name: value for name, value in of(new).items() if value != before[name]}


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return of(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return type(value)(_plain(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value
