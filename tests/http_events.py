"""API Gateway's events, the one place that builds them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html

Every builder takes members to replace by their names, so a malformed event is a well-formed one with one fault.
Benchmarks use it where nothing but the runtime's packages is installed: it imports the standard library alone.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlencode

from tests.clocks import NOW

type Event = dict[str, Any]

DOMAIN = "auth.example"
SOURCE = "192.0.2.1"
AGENT = "python-requests/2.34.2"
GATEWAY, STAGE = "abc123", "v1"
STAGE_ARN = f"arn:aws:execute-api:us-east-1:000000000000:{GATEWAY}/{STAGE}"
"""The stage at which factories.deployment() is."""

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def basic(name: str, password: str) -> str:
    """Return an Authorization header of RFC 7617."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def decode_path(path: str) -> str:
    """Return a path as HTTP APIs hand it on: decoded, except for its percent signs, and ended by a question mark."""
    return unquote(path.replace("%25", "%2525")).partition("?")[0]


def http(
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | str = "",
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | Sequence[str] = (),
    body: str | bytes = "",
    form: Mapping[str, Any] | None = None,
    json_body: Any = None,
    source: str = SOURCE,
    domain: str = DOMAIN,
    at_ms: int = NOW * 1000,
    **members: Any,
) -> Event:
    """Return the event of a request at an HTTP API, payload format 2.0.

    Args:
        path: May end with a query.
        body: Bytes are encoded in base64, as API Gateway does with what it takes for no text.
        form: A body by its fields.
        json_body: A body by its value.
    """
    path, _, written = path.partition("?")
    sent = dict(headers or {})
    if form is not None:
        body = urlencode(form, doseq=True)
        sent.setdefault("content-type", FORM)
    if json_body is not None:
        body = json.dumps(json_body)
        sent.setdefault("content-type", JSON)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": decode_path(path),
        "rawQueryString": written or (query if isinstance(query, str) else urlencode(query)),
        "headers": sent,
        "cookies": [f"{name}={value}" for name, value in cookies.items()] if isinstance(cookies, Mapping) else cookies,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": source, "userAgent": AGENT},
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:03:58:56 +0000",
            "timeEpoch": at_ms,
        },
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
        **members,
    }


def multipart(texts: Mapping[str, str], name: str, content: bytes, kind: str) -> tuple[str, bytes]:
    """Return content type and body of a form with texts and a file."""
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{text}'.encode() for key, text in texts.items()]
    described = f'Content-Disposition: form-data; name="{name}"; filename="a"\r\nContent-Type: {kind}\r\n\r\n'
    parts.append(described.encode() + content)
    body = b"".join(b"--limit\r\n" + part + b"\r\n" for part in parts) + b"--limit--\r\n"
    return "multipart/form-data; boundary=limit", body


def arriving(event: Mapping[str, Any], at_ms: int) -> Event:
    """Return the event of the same request at another time; what is no request has no time."""
    context = event.get("requestContext", {})
    return {**event, "requestContext": {**context, "timeEpoch": at_ms}} if "http" in context else dict(event)


def name(event: Mapping[str, Any]) -> str:
    """Return method and path of a request, or nothing for other events."""
    context = event.get("requestContext", {}).get("http", {})
    return f"{context.get('method', '')} {event.get('rawPath', '')}".strip()


def rest(
    method: str, resource: str, *, body: str | None = None, authorizer: Mapping[str, Any] | None = None, **members: Any
) -> Event:
    """Return the event of a REST API's proxy integration, with what its authorizer said."""
    return {
        "resource": resource,
        "path": resource,
        "httpMethod": method,
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "pathParameters": None,
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {
            **_rest_context(STAGE_ARN, method, resource, resource),
            **({} if authorizer is None else {"authorizer": dict(authorizer)}),
        },
        **members,
    }


def token_authorizer(authorization: str, method: str, path: str, *, stage: str = STAGE_ARN, **members: Any) -> Event:
    """Return what a REST API asks its TOKEN authorizer."""
    return {
        "type": "TOKEN",
        "methodArn": f"{stage}/{method}{path}",
        "authorizationToken": authorization,
        **members,
    }


def request_authorizer(
    authorization: str | Mapping[str, Sequence[str]],
    method: str,
    resource: str,
    *,
    path: str = "",
    stage: str = STAGE_ARN,
    at_ms: int = NOW * 1000,
    **members: Any,
) -> Event:
    """Return what a REST API asks its REQUEST authorizer, and an HTTP API in payload format 1.0.

    Args:
        authorization: The Authorization header, or all headers with all their values.
        path: The path that was called; without it, `{id}` of the resource is 1.
    """
    path = path or resource.replace("{id}", "1")
    headers = {"Authorization": [authorization]} if isinstance(authorization, str) else authorization
    return {
        "type": "REQUEST",
        "methodArn": f"{stage}/{method}{path}",
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": {name: list(values) for name, values in headers.items()},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {"id": "1"} if "{id}" in resource else {},
        "stageVariables": {},
        "requestContext": _rest_context(stage, method, resource, path) | {"requestTimeEpoch": at_ms},
        **members,
    }


def http_authorizer(authorization: str, route: str, *, path: str = "", stage: str = STAGE_ARN, **members: Any) -> Event:
    """Return what an HTTP API asks its authorizer in payload format 2.0.

    Args:
        route: The key of the route, such as `GET /orders/{id}`.
        path: Method and path that were called; without them, the route's.
    """
    method, _, called = (path or route).partition(" ")
    _, _, gateway = stage.rpartition(":")
    api_id, _, stage_name = gateway.partition("/")
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"{stage}/{method}{called}",
        "identitySource": [authorization],
        "routeKey": route,
        "rawPath": called,
        "rawQueryString": "",
        "headers": {"authorization": authorization},
        "requestContext": {
            "apiId": api_id,
            "stage": stage_name,
            "routeKey": route,
            "http": {"method": method, "path": called, "protocol": "HTTP/1.1", "sourceIp": SOURCE, "userAgent": AGENT},
        },
        **members,
    }


def without(event: Mapping[str, Any], *names: str) -> Event:
    """Return the event without some of its members."""
    return {name: value for name, value in event.items() if name not in names}


def _rest_context(stage: str, method: str, resource: str, path: str) -> dict[str, Any]:
    arn, _, gateway = stage.rpartition(":")
    api_id, _, stage_name = gateway.partition("/")
    return {
        "resourceId": "r1",
        "resourcePath": resource,
        "httpMethod": method,
        "requestTime": "22/Nov/2026:03:58:56 +0000",
        "path": f"/{stage_name}{path}",
        "accountId": arn.rpartition(":")[2],
        "protocol": "HTTP/1.1",
        "stage": stage_name,
        "domainPrefix": api_id,
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "identity": {"sourceIp": SOURCE, "userAgent": AGENT},
        "domainName": f"{api_id}.execute-api.us-east-1.amazonaws.com",
        "apiId": api_id,
    }
