"""Throttle the writes to one item where a test asks for it, since no test can make a partition of an emulator hot.

An item `THROTTLED#<pk>` beside the item `<pk>` lets UpdateItem of the latter fail as DynamoDB's does, until it is gone.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

import importlib
import json
from typing import Any

from local.emulator.patching import Advice, Document, Emulator, around

MARK = "THROTTLED#"


def install(_emulator: Emulator) -> None:
    """Look for the mark before each update."""
    dynamodb: Any = importlib.import_module("ministack.services.dynamodb")

    @around(dynamodb, "_update_item")
    def update(original: Advice, request: Document) -> Any:  # pyright: ignore[reportUnusedFunction]
        key: str = request.get("Key", {}).get("pk", {}).get("S", "")
        mark = {"TableName": request.get("TableName"), "Key": {"pk": {"S": MARK + key}}}
        status, _, content = dynamodb._get_item(mark)[:3]
        if key and status == 200 and "Item" in json.loads(content):
            code, text = "ProvisionedThroughputExceededException", "The level of configured throughput was exceeded."
            return dynamodb.error_response_json(code, text, 400)
        return original(request)
