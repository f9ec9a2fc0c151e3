"""Throttle the use of one item where a test asks for it, since no test can make a partition of an emulator hot.

A mark beside an item (see `mark`) lets every operation on it fail as DynamoDB's does, until the mark is gone: a
transaction is canceled with the reason ThrottlingError at each throttled action, a batch leaves the key unprocessed, a
query is throttled by the value of its hash key.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

import importlib
import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

from local.emulator.patching import AnyCallable, Document, Emulator, around

_MARK = "THROTTLED#"
_OPERATIONS = {
    "GetItem": "_get_item",
    "PutItem": "_put_item",
    "UpdateItem": "_update_item",
    "DeleteItem": "_delete_item",
    "Query": "_query",
    "BatchGetItem": "_batch_get_item",
    "TransactWriteItems": "_transact_write_items",
}
"""The operations of the product, by MiniStack's functions. The mark of an item is not throttled itself."""

_TEXT = "Throughput exceeds the current capacity of your table or index."
_CANCELED = {"Code": "ThrottlingError", "Message": _TEXT}


def mark(pk: str, *operations: str) -> Document:
    """Return the mark that throttles these operations on the item of that key; none means all.

    Store it in the item's table, and delete it by its key to end the throttling.
    """
    throttled = {"L": [{"S": one} for one in operations or _OPERATIONS]}
    return {"pk": {"S": _MARK + pk}, "operations": throttled}


def install(_emulator: Emulator) -> None:
    """Look for marks before each operation."""
    dynamodb: Any = importlib.import_module("ministack.services.dynamodb")
    get_item: AnyCallable = dynamodb._get_item
    for operation, name in _OPERATIONS.items():
        _advise(dynamodb, name, operation, get_item)


def _advise(dynamodb: Any, name: str, operation: str, get_item: AnyCallable) -> None:
    @around(dynamodb, name)
    def throttle(original: AnyCallable, request: Document) -> Any:  # pyright: ignore[reportUnusedFunction]
        used = list(_used(operation, request))
        throttled = [_is_throttled(get_item, operation, *one) for one in used]
        if not any(throttled):
            return original(request)
        if operation == "BatchGetItem":
            left = {one for one, hit in zip(used, throttled, strict=True) if hit}
            return _leave_unprocessed(original, request, left)
        if operation == "TransactWriteItems":
            reasons = [_CANCELED if one else {"Code": "None"} for one in throttled]
            more = {"CancellationReasons": reasons}
            return dynamodb.error_response_json("TransactionCanceledException", "Transaction cancelled", 400, more)
        return dynamodb.error_response_json("ProvisionedThroughputExceededException", _TEXT, 400)


def _is_throttled(get_item: AnyCallable, operation: str, table: str, pk: str) -> bool:
    if not pk or pk.startswith(_MARK):
        return False
    status, _, content = get_item({"TableName": table, "Key": {"pk": {"S": _MARK + pk}}})[:3]
    found = json.loads(content).get("Item") if status == HTTPStatus.OK else None
    return bool(found) and {"S": operation} in found["operations"]["L"]


def _used(operation: str, request: Document) -> Iterator[tuple[str, str]]:
    """Return the table and key of each item that a request uses; of a query, the value of the hash key."""
    if operation == "TransactWriteItems":
        for action in cast("list[Document]", request.get("TransactItems", [])):
            ((_, body),) = action.items()
            yield body.get("TableName", ""), _pk(body)
    elif operation == "BatchGetItem":
        for table, wanted in cast("dict[str, Document]", request.get("RequestItems", {})).items():
            for key in wanted.get("Keys", []):
                yield table, key.get("pk", {}).get("S", "")
    elif operation == "Query":
        expression = str(request.get("KeyConditionExpression", ""))
        name = expression.partition("=")[2].split()[0] if "=" in expression else ""
        yield request.get("TableName", ""), request.get("ExpressionAttributeValues", {}).get(name, {}).get("S", "")
    else:
        yield request.get("TableName", ""), _pk(request)


def _pk(body: Document) -> str:
    key: Document = body.get("Key") or body.get("Item") or {}
    return key.get("pk", {}).get("S", "")


def _leave_unprocessed(original: AnyCallable, request: Document, throttled: set[tuple[str, str]]) -> Any:
    """Read the rest, and give the throttled keys back."""
    read: Document = {}
    left: Document = {}
    for table, wanted in cast("dict[str, Document]", request["RequestItems"]).items():
        for key in wanted["Keys"]:
            side = left if (table, key["pk"]["S"]) in throttled else read
            side.setdefault(table, {**wanted, "Keys": []})["Keys"].append(key)
    if not read:
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return HTTPStatus.OK, headers, json.dumps({"Responses": {}, "UnprocessedKeys": left})
    status, headers, content = original({**request, "RequestItems": read})
    if status != HTTPStatus.OK:
        return status, headers, content
    return status, headers, json.dumps({**json.loads(content), "UnprocessedKeys": left})
