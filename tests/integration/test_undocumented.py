"""What AWS does not document, or what is reported otherwise: the same answers, whichever way the emulator plays it.

`make undocumented` runs this file with the emulator's other answers (`local/emulator/choices.py`).
"""

import io
import os
import uuid
import zipfile
from collections.abc import Iterator

import httpx
import pytest

from local.emulator import choices
from tests.deployed import Deployed, Document, bearer, obtain
from tests.people import Person

BASIC = 'Basic realm="gatehouse", charset="UTF-8"'
BEARER = 'Bearer realm="gatehouse"'
RAISING = 'def handler(event, context): raise Exception("Unauthorized")\n'
REMAPPED = "x-amzn-remapped-www-authenticate"
MEGABYTE = 1024 * 1024


@pytest.fixture
def played(deployed: Deployed) -> dict[str, str]:
    """What the emulator of this stack plays; it was started with the variable that this process has."""
    del deployed
    assert choices.VARIABLE in os.environ or not os.environ.get(choices.VARIABLE)
    return choices.read()


@pytest.mark.parametrize(
    ("method", "path", "status", "challenge"),
    [
        pytest.param("POST", "/token", 401, BASIC, id="token service"),
        pytest.param("POST", "/t/johnsorg/token", 401, BASIC, id="token service of an organisation"),
        pytest.param("POST", "/introspect", 401, BASIC, id="introspection"),
        pytest.param("POST", "/revoke", 401, BASIC, id="revocation"),
        pytest.param("GET", "/userinfo", 401, BEARER, id="UserInfo"),
        pytest.param("GET", "/api/am/devportal/v3/applications", 401, BEARER, id="developers' API"),
        pytest.param("GET", "/api/am/publisher/v1/apis", 401, BEARER, id="publishers' API"),
        pytest.param("GET", "/api/am/admin/v4/members", 401, BEARER, id="administrators' API"),
    ],
)
def test_a_challenge_arrives_under_its_own_name(
    deployed: Deployed, http: httpx.Client, played: dict[str, str], method: str, path: str, status: int, challenge: str
) -> None:
    form = {"grant_type": "client_credentials", "token": "x"} if method == "POST" else None

    answer = http.request(method, deployed.stack["base_url"] + path, data=form, auth=None)

    assert (answer.status_code, answer.headers.get_list("www-authenticate")) == (status, [challenge])
    assert (REMAPPED in answer.headers) == (played["challenge"] == "renamed")
    assert "x-gatehouse-challenge" not in answer.headers


def test_a_403_of_userinfo_names_the_scope_under_its_own_name(deployed: Deployed, http: httpx.Client) -> None:
    token = obtain(http, deployed, "read")["access_token"]

    answer = http.get(f"{deployed.stack['base_url']}/userinfo", headers=bearer(token))

    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == f'{BEARER}, error="insufficient_scope", scope="openid"'


@pytest.mark.parametrize("token", ["nothing", f"gha_{'A' * 22}.{'B' * 43}"])
def test_a_bad_token_at_an_http_api_is_403_whatever_a_raised_word_would_be(
    deployed: Deployed, http: httpx.Client, token: str
) -> None:
    answer = http.get(f"{deployed.stack['orders-http_url']}/orders", headers=bearer(token))

    assert answer.status_code == 403


@pytest.fixture
def raising(deployed: Deployed) -> Iterator[str]:
    """An HTTP API whose authorizer raises `Unauthorized`."""
    gateway, functions = deployed.aws("apigatewayv2"), deployed.aws("lambda")
    region, name = deployed.stack["region"], f"raising-{uuid.uuid4().hex[:8]}"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", RAISING)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/raising",
        Code={"ZipFile": content.getvalue()},
    )
    arn = f"arn:aws:lambda:{region}:000000000000:function:{name}"
    api_id = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    authorizer: Document = gateway.create_authorizer(
        ApiId=api_id,
        Name="raising",
        AuthorizerType="REQUEST",
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization"],
        AuthorizerUri=f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations",
    )
    integration: Document = gateway.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )
    gateway.create_route(
        ApiId=api_id,
        RouteKey="GET /orders",
        AuthorizationType="CUSTOM",
        AuthorizerId=authorizer["AuthorizerId"],
        Target=f"integrations/{integration['IntegrationId']}",
    )
    gateway.create_stage(ApiId=api_id, StageName="v1", AutoDeploy=True)
    yield api_id
    gateway.delete_api(ApiId=api_id)
    functions.delete_function(FunctionName=name)


def test_the_emulator_plays_what_an_http_api_makes_of_an_exception(
    deployed: Deployed, http: httpx.Client, raising: str, played: dict[str, str]
) -> None:
    host = {"Host": f"{raising}.execute-api.localhost"}

    answer = http.get(f"{deployed.stack['aws_endpoint_url']}/v1/orders", headers={**host, **bearer("nothing")})

    assert answer.status_code == int(played["unauthorized"])


@pytest.mark.parametrize(
    ("megabytes", "status"),
    [
        pytest.param(4, 400, id="more than we take"),
        pytest.param(5, None, id="more than Lambda takes, in base64"),
        pytest.param(9, None, id="more than Lambda takes"),
        pytest.param(11, 413, id="more than API Gateway takes"),
    ],
)
def test_a_large_body_has_the_documented_answer(
    deployed: Deployed, http: httpx.Client, citizen: Person, played: dict[str, str], megabytes: int, status: int | None
) -> None:
    form = b"grant_type=password&x=" + b"x" * (megabytes * MEGABYTE)

    answer = http.post(
        deployed.stack["token_url"],
        content=form,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=citizen.credentials,
    )

    assert answer.status_code == (status or int(played["too-large"]))
