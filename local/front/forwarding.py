"""Forward a request and its answer byte for byte, but for the hop-by-hop fields.

Nothing is decoded, buffered, followed or added. API Gateway's own limits and answers are the emulator's business; the
front answers only where the emulator does not.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from local.front import routing
from local.front.settings import Settings

type RawHeaders = list[tuple[bytes, bytes]]

# RFC 9110 sections 7.6.1 and 10.1.1; then what only the front may say.
HOP_BY_HOP = {
    b"connection",
    b"expect",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
ONLY_OURS = {b"x-front-arrived", b"x-forwarded-for", b"x-forwarded-port", b"x-forwarded-proto", b"x-front-key"}
SET_BY_THE_SERVER = {b"date", b"server"}


def without(headers: Iterable[tuple[bytes, bytes]], names: set[bytes]) -> RawHeaders:
    """Leave fields out; the rest keep their order and their repetitions."""
    return [(name, value) for name, value in headers if name.lower() not in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The ASGI application."""

    settings: Settings
    client: httpx.AsyncClient
    key: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self.forward(Request(scope, receive))
        await response(scope, receive, send)

    async def forward(self, request: Request) -> Response:
        """Ask the emulator; 503 is what an HTTP API says when nothing behind it answers."""
        try:
            answer = await self.client.send(self.outbound(request), stream=True)
        except LookupError:
            return JSONResponse({"message": "Not Found"}, 404)
        except httpx.HTTPError:
            return JSONResponse({"message": "Service Unavailable"}, 503)
        response = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
        response.raw_headers = without(answer.headers.raw, HOP_BY_HOP | SET_BY_THE_SERVER)
        return response

    def outbound(self, request: Request) -> httpx.Request:
        """Build the request to the emulator. It is not the client's `build_request`, which would add headers."""
        scope = request.scope
        target = routing.resolve(self.settings.routes, scope["raw_path"])
        query = scope["query_string"]
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        return httpx.Request(
            request.method,
            f"http://127.0.0.1:{self.settings.upstream_port}/",
            headers=without(scope["headers"], HOP_BY_HOP | ONLY_OURS) + self.origin(scope),
            content=request.stream() if has_body else None,
            extensions={"target": target + b"?" + query if query else target, "timeout": self.client.timeout.as_dict()},
        )

    def origin(self, scope: Scope) -> RawHeaders:
        """Say where the request came from, and when, as API Gateway does, whatever the client claimed."""
        return [
            (b"x-forwarded-for", scope["client"][0].encode()),
            (b"x-forwarded-port", str(scope["server"][1]).encode()),
            (b"x-forwarded-proto", scope["scheme"].encode()),
            (b"x-front-key", self.key.encode()),
            (b"x-front-arrived", str(time.time_ns() // 1_000_000).encode()),
        ]
