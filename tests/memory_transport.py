"""DynamoDB in a dictionary, for tests of what stands on the storage: some fifty times faster than moto.

It knows what Gatehouse uses and refuses everything else; `strict_requests` says what AWS refuses. The contract of the
transports and random programs compare it with moto, and `pytest --dynamodb=moto` runs any unit test on moto.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gatehouse.domain.kernel import json_texts
from gatehouse.storage.aws.transport import ConditionFailedError, RequestRefusedError, TransactionCanceledError
from tests import expressions, strict_requests
from tests.expressions import Item, UnreadableExpressionError
from tests.recording_transport import RecordingTransport

_PAGE_MAX_BYTES = 1_000_000
_KNOWN = {
    "GetItem": {"TableName", "Key", "ConsistentRead"},
    "PutItem": {"TableName", "Item"},
    "DeleteItem": {"TableName", "Key"},
    "UpdateItem": {"TableName", "Key", "UpdateExpression", "ReturnValues"},
    "Query": {
        "TableName",
        "IndexName",
        "KeyConditionExpression",
        "ScanIndexForward",
        "Limit",
        "Select",
        "ExclusiveStartKey",
        "ConsistentRead",
    },
    "Scan": {"TableName", "ConsistentRead", "ExclusiveStartKey"},
    "BatchGetItem": {"RequestItems"},
    "BatchWriteItem": {"RequestItems"},
    "TransactWriteItems": {"TransactItems", "ClientRequestToken"},
    "ConditionCheck": {"TableName", "Key"},
}
_CONDITIONAL = {"ConditionExpression", "ReturnValuesOnConditionCheckFailure"}
_PLACEHOLDERS = {"ExpressionAttributeNames", "ExpressionAttributeValues"}
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheck"}


def _refuse(reason: str) -> RequestRefusedError:
    return RequestRefusedError(f"400 ValidationException: {reason}")


@dataclass
class Table:
    """Items by their partition key; an item is never changed, only replaced."""

    indexes: dict[str, tuple[str, str, bool]]  # by name: hash key, range key, whether only the keys are in it
    items: dict[str, Item] = field(default_factory=dict[str, Item])


class MemoryDynamoDB:
    """Tables by name."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.sent: dict[str, list[Any]] = {}
        """Transactions that were done, by their tokens."""

    def create_table(self, name: str, definition: dict[str, Any]) -> None:
        """Take what CreateTable takes."""
        assert [one["AttributeName"] for one in definition["KeySchema"]] == ["pk"]
        indexes = dict[str, tuple[str, str, bool]]()
        for index in definition["GlobalSecondaryIndexes"]:
            first, second = (one["AttributeName"] for one in index["KeySchema"])
            indexes[index["IndexName"]] = (first, second, index["Projection"]["ProjectionType"] == "KEYS_ONLY")
        self.tables[name] = Table(indexes)

    def delete_table(self, name: str) -> None:
        """Forget the table and what is in it."""
        del self.tables[name]

    def clear(self) -> None:
        """Empty every table."""
        self.sent.clear()
        for table in self.tables.values():
            table.items.clear()


