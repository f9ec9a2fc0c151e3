"""Check a stage of API Gateway against what was published for it."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from gatehouse.domain.apis import apis, routes
from gatehouse.domain.apis.apis import Api, Deployment, Resource
from gatehouse_cli import aws_errors, sdk
from gatehouse_cli.errors import OperatorError

CACHE_SECONDS_MAX = 3
"""The gateway's part of the 5 seconds within which changes are seen."""

_ROUTE_SOURCES = {
    True: frozenset({"$context.routeKey"}),
    False: frozenset({"context.httpMethod", "context.resourcePath"}),
}
"""The identity sources that make a cached answer one route's: of HTTP APIs, and of REST APIs."""

_TOKEN_SOURCE = {True: "$request.header.Authorization", False: "method.request.header.Authorization"}
"""The identity source that makes a cached answer one token's."""

_OTHER_AUTHORIZATION = {"JWT", "AWS_IAM", "COGNITO_USER_POOLS"}
_PAGE = 500
_CACHE_SECONDS_DEFAULT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route of a gateway. `authorizer_id` is empty if it has no Lambda authorizer."""

    method: str
    path: str
    authorization: str
    authorizer_id: str

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizer:
    """One Lambda authorizer of a gateway."""

    uri: str
    sources: frozenset[str]
    cache_seconds: int
    has_simple_answers: bool
    is_token: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What API Gateway has of an API."""

    is_http: bool
    routes: tuple[Route, ...]
    authorizers: Mapping[str, Authorizer]


def find_problems(api: Api, stage: Deployment, gateway: Gateway, authorizer_arn: str) -> Iterator[str]:
    """Yield what differs from what was published, the worst first."""
    ours = {
        key: one for key, one in gateway.authorizers.items() if f"/functions/{authorizer_arn}/invocations" in one.uri
    }
    yield from _find_open(api, gateway, ours)
    for one in ours.values():
        yield from _find_wrong_settings(one, stage, is_http=gateway.is_http)
    yield from _find_unpublished(api, gateway, ours)


def _find_open(api: Api, gateway: Gateway, ours: Mapping[str, Authorizer]) -> Iterator[str]:
    for resource in api.resources:
        serving = [one for one in gateway.routes if _serves(one, resource, is_http=gateway.is_http)]
        if not serving:
            yield f"{resource.method} {resource.path}: published, and not on the gateway"
        for one in serving if resource.security != "none" else ():
            if one.authorization in _OTHER_AUTHORIZATION:
                yield f"{one.name}: guarded by {one.authorization}, not by Gatehouse's authorizer"
            elif one.authorizer_id not in ours:
                yield f"{one.name}: OPEN TO EVERYBODY as far as Gatehouse goes: it has no authorizer of this stack"


def _find_wrong_settings(one: Authorizer, stage: Deployment, *, is_http: bool) -> Iterator[str]:
    if is_http and one.has_simple_answers != stage.has_simple_answers:
        wanted = "without" if one.has_simple_answers else "with"
        yield f"every call fails: publish {wanted} --policy-answers, as the authorizer's EnableSimpleResponses says"
    is_cached = one.cache_seconds and not one.is_token
    if is_cached and _TOKEN_SOURCE[is_http].lower() not in map(str.lower, one.sources):
        yield f"one caller's answer DECIDES ABOUT ALL CALLERS: add the identity source {_TOKEN_SOURCE[is_http]}"
    missing = sorted(_ROUTE_SOURCES[is_http] - one.sources) if is_cached else []
    if missing and is_http and one.has_simple_answers:
        yield f"one route's answer DECIDES ABOUT ALL ROUTES: add the identity source {', '.join(missing)}"
    elif missing:
        yield f"answers are cached by the token alone: add the identity source {', '.join(missing)}"
    if one.cache_seconds > CACHE_SECONDS_MAX:
        yield f"answers are cached for {one.cache_seconds} s: revocations are seen that late"


