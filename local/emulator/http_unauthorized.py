"""Answer 401 when an HTTP API's Lambda authorizer fails with the exact message `Unauthorized`, if that is played.

MiniStack answers 500 to any failure, as AWS documents. That AWS answers 401 is documented of REST APIs only, so it is a
choice (`choices.py`); the authorizer of Gatehouse denies instead (docs/gate-answers.md).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import json
from contextvars import ContextVar
from typing import Any

from local.emulator import choices
from local.emulator.patching import AnyCallable, Emulator, around

AUTHORIZER = "ministack-apigw-authorizer"
ANSWER = (401, {"Content-Type": "application/json"}, b'{"message":"Unauthorized"}')
IS_UNAUTHORIZED: ContextVar[list[bool] | None] = ContextVar("unauthorized", default=None)


def says_unauthorized(result: Any) -> bool:
    """Tell whether a function failed with that message."""
    try:
        body: Any = result["body"] if result.get("error") else None
        failure: Any = json.loads(body) if isinstance(body, str | bytes) else body
        return failure["errorMessage"] == "Unauthorized"
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def install(emulator: Emulator) -> None:
    """Close the gap."""
    if choices.read()["unauthorized"] != "401":
        return
    http = emulator.http_api

    @around(http, "run_reentrant")
    async def remember(original: AnyCallable, *arguments: Any, **named: Any) -> Any:
        result = await original(*arguments, **named)
        found = IS_UNAUTHORIZED.get()
        if found is not None and named.get("thread_name") == AUTHORIZER:
            found.append(says_unauthorized(result))
        return result

    @around(http, "_authorize_request_v2")
    async def answer(original: AnyCallable, *arguments: Any, **named: Any) -> Any:
        found: list[bool] = []
        IS_UNAUTHORIZED.set(found)
        error, context = await original(*arguments, **named)
        return (ANSWER if error is not None and any(found) else error), context
