"""Check a stage of API Gateway against what was published for it."""

import json
from collections.abc import Iterator, Mapping, Set
from contextlib import closing
from dataclasses import dataclass, replace
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
_ANY_METHOD_OF_EXPORTS = "x-amazon-apigateway-any-method"
_PAGE = 500
_CACHE_SECONDS_DEFAULT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route of a gateway.

    Attributes:
        authorizer_id: Empty if it has no Lambda authorizer.
        is_changed: Whether its authorization was changed since the API was deployed to the stage.
        is_preflight: Whether API Gateway itself answers the preflights of browsers there, so that nothing is open.
    """

    method: str
    path: str
    authorization: str
    authorizer_id: str
    is_changed: bool = False
    is_preflight: bool = False

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.method} {self.path}"

    @property
    def advice(self) -> str:
        """What follows a problem of a route that is different in the console."""
        return "; it was changed since, so deploy the API to the stage again" if self.is_changed else ""


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
            if one.is_preflight or not _decides(resource, api, one):
                continue
            if one.authorization in _OTHER_AUTHORIZATION:
                yield f"{one.name}: guarded by {one.authorization}, not by Gatehouse's authorizer{one.advice}"
            elif one.authorizer_id not in ours:
                problem = "OPEN TO EVERYBODY as far as Gatehouse goes: it has no authorizer of this stack"
                yield f"{one.name}: {problem}{one.advice}"


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


def _decides(resource: Resource, api: Api, route: Route) -> bool:
    """Say whether it is this resource that decides about a route's calls: one for its very method goes before `ANY`."""
    return route.method == routes.ANY_METHOD or apis.find_resource(api, route.method, route.path) == resource


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
                found: Any = rest.get_stage(restApiId=stage.gateway_id, stageName=stage.stage)
            except rest.exceptions.NotFoundException:
                found = http.get_stage(ApiId=stage.gateway_id, StageName=stage.stage)
                by_hand = stage.stage if found.get("AutoDeploy") is False else ""
                return _describe_http(http, stage.gateway_id, by_hand)
            return _describe_rest(rest, stage.gateway_id, found.get("deploymentId", ""))
    except ClientError as error:
        raise OperatorError(f"{stage.gateway_id}/{stage.stage}: {aws_errors.explain(error)}") from None


def _describe_rest(client: Any, gateway_id: str, deployment_id: str) -> Gateway:
    pages: Any = client.get_paginator("get_resources").paginate(
        restApiId=gateway_id, embed=["methods"], PaginationConfig={"PageSize": _PAGE}
    )
    found = tuple(
        Route(
            method=method,
            path=resource["path"],
            authorization=described.get("authorizationType", "NONE"),
            authorizer_id=described.get("authorizerId", ""),
            is_preflight=method == "OPTIONS" and described.get("methodIntegration", {}).get("type") == "MOCK",
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
    served = _find_served(client, gateway_id, deployment_id)
    return Gateway(is_http=False, routes=_as_served(found, served) if served else found, authorizers=authorizers)


def _find_served(client: Any, gateway_id: str, deployment_id: str) -> Mapping[tuple[str, str], str]:
    """Return the authorization of each method and path when the API was deployed; none if API Gateway does not say.

    The stage of a REST API serves this, whatever was changed since.

    https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployment.html
    """
    if not deployment_id:
        return {}
    deployed: Any = client.get_deployment(restApiId=gateway_id, deploymentId=deployment_id, embed=["apisummary"])
    served = {
        (method, path): one.get("authorizationType")
        for path, methods in deployed.get("apiSummary", {}).items()
        for method, one in methods.items()
    }
    return served if all(served.values()) else {}


def _as_served(configured: tuple[Route, ...], served: Mapping[tuple[str, str], str]) -> tuple[Route, ...]:
    same = {
        (one.method, one.path): one for one in configured if served.get((one.method, one.path)) == one.authorization
    }
    return tuple(
        same.get(key) or Route(method=key[0], path=key[1], authorization=kind, authorizer_id="", is_changed=True)
        for key, kind in served.items()
    )


def _describe_http(client: Any, gateway_id: str, deployed_by_hand: str) -> Gateway:
    """Ask about an HTTP API, and about the stage if that is not deployed at each change."""
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
    if deployed_by_hand:
        unguarded = _find_unguarded(client, gateway_id, deployed_by_hand)
        found = tuple(_as_exported(one, unguarded) for one in found)
    used = {one.authorizer_id for one in found} - {""}
    return Gateway(
        is_http=True, routes=found, authorizers={one: _find_authorizer(client, gateway_id, one) for one in used}
    )


def _find_unguarded(client: Any, gateway_id: str, stage: str) -> Set[tuple[str, str]]:
    """Return the methods and paths that a stage serves without any authorization.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-exports-specification.html
    """
    exported: Any = client.export_api(
        ApiId=gateway_id, StageName=stage, Specification="OAS30", OutputType="JSON", IncludeExtensions=True
    )
    paths: dict[str, dict[str, Any]] = json.loads(exported["body"].read()).get("paths", {})
    return {
        (routes.ANY_METHOD if method == _ANY_METHOD_OF_EXPORTS else method.upper(), path)
        for path, methods in paths.items()
        for method, one in methods.items()
        if not one.get("security")
    }


def _as_exported(route: Route, unguarded: Set[tuple[str, str]]) -> Route:
    if not route.authorizer_id or (route.method, route.path) not in unguarded:
        return route
    return replace(route, authorization="NONE", authorizer_id="", is_changed=True)


def _find_authorizer(client: Any, gateway_id: str, authorizer_id: str) -> Authorizer:
    described: Any = client.get_authorizer(ApiId=gateway_id, AuthorizerId=authorizer_id)
    return Authorizer(
        uri=described.get("AuthorizerUri", ""),
        sources=frozenset(described.get("IdentitySource", ())),
        cache_seconds=int(described.get("AuthorizerResultTtlInSeconds", _CACHE_SECONDS_DEFAULT)),
        has_simple_answers=bool(described.get("EnableSimpleResponses")),
        is_token=False,
    )