def _find_unpublished(api: Api, gateway: Gateway, ours: Mapping[str, Authorizer]) -> Iterator[str]:
    for one in gateway.routes:
        is_published = any(_serves(one, resource, is_http=gateway.is_http) for resource in api.resources)
        if one.authorizer_id in ours and not is_published:
            yield f"{one.name}: has the authorizer and was not published, so it is closed"


def _serves(route: Route, resource: Resource, *, is_http: bool) -> bool:
    """Say whether calls of a route are decided by a resource. An HTTP API's route is asked for by its own name."""
    if apis.shape(route.path) != apis.shape(resource.path):
        return False
    is_any = routes.ANY_METHOD in {resource.method} | (set() if is_http else {route.method})
    return is_any or route.method == resource.method


def describe(stage: Deployment) -> Gateway:
    """Ask API Gateway about a stage's API.

    Raises:
        OperatorError: There is no such API, or AWS refuses.
    """
    try:
        with (
            closing(sdk.client("apigateway", stage.region)) as rest,
            closing(sdk.client("apigatewayv2", stage.region)) as http,
        ):
            try:
                rest.get_stage(restApiId=stage.gateway_id, stageName=stage.stage)
            except rest.exceptions.NotFoundException:
                http.get_stage(ApiId=stage.gateway_id, StageName=stage.stage)
                return _describe_http(http, stage.gateway_id)
            return _describe_rest(rest, stage.gateway_id)
    except ClientError as error:
        raise OperatorError(f"{stage.gateway_id}/{stage.stage}: {aws_errors.explain(error)}") from None


def _describe_rest(client: Any, gateway_id: str) -> Gateway:
    pages: Any = client.get_paginator("get_resources").paginate(
        restApiId=gateway_id, embed=["methods"], PaginationConfig={"PageSize": _PAGE}
    )
    found = tuple(
        Route(
            method=method,
            path=resource["path"],
            authorization=described.get("authorizationType", "NONE"),
            authorizer_id=described.get("authorizerId", ""),
        )
        for page in pages
        for resource in page["items"]
        for method, described in resource.get("resourceMethods", {}).items()
    )
    listed: Any = client.get_authorizers(restApiId=gateway_id, limit=_PAGE)["items"]
    authorizers = {
        one["id"]: Authorizer(
            uri=one.get("authorizerUri", ""),
            sources=frozenset(map(str.strip, one.get("identitySource", "").split(","))),
            cache_seconds=int(one.get("authorizerResultTtlInSeconds", _CACHE_SECONDS_DEFAULT)),
            has_simple_answers=False,
            is_token=one["type"] == "TOKEN",
        )
        for one in listed
    }
    return Gateway(is_http=False, routes=found, authorizers=authorizers)


def _describe_http(client: Any, gateway_id: str) -> Gateway:
    pages: Any = client.get_paginator("get_routes").paginate(ApiId=gateway_id, PaginationConfig={"PageSize": _PAGE})
    found = tuple(
        Route(
            method=method if path else routes.ANY_METHOD,
            path=path or routes.DEFAULT_PATH,
            authorization=described.get("AuthorizationType", "NONE"),
            authorizer_id=described.get("AuthorizerId", ""),
        )
        for page in pages
        for described in page["Items"]
        for method, _, path in (described["RouteKey"].partition(" "),)
    )
    used = {one.authorizer_id for one in found} - {""}
    return Gateway(
        is_http=True, routes=found, authorizers={one: _find_authorizer(client, gateway_id, one) for one in used}
    )


def _find_authorizer(client: Any, gateway_id: str, authorizer_id: str) -> Authorizer:
    described: Any = client.get_authorizer(ApiId=gateway_id, AuthorizerId=authorizer_id)
    return Authorizer(
        uri=described.get("AuthorizerUri", ""),
        sources=frozenset(described.get("IdentitySource", ())),
        cache_seconds=int(described.get("AuthorizerResultTtlInSeconds", _CACHE_SECONDS_DEFAULT)),
        has_simple_answers=bool(described.get("EnableSimpleResponses")),
        is_token=False,
    )
