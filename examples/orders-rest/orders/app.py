"""The orders API: it keeps nothing beyond its process, and says who called it by what the authorizer passed on."""

import json
from collections.abc import Callable
from typing import Any, cast

type Event = dict[str, Any]
type Response = dict[str, Any]

ORDERS: list[dict[str, Any]] = []
KEPT = 100


def handler(event: Event, _context: object) -> Response:
    """Answer one request of API Gateway's REST proxy integration."""
    return ROUTES[event["httpMethod"], event["resource"]](event)


def list_orders(event: Event) -> Response:
    """GET /orders."""
    return respond(200, event, orders=ORDERS)


def create_order(event: Event) -> Response:
    """POST /orders: any JSON object is an order."""
    try:
        order: Any = json.loads(event["body"] or "")
    except ValueError:
        return respond(400, event, message="The body is not JSON")
    if not isinstance(order, dict):
        return respond(400, event, message="The body is not a JSON object")
    ORDERS.append(cast("dict[str, Any]", order))
    del ORDERS[:-KEPT]
    return respond(201, event, order=ORDERS[-1])


def read_order(event: Event) -> Response:
    """GET /orders/{id}: every order exists."""
    return respond(200, event, id=event["pathParameters"]["id"])


def delete_order(event: Event) -> Response:
    """DELETE /orders/{id}."""
    return respond(200, event, deleted=event["pathParameters"]["id"])


def read_health(event: Event) -> Response:
    """GET /health."""
    return respond(200, event, status="up")


def respond(status: int, event: Event, /, **members: Any) -> Response:
    """Render an answer, with the caller as the gate has established it; null on an open resource."""
    caller = event["requestContext"].get("authorizer")
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": "*",
        },
        "body": json.dumps({**members, "caller": caller}),
    }


ROUTES: dict[tuple[str, str], Callable[[Event], Response]] = {
    ("GET", "/orders"): list_orders,
    ("POST", "/orders"): create_order,
    ("GET", "/orders/{id}"): read_order,
    ("DELETE", "/orders/{id}"): delete_order,
    ("GET", "/health"): read_health,
}
