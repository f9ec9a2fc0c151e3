"""Answer 500 where an HTTP API's authorizer says a quotation mark or a backslash in its context.

AWS documents no such rule. It is reported that an HTTP API fails so when it repeats the answer from its cache: "Invalid
json in authorizer response". Here it fails at the first time, since not every test calls twice.

https://github.com/mantil-io/mantil/issues/52
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import json
from typing import Any, cast

from local.emulator.http_unauthorized import AUTHORIZER
from local.emulator.patching import AnyCallable, Document, Emulator, around

UNREPEATABLE = frozenset('"\\')
FAILED: Document = {"error": True, "body": {"errorMessage": "Invalid json in authorizer response"}}


def is_repeatable(result: Any) -> bool:
    """Tell whether an HTTP API can repeat the answer of an authorizer."""
    try:
        body: Any = result["body"]
        answer: Any = json.loads(body) if isinstance(body, str | bytes) else body
        context: object = answer["context"]
    except (KeyError, TypeError, ValueError):
        return True  # no answer with a context: none of this shim's business
    values = cast("Document", context).values() if isinstance(context, dict) else ()
    return not any(UNREPEATABLE & set(one) for one in values if isinstance(one, str))


def install(emulator: Emulator) -> None:
    """Close the gap."""
    http = emulator.http_api

    @around(http, "run_reentrant")
    async def look(original: AnyCallable, *arguments: Any, **named: Any) -> Any:
        result = await original(*arguments, **named)
        return result if named.get("thread_name") != AUTHORIZER or is_repeatable(result) else FAILED