class MemoryTransport(RecordingTransport):
    """The storage port on it. What it takes and gives is copied by way of JSON, as the wire does."""

    def __init__(self, database: MemoryDynamoDB) -> None:
        super().__init__()
        self._database = database
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "GetItem": self._get,
            "BatchGetItem": self._get_batch,
            "PutItem": self._write("PutItem"),
            "UpdateItem": self._write("UpdateItem"),
            "DeleteItem": self._write("DeleteItem"),
            "BatchWriteItem": self._write_batch,
            "TransactWriteItems": self._transact,
            "Query": self._query,
            "Scan": self._scan,
        }

    def _answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        sent = _copied(request)
        try:
            _check_names(operation, sent)
            return _copied(self._operations[operation](sent))
        except UnreadableExpressionError as error:
            raise _refuse(str(error)) from error

    def _table(self, name: str) -> Table:
        if name not in self._database.tables:
            raise RequestRefusedError(f"400 ResourceNotFoundException: no table {name}")
        return self._database.tables[name]

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        table = self._table(request["TableName"])
        item = table.items.get(_key(request["Key"]))
        return {} if item is None else {"Item": item}

    def _get_batch(self, request: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, wanted in request["RequestItems"].items():
            table, keys = self._table(name), [_key(one) for one in wanted["Keys"]]
            found[name] = [table.items[key] for key in keys if key in table.items]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _write_batch(self, request: dict[str, Any]) -> dict[str, Any]:
        changes = [
            _Change(self._table(table), _WRITES[kind.removesuffix("Request")], {"TableName": table, **body})
            for table, writes in request["RequestItems"].items()
            for write in writes
            for kind, body in write.items()
        ]
        for change in changes:
            change.apply()
        return {"UnprocessedItems": {}}

    def _write(self, operation: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        def write(request: dict[str, Any]) -> dict[str, Any]:
            change = _Change(self._table(request["TableName"]), operation, request)
            if not change.may_happen():
                is_asked = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
                raise ConditionFailedError(_copied(change.before or {}) if is_asked else {})
            change.apply()
            return {"Attributes": change.after} if request.get("ReturnValues") == "ALL_NEW" else {}

        return write

    def _transact(self, request: dict[str, Any]) -> dict[str, Any]:
        actions, token = request["TransactItems"], request.get("ClientRequestToken")
        changes = list[_Change]()
        for action in actions:
            ((kind, body),) = action.items()
            _check_names(_WRITES[kind], body)
            changes.append(_Change(self._table(body["TableName"]), _WRITES[kind], body))
        if token is not None and token in self._database.sent:
            if self._database.sent[token] != actions:
                raise RequestRefusedError("400 IdempotentParameterMismatchException")
            return {}
        allowed = [change.may_happen() for change in changes]
        if not all(allowed):
            raise TransactionCanceledError(["None" if one else "ConditionalCheckFailed" for one in allowed])
        for change in changes:
            change.apply()
        if token is not None:
            self._database.sent[token] = actions
        return {}

    def _scan(self, request: dict[str, Any]) -> dict[str, Any]:
        return _page(list(self._table(request["TableName"]).items.values()), request, ("pk",))

    def _query(self, request: dict[str, Any]) -> dict[str, Any]:
        table = self._table(request["TableName"])
        if request.get("IndexName") not in table.indexes or request.get("ConsistentRead"):
            raise _refuse(f"no such index, or a consistent read of one: {request.get('IndexName')}")
        first, second, is_keys_only = table.indexes[request["IndexName"]]
        names, values = _placeholders(request)
        wanted = expressions.condition(request["KeyConditionExpression"])
        items = [one for one in table.items.values() if first in one and second in one and wanted(one, names, values)]
        if is_keys_only:
            items = [{name: one[name] for name in (first, second, "pk")} for one in items]
        return _page(items, request, (first, second, "pk"))


class _Change:
    """One write: whether it may happen, and what it leaves.

    Raises:
        RequestRefusedError: DynamoDB would not take it.
    """

    def __init__(self, table: Table, operation: str, request: dict[str, Any]) -> None:
        self._table, self._operation, self._request = table, operation, request
        self.key = _key(request["Key"] if "Key" in request else {"pk": request["Item"].get("pk", {})})
        self.before = table.items.get(self.key)
        self._names, self._values = _placeholders(request)
        self.after = self._new()
        if operation == "UpdateItem" and self.after is not None:
            strict_requests.check_item(self.after)

    def may_happen(self) -> bool:
        text = self._request.get("ConditionExpression")
        return text is None or expressions.condition(text)(self.before or {}, self._names, self._values)

    def apply(self) -> None:
        if self._operation == "ConditionCheck":
            return
        if self.after is None:
            self._table.items.pop(self.key, None)
        else:
            self._table.items[self.key] = self.after

    def _new(self) -> Item | None:
        if self._operation == "PutItem":
            return self._request["Item"]
        if self._operation != "UpdateItem":
            return None
        item: Item = _copied(self.before or self._request["Key"])
        try:
            expressions.update(self._request["UpdateExpression"])(item, self._names, self._values)
        except UnreadableExpressionError:
            if self.may_happen():  # DynamoDB asks this before it looks where an update leads
                raise
            return self.before
        if item.get("pk") != {"S": self.key}:
            raise _refuse("Cannot update attribute pk. This attribute is part of the key")
        return item


def _copied(value: dict[str, Any]) -> dict[str, Any]:
    """Return what arrives of a value; the product's own transport sends and reads it in the same way."""
    return json_texts.parse(json_texts.render(value))


def _page(found: list[Item], request: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return what follows the start in the order of the keys, up to the limit and to a page's bytes."""

    def place(item: Item) -> list[bytes]:
        return [item[name]["S"].encode() for name in keys]

    is_backward = request.get("ScanIndexForward") is False
    start, limit = request.get("ExclusiveStartKey"), request.get("Limit")
    if start is not None:
        found = [one for one in found if place(one) != place(start) and (place(one) < place(start)) == is_backward]
    items = sorted(found, key=place, reverse=is_backward)
    page, size = list[Item](), 0
    for item in items:
        size += len(json_texts.render(item))
        if page and (size > _PAGE_MAX_BYTES or len(page) == limit):
            break
        page.append(item)
    more = {"LastEvaluatedKey": {name: page[-1][name] for name in keys}} if len(page) < len(items) else {}
    counted = {"Count": len(page), "ScannedCount": len(page), **more}
    return counted if request.get("Select") == "COUNT" else {"Items": page, **counted}


def _check_names(operation: str, request: dict[str, Any]) -> None:
    known = _KNOWN[operation]
    if operation in {"PutItem", "UpdateItem", "DeleteItem", "ConditionCheck"}:
        known = known | _CONDITIONAL | _PLACEHOLDERS
    elif operation == "Query":
        known = known | _PLACEHOLDERS
    if not request.keys() <= known:
        raise _refuse(f"this fake does not know {sorted(request.keys() - known)} of {operation}")


def _placeholders(request: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    return request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})


def _key(key: dict[str, Any]) -> str:
    text = key.get("pk", {}).get("S")
    if key.keys() != {"pk"} or not isinstance(text, str):
        raise _refuse("The provided key element does not match the schema")
    return text
