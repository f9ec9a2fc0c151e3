"""Take what the front hands over straight to API Gateway's data plane.

MiniStack serves all of AWS on one port and tells the services apart by guessing from host, path and signature. A
client's own Host or Authorization header must not take part in that guess, so requests that carry the front's key go
past it, with the headers as API Gateway passes them on: an HTTP API joins what is repeated with a comma, a REST API
keeps each value. Request line and headers together have at most 10,240 bytes; with which status API Gateway refuses
more AWS does not say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (payload size)
"""

import hmac
import os
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from local.emulator.inbound import CURRENT, Inbound
from local.emulator.patching import AnyCallable, Document, Emulator, around

PREFIX = "/_front/"
KEY_HEADER = "x-front-key"
ARRIVED_HEADER = "x-front-arrived"
BODY_LIMIT_BYTES = 10 * 1024 * 1024
HEAD_LIMIT_BYTES = 10_240
OF_THE_FRONT = ("x-front-", "x-forwarded-")
SINGLE = {"host", "content-type", "content-length", "accept", "user-agent", "x-forwarded-for"}

type Receive = Callable[[], Awaitable[Document]]
type Headers = dict[str, list[str]]


class Answer(NamedTuple):
    """MiniStack's own shape of a response."""

    status: int
    headers: dict[str, Any]
    body: bytes


async def read_body(receive: Receive) -> bytes | None:
    """Read a request body to its end; None if it is larger than API Gateway takes."""
    body = bytearray()
    too_large = more = False
    while not more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT_BYTES:
            too_large = True
            body.clear()
        more = not message.get("more_body", False)
    return None if too_large else bytes(body)


def weigh_head(method: str, target: str, headers: Headers) -> int:
    """Return the bytes of request line and headers, without those that the front added.

    AWS counts "request line and header values". Whether names count it does not say, so they do here.
    """
    line = len(f"{method} {target} HTTP/1.1")
    mine = [(name, values) for name, values in headers.items() if not name.startswith(OF_THE_FRONT)]
    return line + sum(len(name) + len(value.encode()) for name, values in mine for value in values)


def headers_of_http_api(headers: Headers) -> dict[str, Any]:
    """Join repeated headers with a comma, cookies as a browser would have sent them."""
    return {name: ("; " if name == "cookie" else ",").join(values) for name, values in headers.items()}


def headers_of_rest_api(headers: Headers) -> dict[str, Any]:
    """Keep repeated headers as a list, which becomes `multiValueHeaders`; `headers` gets the last."""
    return {name: values[-1] if name in SINGLE or len(values) == 1 else values for name, values in headers.items()}


def inbound(headers: Headers) -> Inbound:
    """Say who called and when: the front is the only one that may, and overwrites whatever the client claimed."""
    return Inbound(
        client_address=headers["x-forwarded-for"][-1],
        arrived_at_ms=int(headers.pop(ARRIVED_HEADER)[-1]),
        domain_name=headers["host"][-1].rsplit(":", 1)[0],
        cookies=[cookie.strip() for line in headers.get("cookie", []) for cookie in line.split(";")],
    )


def is_from_front(scope: Document, key: bytes) -> bool:
    """Say whether the front hands a request over."""
    keys = [value for name, value in scope.get("headers", []) if name == KEY_HEADER.encode()]
    return scope["type"] == "http" and len(keys) == 1 and hmac.compare_digest(keys[0], key)


def install(emulator: Emulator) -> None:
    """Close the gap."""
    server, rest, http = emulator.server, emulator.rest_api, emulator.http_api
    key = os.environ.pop("FRONT_KEY").encode()

    async def execute(scope: Document, receive: Receive) -> Answer:
        headers: Headers = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(server.decode_header_value(value))
        del headers[KEY_HEADER]
        CURRENT.set(inbound(headers))
        api_id, stage, path = scope["raw_path"].decode("ascii").removeprefix(PREFIX).split("/", 2)
        query = scope["query_string"].decode("utf-8", "replace")
        parameters = parse_qs(query, keep_blank_values=True)
        if weigh_head(scope["method"], f"/{path}?{query}", headers) > HEAD_LIMIT_BYTES:
            return Answer(431, {"Content-Type": "application/json"}, b'{"message":"Request Header Fields Too Large"}')
        body = await read_body(receive)
        if body is None:
            return Answer(413, {"Content-Type": "application/json"}, b'{"message":"Request Entity Too Large"}')
        if rest.find_api_scope(api_id) is not None:
            arguments = (scope["method"], unquote("/" + path), headers_of_rest_api(headers), body, parameters)
            return Answer(*await rest.handle_execute(api_id, stage, *arguments))
        return Answer(
            *await http.handle_execute(
                api_id,
                stage,
                http.decode_http_api_path("/" + path),
                scope["method"],
                headers_of_http_api(headers),
                body,
                parameters,
                raw_query_string=query,
            )
        )

    @around(server, "app")
    async def app(original: AnyCallable, scope: Document, receive: Receive, send: AnyCallable) -> None:
        if not is_from_front(scope, key):
            return await original(scope, receive, send)
        answer = await execute(scope, receive)
        return await server._send_response(send, *answer)
