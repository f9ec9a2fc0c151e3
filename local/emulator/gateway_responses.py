"""Import the gateway responses of an OpenAPI body, and let `Accept` choose among the templates of one.

They are imported inside the import of the body, so a deployment made afterwards captures them as it does separate
GatewayResponse resources. MiniStack renders the JSON template whatever the request accepts. AWS lets `Accept` choose
the template of a mapped response; of gateway responses it says only that the key is the content type.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-data-transformations.html
"""

from contextvars import ContextVar
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

EXTENSION = "x-amazon-apigateway-gateway-responses"
DEFAULT = "application/json"
ACCEPT: ContextVar[str | None] = ContextVar("accept", default=None)
CHOSEN: ContextVar[str] = ContextVar("chosen", default=DEFAULT)


def choose(accept: str, offered: list[str]) -> str:
    """Return the first media type of the header that is offered, without its parameters; JSON if none is."""
    wanted = [one.split(";")[0].strip().lower() for one in accept.split(",")]
    return next((one for one in wanted if one in offered), DEFAULT)


def install(emulator: Emulator) -> None:
    """Close the gap."""
    rest = emulator.rest_api

    @around(rest, "_import_rest_api")
    def import_gateway_responses(original: AnyCallable, body: Document, *rest_of: Any) -> str:
        api_id: str = original(body, *rest_of)
        responses: dict[str, Document] = body.get(EXTENSION) or {}
        for response_type, response in responses.items():
            status, _, answer = rest._put_gateway_response(api_id, response_type, response)
            if status >= 400:
                message = f"gateway response {response_type}: {answer!r}"
                raise ValueError(message)
        return api_id

    @around(rest, "_gateway_response_for_type")
    def take_template(original: AnyCallable, *arguments: Any) -> Document:
        response: Document = original(*arguments)
        templates: dict[str, str] = response.get("responseTemplates") or {}
        accept = ACCEPT.get()
        if accept is None or not templates:
            return response
        CHOSEN.set(choose(accept, list(templates)))
        return {**response, "responseTemplates": {DEFAULT: templates.get(CHOSEN.get())}}

    @around(rest, "_gateway_error_response")
    def negotiate(original: AnyCallable, error: Any, request: Document) -> tuple[int, dict[str, str], bytes]:
        asked = ACCEPT.set(rest._header_ci(request["headers"], "accept"))
        try:
            status, headers, body = original(error, request)
        finally:
            ACCEPT.reset(asked)
        return status, {**headers, "Content-Type": CHOSEN.get()}, body
