"""The transport in memory beside moto: random programs are answered alike, and what it does not know is refused."""

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatehouse.storage.aws.transport import (
    ConditionFailedError,
    RequestRefusedError,
    TransactionCanceledError,
    Transport,
)
from tests import examples, template
from tests.boto_transport import BotoTransport
from tests.conftest import DIRECTORY_TABLE
from tests.memory_transport import MemoryDynamoDB, MemoryTransport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

type Step = tuple[str, dict[str, Any]]

VALUES = {":number": {"N": "2"}, ":text": {"S": "b"}, ":flag": {"BOOL": True}}
NAMES = {"#count": "count", "#roles": "roles", "#text": "text", "#total": "total"}
CONDITIONS = [
    "attribute_not_exists(pk)",
    "attribute_exists(pk)",
    "attribute_exists(pk) AND attribute_not_exists(ids.two)",
    "attribute_not_exists(pk) OR #count <= :number",
    "(flag = :flag OR #count > :number) AND attribute_exists(pk)",
    "contains(#roles, :text)",
    "#text < :text",
    "#text <> :text",
    "begins_with(#text, :text)",
    "flag > :number",
]
UPDATES = [
    "SET flag = :flag",
    "SET ids.two = :text",
    "REMOVE #text, ids.two",
    "ADD #count :number SET #text = :text",
    "ADD #count :number, #total :number REMOVE flag",
]


def used(given: dict[str, Any], *texts: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if any(name in text for text in texts)}


def placeholders(*texts: str) -> dict[str, Any]:
    found = {"ExpressionAttributeNames": used(NAMES, *texts), "ExpressionAttributeValues": used(VALUES, *texts)}
    return {name: value for name, value in found.items() if value}


keys = st.sampled_from(["a", "b", "c", "d"]).map(lambda name: {"pk": {"S": name}})
numbers = st.sampled_from(["1", "2", "3"]).map(lambda text: {"N": text})
texts = st.sampled_from(["", "a", "b", "bc", "é", "😀"]).map(lambda text: {"S": text})
attributes = st.fixed_dictionaries(
    {},
    optional={
        "count": numbers,
        "text": texts,
        "flag": st.booleans().map(lambda flag: {"BOOL": flag}),
        "roles": st.lists(texts, max_size=2).map(lambda some: {"L": some}),
        "ids": st.just({"M": {"one": {"S": "1"}}}),
        "collection": st.just({"S": "all"}),
        "position": st.sampled_from(["1", "2", "é", "😀"]).map(lambda text: {"S": text}),
    },
)


@st.composite
def writes(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(["Put", "Update", "Delete"]))
    condition = draw(st.sampled_from(["", *CONDITIONS]))
    request: dict[str, Any] = {"TableName": DIRECTORY_TABLE}
    update = draw(st.sampled_from(UPDATES)) if kind == "Update" else ""
    if kind == "Put":
        request["Item"] = draw(keys) | draw(attributes)
    else:
        request["Key"] = draw(keys)
    if update:
        request["UpdateExpression"] = update
    if condition:
        request["ConditionExpression"] = condition
    return kind, request | placeholders(condition, update)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(["write", "write", "transaction", "query"]))
    if kind == "transaction":
        some = draw(st.lists(writes(), min_size=1, max_size=3, unique_by=lambda one: str(place(one[1]))))
        return "TransactWriteItems", {"TransactItems": [{name: request} for name, request in some]}
    if kind == "query":
        request = {
            "TableName": DIRECTORY_TABLE,
            "IndexName": "by_collection",
            "KeyConditionExpression": "#collection = :all",
            "ExpressionAttributeNames": {"#collection": "collection"},
            "ExpressionAttributeValues": {":all": {"S": "all"}},
            "ScanIndexForward": draw(st.booleans()),
        }
        limit = draw(st.sampled_from([None, 1, 2]))
        return "Query", request if limit is None else request | {"Limit": limit}
    name, request = draw(writes())
    return f"{name}Item", request | draw(st.sampled_from([{}, {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}]))


def place(request: dict[str, Any]) -> Any:
    key: dict[str, Any] = request.get("Key") or request["Item"]
    return key["pk"]


def run(transport: Transport, step: Step) -> Any:
    """Return what the step is answered, as far as Gatehouse looks at it."""
    operation, request = step
    try:
        answer = transport.call(operation, request)
    except ConditionFailedError as error:
        return "condition", error.item
    except TransactionCanceledError as error:
        return "canceled", error.reasons
    except RequestRefusedError:
        return "refused"
    found = sorted(one["position"]["S"] for one in answer["Items"]) if operation == "Query" else None
    return "done", answer.get("Count"), found, "LastEvaluatedKey" in answer


