"""The gate with another environment: tables out of reach, no function at all, a JWT for backends, no caching.

Each has a REST API of its own in front of the orders' function, imported with the gateway responses of the examples.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from gatehouse.domain.apis.apis import Deployment, Subscription
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.apis.publishing import publish
from gatehouse.domain.kernel import jose
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import people
from tests import template as cloudformation
from tests.deployed import ROOT, Deployed, bearer
from tests.people import Person

SOURCE = ROOT / "functions" / "authorizer" / "app.py"
RESPONSES = ROOT / "examples" / "gateway-responses.yaml"

type Attach = Callable[..., str]


@pytest.fixture(scope="module")
def attach(deployed: Deployed, tables: Tables) -> Iterator[Attach]:
    """Makes a REST API and an authorizer function like the deployed one, but for some variables; returns the URL."""
    functions, stacks = deployed.aws("lambda"), deployed.aws("cloudformation")
    standing = functions.get_function_configuration(FunctionName=deployed.stack["authorizer_arn"])

    with ExitStack() as left:

        def attach(name: str, *, ttl: int = 3, kind: str = "request", exists: bool = True, **variables: str) -> str:
            arn = f"arn:aws:lambda:{deployed.stack['region']}:000000000000:function:{name}"
            if exists:
                environment = {**standing["Environment"]["Variables"], **variables}
                made = functions.create_function(
                    FunctionName=name,
                    Runtime=standing["Runtime"],
                    Role=standing["Role"],
                    Handler=standing["Handler"],
                    Timeout=10,
                    MemorySize=512,
                    Layers=[layer["Arn"] for layer in standing["Layers"]],
                    Environment={"Variables": environment},
                    Code={"ZipFile": zipped(SOURCE)},
                )
                arn = made["FunctionArn"]
                left.callback(functions.delete_function, FunctionName=name)
            orders = stacks.describe_stack_resource(StackName="orders-rest", LogicalResourceId="Orders")
            backend = orders["StackResourceDetail"]["PhysicalResourceId"]
            body = document(name, deployed.stack["region"], arn, backend, ttl, kind)
            stacks.create_stack(StackName=name, TemplateBody=json.dumps(template(body)))
            left.callback(stacks.delete_stack, StackName=name)
            stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
            api_id = deployed.outputs(name)["ApiId"]
            publish_stage(tables, name, deployed.stack["region"], api_id)
            return f"{deployed.stack['aws_endpoint_url']}/restapis/{api_id}/v1/_user_request_"

        yield attach


def zipped(source: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(source, source.name)
    return buffer.getvalue()


def document(name: str, region: str, authorizer: str, backend: str, ttl: int, kind: str) -> dict[str, Any]:
    """Render the body of a REST API, as SAM does."""
    invoke = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{{}}/invocations"
    sources = ("Authorization", "context.httpMethod", "context.resourcePath")
    request = {"identitySource": ", ".join([f"method.request.header.{sources[0]}", *sources[1:]])}
    scheme: dict[str, Any] = {
        "type": kind,
        "authorizerUri": invoke.format(authorizer),
        "authorizerResultTtlInSeconds": ttl,
        **(request if kind == "request" else {}),
    }
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": invoke.format(f"arn:aws:lambda:{region}:000000000000:function:{backend}"),
    }
    operation: dict[str, Any] = {"security": [{"gate": []}], "x-amazon-apigateway-integration": integration}
    return {
        "openapi": "3.0.1",
        "info": {"title": name, "version": "1"},
        "paths": {"/orders": {"get": operation, "post": operation}},
        "components": {
            "securitySchemes": {
                "gate": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": scheme,
                }
            }
        },
        "x-amazon-apigateway-gateway-responses": yaml.safe_load(RESPONSES.read_text(encoding="utf-8")),
    }


def template(body: dict[str, Any]) -> dict[str, Any]:
    """Render a stack as it is after its transforms, with what the gateway responses need of it."""
    api = {"Ref": "Api"}
    return {
        "Parameters": {"ResourceMetadataUrl": {"Type": "String", "Default": ""}},
        "Conditions": {"HasResourceMetadata": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ResourceMetadataUrl"}, ""]}]}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}},
            "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": api}},
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"RestApiId": api, "StageName": "v1", "DeploymentId": {"Ref": "Deployment"}},
            },
        },
        "Outputs": {"ApiId": {"Value": api}},
    }


def publish_stage(tables: Tables, name: str, region: str, api_id: str) -> None:
    """Publish it under the API `orders`' scopes; people of the tests subscribe to it by that name."""
    paths = {"/orders": {"get": {"security": [{"x": ["read"]}]}, "post": {"security": [{"x": ["update"]}]}}}
    stage = Deployment(
        account="000000000000",
        region=region,
        gateway_id=api_id,
        stage="v1",
        organisation="johnsorg",
        api_id=name,
        key_types=frozenset({"PRODUCTION"}),
    )
    contract = {"openapi": "3.0.3", "info": {"title": name, "version": "1"}, "paths": paths}
    publish(
        DynamoDBPublishedApis(tables),
        people.publisher(),
        ApiDraft(document=contract, api_id=name, deployments=(stage,)),
    )


@pytest.fixture
def subscriber(person: Person, tables: Tables) -> Callable[[str], str]:
    """Subscribes somebody to an API of these tests, and returns a token of the scope `read`."""

    def subscriber(name: str) -> str:
        wanted = tuple(Subscription(api_organisation="johnsorg", api_id=one) for one in ("orders", name))
        standing = DynamoDBDirectory(tables, TtlCache(0)).find_application("johnsorg", person.client.application_id)
        assert standing is not None
        DirectoryWriter(tables).save_application(replace(standing, subscriptions=wanted))
        return person.obtain("read")["access_token"]

    return subscriber


