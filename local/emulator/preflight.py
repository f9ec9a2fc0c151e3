"""Route OPTIONS like any other method on an HTTP API that has no CORS configuration.

MiniStack answers every OPTIONS itself, with a 403 where no CORS is configured; AWS only where it is configured. The
method goes in lower case past that check, and is put right wherever it is used.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

DISGUISE = "options"
USERS_OF_THE_METHOD = ("_match_route", "_authorize_request_v2", "_invoke_lambda_proxy", "_invoke_http_proxy")


def unmask(original: AnyCallable, *arguments: Any, **named: Any) -> Any:
    """Call a function with the method's real name."""
    return original(*("OPTIONS" if argument == DISGUISE else argument for argument in arguments), **named)


def install(emulator: Emulator) -> None:
    """Close the gap."""
    http = emulator.http_api

    @around(http, "_handle_execute_in_scope")
    async def route_options(
        original: AnyCallable, api_id: str, stage: str, path: str, method: str, *rest_of: Any, **named: Any
    ) -> Any:
        api: Document = http._apis.get(api_id) or {}
        disguised = DISGUISE if method == "OPTIONS" and not api.get("corsConfiguration") else method
        return await original(api_id, stage, path, disguised, *rest_of, **named)

    for name in USERS_OF_THE_METHOD:
        around(http, name)(unmask)
