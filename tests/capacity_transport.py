"""A transport that counts what each request costs in DynamoDB's capacity units, by its published rules.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.dynamodb import capacity
from gatehouse.storage.aws.transport import Transport
from tests import template

_TABLES = {"directory": "DirectoryTable", "grants": "GrantsTable"}


@dataclass(frozen=True)
class Units:
    """What was consumed: strongly consistent reads, writes of tables, and writes of their indexes."""

    reads: float = 0
    writes: int = 0
    index_writes: int = 0

    def __add__(self, other: "Units") -> "Units":
        """Return the sum."""
        return Units(self.reads + other.reads, self.writes + other.writes, self.index_writes + other.index_writes)


class CapacityTransport:
    """Passes every call on, and adds up `units`."""

    def __init__(self, inner: Transport) -> None:
        """Begin with nothing."""
        self._inner = inner
        self._indexes = {name: template.table(of)["GlobalSecondaryIndexes"] for name, of in _TABLES.items()}
        self.units = Units()

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """See `Transport.call`."""
        written = [(table, key, self._find(table, key), price) for table, key, price in _written(operation, request)]
        answer = self._inner.call(operation, request)
        for table, key, before, price in written:
            after = self._find(table, key)
            indexed = sum(capacity.index_write_units(one, ["pk"], before, after) for one in self._indexes[table])
            self.units += Units(0, price * capacity.write_units(before, after), indexed)
        for table, key in _read(operation, request):
            self.units += Units(capacity.read_units(self._find(table, key), consistent=True))
        if operation == "Query":
            found = answer if "Items" in answer else self._inner.call("Query", _with_items(request))
            size = sum(capacity.item_bytes(one) for one in found["Items"])
            self.units += Units(max(1, math.ceil(size / capacity.READ_UNIT_BYTES)) / 2)
        return answer

    def _find(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        return self._inner.call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True}).get("Item")


def _with_items(request: dict[str, Any]) -> dict[str, Any]:
    """Return the query that sends what this one counts: both cost the same."""
    return {name: value for name, value in request.items() if name != "Select"}


def _read(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if operation == "GetItem":
        yield request["TableName"], request["Key"]
    if operation == "BatchGetItem":
        for table, wanted in request["RequestItems"].items():
            for key in wanted["Keys"]:
                yield table, key


def _written(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Return table, key and price of each written item; in a transaction, a condition costs as much as a write."""
    if operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        yield request["TableName"], _key(request), 1
    if operation == "TransactWriteItems":
        for action in request["TransactItems"]:
            ((_, body),) = action.items()
            yield body["TableName"], _key(body), 2


def _key(body: dict[str, Any]) -> dict[str, Any]:
    return body.get("Key") or {"pk": body["Item"]["pk"]}
