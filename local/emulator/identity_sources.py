"""Give `context.*` identity sources of a REST API's authorizer their value, in the check and in the cache key.

MiniStack takes them for absent, which is a 401 while caching is on. On AWS they make a cached answer belong to one
route.

https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

from contextvars import ContextVar
from typing import Any

from local.emulator.patching import AnyCallable, Emulator, around

ROUTE: ContextVar[dict[str, str] | None] = ContextVar("route", default=None)


def install(emulator: Emulator) -> None:
    """Close the gap."""
    rest = emulator.rest_api

    @around(rest, "_authorize_request_v1")
    async def remember_route(
        original: AnyCallable,
        api_id: str,
        stage: str,
        method_object: Any,
        method: str,
        path: str,
        resource: dict[str, str],
        *rest_of: Any,
    ) -> Any:
        headers = rest_of[0]
        ROUTE.set(
            {
                "context.apiId": api_id,
                "context.stage": stage,
                "context.httpMethod": method,
                "context.path": f"/{stage}{path}",
                "context.resourceId": resource["id"],
                "context.resourcePath": resource["path"],
                "context.identity.sourceIp": headers.get("x-forwarded-for", ""),
                "context.identity.userAgent": headers.get("user-agent", ""),
            }
        )
        return await original(api_id, stage, method_object, method, path, resource, *rest_of)

    @around(rest, "_request_identity_sources")
    def resolve(original: AnyCallable, identity_source: str | None, *rest_of: Any) -> tuple[bool, list[str]]:
        route = ROUTE.get() or {}
        values: list[str] = []
        for source in filter(None, map(str.strip, (identity_source or "").split(","))):
            values += [route.get(source, "")] if source.startswith("context.") else original(source, *rest_of)[1]
        return all(values), values