def contents(transport: Transport) -> list[dict[str, Any]]:
    items = transport.call("Scan", {"TableName": DIRECTORY_TABLE})["Items"]
    return sorted(items, key=lambda item: item["pk"]["S"])


@settings(max_examples=examples.of(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.lists(steps(), min_size=1, max_size=6))
def test_any_program_is_answered_as_by_moto(dynamodb: "DynamoDBClient", program: list[Step]) -> None:
    memory = MemoryDynamoDB()
    memory.create_table(DIRECTORY_TABLE, template.table("DirectoryTable"))
    mine, theirs = MemoryTransport(memory), BotoTransport(dynamodb)
    for item in contents(theirs):
        theirs.call("DeleteItem", {"TableName": DIRECTORY_TABLE, "Key": {"pk": item["pk"]}})

    for step in program:
        assert run(mine, step) == run(theirs, step), step
        assert contents(mine) == contents(theirs), step


@pytest.fixture
def transport(memory: MemoryDynamoDB) -> MemoryTransport:
    memory.clear()
    return MemoryTransport(memory)


ITEM = {"TableName": DIRECTORY_TABLE, "Key": {"pk": {"S": "a"}}}
FLAG = {":flag": {"BOOL": True}}


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        pytest.param("UpdateItem", {**ITEM, "UpdateExpression": "SET flag = :flag"}, id="a value not given"),
        pytest.param("DeleteItem", {**ITEM, "ExpressionAttributeValues": FLAG}, id="a value unused"),
        pytest.param(
            "UpdateItem",
            {**ITEM, "UpdateExpression": "SET a = :flag SET b = :flag", "ExpressionAttributeValues": FLAG},
            id="a section twice",
        ),
        pytest.param("DeleteItem", {**ITEM, "ConditionExpression": "attribute_exists(count)"}, id="a reserved word"),
        pytest.param("DeleteItem", {**ITEM, "ConditionExpression": "size(pk) = pk"}, id="an unknown function"),
        pytest.param("GetItem", {**ITEM, "ProjectionExpression": "pk"}, id="an unknown parameter"),
        pytest.param("GetItem", {**ITEM, "Key": {"pk": {"S": ""}}}, id="an empty key"),
        pytest.param("GetItem", {**ITEM, "Key": {"pk": {"S": "é" * 1025}}}, id="a long key"),
        pytest.param(
            "PutItem",
            {"TableName": DIRECTORY_TABLE, "Item": {"pk": {"S": "a"}, "position": {"N": "1"}}},
            id="an index's key of another type",
        ),
        pytest.param("TransactWriteItems", {"TransactItems": [{"Delete": ITEM}] * 2}, id="an item twice"),
        pytest.param("TransactWriteItems", {"TransactItems": []}, id="no action"),
        pytest.param("BatchGetItem", {"RequestItems": {"directory": {"Keys": [ITEM["Key"]] * 2}}}, id="a key twice"),
        pytest.param(
            "PutItem",
            {"TableName": DIRECTORY_TABLE, "Item": {"pk": {"S": "a"}, "text": {"S": "x" * 409_601}}},
            id="an item over 400 KiB",
        ),
    ],
)
def test_what_dynamodb_refuses_or_this_fake_does_not_know_is_refused(
    transport: MemoryTransport, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(RequestRefusedError):
        transport.call(operation, request_)


def test_a_transaction_that_is_sent_again_is_done_once(transport: MemoryTransport) -> None:
    count = {**ITEM, "UpdateExpression": "ADD tries :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    request = {"TransactItems": [{"Update": count}], "ClientRequestToken": secrets.token_hex(16)}

    transport.call("TransactWriteItems", request)
    transport.call("TransactWriteItems", request)

    assert transport.call("GetItem", ITEM)["Item"]["tries"] == {"N": "1"}
    with pytest.raises(RequestRefusedError):
        transport.call("TransactWriteItems", request | {"TransactItems": [{"Delete": ITEM}]})


def test_what_is_given_and_taken_is_a_copy(transport: MemoryTransport) -> None:
    item: dict[str, Any] = {"pk": {"S": "a"}, "roles": {"L": [{"S": "admin"}]}}
    transport.call("PutItem", {"TableName": DIRECTORY_TABLE, "Item": item})

    item["roles"]["L"].clear()
    transport.call("GetItem", ITEM)["Item"]["roles"]["L"].clear()

    assert transport.call("GetItem", ITEM)["Item"]["roles"] == {"L": [{"S": "admin"}]}
