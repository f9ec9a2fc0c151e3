"""The usage of an API as people see it: the calls that were made are on the page, in the JSON APIs and in the shell."""

import json
import os
import secrets
import subprocess
from copy import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.browsers import DESKTOP, PHONE, enter_store, find_faults, open_context
from tests.deployed import ROOT, SECONDS_UNTIL_STREAMED, Deployed, bearer, seen_within
from tests.people import Person

pytestmark = [pytest.mark.long, pytest.mark.more]

CALLS, REFUSED = 7, 3
SECONDS_UNTIL_COUNTED = 30
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Boats", "version": "1"},
    "paths": {"/boats": {"get": {"security": [{"gatehouse": ["sail"]}], "responses": {"200": {"description": "OK"}}}}},
    "components": {
        "securitySchemes": {
            "gatehouse": {
                "type": "oauth2",
                "flows": {"password": {"tokenUrl": "https://auth.example/token", "scopes": {"sail": "Sail"}}},
            }
        }
    },
}


@pytest.fixture
def administrator(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """An administrator whom no other test knows, with an application."""
    made = people.person(deployed, tables, http, given="Nora", application="Harbour Office")
    user = replace(made.user, roles=frozenset({"admin", "publisher"}))
    DirectoryWriter(tables).save_user(user)
    return replace(made, user=user)


@pytest.fixture
def boats(deployed: Deployed) -> str:
    """The id of a REST API of its own name with a stage `v1`, which takes its API key from our authorizer."""
    client, arn = deployed.aws("apigateway"), deployed.stack["authorizer_arn"]
    made = client.create_rest_api(name=f"boats-{secrets.token_hex(6)}", apiKeySource="AUTHORIZER")
    authorizer = client.create_authorizer(
        restApiId=made["id"],
        name="gatehouse",
        type="TOKEN",
        authorizerUri=f"arn:aws:apigateway:{deployed.stack['region']}:lambda:path/2015-03-31/functions/{arn}/invocations",
        identitySource="method.request.header.Authorization",
        authorizerResultTtlInSeconds=0,
    )
    (root,) = client.get_resources(restApiId=made["id"])["items"]
    resource = client.create_resource(restApiId=made["id"], parentId=root["id"], pathPart="boats")
    method = {"restApiId": made["id"], "resourceId": resource["id"], "httpMethod": "GET"}
    client.put_method(**method, authorizationType="CUSTOM", authorizerId=authorizer["id"], apiKeyRequired=True)
    client.put_method_response(**method, statusCode="200")
    client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_integration_response(**method, statusCode="200", selectionPattern="")
    client.create_deployment(restApiId=made["id"], stageName="v1")
    return made["id"]


def run_gatehouse(deployed: Deployed, *arguments: str) -> Any:
    """Run the installed program; return the JSON that it prints."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": deployed.stack["region"],
    }
    program = str(ROOT / ".venv" / "bin" / "gatehouse")
    done = subprocess.run(  # noqa: S603 - our own words
        (program, *arguments, "--json"), env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_the_plan_of_gold(deployed: Deployed, person: Person) -> bool:
    """Say whether the application's API key is in a usage plan yet."""
    client, name = deployed.aws("apigateway"), f"gatehouse us-east-1 johnsorg {person.client.application_id}"
    keys = client.get_api_keys(nameQuery=name)["items"]
    return any(client.get_usage_plans(keyId=key["id"])["items"] for key in keys)


def test_calls_are_counted_on_the_page_in_the_json_api_and_on_the_command_line(
    deployed: Deployed,
    store: str,
    chromium: Browser,
    http: httpx.Client,
    administrator: Person,
    boats: str,
    tmp_path: Path,
) -> None:
    document, application = tmp_path / "openapi.json", administrator.client.application_id
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    options = ("--api-id", f"boats-{boats}", "--stage", f"{boats}/v1")
    api_id = run_gatehouse(deployed, "apis", "publish", "johnsorg", str(document), *options)["api_id"]
    run_gatehouse(deployed, "subscriptions", "create", "johnsorg", application, api_id, "--tier", "Gold")
    assert seen_within(SECONDS_UNTIL_STREAMED, lambda: in_the_plan_of_gold(deployed, administrator), wanted=True)
    url = f"{deployed.stack['aws_endpoint_url']}/restapis/{boats}/v1/_user_request_/boats"
    token = administrator.obtain("sail")["access_token"]

    answers = [http.get(url, headers=bearer(token)).status_code for _ in range(CALLS)]
    answers += [http.get(url, headers=bearer("gha_unknown")).status_code for _ in range(REFUSED)]

    assert answers == [200] * CALLS + [401] * REFUSED
    usage = ("apis", "show-usage", "johnsorg", api_id)
    assert seen_within(
        SECONDS_UNTIL_COUNTED,
        lambda: sum(one["calls"] for one in run_gatehouse(deployed, *usage)),
        CALLS + REFUSED,
    )
    rows = run_gatehouse(deployed, *usage)
    assert (sum(one["client_errors"] for one in rows), sum(one["server_errors"] for one in rows)) == (REFUSED, 0)
    assert any(one["slow_ms"] >= one["median_ms"] > 0 for one in rows)
    calls = run_gatehouse(deployed, "applications", "show-usage", "johnsorg", application)
    assert sum(one["calls"] for one in calls if one["api"] == api_id) == CALLS

    admin = bearer(administrator.obtain("apim:admin")["access_token"])
    base = f"{deployed.stack['base_url']}/api/am"
    (stage,) = http.get(f"{base}/admin/v4/apis/{api_id}/usage", headers=admin).json()["stages"]
    assert sum(day["calls"] for day in stage["days"]) == CALLS + REFUSED
    assert sum(day["clientErrors"] for day in stage["days"]) == REFUSED
    assert stage["applications"] == [{"organisation": "johnsorg", "applicationId": application, "calls": CALLS}]
    developer = bearer(administrator.obtain("apim:subscribe")["access_token"])
    mine = http.get(f"{base}/devportal/v3/applications/{application}/usage", headers=developer).json()["apis"]
    assert [one["calls"] for one in mine if one["apiId"] == api_id] == [CALLS]

    for viewport, scheme, kind in ((DESKTOP, "light", "desktop"), (PHONE, "dark", "phone-dark")):
        context = open_context(chromium, viewport=viewport, color_scheme=scheme)
        page = context.new_page()
        enter_store(page, store, administrator.user.username, people.PASSWORD)
        page.goto(f"{store}/admin/apis/{api_id}/usage")
        expect(page.locator("dl.figures dd").first).to_have_text(str(CALLS + REFUSED))
        expect(page.locator("dl.figures dd").nth(1)).to_have_text(f"{REFUSED} (30.0%)")
        expect(page.get_by_role("row", name="Harbour Office")).to_contain_text(str(CALLS))
        assert find_faults(page, f"store-admin-usage-data-{kind}") == []
        page.goto(f"{store}/statistics?application={application}")
        expect(page.locator("#calls-title")).to_be_visible()
        assert find_faults(page, f"store-application-usage-{kind}") == []
        context.close()


def test_cloudwatch_and_api_gateway_refuse_what_aws_refuses(deployed: Deployed, boats: str) -> None:
    control = deployed.aws("apigateway")
    plan = control.create_usage_plan(name=f"plan-{boats}", apiStages=[{"apiId": boats, "stage": "v1"}])["id"]
    today = datetime.now(UTC).date()

    with pytest.raises(control.exceptions.BadRequestException, match="1 to 90 days"):
        control.get_usage(usagePlanId=plan, startDate=str(today - timedelta(days=90)), endDate=str(today))
    with pytest.raises(control.exceptions.NotFoundException):
        control.get_usage(usagePlanId="none", startDate=str(today), endDate=str(today))
    assert control.get_usage(usagePlanId=plan, startDate=str(today), endDate=str(today)).get("items", {}) == {}
