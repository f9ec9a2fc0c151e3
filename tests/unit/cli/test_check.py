"""`gatehouse apis check`: what API Gateway says of a stage, held against what was published for it."""

import io
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from gatehouse_cli import connections, sdk, stack

from gatehouse.storage.dynamodb.tables import Tables
from tests.conftest import REGION
from tests.unit.cli.conftest import Operator

ARN = "arn:aws:lambda:us-east-1:123456789012:function:gatehouse-authorizer:live"
SECURED = ("GET /orders", "DELETE /orders")

type Attach = Callable[..., str]


def uri(arn: str = ARN) -> str:
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"


@pytest.fixture
def johnsorg(johnsorg: Operator, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Operator:
    found = stack.Stack(tables, "https://auth.example", "123456789012", REGION, ARN)
    monkeypatch.setattr(connections, "connect", lambda _name: found)
    return johnsorg


@pytest.fixture
def rest(aws: None) -> Attach:  # noqa: ARG001 - started for its effect
    client: Any = boto3.client("apigateway", region_name=REGION)

    def attach(
        guarded: tuple[str, ...] = SECURED, others: tuple[str, ...] = (), *, cache_seconds: int = 3, **changes: Any
    ) -> str:
        api_id = client.create_rest_api(name="orders")["id"]
        settings: dict[str, Any] = {
            "type": "REQUEST",
            "authorizerUri": uri(),
            "identitySource": "method.request.header.Authorization, context.httpMethod, context.resourcePath",
            "authorizerResultTtlInSeconds": cache_seconds,
        }
        authorizer = client.create_authorizer(restApiId=api_id, name="gatehouse", **(settings | changes))["id"]
        (root,) = client.get_resources(restApiId=api_id)["items"]
        resources: dict[str, str] = {}
        for route in guarded + others:
            method, path = route.split()
            if path not in resources:
                resource = client.create_resource(restApiId=api_id, parentId=root["id"], pathPart=path[1:])
                resources[path] = resource["id"]
            key = {"restApiId": api_id, "resourceId": resources[path], "httpMethod": method}
            with_authorizer = {"authorizationType": "CUSTOM", "authorizerId": authorizer}
            client.put_method(**key, **(with_authorizer if route in guarded else {"authorizationType": "NONE"}))
            client.put_integration(**key, type="MOCK", requestTemplates={})
        client.create_deployment(restApiId=api_id, stageName="v1")
        return f"{api_id}/v1"

    return attach


@pytest.fixture
def http(aws: None) -> Attach:  # noqa: ARG001 - started for its effect
    client: Any = boto3.client("apigatewayv2", region_name=REGION)

    def attach(
        guarded: tuple[str, ...] = SECURED,
        others: tuple[str, ...] = (),
        *,
        cache_seconds: int = 3,
        deploys_itself: bool = True,
        **changes: Any,
    ) -> str:
        api_id = client.create_api(Name="orders", ProtocolType="HTTP")["ApiId"]
        settings: dict[str, Any] = {
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": uri(),
            "IdentitySource": ["$request.header.Authorization", "$context.routeKey"],
            "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": True,
            "AuthorizerResultTtlInSeconds": cache_seconds,
        }
        authorizer = client.create_authorizer(ApiId=api_id, Name="gatehouse", **(settings | changes))["AuthorizerId"]
        options = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}
        for route in guarded:
            client.create_route(ApiId=api_id, RouteKey=route, **options)
        for route in others:
            client.create_route(ApiId=api_id, RouteKey=route)
        client.create_stage(ApiId=api_id, StageName="v1", AutoDeploy=deploys_itself)
        return f"{api_id}/v1"

    return attach


@pytest.fixture(params=["rest", "http"])
def attach(request: pytest.FixtureRequest) -> Attach:
    return request.getfixturevalue(request.param)


def check(operator: Operator, stage: str, *options: str) -> list[str]:
    """Publish the API for the stage, and check it."""
    operator.publish("--api-id", "orders", "--stage", stage, *options)
    result = operator.run("apis", "check", "johnsorg", "orders", "--json")
    found = json.loads(result.stdout)
    assert {one["stage"] for one in found} <= {stage}
    assert result.exit_code == (1 if found else 0)
    return [one["problem"] for one in found]


