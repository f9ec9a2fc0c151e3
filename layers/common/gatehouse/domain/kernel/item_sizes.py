"""How much of a DynamoDB item a value takes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from typing import Any

ITEM_MAX_BYTES = 400 * 1024
"""What DynamoDB takes in an item, the names of its attributes included."""

_NUMBER_MAX_BYTES = 21
_COLLECTION_BYTES, _ELEMENT_BYTES = 3, 1


def of(value: Any) -> int:
    """Return the bytes of a value, at most: numbers are counted in full."""
    match value:
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case bool() | None:
            return 1
        case int():
            return _NUMBER_MAX_BYTES
        case Mapping():
            members = value.items()  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            return _COLLECTION_BYTES + sum(of(name) + of(one) + _ELEMENT_BYTES for name, one in members)  # pyright: ignore[reportUnknownVariableType]
        case list() | tuple() | frozenset():
            return _COLLECTION_BYTES + sum(of(one) + _ELEMENT_BYTES for one in value)  # pyright: ignore[reportUnknownVariableType]
        case _:
            raise TypeError(f"no attribute value for {type(value).__name__}")