def test_f_05_tables_out_of_reach_close_the_api_for_a_while_and_are_logged_once(
    deployed: Deployed, http: httpx.Client, attach: Attach, subscriber: Callable[[str], str]
) -> None:
    name = "gate-without-tables"
    url, token = attach(name, GRANTS_TABLE="there-is-no-such-table"), subscriber(name)
    before = logged(deployed, name)

    answer = http.get(f"{url}/orders", headers=bearer(token))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["code"] == "900900"
    assert logged(deployed, name)[len(before) :] == ["failed"]


def test_f_05_a_gate_that_is_not_there_is_a_500_that_says_nothing_of_it(
    http: httpx.Client, attach: Attach, subscriber: Callable[[str], str]
) -> None:
    name = "gate-nowhere"
    url, token = attach(name, exists=False), subscriber(name)

    answer = http.get(f"{url}/orders", headers=bearer(token))

    assert answer.status_code == 500
    assert answer.json() == {
        "code": "900900",
        "message": "Unclassified Authentication Failure",
        "description": "The API is not set up properly",
    }


def test_the_backend_is_told_by_a_jwt_of_published_keys(
    deployed: Deployed, http: httpx.Client, attach: Attach, subscriber: Callable[[str], str]
) -> None:
    name, keys = "gate-that-signs", deployed.outputs("gatehouse")["SigningKeysArn"]
    url, token = attach(name, BACKEND_JWT="true", SIGNING_KEYS_SECRET=keys), subscriber(name)

    first, again = (http.get(f"{url}/orders", headers=bearer(token)) for _ in range(2))

    assert first.status_code == again.status_code == 200
    jwks = http.get(f"{deployed.stack['base_url']}/.well-known/jwks.json").json()
    claims = jose.verify(first.json()["caller"]["backend_jwt"], jwks, typ="jwt")
    assert claims is not None
    assert claims["iss"] == deployed.stack["base_url"]
    assert claims["http://wso2.org/claims/apiname"] == name
    assert claims["http://wso2.org/claims/enduser"] == f"{first.json()['caller']['username']}@johnsorg"


def test_an_http_api_hands_the_jwt_on_as_the_example_says_and_nothing_that_a_client_sent(
    deployed: Deployed, tables: Tables, http: httpx.Client, attach: Attach, subscriber: Callable[[str], str]
) -> None:
    name, keys = "http-gate-that-signs", deployed.outputs("gatehouse")["SigningKeysArn"]
    attach(name, BACKEND_JWT="true", SIGNING_KEYS_SECRET=keys)
    client, region = deployed.aws("apigatewayv2"), deployed.stack["region"]
    example = cloudformation.load(ROOT / "examples" / "orders-http" / "template.yaml")["Resources"]["Integration"]
    (standing,) = client.get_integrations(ApiId=deployed.outputs("orders-http")["ApiId"])["Items"]
    api_id = client.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    authorizer = client.create_authorizer(
        ApiId=api_id,
        Name="gatehouse",
        AuthorizerType="REQUEST",
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization", "$context.routeKey"],
        AuthorizerUri=f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/"
        f"arn:aws:lambda:{region}:000000000000:function:{name}/invocations",
    )
    integration = client.create_integration(
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=standing["IntegrationUri"],
        PayloadFormatVersion="2.0",
        RequestParameters=example["Properties"]["RequestParameters"]["!If"][1],
    )
    client.create_route(
        ApiId=api_id,
        RouteKey="GET /orders",
        AuthorizationType="CUSTOM",
        AuthorizerId=authorizer["AuthorizerId"],
        Target=f"integrations/{integration['IntegrationId']}",
    )
    client.create_stage(ApiId=api_id, StageName="v1", AutoDeploy=True)
    publish_stage(tables, name, region, api_id)
    host = {"Host": f"{api_id}.execute-api.localhost"}

    answer = http.get(
        f"{deployed.stack['aws_endpoint_url']}/v1/orders",
        headers={**host, **bearer(subscriber(name)), "X-JWT-Assertion": "forged"},
    )

    jwks = http.get(f"{deployed.stack['base_url']}/.well-known/jwks.json").json()
    claims = jose.verify(answer.json()["assertion"], jwks, typ="jwt")
    assert claims is not None
    assert claims["http://wso2.org/claims/apiname"] == name


@pytest.mark.parametrize("kind", ["request", "token"])
def test_without_a_cache_the_answers_are_the_same_and_a_revocation_is_seen_at_once(
    http: httpx.Client, person: Person, attach: Attach, subscriber: Callable[[str], str], kind: str
) -> None:
    name = f"gate-uncached-{kind}"
    url, token = attach(name, ttl=0, kind=kind), subscriber(name)

    answers = [http.request(method, f"{url}/orders", headers=bearer(token)) for method in ("GET", "POST")]
    person.post("/revoke", {"token": token})

    assert [one.status_code for one in answers] == [200, 403], answers[0].text
    assert http.get(f"{url}/orders", headers=bearer(token)).status_code == 401


def logged(deployed: Deployed, name: str) -> list[str]:
    """Return the messages of a function's log lines."""
    lines = Path(deployed.stack["log_file"]).read_text(encoding="utf-8").splitlines()
    own = [line.split(" ", 2)[2] for line in lines if line.startswith(f"{name} ")]
    return [json.loads(line)["message"] for line in own if line.startswith("{")]
