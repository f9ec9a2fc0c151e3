"""Import the gateway responses of an OpenAPI body, which is where SAM's `GatewayResponses` property writes them.

Runs inside the import, so a deployment made afterwards captures them as it does separate GatewayResponse resources.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
"""

from typing import Any

from local.emulator.patching import Advice, Document, Emulator, around

EXTENSION = "x-amazon-apigateway-gateway-responses"


def install(emulator: Emulator) -> None:
    """Close the gap."""
    rest = emulator.rest_api

    @around(rest, "_import_rest_api")
    def import_gateway_responses(original: Advice, body: Document, *rest_of: Any) -> str:
        api_id: str = original(body, *rest_of)
        responses: dict[str, Document] = body.get(EXTENSION) or {}
        for response_type, response in responses.items():
            status, _, answer = rest._put_gateway_response(api_id, response_type, response)
            if status >= 400:
                message = f"gateway response {response_type}: {answer!r}"
                raise ValueError(message)
        return api_id