def test_what_is_attached_as_the_docs_say_has_no_problems(johnsorg: Operator, attach: Attach) -> None:
    assert check(johnsorg, attach(others=("GET /health",))) == []


def test_people_read_what_was_checked_where_nothing_is_wrong(johnsorg: Operator, rest: Attach) -> None:
    stage = rest(others=("GET /health",))
    johnsorg.publish("--api-id", "orders", "--stage", stage)

    said = johnsorg.done("apis", "check", "johnsorg", "orders")

    assert said == f"orders is guarded as published at {stage}: 2 routes, 2 need a token\n"


def test_a_route_without_the_authorizer_is_named(johnsorg: Operator, attach: Attach) -> None:
    (problem,) = check(johnsorg, attach(("GET /orders",), others=("DELETE /orders",)))

    assert problem.startswith("DELETE /orders: OPEN TO EVERYBODY")


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """Say which authorization routes had when the API was deployed; moto does not know it."""
    connect = sdk.client

    def deploy(kinds: dict[str, str]) -> None:
        summary: dict[str, dict[str, Any]] = {}
        for route, kind in kinds.items():
            method, path = route.split()
            summary.setdefault(path, {})[method] = {"authorizationType": kind, "apiKeyRequired": False}

        def client(service: str, region: str) -> Any:
            made = connect(service, region)
            if service == "apigateway":
                made.get_deployment = lambda **asked: {"apiSummary": summary if asked["embed"] else {}}
            return made

        monkeypatch.setattr(sdk, "client", client)

    return deploy


def test_a_route_that_got_the_authorizer_after_the_stage_was_deployed_is_open(
    johnsorg: Operator, rest: Attach, deployed: Callable[[dict[str, str]], None]
) -> None:
    deployed({"GET /orders": "CUSTOM", "DELETE /orders": "NONE"})

    (problem,) = check(johnsorg, rest())

    assert problem.startswith("DELETE /orders: OPEN TO EVERYBODY")
    assert problem.endswith("it was changed since, so deploy the API to the stage again")


def test_a_route_that_was_never_deployed_is_not_on_the_gateway(
    johnsorg: Operator, rest: Attach, deployed: Callable[[dict[str, str]], None]
) -> None:
    deployed({"GET /orders": "CUSTOM"})

    assert check(johnsorg, rest()) == ["DELETE /orders: published, and not on the gateway"]


@pytest.mark.parametrize(
    ("security", "is_open"), [([{"gatehouse": []}], False), (None, True)], ids=["it had one", "it had none"]
)
def test_a_route_of_an_http_api_that_got_the_authorizer_after_its_stage_was_deployed_is_open(
    johnsorg: Operator,
    http: Attach,
    monkeypatch: pytest.MonkeyPatch,
    security: list[dict[str, list[str]]] | None,
    *,
    is_open: bool,
) -> None:
    document: dict[str, Any] = {"/orders": {"get": {"security": [{"gatehouse": []}]}, "delete": {"security": security}}}
    connect, asked = sdk.client, list[dict[str, str]]()

    def client(service: str, region: str) -> Any:
        made = connect(service, region)
        if service == "apigatewayv2":
            made.export_api = lambda **given: (
                asked.append(given) or {"body": io.BytesIO(json.dumps({"paths": document}).encode())}
            )
        return made

    monkeypatch.setattr(sdk, "client", client)

    found = check(johnsorg, http(deploys_itself=False))

    assert [one.partition(":")[0] for one in found] == (["DELETE /orders"] if is_open else [])
    assert all("OPEN TO EVERYBODY" in one and "deploy the API to the stage again" in one for one in found)
    assert [one["StageName"] for one in asked] == ["v1"]


def test_what_was_deployed_as_it_is_has_no_problems(
    johnsorg: Operator, rest: Attach, deployed: Callable[[dict[str, str]], None]
) -> None:
    deployed({"GET /orders": "CUSTOM", "DELETE /orders": "CUSTOM", "GET /health": "NONE"})

    assert check(johnsorg, rest(others=("GET /health",))) == []


