"""DynamoDB's operations on items in memory, with the capacity that each consumes."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.dynamodb import capacity, expressions
from bench.dynamodb.capacity import Item

type Request = dict[str, Any]
type Answer = dict[str, Any]


class RefusedError(Exception):
    """An answer that is an error: its code, and what else stands in the body."""

    def __init__(self, code: str, **body: Any) -> None:
        """Keep both."""
        super().__init__(code)
        self.body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **body}


@dataclass(slots=True)
class Table:
    """One table: its keys, its indexes, its items."""

    keys: list[str]
    indexes: list[dict[str, Any]]
    items: dict[str, Item] = field(default_factory=dict[str, Item])

    def identity(self, item: Item) -> str:
        """Return the primary key of an item or a key as text."""
        return "\0".join(next(iter(item[name].values())) for name in self.keys)

    def write_units(self, before: Item | None, after: Item | None) -> tuple[int, int]:
        """Return what a write costs: in the table, in its indexes."""
        indexed = sum(capacity.index_write_units(index, self.keys, before, after) for index in self.indexes)
        return capacity.write_units(before, after), indexed


@dataclass(slots=True)
class Counters:
    """What was asked since the last reset."""

    operations: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    read_units: float = 0
    write_units: float = 0
    index_write_units: float = 0


class Database:
    """Answers requests of DynamoDB's low-level API."""

    def __init__(self) -> None:
        """Start without tables."""
        self.tables: dict[str, Table] = {}
        self.secrets: dict[str, str] = {}
        self.counters = Counters()

    def answer(self, operation: str, request: Request) -> Answer:
        """Run one operation.

        Raises:
            RefusedError: DynamoDB would refuse it.
        """
        method = getattr(self, f"_{operation}", None)
        if method is None:
            raise RefusedError("UnknownOperationException")
        if not operation.startswith("Bench"):
            self.counters.operations[operation] += 1
        return method(request)

    def _BenchReset(self, _request: Request) -> Answer:  # noqa: N802 - an operation's name, as below
        self.counters = Counters()
        return {}

    def _BenchCounters(self, _request: Request) -> Answer:  # noqa: N802
        counted = self.counters
        return {
            "operations": dict(counted.operations),
            "read_units": counted.read_units,
            "write_units": counted.write_units,
            "index_write_units": counted.index_write_units,
        }

    def _PutSecretValue(self, request: Request) -> Answer:  # noqa: N802
        self.secrets[request["SecretId"]] = request["SecretString"]
        return {}

    def _GetSecretValue(self, request: Request) -> Answer:  # noqa: N802
        return {"SecretString": self.secrets[request["SecretId"]]}

    def _CreateTable(self, request: Request) -> Answer:  # noqa: N802
        keys = [key["AttributeName"] for key in request["KeySchema"]]
        self.tables[request["TableName"]] = Table(keys, request.get("GlobalSecondaryIndexes", []))
        return {"TableDescription": {"TableName": request["TableName"], "TableStatus": "ACTIVE"}}

    def _GetItem(self, request: Request) -> Answer:  # noqa: N802
        table = self._table(request)
        item = table.items.get(table.identity(request["Key"]))
        self.counters.read_units += capacity.read_units(item, consistent=request.get("ConsistentRead", False))
        return {} if item is None else {"Item": item}

    def _BatchGetItem(self, request: Request) -> Answer:  # noqa: N802
        responses: dict[str, list[Item]] = {}
        for name, wanted in request["RequestItems"].items():
            table = self._table({"TableName": name})
            found = [table.items.get(table.identity(key)) for key in wanted["Keys"]]
            is_consistent = wanted.get("ConsistentRead", False)
            self.counters.read_units += sum(capacity.read_units(item, consistent=is_consistent) for item in found)
            responses[name] = [item for item in found if item is not None]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _PutItem(self, request: Request) -> Answer:  # noqa: N802
        table, item = self._table(request), request["Item"]
        self._write(table, table.identity(item), item, request)
        return {}

    def _DeleteItem(self, request: Request) -> Answer:  # noqa: N802
        table = self._table(request)
        self._write(table, table.identity(request["Key"]), None, request)
        return {}

    def _UpdateItem(self, request: Request) -> Answer:  # noqa: N802
        table = self._table(request)
        identity = table.identity(request["Key"])
        before = table.items.get(identity) or request["Key"]
        after = expressions.update(request["UpdateExpression"], before, request)
        self._write(table, identity, after, request)
        return {"Attributes": after} if request.get("ReturnValues") == "ALL_NEW" else {}

    def _TransactWriteItems(self, request: Request) -> Answer:  # noqa: N802
        """Write all or nothing; a transactional write costs twice."""
        actions = [next(iter(action.items())) for action in request["TransactItems"]]
        codes = ["None" if self._would_hold(one) else "ConditionalCheckFailed" for _, one in actions]
        if set(codes) != {"None"}:
            raise RefusedError("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])
        units = self.counters.write_units
        for kind, one in actions:
            if kind != "ConditionCheck":
                {"Put": self._PutItem, "Update": self._UpdateItem, "Delete": self._DeleteItem}[kind](one)
        self.counters.write_units += self.counters.write_units - units
        return {}

    def _would_hold(self, action: Request) -> bool:
        table = self._table(action)
        item = table.items.get(table.identity(action.get("Item") or action["Key"]))
        return expressions.holds(action.get("ConditionExpression"), item, action)

    def _table(self, request: Request) -> Table:
        try:
            return self.tables[request["TableName"]]
        except KeyError:
            raise RefusedError("ResourceNotFoundException") from None

    def _write(self, table: Table, identity: str, after: Item | None, request: Request) -> None:
        before = table.items.get(identity)
        if not expressions.holds(request.get("ConditionExpression"), before, request):
            self.counters.write_units += capacity.write_units(before, None)
            wants_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before is not None
            raise RefusedError("ConditionalCheckFailedException", **({"Item": before} if wants_item else {}))
        own, indexed = table.write_units(before, after)
        self.counters.write_units += own
        self.counters.index_write_units += indexed
        if after is None:
            table.items.pop(identity, None)
        else:
            table.items[identity] = after
