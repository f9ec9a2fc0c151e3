"""What every transport must do: the one under moto, the one over boto3, and the one that runs in Lambda."""

import secrets
from typing import Any

import pytest

from gatehouse.storage.aws.transport import (
    ConditionFailedError,
    RequestRefusedError,
    TransactionCanceledError,
    Transport,
)

VALUES: dict[str, Any] = {
    "text": {"S": 'é 😀 " \\ \n'},
    "empty": {"S": ""},
    "number": {"N": "1800000000123"},
    "binary": {"B": "AAH/"},
    "flag": {"BOOL": False},
    "list": {"L": [{"S": "a"}, {"N": "1"}, {"L": []}]},
    "map": {"M": {"B": {"S": "not binary"}, "deep": {"M": {"digest": {"B": "/w=="}}}}},
}


class TransportContract:
    """Subclasses give the fixtures `transport_under_test`, `directory_table` and `grants_table`."""

    @pytest.fixture
    def key(self) -> dict[str, Any]:
        return {"pk": {"S": f"CONTRACT#{secrets.token_hex(16)}"}}

    def test_an_item_comes_back_as_it_was_stored(
        self, transport_under_test: Transport, grants_table: str, key: dict[str, Any]
    ) -> None:
        transport_under_test.call("PutItem", {"TableName": grants_table, "Item": {**key, **VALUES}})

        answer = transport_under_test.call("GetItem", {"TableName": grants_table, "Key": key, "ConsistentRead": True})

        assert answer["Item"] == {**key, **VALUES}

    def test_a_missing_item_is_no_item(
        self, transport_under_test: Transport, grants_table: str, key: dict[str, Any]
    ) -> None:
        answer = transport_under_test.call("GetItem", {"TableName": grants_table, "Key": key})

        assert "Item" not in answer

    def test_a_failed_condition_shows_what_stands_there(
        self, transport_under_test: Transport, grants_table: str, key: dict[str, Any]
    ) -> None:
        transport_under_test.call("PutItem", {"TableName": grants_table, "Item": {**key, **VALUES}})

        with pytest.raises(ConditionFailedError) as failed:
            transport_under_test.call(
                "UpdateItem",
                {
                    "TableName": grants_table,
                    "Key": key,
                    "UpdateExpression": "SET flag = :yes",
                    "ConditionExpression": "flag = :yes",
                    "ExpressionAttributeValues": {":yes": {"BOOL": True}},
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                },
            )

        assert failed.value.item == {**key, **VALUES}

    @pytest.mark.parametrize("asked", [{}, {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}], ids=["no", "yes"])
    def test_a_failed_condition_on_nothing_shows_nothing(
        self, transport_under_test: Transport, grants_table: str, key: dict[str, Any], asked: dict[str, str]
    ) -> None:
        with pytest.raises(ConditionFailedError) as failed:
            transport_under_test.call(
                "DeleteItem",
                {
                    "TableName": grants_table,
                    "Key": key,
                    "ConditionExpression": "attribute_exists(pk)",
                    **asked,
                },
            )

        assert failed.value.item == {}

    def test_an_update_counts_and_says_the_new_value(
        self, transport_under_test: Transport, grants_table: str, key: dict[str, Any]
    ) -> None:
        request: dict[str, Any] = {
            "TableName": grants_table,
            "Key": key,
            "UpdateExpression": "ADD #c :one SET expires_at = :end",
            "ExpressionAttributeNames": {"#c": "count"},
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":end": {"N": "99999999999"}},
            "ReturnValues": "ALL_NEW",
        }
        transport_under_test.call("UpdateItem", request)

        answer = transport_under_test.call("UpdateItem", request)

        assert answer["Attributes"] == {**key, "count": {"N": "2"}, "expires_at": {"N": "99999999999"}}

    def test_a_batch_reads_both_tables_and_leaves_out_what_is_not_there(
        self, transport_under_test: Transport, directory_table: str, grants_table: str, key: dict[str, Any]
    ) -> None:
        absent = {"pk": {"S": key["pk"]["S"] + "#absent"}}
        for table in (directory_table, grants_table):
            transport_under_test.call("PutItem", {"TableName": table, "Item": {**key, "table": {"S": table}}})

        answer = transport_under_test.call(
            "BatchGetItem",
            {
                "RequestItems": {
                    table: {"Keys": [key, absent], "ConsistentRead": True} for table in (directory_table, grants_table)
                }
            },
        )

        assert answer["Responses"] == {
            table: [{**key, "table": {"S": table}}] for table in (directory_table, grants_table)
        }
        assert not answer.get("UnprocessedKeys")

    def test_a_query_reads_an_index(
        self, transport_under_test: Transport, grants_table: str, key: dict[str, Any]
    ) -> None:
        user_key = {"S": key["pk"]["S"]}
        transport_under_test.call("PutItem", {"TableName": grants_table, "Item": {**key, "user_key": user_key}})

        answer = transport_under_test.call(
            "Query",
            {
                "TableName": grants_table,
                "IndexName": "by_user",
                "KeyConditionExpression": "user_key = :user",
                "ExpressionAttributeValues": {":user": user_key},
            },
        )

        assert answer["Items"] == [{**key, "user_key": user_key}]

    def test_a_transaction_is_all_or_nothing_and_says_which_action_failed(
        self, transport_under_test: Transport, directory_table: str, key: dict[str, Any]
    ) -> None:
        taken = {"pk": {"S": key["pk"]["S"] + "#taken"}}
        transport_under_test.call("PutItem", {"TableName": directory_table, "Item": taken})
        absent = "attribute_not_exists(pk)"

        with pytest.raises(TransactionCanceledError) as canceled:
            transport_under_test.call(
                "TransactWriteItems",
                {
                    "TransactItems": [
                        {"Put": {"TableName": directory_table, "Item": one, "ConditionExpression": absent}}
                        for one in (key, taken)
                    ]
                },
            )

        assert canceled.value.reasons == ["None", "ConditionalCheckFailed"]
        assert "Item" not in transport_under_test.call("GetItem", {"TableName": directory_table, "Key": key})

    def test_a_wrong_request_is_our_bug_and_no_outage(self, transport_under_test: Transport) -> None:
        with pytest.raises(RequestRefusedError):
            transport_under_test.call("GetItem", {"TableName": "no-such-table", "Key": {"pk": {"S": "x"}}})
