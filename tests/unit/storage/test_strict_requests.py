"""The transports of the tests refuse what AWS refuses; a request that AWS takes passes."""

from typing import Any

import pytest

from gatehouse.storage.aws.transport import RequestRefusedError
from tests import strict_requests

KEY = {"pk": {"S": "x"}}
TABLE = {"TableName": "directory"}


def update(expression: str, **more: Any) -> dict[str, Any]:
    return {**TABLE, "Key": KEY, "UpdateExpression": expression, **more}


def put(**item: Any) -> dict[str, Any]:
    return {**TABLE, "Item": {**KEY, **item}}


def transaction(*actions: dict[str, Any], token: str = "t" * 32) -> dict[str, Any]:
    return {"TransactItems": [{"Put": one} for one in actions], "ClientRequestToken": token}


def named(number: int) -> dict[str, Any]:
    return {**TABLE, "Item": {"pk": {"S": str(number)}}}


def batch(*puts: dict[str, Any]) -> dict[str, Any]:
    return {"RequestItems": {"directory": [{"PutRequest": {"Item": one["Item"]}} for one in puts]}}


VALUE = {"ExpressionAttributeValues": {":v": {"S": "v"}}}


@pytest.mark.parametrize(
    ("operation", "request_sent", "fault"),
    [
        pytest.param("UpdateItem", update("SET name = :v", **VALUE), "reserved words", id="a reserved word"),
        pytest.param("UpdateItem", update("SET x.#a.items = :v", **VALUE), "undefined", id="an undefined name"),
        pytest.param("UpdateItem", update("REMOVE x", **VALUE), "unused", id="an unused value"),
        pytest.param(
            "UpdateItem", update("REMOVE x", ExpressionAttributeNames={"#n": "n"}), "unused", id="an unused name"
        ),
        pytest.param(
            "UpdateItem", update("REMOVE x", ExpressionAttributeNames={}), "no placeholders", id="an empty map of names"
        ),
        pytest.param("UpdateItem", update(""), "empty", id="an empty expression"),
        pytest.param("UpdateItem", update(f"REMOVE {'x' * 4096}"), "4 KB", id="a long expression"),
        pytest.param("Query", {**TABLE, "Limit": 0}, "a limit below 1", id="a limit of nothing"),
        pytest.param(
            "Query",
            {
                **TABLE,
                "KeyConditionExpression": "pk = :pk AND listed_at > :first",
                "ExpressionAttributeValues": {":pk": {"S": "x"}, ":first": {"S": "x" * 1025}},
            },
            ":first is over 1024 bytes",
            id="a long range of a query",
        ),
        pytest.param("PutItem", put(tags={"SS": []}), "empty set", id="an empty set"),
        pytest.param("PutItem", put(tags={"L": [{"NS": ["1", "1"]}]}), "twice", id="a number twice in a nested set"),
        pytest.param("PutItem", put(text={"S": "x" * 400 * 1024}), "an item of", id="an item over 400 KB"),
        pytest.param("PutItem", put(collection={"S": ""}), "index key", id="an empty index key"),
        pytest.param("PutItem", put(position={"S": "x" * 1025}), "index key", id="a long sort key"),
        pytest.param("PutItem", put(number={"N": "9" * 39}), "38 digits", id="a long number"),
        pytest.param("GetItem", {**TABLE, "Key": {"pk": {"S": ""}}}, "the key", id="an empty key"),
        pytest.param("GetItem", {**TABLE, "Key": {"pk": {"S": "é" * 1025}}}, "the key", id="a key over 2048 bytes"),
        pytest.param("TransactWriteItems", transaction(put(), put()), "one item", id="two actions on one item"),
        pytest.param("TransactWriteItems", transaction(), "0 actions", id="no action"),
        pytest.param(
            "TransactWriteItems", transaction(*map(named, range(101))), "101 actions", id="more than 100 actions"
        ),
        pytest.param("TransactWriteItems", transaction(put(), token="t" * 37), "token", id="a long token"),
        pytest.param(
            "TransactWriteItems",
            transaction(*({**TABLE, "Item": {"pk": {"S": str(n)}, "t": {"S": "x" * 399_000}}} for n in range(11))),
            "4 MB",
            id="a transaction over 4 MB",
        ),
        pytest.param(
            "BatchGetItem", {"RequestItems": {"directory": {"Keys": [KEY, KEY]}}}, "twice", id="a key twice in a batch"
        ),
        pytest.param(
            "BatchGetItem",
            {"RequestItems": {"directory": {"Keys": [{"pk": {"S": str(n)}} for n in range(101)]}}},
            "101 keys",
            id="more than 100 keys in a batch",
        ),
        pytest.param("BatchWriteItem", batch(put(), put()), "one item", id="an item written twice in a batch"),
        pytest.param("BatchWriteItem", batch(*map(named, range(26))), "26 writes", id="more than 25 writes in a batch"),
        pytest.param("BatchWriteItem", batch(put(tags={"SS": []})), "empty set", id="an empty set in a batch"),
    ],
)
def test_what_aws_refuses_is_refused(operation: str, request_sent: dict[str, Any], fault: str) -> None:
    with pytest.raises(RequestRefusedError, match=fault):
        strict_requests.check(operation, request_sent)


@pytest.mark.parametrize(
    ("operation", "request_sent"),
    [
        ("UpdateItem", update("SET #name = :v", ExpressionAttributeNames={"#name": "name"}, **VALUE)),
        ("PutItem", put(text={"S": ""}, list={"L": []}, map={"M": {}})),
        ("TransactWriteItems", transaction(*map(named, range(100)))),
        ("BatchWriteItem", batch(*map(named, range(25)))),
        ("GetItem", {**TABLE, "Key": {"pk": {"S": "x" * 2048}}, "ConsistentRead": True}),
    ],
)
def test_what_aws_takes_passes(operation: str, request_sent: dict[str, Any]) -> None:
    strict_requests.check(operation, request_sent)
