"""The storage port right on moto's DynamoDB, without an SDK in between: some twenty times faster than boto3.

The contract tests hold it beside the transport over boto3 and beside the real one.
"""

import json
import re
import threading
from collections.abc import Callable
from typing import Any, cast

from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler

from gatehouse.storage import transport
from tests.boto_transport import from_boto, to_boto

_KEY_MAX_BYTES = 2048


class MotoTransport:
    """Counts its calls: `operations` is what a request cost. One call at a time, as DynamoDB serialises an item's."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._one_at_a_time = threading.Lock()
        self._competitors: dict[str, Callable[[], object]] = {}
        self.operations: list[str] = []

    def before(self, operation: str, competitor: Callable[[], object]) -> None:
        """Let a competitor run just before the next such call: after our read, before our write."""
        self._competitors[operation] = competitor

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self._competitors.pop(operation, lambda: None)()
        self.operations.append(operation)
        _refuse_long_keys(request)
        handler = DynamoHandler()
        handler.region, handler.current_account, handler.headers = self._region, DEFAULT_ACCOUNT_ID, {}
        handler.body = to_boto(json.loads(json.dumps(request)))
        action = getattr(handler, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower())
        try:
            with self._one_at_a_time:
                return from_boto(action().result)
        except JsonRESTError as error:
            reason = transport._refusal(error.code or 400, str(error.description).encode())
            raise AssertionError(f"moto throttles: {reason}") from error


def _refuse_long_keys(value: Any) -> None:
    """DynamoDB refuses a key over 2,048 bytes, wherever it stands; moto only in PutItem."""
    if isinstance(value, dict):
        for name, one in cast("dict[str, Any]", value).items():
            if name == "pk" and len(one["S"].encode()) > _KEY_MAX_BYTES:
                raise transport.RequestRefusedError("Size of hashkey has exceeded the maximum size limit of 2048 bytes")
            _refuse_long_keys(one)
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            _refuse_long_keys(one)
