"""Map an HTTP API's request parameters before Lambda functions too, with what a Lambda authorizer said.

MiniStack maps them before HTTP back ends only, and does not know `$context.authorizer.<property>`. A value that is
absent maps to nothing.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

PROPERTY = "$context.authorizer."


def install(emulator: Emulator) -> None:
    """Close the gap."""
    http = emulator.http_api

    @around(http, "_resolve_mapping_atom")
    def resolve(original: AnyCallable, expression: str, **named: Any) -> str | None:
        found: str | None = original(expression, **named)
        if found is None and expression.startswith(PROPERTY):
            said: Document = named["context_vars"].get("authorizer.lambda") or {}
            return said.get(expression.removeprefix(PROPERTY))
        return found

    @around(http, "_invoke_lambda_proxy")
    async def map_before(original: AnyCallable, integration: Document, *request: Any, **named: Any) -> Any:
        api_id, stage, path, method, headers, body, query, *route = request
        headers, query, path = http._apply_request_parameter_mappings(
            integration,
            request_headers=headers,
            request_query=query or {},
            request_path=path,
            path_params=route[1] if len(route) > 1 and route[1] else {},
            context_vars={"authorizer.lambda": named.get("authorizer_lambda_context") or {}, "stage": stage},
            stage_vars={},
        )
        return await original(integration, api_id, stage, path, method, headers, body, query, *route, **named)
