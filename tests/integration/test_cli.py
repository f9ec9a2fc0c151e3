"""The program `gatehouse` against a deployed stack: from an organisation that is not there to a call that passes."""

import json
import os
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from gatehouse_cli.app import app
from typer.testing import CliRunner

from tests import outside, rest_apis, template
from tests.deployed import ROOT, Deployed, bearer

DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Shelves", "version": "1"},
    "paths": {
        "/shelves": {
            "get": {"security": [{"gatehouse": ["look"]}], "responses": {"200": {"description": "OK"}}},
            "post": {"security": [{"gatehouse": ["fill"]}], "responses": {"200": {"description": "OK"}}},
        }
    },
    "components": {
        "securitySchemes": {
            "gatehouse": {
                "type": "oauth2",
                "flows": {
                    "password": {
                        "tokenUrl": "https://auth.example/token",
                        "scopes": {"look": "Look", "fill": "Fill"},
                        "x-scopes-bindings": {"fill": "clerk"},
                    }
                },
            }
        }
    },
}
PASSWORD = "the-books-are-kept-at-4"

type Run = Callable[..., Any]


@pytest.fixture
def environment(deployed: Deployed) -> dict[str, str]:
    """AWS's own variables, as an operator has them."""
    return {
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": deployed.stack["region"],
        "SSL_CERT_FILE": str(deployed.directory / "state" / "tls" / "authority.pem"),
        "GATEHOUSE_PASSWORD": PASSWORD,
    }


@pytest.fixture
def gatehouse(environment: dict[str, str]) -> Run:
    """Runs a command; returns what it prints."""

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--json"], env=environment)
        assert result.exit_code == 0, result.output
        assert PASSWORD not in result.output
        return json.loads(result.stdout)

    return run


@pytest.fixture
def shelves(deployed: Deployed) -> str:
    """The id of a REST API with a stage `v1` and our authorizer, as somebody had it before Gatehouse."""
    api = rest_apis.create(deployed, "shelves")
    client, api_id = api.client, api.api_id
    resource = client.create_resource(restApiId=api_id, parentId=api.root_id, pathPart="shelves")
    for method in ("GET", "POST"):
        key = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": method}
        client.put_method(**key, authorizationType="CUSTOM", authorizerId=api.authorizer_id)
        client.put_method_response(**key, statusCode="200")
        client.put_integration(**key, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        client.put_integration_response(**key, statusCode="200", selectionPattern="")
    client.create_deployment(restApiId=api_id, stageName="v1")
    return api_id


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a program that ends closes its sockets
def test_from_an_organisation_to_a_call_by_the_command_line_alone(
    gatehouse: Run, shelves: str, deployed: Deployed, http: httpx.Client, tmp_path: Path
) -> None:
    key, document = f"org-{secrets.token_hex(6)}", tmp_path / "openapi.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    gatehouse("organisations", "create", key)
    gatehouse("users", "create", key, "grace")
    gatehouse("roles", "set", key, "grace", "clerk")
    application = gatehouse("applications", "create", key, "grace", "Books")["application_id"]
    keys = gatehouse("keys", "generate", key, application, "--grant-type", "password")
    api = gatehouse("apis", "publish", key, str(document), "--stage", f"{shelves}/v1")
    gatehouse("subscriptions", "create", key, application, api["api_id"])

    issued = http.post(
        deployed.stack["token_url"],
        data={"grant_type": "password", "username": f"grace@{key}", "password": PASSWORD, "scope": "look fill"},
        auth=(keys["consumer_key"], keys["consumer_secret"]),
    ).json()
    url = f"{deployed.stack['aws_endpoint_url']}/restapis/{shelves}/v1/_user_request_/shelves"
    statuses = [
        http.request(method, url, headers=bearer(issued["access_token"])).status_code for method in ("GET", "POST")
    ]

    assert (issued["scope"], statuses) == ("fill look", [200, 200])
    assert gatehouse("tokens", "inspect", issued["access_token"])["username"] == "grace"


def test_make_env_sets_up_a_shell_for_the_stack_at_any_offset(deployed: Deployed) -> None:
    offset = outside.layout_of(deployed).offset
    place = ROOT / ".local" / f"offset-{offset}" if offset else ROOT / ".local"
    if is_linked := not place.exists():
        place.symlink_to(deployed.directory)  # where `make up` would have put this stack
    keys_url = '"$GATEHOUSE_URL/.well-known/jwks.json"'
    script = f'eval "$(make --silent env)" && gatehouse organisations list --json && curl -sS {keys_url}'
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PORT_OFFSET": str(offset)}
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            ("/bin/sh", "-c", script), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    finally:
        if is_linked:
            place.unlink()

    assert done.returncode == 0, done.stderr
    organisations, _, keys = done.stdout.partition("]\n")
    assert "johnsorg" in {one["key"] for one in json.loads(f"{organisations}]")}
    assert json.loads(keys)["keys"]


def run_program(environment: dict[str, str], *arguments: str) -> tuple[int, Any]:
    """Run the installed program; return its exit code and what it prints."""
    program = ROOT / ".venv" / "bin" / "gatehouse"
    done = subprocess.run(  # noqa: S603 - our own words
        [program, *arguments, "--json"], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


def test_the_doctor_finds_the_stack_well(environment: dict[str, str], deployed: Deployed) -> None:
    client_id, secret = deployed.credentials()
    client = {"GATEHOUSE_CLIENT_ID": client_id, "GATEHOUSE_CLIENT_SECRET": secret}
    code, found = run_program(environment | client, "doctor")

    lines = {one["check"]: one for one in found}
    assert [one for one in found if one["state"] == "wrong"] == []
    assert code == 0
    unchecked = {name for name, one in lines.items() if one["state"] == "not checked"}
    assert unchecked <= {"version", "signing keys"}  # another test may rotate them at this moment
    assert lines["HTTP APIs: johnsorg/orders-http"]["seen"] == "a bad token is answered 403"
    assert lines["token service: challenge"]["seen"].startswith("the challenge arrives as www-authenticate")
    assert lines["authorizer with a bad token, at a REST API"]["seen"] == "refused by the exact word `Unauthorized`"
    assert lines["authorizer with a valid token"]["seen"].startswith("recognised, and denied with 900906")
    assert lines["logs"]["seen"].endswith("a line of the level ERROR is kept")
    resources: dict[str, Any] = template.load()["Resources"]
    functions = {name for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"}
    assert {name.removeprefix("functions: ") for name in lines if name.startswith("functions: ")} == functions


def test_cloudformation_describes_no_more_than_a_hundred_resources_and_lists_them_all(deployed: Deployed) -> None:
    client, name = deployed.aws("cloudformation"), deployed.stack["stack_name"]

    described = client.describe_stack_resources(StackName=name)["StackResources"]
    pages = list(client.get_paginator("list_stack_resources").paginate(StackName=name))

    assert len(described) == 100
    assert len(pages) > 1
    assert sum(len(page["StackResourceSummaries"]) for page in pages) > 100


def test_the_check_finds_the_examples_attached_and_tells_api_gateways_own_authorizer_apart(
    environment: dict[str, str],
) -> None:
    checked = {name: run_program(environment, "apis", "check", "johnsorg", name) for name in ("orders", "orders-jwt")}

    assert checked["orders"] == (0, [])
    code, found = checked["orders-jwt"]
    assert code == 1
    assert {one["problem"].split(": ")[1] for one in found} == {"guarded by JWT, not by Gatehouse's authorizer"}
