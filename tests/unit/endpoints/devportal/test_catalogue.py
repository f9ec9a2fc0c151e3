"""APIs, tags, search, policies, settings, and the generated description."""

import json
import zlib

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.unit.endpoints.members import Member


@pytest.fixture
def parts(organisations: DirectoryWriter) -> DirectoryWriter:
    organisations.save_api(
        factories.api(api_id="parts", name="Spare Parts", version="2.0.0", tags=frozenset({"shop"}), description="Nuts")
    )
    organisations.save_api(factories.api(api_id="hidden", name="hidden", lifecycle="CREATED"))
    organisations.save_api(factories.api(organisation="acme", api_id="secret", name="secret"))
    return organisations


def test_apis_are_found_in_both_spellings_of_an_accent(john: Member, organisations: DirectoryWriter) -> None:
    organisations.save_api(factories.api(api_id="books", name="B\u00fccher"))
    organisations.save_api(factories.api(api_id="more", name="Bu\u0308cher"))

    for typed in ("b\u00fccher", "BU\u0308CHER"):
        assert {one["id"] for one in john.get("/apis", query=typed).json["list"]} == {"books", "more"}


@pytest.mark.usefixtures("parts")
def test_the_catalogue_holds_what_is_published_in_the_organisation(john: Member, alice: Member) -> None:
    assert [one["id"] for one in john.get("/apis").json["list"]] == ["parts", "orders"]
    assert [one["id"] for one in alice.get("/apis").json["list"]] == ["secret"]


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("spare", ["parts"]),
        ("name:orders", ["orders"]),
        ("version:2.0.0", ["parts"]),
        ("version:2*", ["parts"]),
        ("tag:shop", ["parts", "orders"]),
        ("tags:shop tags:demo", ["parts", "orders"]),
        ("tag:shop name:spare", ["parts"]),
        ("description:nuts", ["parts"]),
        ("tag:sho", []),
        ("colour:red", []),
        ('name:"Spare Parts"', ["parts"]),
    ],
)
def test_the_query_language_is_wso2s(john: Member, query: str, found: list[str]) -> None:
    assert [one["id"] for one in john.get("/apis", query=query).json["list"]] == found
    assert [one["id"] for one in john.get("/search", query=query).json["list"]] == found


def test_an_api_is_shown_with_scopes_tiers_and_operations(john: Member) -> None:
    shown = john.get("/apis/orders").json

    assert [one["key"] for one in shown["scopes"]] == ["delete", "read", "update"]
    assert [one["tierName"] for one in shown["tiers"]] == ["Gold", "Silver", "Bronze", "Unlimited"]
    assert {"id": "GET /orders", "target": "/orders", "verb": "GET"} in shown["operations"]


def test_an_api_has_its_document(john: Member) -> None:
    assert john.get("/apis/orders/swagger").json["info"]["title"] == "orders"


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [
        pytest.param("語" * 900_000, True, id="three bytes each"),
        pytest.param('"' * 500_000, False, id="quotes, which are escaped three times"),
        pytest.param("x" * 1_100_000, False, id="long"),
    ],
)
def test_an_api_is_shown_with_its_document_if_an_answer_can_carry_it(
    john: Member, tables: Tables, text: str, *, is_shown: bool
) -> None:
    document = json.dumps({"x-long": text}, ensure_ascii=False)
    key = keys.api_document("johnsorg", "orders")
    tables.put(tables.directory, {**key, **attribute_values.render({"document": zlib.compress(document.encode())})})

    shown = john.get("/apis/orders")

    assert shown.status == 200
    assert shown.json["apiDefinition"] == (document if is_shown else None)


@pytest.mark.usefixtures("parts")
def test_an_api_without_a_document_is_404(john: Member) -> None:
    assert john.get("/apis/parts/swagger").status == 404


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("api_id", ["hidden", "secret", "none"])
def test_an_api_that_is_not_for_the_caller_is_404(john: Member, api_id: str) -> None:
    assert john.get(f"/apis/{api_id}").json["code"] == 900308


