"""Publishing by the publisher API."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatehouse.endpoints.publisher import documents
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests.unit.endpoints.publisher.conftest import Publisher
from tests.unit.endpoints.publisher.parcels import DOCUMENT, OK

STAGE = {"account": "000000000000", "region": "us-east-1", "gatewayId": "abc123", "stage": "v1"}


def test_a_document_is_published_shown_listed_and_given_back(publisher: Publisher) -> None:
    made = publisher.call("POST", "/apis", {"document": DOCUMENT, "deployments": [STAGE]})

    assert made.status == 201
    assert made.headers["Location"] == "/api/am/publisher/v1/apis/orders-1.0.0"
    assert made.json["resources"] == [{"method": "GET", "path": "/orders", "security": "any", "scopes": ["read"]}]
    assert made.json["deployments"][0]["keyTypes"] == ["PRODUCTION", "SANDBOX"]
    assert publisher.call("GET", "/apis/orders-1.0.0").json == made.json
    assert [one["apiId"] for one in publisher.call("GET", "/apis").json["list"]] == ["orders-1.0.0"]
    assert publisher.call("GET", "/apis/orders-1.0.0/openapi").json == DOCUMENT
    directory = DynamoDBDirectory(publisher.tables, TtlCache(0))
    assert directory.find_deployment("000000000000", "us-east-1", "abc123", "v1") is not None


def test_an_applications_own_token_publishes_nothing(publisher: Publisher) -> None:
    token = publisher.token("apim:api_publish", is_application=True)

    answer = publisher.call("POST", "/apis", {"document": DOCUMENT}, authorization=f"Bearer {token}")

    assert answer.status == 401
    assert answer.json["code"] == 900901


def test_a_document_may_be_the_text_of_a_file(publisher: Publisher) -> None:
    text = """
openapi: 3.0.3
info: {title: Orders, version: 1.0}
paths:
  /orders:
    get:
      security: [{gatehouse: [read]}]
      responses:
        200: {description: OK}
