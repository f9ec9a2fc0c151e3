"""The orders example: its contract and its deployment agree."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gatehouse.endpoints.publisher import documents
from tests import template

FOLDER = Path(__file__).parents[3] / "examples" / "orders-rest"
METHODS = {"get", "post", "put", "patch", "delete"}
type Document = dict[str, Any]


@pytest.fixture
def published() -> dict[tuple[str, str], Document]:
    """The operations of the contract."""
    paths = yaml.safe_load((FOLDER / "openapi.yaml").read_text())["paths"]
    return {(path, method.upper()): item[method] for path, item in paths.items() for method in METHODS & item.keys()}


@pytest.fixture
def deployed() -> dict[tuple[str, str], Document]:
    """The routes of the template."""
    events = template.load(FOLDER / "template.yaml")["Resources"]["Orders"]["Properties"]["Events"].values()
    return {(event["Properties"]["Path"], event["Properties"]["Method"]): event["Properties"] for event in events}


@pytest.fixture
def api() -> Document:
    return template.load(FOLDER / "template.yaml")["Resources"]["OrdersApi"]["Properties"]


def test_the_template_deploys_the_routes_of_the_contract(
    published: dict[tuple[str, str], Document], deployed: dict[tuple[str, str], Document]
) -> None:
    assert deployed.keys() == published.keys()


def test_the_open_resources_are_the_same_in_both(
    published: dict[tuple[str, str], Document], deployed: dict[tuple[str, str], Document]
) -> None:
    open_in_contract = {route for route, operation in published.items() if not operation["security"]}
    open_in_template = {route for route, event in deployed.items() if event.get("Auth", {}).get("Authorizer") == "NONE"}

    assert open_in_contract == open_in_template == {("/health", "GET")}


def test_the_contract_holds_nothing_of_aws() -> None:
    assert "amazon" not in (FOLDER / "openapi.yaml").read_text()


def test_the_gateway_responses_are_the_ones_for_every_rest_api(api: Document) -> None:
    included = api["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]["Fn::Transform"]

    assert included["Name"] == "AWS::Include"
    assert (FOLDER / included["Parameters"]["Location"]).resolve() == FOLDER.parent / "gateway-responses.yaml"


def test_a_cached_answer_belongs_to_one_token_on_one_route(api: Document) -> None:
    identity = api["Auth"]["Authorizers"]["gatehouse"]["Identity"]

    assert identity["Headers"] == ["Authorization"]
    assert identity["Context"] == ["httpMethod", "resourcePath"]


def test_the_access_log_names_application_and_status_and_nothing_of_a_person(api: Document) -> None:
    text: str = api["AccessLogSetting"]["!If"][1]["Format"]
    line = json.loads(re.sub(r"\$context\.[A-Za-z_.]+", "-", text))
    variables = set(re.findall(r"\$context\.([A-Za-z_.]+)", text))

    assert {"application", "organisation", "status", "responseLatency"} <= line.keys()
    assert {"authorizer.application_id", "status", "responseLatency"} <= variables
    assert not {one for one in variables if re.search("user|sourceip|header|^path$|query|claims", one, re.IGNORECASE)}
    assert text in (FOLDER.parents[1] / "docs" / "how-to" / "errors-per-application.md").read_text(encoding="utf-8")


def test_the_saved_query_is_the_one_of_the_how_to() -> None:
    resources = template.load(FOLDER / "template.yaml")["Resources"]
    query: str = resources["ErrorsOfEachApplication"]["Properties"]["QueryString"]

    assert query in (FOLDER.parents[1] / "docs" / "how-to" / "errors-per-application.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", ["orders-rest", "orders-http", "orders-jwt", "orders-mcp"])
def test_every_examples_document_may_be_published(example: str) -> None:
    documents.validate(yaml.safe_load((FOLDER.parent / example / "openapi.yaml").read_text(encoding="utf-8")))
