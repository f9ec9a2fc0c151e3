"""The orders API on an HTTP API: it keeps nothing, and says who called it by what the authorizer passed on."""

import json
from typing import Any

type Event = dict[str, Any]
type Response = dict[str, Any]

STATUSES = {"POST /orders": 201}


def handler(event: Event, _context: object) -> Response:
    """Answer one request of payload format 2.0: every order exists."""
    context: Event = event["requestContext"]
    authorizer: Event = context.get("authorizer") or {}
    caller = authorizer.get("lambda")
    variables: Event = event.get("pathParameters") or {}
    body = {"route": event["routeKey"], "order": variables.get("id"), "caller": caller}
    if "x-jwt-assertion" in event["headers"]:
        body["assertion"] = event["headers"]["x-jwt-assertion"]  # worth nothing before its signature was checked
    return {
        "statusCode": STATUSES.get(event["routeKey"], 200),
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": json.dumps(body),
    }
