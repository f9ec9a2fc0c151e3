"""Import the whole integration of an OpenAPI operation, and the operation for any method.

MiniStack keeps an integration's type and URI only, so the mock integrations behind SAM's `Cors` would answer a
preflight without a header; and it skips `x-amazon-apigateway-any-method`, which SAM writes for `Method: ANY`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html
"""

from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

ANY_METHOD = "x-amazon-apigateway-any-method"
COPIED = ("requestParameters", "requestTemplates", "passthroughBehavior", "timeoutInMillis")


def install(emulator: Emulator) -> None:
    """Close the gap."""
    rest = emulator.rest_api
    rest._OPENAPI_HTTP_METHODS.add("any")

    @around(rest, "_import_path_item")
    def import_any_method(original: AnyCallable, api_id: str, path: str, item: Document, *rest_of: Any) -> None:
        original(api_id, path, {"any" if key == ANY_METHOD else key: value for key, value in item.items()}, *rest_of)

    @around(rest, "_import_operation")
    def import_integration(
        original: AnyCallable, api_id: str, resource_id: str, method: str, operation: Document | None, *rest_of: Any
    ) -> None:
        original(api_id, resource_id, method, operation, *rest_of)
        wanted: Document = (operation or {}).get("x-amazon-apigateway-integration") or {}
        responses: dict[str, Document] = wanted.get("responses") or {}
        stored = rest._resources[api_id][resource_id]["resourceMethods"][method]["methodIntegration"]
        if stored is not None:
            stored.update({name: wanted[name] for name in COPIED if name in wanted})
        for pattern, response in responses.items():
            settings = {**response, "selectionPattern": "" if pattern == "default" else pattern}
            status = str(response.get("statusCode", 200))
            rest._put_integration_response(api_id, resource_id, method, status, settings)