"""

    made = publisher.call("POST", "/apis", {"document": text})
    twice = publisher.call("POST", "/apis", {"document": text + "paths: {}"})

    assert (made.status, made.json["version"]) == (201, "1.0")
    shown = publisher.call("GET", "/apis/orders-1.0/openapi").json
    assert shown["paths"]["/orders"]["get"]["responses"] == {"200": {"description": "OK"}}
    assert (twice.status, twice.json["error"][0]["code"]) == (400, "400_document")
    assert "line 10, column 1: the key 'paths' stands twice" in twice.json["description"]


def test_an_api_is_published_again_at_its_place(publisher: Publisher) -> None:
    publisher.call("PUT", "/apis/orders", {"document": DOCUMENT})

    again = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT, "visibility": "ALL", "tiers": ["Gold"]})

    assert (again.status, again.json["revision"], again.json["visibility"]) == (200, 2, "ALL")


def test_a_publisher_who_looked_at_an_older_one_is_stopped(publisher: Publisher) -> None:
    first = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT})
    publisher.call("PUT", "/apis/orders", {"document": DOCUMENT})

    late = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT}, **{"if-match": first.headers["ETag"]})

    assert late.status == 412


def test_a_publisher_whose_api_is_published_again_while_their_document_is_read_is_stopped(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT})
    validate = documents.validate

    def meanwhile(document: Any) -> None:
        monkeypatch.setattr(documents, "validate", validate)
        assert publisher.call("PUT", "/apis/orders", {"document": DOCUMENT, "visibility": "ALL"}).status == 200
        validate(document)

    monkeypatch.setattr(documents, "validate", meanwhile)
    late = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT}, **{"if-match": first.headers["ETag"]})

    assert late.status == 409
    assert publisher.call("GET", "/apis/orders", scope="apim:api_view").json["visibility"] == "ALL"


def test_a_publisher_who_wants_a_new_api_does_not_replace_another(publisher: Publisher) -> None:
    statuses = [
        publisher.call("PUT", "/apis/orders", {"document": DOCUMENT}, **{"if-none-match": "*"}).status for _ in range(2)
    ]

    assert statuses == [200, 412]
    assert publisher.call("GET", "/apis/orders", scope="apim:api_view").json["revision"] == 1


@pytest.mark.parametrize("query", ["", "?endSubscriptions=true"])
def test_an_api_that_was_published_again_is_not_deleted_by_who_saw_it_before(publisher: Publisher, query: str) -> None:
    first = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT}).headers["ETag"]
    last = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT}).headers["ETag"]

    assert publisher.call("DELETE", f"/apis/orders{query}", **{"if-match": first}).status == 412
    assert publisher.call("DELETE", f"/apis/orders{query}", **{"if-match": last}).status == 200


@pytest.mark.parametrize("wanted", ["*", "the tag of the API"])
def test_a_publisher_who_changes_an_api_that_was_deleted_meanwhile_does_not_publish_it_again(
    publisher: Publisher, wanted: str
) -> None:
    first = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT})
    publisher.call("DELETE", "/apis/orders")

    tag = "*" if wanted == "*" else first.headers["ETag"]
    late = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT}, **{"if-match": tag})

    assert late.status == 412
    assert publisher.call("GET", "/apis/orders", scope="apim:api_view").status == 404


def test_an_api_is_blocked_and_deleted(publisher: Publisher) -> None:
    publisher.call("PUT", "/apis/orders", {"document": DOCUMENT})

    blocked = publisher.call("POST", "/apis/orders/change-lifecycle", {"lifecycle": "BLOCKED"})

    assert (blocked.status, blocked.json["lifecycle"]) == (200, "BLOCKED")
    assert publisher.call("DELETE", "/apis/orders").status == 200
    assert publisher.call("GET", "/apis/orders").status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({}, "document", id="no document"),
        pytest.param({"document": {"openapi": "3.0.3", "info": {}, "paths": {}}}, "document", id="no title"),
        pytest.param({"document": {**DOCUMENT, "openapi": "2.0"}}, "document", id="no OpenAPI 3"),
        pytest.param({"document": {**DOCUMENT, "paths": []}}, "document", id="paths of another type"),
        pytest.param({"document": DOCUMENT, "lifecycle": "ASLEEP"}, "lifecycle", id="unknown state"),
        pytest.param({"document": DOCUMENT, "visibility": "NOBODY"}, "visibility", id="unknown visibility"),
        pytest.param(
            {"document": DOCUMENT, "deployments": dict[str, str]()}, "deployments", id="deployments of another type"
        ),
        pytest.param(
            {"document": DOCUMENT, "deployments": [dict[str, str]()]}, "deployments", id="an empty deployment"
        ),
    ],
)
def test_what_cannot_be_published_is_a_400_that_names_the_field(publisher: Publisher, body: Any, field: str) -> None:
    refused = publisher.call("POST", "/apis", body)

    assert refused.status == 400
    assert refused.json["error"][0]["code"] == f"400_{field}"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        pytest.param("GET", "/apis", "apim:subscribe", id="list with a developer's scope"),
        pytest.param("POST", "/apis", "apim:api_view", id="publish with a viewer's scope"),
        pytest.param("DELETE", "/apis/orders", "apim:admin", id="delete with an administrator's scope"),
        pytest.param("POST", "/subscriptions/x/block", "apim:api_publish", id="block with a publisher's scope"),
    ],
)
def test_each_operation_needs_its_own_scope(publisher: Publisher, method: str, path: str, scope: str) -> None:
    assert publisher.call(method, path, {}, scope=scope).status == 401


def test_subscriptions_are_listed_of_apis_that_are_there(publisher: Publisher) -> None:
    assert publisher.call("GET", "/apis/orders/subscriptions", scope="apim:api_view").status == 404
    publisher.call("PUT", "/apis/orders", {"document": DOCUMENT})

    assert publisher.call("GET", "/apis/orders/subscriptions", scope="apim:api_view").json["list"] == []
    assert publisher.call("POST", "/subscriptions/x/block", {}, scope="apim:subscription_block").status == 404


def test_the_description_is_valid_openapi(publisher: Publisher) -> None:
    from openapi_spec_validator import OpenAPIV30SpecValidator

    described = publisher.call("GET", "/openapi.json").json

    assert list(OpenAPIV30SpecValidator(described).iter_errors()) == []


@pytest.mark.parametrize(
    ("in_document", "in_body", "expected"),
    [
        pytest.param(None, None, True, id="checked unless somebody says otherwise"),
        pytest.param(False, None, False, id="the document says"),
        pytest.param(None, False, False, id="the publisher says"),
        pytest.param(False, True, True, id="the publisher goes before the document"),
    ],
)
def test_the_revocation_check_is_switched_off_where_an_api_is_published(
    publisher: Publisher, *, in_document: bool | None, in_body: bool | None, expected: bool
) -> None:
    document = DOCUMENT if in_document is None else {**DOCUMENT, "x-gatehouse-check-revocation": in_document}

    made = publisher.call("POST", "/apis", {"document": document, "checkRevocation": in_body})

    assert made.json["checkRevocation"] is expected
    assert publisher.call("GET", "/apis/orders-1.0.0").json["checkRevocation"] is expected


def test_a_revocation_check_that_is_neither_on_nor_off_is_refused(publisher: Publisher) -> None:
    refused = publisher.call("POST", "/apis", {"document": {**DOCUMENT, "x-gatehouse-check-revocation": "no"}})

    assert (refused.status, refused.json["error"][0]["code"]) == (400, "400_document")


REFERRING: tuple[Any, ...] = (
    pytest.param(lambda to: {"schemas": {"A": {"$ref": to}}}, id="a schema"),
    pytest.param(lambda to: {"schemas": {"A": {"properties": {"a": {"$ref": to}}, "default": {"a": 1}}}}, id="a value"),
    pytest.param(lambda to: {"schemas": {"A": {"$dynamicRef": to, "default": 1}}}, id="a dynamic reference"),
    pytest.param(lambda to: {"schemas": {"A": {"$id": to, "properties": {"a": {"$ref": "#/type"}}}}}, id="an id"),
    pytest.param(lambda to: {"parameters": {"A": {"$ref": to}}}, id="a parameter"),
)


@pytest.mark.parametrize("components", REFERRING)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_reference_to_a_file_of_the_function_is_refused_and_shows_nothing_of_it(
    publisher: Publisher, tmp_path: Path, components: Any, version: str
) -> None:
    (tmp_path / "environ").write_text('{"type": "AWS_SECRET_ACCESS_KEY"}', encoding="utf-8")
    document = {**DOCUMENT, "openapi": version, "components": components((tmp_path / "environ").as_uri())}

    refused = publisher.call("POST", "/apis", {"document": document})

    assert (refused.status, refused.json["error"][0]["code"]) == (400, "400_document")
    assert "bundle the document" in refused.json["description"]
    assert "AWS_SECRET_ACCESS_KEY" not in str(refused.json)


@pytest.mark.parametrize("components", REFERRING)
def test_a_reference_to_an_address_that_only_the_function_reaches_is_refused_unasked(
    publisher: Publisher, components: Any
) -> None:
    document = {**DOCUMENT, "openapi": "3.1.0", "components": components("http://169.254.169.254/latest/meta-data")}

    refused = publisher.call("POST", "/apis", {"document": document})

    assert (refused.status, refused.json["error"][0]["code"]) == (400, "400_document")
    assert "bundle the document" in refused.json["description"]


@pytest.mark.parametrize(
    "components",
    [
        pytest.param({"parameters": {"A": {"$ref": "#/info"}}}, id="of another kind"),
        pytest.param({"schemas": {"A": {"$ref": "#/nowhere", "default": 1}}}, id="to nothing"),
        pytest.param({"schemas": {"A": {"$ref": "#/components/schemas/A", "default": 1}}}, id="to itself"),
        pytest.param({"schemas": {"A": {"$ref": "#/x-odd", "default": 1}}}, id="to an unknown type"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_400(publisher: Publisher, components: Any) -> None:
    document = {**DOCUMENT, "components": components, "x-odd": {"type": "odd"}, "paths": {}}
    document["paths"] = {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/A"}], **OK}}}

    assert publisher.call("POST", "/apis", {"document": document}).status == 400


def test_a_document_that_says_something_twice_is_refused(publisher: Publisher) -> None:
    text = json.dumps({"document": DOCUMENT}).replace('"read": "Read"', '"read": "Read", "read": ""')

    refused = publisher.send("POST", "/apis", text)

    assert refused.status == 400
    assert "stands twice in an object" in refused.json["description"]


def test_what_has_to_be_confirmed_is_a_409_that_says_how(publisher: Publisher) -> None:
    forgotten = {**DOCUMENT, "paths": {"/orders": {"get": OK}}}

    asked = publisher.call("POST", "/apis", {"document": forgotten})

    assert asked.status == 409
    assert asked.json["error"] == [
        {"code": "409_change", "message": "GET /orders: no security stated before, everybody now"}
    ]
    assert asked.json["confirmation"]["needsAdministrator"] is False
    confirmation = {name: asked.json["confirmation"][name] for name in ("digest", "revision")}
    assert publisher.call("POST", "/apis", {"document": forgotten, "confirmation": confirmation}).status == 201


def test_an_api_is_opened_to_registered_clients_by_one_tier(publisher: Publisher) -> None:
    tier = "DefaultSubscriptionless"

    opened = publisher.call("PUT", "/apis/orders", {"document": DOCUMENT, "tiers": ["Gold", tier]})

    assert (opened.status, opened.json["tiers"]) == (200, [tier, "Gold"])


def test_the_subscriptionless_apis_of_an_organisation_are_counted(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatehouse.storage.publishing.OPEN_MAX", 1)
    opened = {"document": DOCUMENT, "tiers": ["DefaultSubscriptionless"]}

    statuses = [publisher.call("PUT", f"/apis/{name}", opened).status for name in ("one", "two", "one")]
    publisher.call("DELETE", "/apis/one")
    statuses.append(publisher.call("PUT", "/apis/two", opened).status)

    assert statuses == [200, 409, 200, 200]


def test_an_api_that_is_blocked_stays_so_when_it_is_published_as_it_is_shown(publisher: Publisher) -> None:
    publisher.call("PUT", "/apis/orders", {"document": DOCUMENT, "tiers": ["Gold"]})
    publisher.call("POST", "/apis/orders/change-lifecycle", {"lifecycle": "BLOCKED"})

    again = [
        publisher.call("PUT", "/apis/orders", {"document": DOCUMENT, **more}).json
        for more in ({}, {"lifecycle": "BLOCKED"}, {"lifecycle": "PUBLISHED"})
    ]

    assert [(one["lifecycle"], one["tiers"]) for one in again] == [("BLOCKED", ["Gold"])] * 3
