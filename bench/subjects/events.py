"""API Gateway's events, as long as the real ones: parsing them is part of a request's cost."""

import base64
import json
import re
import time
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from tests import http_events

_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate, br",
    "content-length": "180",
    "host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
    "user-agent": "python-requests/2.34.2",
    "x-amzn-trace-id": "Root=1-6920f0a1-0123456789abcdef01234567",
    "x-forwarded-for": "192.0.2.10",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}

_PLAIN = re.compile(r"[\w.~-]*", re.ASCII)


def post(path: str, form: dict[str, str], client_id: str, secret: str) -> dict[str, Any]:
    """Return an HTTP API event (payload 2.0) of a form posted by a client.

    API Gateway makes the event, so what is the same in each is made once: the function is measured, not the client.
    """
    event = http_events.arriving(_post(path, client_id, secret), int(time.time() * 1000))
    return {**event, "body": _body(tuple(form.items()))}


@lru_cache(maxsize=8)
def _post(path: str, client_id: str, secret: str) -> dict[str, Any]:
    headers = _HEADERS | {"content-type": http_events.FORM, "authorization": http_events.basic(client_id, secret)}
    return _http("POST", path, headers, b"-")


@lru_cache(maxsize=8)
def _body(form: tuple[tuple[str, str], ...]) -> str:
    """Encode a form; a token needs no escapes, and looking for them was a twentieth of a refresh."""
    pairs = (f"{name}={value if _PLAIN.fullmatch(value) else quote_plus(value)}" for name, value in form)
    return base64.b64encode("&".join(pairs).encode()).decode()


def put(path: str, value: dict[str, Any], token: str) -> dict[str, Any]:
    """Return an HTTP API event (payload 2.0) of a JSON document that the token's holder sends."""
    headers = _HEADERS | {"content-type": http_events.JSON, "authorization": f"Bearer {token}"}
    return _http("PUT", path, headers, json.dumps(value))


def get(path: str) -> dict[str, Any]:
    """Return an HTTP API event (payload 2.0) of a browser that visits a page."""
    return _http("GET", path, _HEADERS, "")


def _http(method: str, path: str, headers: dict[str, str], body: str | bytes) -> dict[str, Any]:
    now_ms = int(time.time() * 1000)
    return http_events.http(method, path, headers=headers, body=body, domain=_HEADERS["host"], at_ms=now_ms)


def authorize(access_token: str, gateway_id: str = "abc123") -> dict[str, Any]:
    """Return a REST API's REQUEST event for `GET /orders/{id}`."""
    headers = {
        "Accept": "application/json",
        "Authorization": f"Bearer {access_token}",
        "Host": "abc123.execute-api.us-east-1.amazonaws.com",
        "User-Agent": http_events.AGENT,
        "X-Amzn-Trace-Id": "Root=1-6920f0a1-0123456789abcdef01234567",
        "X-Forwarded-For": "192.0.2.10",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    stage = http_events.STAGE_ARN.replace(http_events.GATEWAY, gateway_id)
    now_ms = int(time.time() * 1000)
    sent = {name: [value] for name, value in headers.items()}
    return http_events.request_authorizer(sent, "GET", "/orders/{id}", stage=stage, at_ms=now_ms)
