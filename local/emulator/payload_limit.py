"""Take no request that Lambda would not take: 6 MB for the whole event, in which a body that is no text is base64.

API Gateway takes 10 MB. What an HTTP API answers to what lies between them AWS does not say, so that is a choice.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from typing import Any

from local.emulator import choices
from local.emulator.patching import AnyCallable, Document, Emulator, around

LIMIT_BYTES = 6 * 1024 * 1024
ANSWERS: dict[str, tuple[int, bytes]] = {
    "500": (500, b'{"message":"Internal Server Error"}'),
    "413": (413, b'{"message":"Request Too Long"}'),
}


def install(emulator: Emulator) -> None:
    """Close the gap."""
    http = emulator.http_api
    status, text = ANSWERS[choices.read()["too-large"]]

    @around(http, "_invoke_lambda_proxy")
    async def weigh(original: AnyCallable, integration: Document, *request: Any, **named: Any) -> Any:
        headers, body = request[4], request[5]
        is_text = http._v2_request_body_is_text(headers.get("content-type"))
        if len(body or b"") * (1 if is_text else 4 / 3) > LIMIT_BYTES:
            return status, {"Content-Type": "application/json"}, text
        return await original(integration, *request, **named)
