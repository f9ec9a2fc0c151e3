"""Sizes and capacity units of items, by DynamoDB's published rules.

Sizes: Developer Guide, "DynamoDB Item sizes and formats". Units: "DynamoDB read and write operations":
a strongly consistent read takes one unit per 4 KB, an eventually consistent one half, a write one per 1 KB,
a transactional one twice that. Each index that a write changes costs a write of its own projection.
"""

import base64
import math
from typing import Any

type Item = dict[str, dict[str, Any]]

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024
_CONTAINER_BYTES = 3


def item_bytes(item: Item) -> int:
    """Return the size of an item: names and values."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: dict[str, Any]) -> int:
    """Return the size of one attribute value."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.lstrip("-").strip("0").replace(".", "")) + 1) // 2 + 1
        case "B":
            return len(base64.b64decode(content))
        case "M":
            return _CONTAINER_BYTES + sum(len(n.encode()) + value_bytes(v) + 1 for n, v in content.items())
        case "L":
            return _CONTAINER_BYTES + sum(value_bytes(one) + 1 for one in content)
        case _:
            return 1


def read_units(item: Item | None, *, consistent: bool) -> float:
    """Return what reading the item costs; looking for what is not there costs a minimal read."""
    units = max(1, math.ceil(item_bytes(item or {}) / READ_UNIT_BYTES))
    return units if consistent else units / 2


def write_units(before: Item | None, after: Item | None) -> int:
    """Return what the table's own write costs: the larger of both images counts."""
    return max(1, math.ceil(max(item_bytes(before or {}), item_bytes(after or {})) / WRITE_UNIT_BYTES))


def index_write_units(index: dict[str, Any], table_keys: list[str], before: Item | None, after: Item | None) -> int:
    """Return what one global secondary index adds to a write."""
    old, new = _project(index, table_keys, before), _project(index, table_keys, after)
    if old == new:
        return 0
    if old is None or new is None:
        return write_units(old, new)
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    if any(old[key] != new[key] for key in keys):
        return write_units(old, None) + write_units(None, new)
    return write_units(old, new)


def _project(index: dict[str, Any], table_keys: list[str], item: Item | None) -> Item | None:
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    if item is None or any(key not in item for key in keys):
        return None
    if index["Projection"]["ProjectionType"] == "ALL":
        return item
    wanted = {*keys, *table_keys, *index["Projection"].get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in wanted}
