"""What publishing would do, by the publisher API: nothing is written, and everything is said."""

import copy
from typing import Any

import pytest

from gatehouse.storage.organisation_settings import DynamoDBSettings
from tests.unit.endpoints.publisher.conftest import Publisher
from tests.unit.endpoints.publisher.parcels import DOCUMENT, OK
from tests.unit.endpoints.publisher.test_apis import STAGE


def changed(**paths: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    document["paths"] |= {f"/{name}": one for name, one in paths.items()}
    return document


def test_a_new_api_is_previewed_and_not_published(publisher: Publisher) -> None:
    shown = publisher.call("POST", "/apis/preview", {"document": DOCUMENT, "deployments": [STAGE]})

    assert shown.status == 200
    assert (shown.json["isNew"], shown.json["differences"], shown.json["question"]) == (True, [], None)
    assert shown.json["api"]["apiId"] == "orders-1.0.0"
    assert shown.json["api"]["resources"][0]["scopes"] == ["read"]
    assert publisher.call("GET", "/apis").json["list"] == []


def test_a_preview_says_what_would_change(publisher: Publisher) -> None:
    made = publisher.call("POST", "/apis", {"document": DOCUMENT}).json
    document = changed(items={"post": {"security": [{"gatehouse": ["read"]}], **OK}})

    shown = publisher.call("POST", "/apis/preview", {"document": document, "tiers": ["Gold"]}).json

    assert shown["isNew"] is False
    assert [(one["kind"], one["name"], one["before"]) for one in shown["differences"]] == [
        ("setting", "tiers", "every tier"),
        ("route", "POST /items", ""),
    ]
    assert publisher.call("GET", "/apis/orders-1.0.0").json == made


def test_a_preview_asks_what_publishing_would_ask_and_its_answer_confirms(publisher: Publisher) -> None:
    body = {"document": changed(open={"get": OK})}

    question = publisher.call("POST", "/apis/preview", body).json["question"]
    refused = publisher.call("POST", "/apis", body)
    confirmation = {"digest": question["digest"], "revision": question["revision"]}
    made = publisher.call("POST", "/apis", {**body, "confirmation": confirmation})

    assert question["changes"] == ["GET /open: no security stated before, everybody now"]
    assert question["needsAdministrator"] is False
    assert (refused.status, made.status) == (409, 201)


def test_a_preview_leaves_no_line_in_the_audit_log(publisher: Publisher) -> None:
    publisher.call("POST", "/apis/preview", {"document": changed(open={"get": OK})})

    items = publisher.tables.transport.call("Scan", {"TableName": publisher.tables.directory})["Items"]
    assert not [one for one in items if one["pk"]["S"].startswith("AUDIT#")]
    assert DynamoDBSettings(publisher.tables).find_organisation_now("johnsorg") is not None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({"document": "openapi: ["}, "neither YAML nor JSON", id="no YAML"),
        pytest.param({"document": {"openapi": "3.0.3"}}, "", id="no OpenAPI"),
        pytest.param({"document": DOCUMENT, "tiers": ["Nonsense"]}, "The tiers are", id="an unknown tier"),
    ],
)
def test_what_cannot_be_published_cannot_be_previewed(publisher: Publisher, body: Any, said: str) -> None:
    shown, refused = (publisher.call("POST", path, body) for path in ("/apis/preview", "/apis"))

    assert (shown.status, shown.json) == (400, refused.json)
    assert said in shown.json["description"]


def test_two_versions_are_compared(publisher: Publisher) -> None:
    publisher.call("POST", "/apis", {"document": DOCUMENT})
    newer = changed(items={"get": {"security": [{"gatehouse": ["read"]}], **OK}})
    newer["info"] = {"title": "Orders", "version": "2.0.0"}
    publisher.call("POST", "/apis", {"document": newer})

    found = publisher.call("GET", "/apis/orders-2.0.0/differences?from=orders-1.0.0", scope="apim:api_view").json

    assert (found["from"]["version"], found["to"]["version"]) == ("1.0.0", "2.0.0")
    assert [(one["name"], one["before"], one["after"]) for one in found["differences"]] == [
        ("version", "1.0.0", "2.0.0"),
        ("GET /items", "", "tokens with read"),
    ]


@pytest.mark.parametrize("query", ["", "?from=", "?from=nothing"])
def test_there_is_nothing_to_compare_with(publisher: Publisher, query: str) -> None:
    publisher.call("POST", "/apis", {"document": DOCUMENT})

    assert publisher.call("GET", f"/apis/orders-1.0.0/differences{query}", scope="apim:api_view").status == 404
