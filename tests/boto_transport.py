"""The storage port over boto3, so that moto can stand behind it; the contract tests hold it beside the real one."""

import base64
import threading
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from gatehouse.storage.transport import ConditionFailedError, TransactionCanceledError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_METHODS = {
    "BatchGetItem": "batch_get_item",
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}


class BotoTransport:
    """Counts its calls: `operations` is what a request cost. One call at a time, as DynamoDB serialises an item's."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self._one_at_a_time = threading.Lock()
        self.operations: list[str] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.operations.append(operation)
        try:
            with self._one_at_a_time:
                answer = getattr(self._client, _METHODS[operation])(**_to_boto(request))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code == "ConditionalCheckFailedException":
                raise ConditionFailedError(_from_boto(error.response.get("Item", {}))) from error
            if code == "TransactionCanceledException":
                reasons = error.response.get("CancellationReasons", [])
                raise TransactionCanceledError([str(one.get("Code", "None")) for one in reasons]) from error
            raise
        return _from_boto(answer)


def _to_boto(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"B"}:
            return {"B": base64.b64decode(value["B"])}
        return {name: _to_boto(one) for name, one in value.items()}
    return [_to_boto(one) for one in value] if isinstance(value, list) else value


def _from_boto(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _from_boto(one) for name, one in value.items()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return [_from_boto(one) for one in value] if isinstance(value, list) else value