def test_the_route_for_any_method_is_open_only_where_no_other_resource_decides(
    johnsorg: Operator, rest: Attach
) -> None:
    """API Gateway answers preflights itself (`Cors` of SAM), and prefers the route of the very method."""
    document = johnsorg.document.read_text(encoding="utf-8")
    any_method = document.replace("    get:", "    x-amazon-apigateway-any-method:").replace(
        "    delete: {security: [{gatehouse: [delete]}]", "    get: {security: []"
    )
    johnsorg.document.write_text(any_method, encoding="utf-8")

    preflights = check(johnsorg, rest(("ANY /orders",), others=("GET /orders", "OPTIONS /orders")))
    opened = check(johnsorg, rest(("ANY /orders",), others=("GET /orders", "POST /orders")))

    assert preflights == []
    assert [one.partition(":")[0] for one in opened] == ["POST /orders"]


def test_somebody_elses_authorizer_does_not_count(johnsorg: Operator, rest: Attach) -> None:
    problems = check(johnsorg, rest(authorizerUri=uri("arn:aws:lambda:us-east-1:123456789012:function:other")))

    assert {one.split(":")[0] for one in problems} == set(SECURED)
    assert all("OPEN TO EVERYBODY" in one for one in problems)


def test_a_route_that_only_one_side_knows_is_named(johnsorg: Operator, attach: Attach) -> None:
    problems = check(johnsorg, attach(("GET /orders", "GET /notes")))

    assert problems == [
        "DELETE /orders: published, and not on the gateway",
        "GET /notes: has the authorizer and was not published, so it is closed",
    ]


def test_a_cache_that_does_not_name_the_route_is_named(johnsorg: Operator, rest: Attach, http: Attach) -> None:
    by_policy = check(johnsorg, rest(identitySource="method.request.header.Authorization"))
    by_yes_or_no = check(johnsorg, http(IdentitySource=["$request.header.Authorization"]))

    missing = "add the identity source context.httpMethod, context.resourcePath"
    assert by_policy == [f"answers are cached by the token alone: {missing}"]
    assert by_yes_or_no == ["one route's answer DECIDES ABOUT ALL ROUTES: add the identity source $context.routeKey"]


def test_a_cache_that_does_not_name_the_token_is_named(johnsorg: Operator, rest: Attach, http: Attach) -> None:
    by_route = check(johnsorg, rest(identitySource="context.httpMethod, context.resourcePath"))
    of_http = check(johnsorg, http(IdentitySource=["$context.routeKey"]))
    in_lower_case = check(johnsorg, http(IdentitySource=["$request.header.authorization", "$context.routeKey"]))

    missing = "one caller's answer DECIDES ABOUT ALL CALLERS: add the identity source"
    assert by_route == [f"{missing} method.request.header.Authorization"]
    assert of_http == [f"{missing} $request.header.Authorization"]
    assert in_lower_case == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"cache_seconds": 0}, id="nothing is cached"),
        pytest.param({"type": "TOKEN"}, id="TOKEN"),
    ],
)
def test_the_token_alone_is_enough_where_nothing_can_leak(
    johnsorg: Operator, rest: Attach, changes: dict[str, Any]
) -> None:
    assert check(johnsorg, rest(identitySource="method.request.header.Authorization", **changes)) == []


def test_a_cache_that_hides_revocations_is_named(johnsorg: Operator, attach: Attach) -> None:
    stage = attach(cache_seconds=300)

    assert check(johnsorg, stage) == ["answers are cached for 300 s: revocations are seen that late"]


def test_an_answer_that_the_gateway_does_not_understand_is_named(johnsorg: Operator, http: Attach) -> None:
    assert check(johnsorg, http(EnableSimpleResponses=False)) == [
        "every call fails: publish with --policy-answers, as the authorizer's EnableSimpleResponses says"
    ]
    assert check(johnsorg, http(EnableSimpleResponses=False), "--policy-answers") == []


@pytest.mark.usefixtures("aws")
def test_a_stage_that_is_not_there_is_named(johnsorg: Operator) -> None:
    johnsorg.publish("--api-id", "orders", "--stage", "nowhere/v1")
    assert "Invalid" in johnsorg.refused("apis", "check", "johnsorg", "orders")
    johnsorg.publish("--api-id", "stageless")
    assert "without a stage" in johnsorg.refused("apis", "check", "johnsorg", "stageless")
