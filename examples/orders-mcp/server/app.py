"""An MCP server in a Lambda function: stateless streamable HTTP with JSON answers, and tools that are bound to scopes.

The gate in front has checked the token; its context says which scopes the token has. A tool whose scope is missing is
redirected to the route of that scope, where the gate refuses the call: its 403 has the challenge by which clients ask
for more (step-up). A function cannot send the challenge: API Gateway renames `WWW-Authenticate` of integrations.

https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

type Event = dict[str, Any]
type Response = dict[str, Any]
type Arguments = Mapping[str, Any]

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602

ORDERS: list[dict[str, Any]] = []
KEPT = 100


class RefusedError(Exception):
    """A JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        """Keep what the client is told."""
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool, and the scope that opens it: the route `/mcp/<scope>` of the API demands it."""

    scope: str
    description: str
    properties: Mapping[str, Any]
    run: Callable[[Arguments], Any]

    def describe(self, name: str) -> dict[str, Any]:
        """Return it as `tools/list` shows it."""
        schema = {"type": "object", "properties": self.properties, "required": sorted(self.properties)}
        return {"name": name, "description": f"{self.description} Needs the scope {self.scope}.", "inputSchema": schema}


def list_orders(_arguments: Arguments) -> Any:
    """Return the orders."""
    return ORDERS


def create_order(arguments: Arguments) -> Any:
    """Keep an order."""
    number = max((int(one["id"]) for one in ORDERS), default=0) + 1
    ORDERS.append({"id": str(number), "item": str(arguments["item"])[:200]})
    del ORDERS[:-KEPT]
    return ORDERS[-1]


def delete_order(arguments: Arguments) -> Any:
    """Forget an order."""
    kept = [one for one in ORDERS if one["id"] != arguments["id"]]
    deleted = len(ORDERS) - len(kept)
    ORDERS[:] = kept
    return {"deleted": deleted}


TEXT = {"type": "string"}
TOOLS: Mapping[str, Tool] = {
    "list_orders": Tool(scope="read", description="List the orders.", properties={}, run=list_orders),
    "create_order": Tool(scope="update", description="Create an order.", properties={"item": TEXT}, run=create_order),
    "delete_order": Tool(scope="delete", description="Delete an order.", properties={"id": TEXT}, run=delete_order),
}


def handler(event: Event, _context: object) -> Response:
    """Answer one request of API Gateway's REST proxy integration."""
    if event["httpMethod"] != "POST":  # no stream, and no session to end
        return respond(405, {"error": "Use POST."}, {"Allow": "POST"})
    try:
        message = parse(event.get("body") or "")
        scope = missing_scope(message, scopes_of(event))
        if scope and event["resource"] != f"/mcp/{scope}":
            return respond(308, {}, {"Location": address_of(scope, event)})
        if "id" not in message:  # a notification
            return respond(202, None)
        return respond(200, {"jsonrpc": "2.0", "id": message["id"], "result": answer(message)})
    except RefusedError as error:
        status = 400 if error.code in {PARSE_ERROR, INVALID_REQUEST} else 200
        refused = {"code": error.code, "message": error.message}
        return respond(status, {"jsonrpc": "2.0", "id": id_of(event.get("body") or ""), "error": refused})


def parse(body: str) -> dict[str, Any]:
    """Return the one JSON-RPC message of the body.

    Raises:
        RefusedError: It is none. Batches ended with the revision 2025-06-18.
    """
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(PARSE_ERROR, "The body is not JSON.") from None
    if not isinstance(found, dict) or not isinstance(cast("dict[str, Any]", found).get("method"), str):
        raise RefusedError(INVALID_REQUEST, "The body is not one JSON-RPC message with a method.")
    return cast("dict[str, Any]", found)


def id_of(body: str) -> Any:
    """Return the id of a message; None if it has none that could be read."""
    try:
        return json.loads(body).get("id")
    except (ValueError, AttributeError, RecursionError):
        return None


def scopes_of(event: Event) -> frozenset[str]:
    """Return the token's scopes, as the gate passes them on."""
    context: dict[str, Any] = event["requestContext"].get("authorizer") or {}
    return frozenset(str(context.get("scope", "")).split())


def missing_scope(message: Mapping[str, Any], held: frozenset[str]) -> str:
    """Return the scope of the tool that is called if the token lacks it; empty otherwise."""
    tool = TOOLS.get(name_of(message)) if message["method"] == "tools/call" else None
    return tool.scope if tool is not None and tool.scope not in held else ""


def address_of(scope: str, event: Event) -> str:
    """Return the route of a scope, relative to the address that was called: `/mcp` or one below, maybe with a slash."""
    is_first, has_slash = event["resource"] == "/mcp", event["path"].endswith("/")
    if is_first:
        return scope if has_slash else f"mcp/{scope}"
    return f"../{scope}" if has_slash else scope


def name_of(message: Mapping[str, Any]) -> str:
    """Return the name of the tool that a message calls."""
    parameters: Any = message.get("params")
    return str(cast("dict[str, Any]", parameters).get("name", "")) if isinstance(parameters, dict) else ""


def answer(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of a request.

    Raises:
        RefusedError: There is no such method or tool, or an argument is missing.
    """
    method = message["method"]
    found: Any = message.get("params") or {}
    parameters = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if method == "initialize":
        asked = parameters.get("protocolVersion")
        return {
            "protocolVersion": asked if asked in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "orders", "version": "1.0.0"},
        }
    if method == "ping":
        return {}
    if method == "tools/list":
        return {"tools": [tool.describe(name) for name, tool in TOOLS.items()]}
    if method == "tools/call":
        return call(name_of(message), parameters.get("arguments") or {})
    raise RefusedError(METHOD_NOT_FOUND, "There is no such method.")


def call(name: str, arguments: Any) -> dict[str, Any]:
    """Run a tool.

    Raises:
        RefusedError: There is no such tool, or an argument is missing.
    """
    tool = TOOLS.get(name)
    if tool is None or not isinstance(arguments, dict):
        raise RefusedError(INVALID_PARAMS, "There is no such tool, or its arguments are no object.")
    given = cast("dict[str, Any]", arguments)
    if not all(isinstance(given.get(one), str) for one in tool.properties):
        raise RefusedError(INVALID_PARAMS, "An argument is missing, or is no text.")
    return {"content": [{"type": "text", "text": json.dumps(tool.run(given))}], "isError": False}


def respond(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Render an answer."""
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": "*",
            **(headers or {}),
        },
        "body": "" if body is None else json.dumps(body),
    }
