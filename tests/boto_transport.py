"""The storage port over boto3: what AWS's own client takes and gives; the contract tests hold the others beside it."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from botocore import xform_name
from botocore.exceptions import ClientError

from gatehouse.storage.aws import errors
from gatehouse.storage.aws.transport import ConditionFailedError, RequestRefusedError, TransactionCanceledError
from tests.recording_transport import RecordingTransport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


class BotoTransport(RecordingTransport):
    """The storage port over a client of boto3."""

    def __init__(self, client: "DynamoDBClient | SecretsManagerClient") -> None:
        super().__init__()
        self._client = client

    def _answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = getattr(self._client, xform_name(operation))(**to_boto(request))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            reasons = [str(one.get("Code", "None")) for one in error.response.get("CancellationReasons", [])]
            meaning = errors.of_reasons(reasons) if reasons else errors.of_error(status, code)
            if meaning == "refused":
                raise RequestRefusedError(str(error)) from error
            if meaning == "retried":
                raise
            if reasons:
                raise TransactionCanceledError(reasons) from error
            raise ConditionFailedError(from_boto(error.response.get("Item", {}))) from error
        return from_boto(answer)


def to_boto(value: Any) -> Any:
    """Binary values from the wire's base64 to bytes."""
    return _walk(value, lambda one: {"B": base64.b64decode(one["B"])} if one.keys() == {"B"} else None)


def from_boto(value: Any) -> Any:
    """Binary values from bytes to the wire's base64."""
    return _walk(value, lambda one: {"B": base64.b64encode(one["B"]).decode()} if one.keys() == {"B"} else None)


def _walk(value: Any, convert: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Any:
    if isinstance(value, list):
        return [_walk(one, convert) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        return convert(named) or {name: _walk(one, convert) for name, one in named.items()}
    return value
