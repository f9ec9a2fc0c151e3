"""Authorizer events: REST APIs send REQUEST and TOKEN, HTTP APIs payload format 1.0 (like REQUEST) and 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatehouse.domain.apis import routes

_REMAPPED = "x-amzn-remapped-authorization"
_ARN_PARTS = 6


class GateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which route is called, with which credentials.

    Attributes:
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        called: Method and path as IAM sees them, such as `GET/orders/7`.
        route: Method and path of the route as API Gateway matched it; None for a TOKEN event, which does not say.
        authorization: Every Authorization header.
        is_http_api: Whether an HTTP API asks, in either payload format: no context may hold quotation marks then.
        takes_simple_answers: Whether it may want a simple answer: in payload format 2.0 only.
    """

    partition: str
    region: str
    account: str
    gateway_id: str
    stage: str
    called: str
    route: tuple[str, str] | None
    authorization: list[str]
    is_http_api: bool
    takes_simple_answers: bool


def parse(event: Mapping[str, Any]) -> GateRequest:
    """Read an event of any kind.

    Raises:
        LookupError | TypeError | ValueError | AttributeError: API Gateway sends no such event.
    """
    if event.get("version") == "2.0":
        return _parse_http(event)
    if event["type"] == "TOKEN":
        return _call(event["methodArn"], None, [event["authorizationToken"]])
    context = event["requestContext"]
    is_http_api = "version" in event
    route = _route(str(event["httpMethod"]).upper(), str(context["resourcePath"]), is_http_api=is_http_api)
    return _call(event["methodArn"], route, _authorization(event), is_http_api=is_http_api)


def _parse_http(event: Mapping[str, Any]) -> GateRequest:
    """Read payload format 2.0. Only the route key is in the cache key: the answer is for all its methods and paths."""
    method, _, path = str(event["routeKey"]).rpartition(" ")
    route = _route(method, path, is_http_api=True)
    return _call(event["routeArn"], route, _authorization(event), is_http_api=True, takes_simple_answers=True)


def _route(method: str, path: str, *, is_http_api: bool) -> tuple[str, str]:
    """Return method and path of a route. AWS's export spells `$default` as the path `/$default` for any method."""
    is_default = is_http_api and f"/{path}" == routes.DEFAULT_PATH
    return (routes.ANY_METHOD, routes.DEFAULT_PATH) if is_default else (method, path)


def _call(
    arn: str,
    route: tuple[str, str] | None,
    authorization: list[str],
    *,
    is_http_api: bool = False,
    takes_simple_answers: bool = False,
) -> GateRequest:
    """Take an ARN apart: arn:aws:execute-api:region:account:api/stage/METHOD/path."""
    parts = arn.split(":", _ARN_PARTS - 1)
    gateway_id, stage, called = parts[-1].split("/", 2)
    _, partition, service, region, account, _ = parts
    if service != "execute-api" or not (gateway_id and stage and called.partition("/")[0]):
        raise ValueError("not the ARN of a method")
    return GateRequest(
        partition=partition,
        region=region,
        account=account,
        gateway_id=gateway_id,
        stage=stage,
        called=called,
        route=route,
        authorization=authorization,
        is_http_api=is_http_api,
        takes_simple_answers=takes_simple_answers,
    )


def _authorization(event: Mapping[str, Any]) -> list[str]:
    """Return every Authorization header, whatever its case; none if there is one under API Gateway's other name."""
    single: Mapping[str, str] = event.get("headers") or {}
    headers: Mapping[str, list[str]] = event.get("multiValueHeaders") or {n: [value] for n, value in single.items()}
    found: list[str] = []
    for name, values in headers.items():
        lowered = name.lower()
        if lowered == _REMAPPED:
            return []
        if lowered == "authorization":
            found += values
    return found