@pytest.mark.usefixtures("parts")
def test_tags_are_counted(john: Member) -> None:
    assert john.get("/tags").json["list"] == [{"value": "demo", "count": 1}, {"value": "shop", "count": 2}]


@pytest.mark.parametrize(
    ("level", "names"),
    [
        ("application", ["10PerMin", "20PerMin", "50PerMin", "Unlimited"]),
        ("subscription", ["Gold", "Silver", "Bronze", "Unlimited", "DefaultSubscriptionless"]),
    ],
)
def test_policies_are_listed_and_found(john: Member, level: str, names: list[str]) -> None:
    assert [one["name"] for one in john.get(f"/throttling-policies/{level}").json["list"]] == names
    assert john.get(f"/throttling-policies/{level}/{names[0]}").json["policyLevel"] == level


@pytest.mark.parametrize(
    ("path", "code"), [("/throttling-policies/x", 900968), ("/throttling-policies/application/x", 903005)]
)
def test_unknown_policies_have_wso2s_numbers(john: Member, path: str, code: int) -> None:
    assert john.get(path).json["code"] == code


def test_an_api_tells_its_tiers(john: Member) -> None:
    assert john.get("/apis/orders/subscription-policies").json["count"] == 4


def test_settings_say_which_grants_there_are(john: Member) -> None:
    settings = john.get("/settings").json

    assert {"authorization_code", "client_credentials", "password", "refresh_token"} <= set(settings["grantTypes"])
    assert settings["applicationSharingEnabled"] is True
    assert john.get("/settings/application-attributes").json == {"count": 0, "list": []}


def test_the_caller_learns_of_his_own_organisation_only(john: Member) -> None:
    assert john.get("/tenants").json["list"] == [{"domain": "johnsorg", "status": "ACTIVE"}]
    assert john.get("/me/organization-information").json == {"organizationId": "johnsorg", "name": "Johns Org"}


def test_statistics_of_an_application_begin_at_nothing(john: Member, mary: Member) -> None:
    application = john.application()["applicationId"]

    shown = john.get("/statistics", applicationId=application).json

    assert (shown["registeredUsers"], shown["tokens"], shown["days"]) == (0, 0, [])
    assert mary.get("/statistics", applicationId=application).status == 403


def test_the_description_names_every_operation_and_resolves(john: Member, store: Store) -> None:
    document = Member(store, "").get("/openapi.json").json

    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(one.method, one.path) for one in store.json_api.operations}
    names = {one.takes for one in store.json_api.operations} | {one.gives for one in store.json_api.operations}
    assert names - {""} <= document["components"]["schemas"].keys()
    ids = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    assert len(ids) == len(set(ids))
    assert john.get("/openapi.json").json == document


def test_an_api_is_exported_for_other_tools(john: Member) -> None:
    openapi, postman = (john.get(f"/apis/orders/exports/{kind}") for kind in ("openapi", "postman"))

    flows = openapi.json["components"]["securitySchemes"]["gatehouse"]["flows"]
    assert flows["clientCredentials"]["tokenUrl"] == "https://auth.example/token"
    assert {one["key"]: one["value"] for one in postman.json["auth"]["oauth2"]}["clientId"] == "{{consumerKey}}"
    assert john.get("/apis/orders/exports/zip").status == 404


def test_programs_are_shown_in_every_language(john: Member) -> None:
    found = john.get("/apis/orders/code-samples", operation="POST /orders").json

    assert [one["language"] for one in found["list"]] == ["curl", "python", "javascript", "java", "go"]
    assert all("update" in one["code"] for one in found["list"])
    assert john.get("/apis/orders/code-samples").json["count"] == 5
    assert john.get("/apis/orders/code-samples", operation="GET /nothing").status == 404
