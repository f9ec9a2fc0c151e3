"""The tabs of an API: what they show, and what they never do."""

import html
import json
import re
from copy import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from gatehouse.domain.apis import attachments, publishing
from gatehouse.domain.apis.apis import Document
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import factories
from tests.answers import Answer
from tests.unit import portal
from tests.unit.endpoints.devportal.test_api_exports import DOCUMENT
from tests.unit.endpoints.store.browser import StoreBrowser

PUBLISHER = portal.caller(roles=frozenset({"publisher"}))


@pytest.fixture
def parcels(organisations: DirectoryWriter, tables: Tables) -> str:
    """The address of an API that was published from a document, without a stage."""
    del organisations
    paths: Any = {
        "/orders/{id}": {
            **DOCUMENT["paths"]["/orders/{id}"],
            "get": {"x-auth-type": "None", "responses": {"200": {"description": "OK"}}},
        }
    }
    document = {
        **DOCUMENT,
        "paths": paths,
        "info": {"title": "Parcels", "version": "1", "description": "**Bold** <b>no</b>"},
    }
    publishing.publish(DynamoDBPublishedApis(tables), PUBLISHER, ApiDraft(document=document, api_id="parcels"))
    return "/store/apis/parcels"


def checked(page: Answer) -> list[str]:
    """Return the scopes that are selected."""
    return re.findall(r'name="scope (\w+)" checked', page.body)


def test_the_description_is_markdown_without_html(john: StoreBrowser, parcels: str) -> None:
    page = john.get(parcels)

    assert "<strong>Bold</strong> &lt;b&gt;no&lt;/b&gt;" in page.body


def test_the_reference_shows_an_operation_with_schema_example_and_programs(john: StoreBrowser, parcels: str) -> None:
    page = john.get(f"{parcels}/reference?operation=PUT%20/orders/{{id}}")

    assert "Change an order" in page.body
    assert "<code>lines[].count</code>" in page.body
    assert "array of Line" in page.body
    assert "https://auth.example/token" in page.body
    for language in ("curl", "python", "javascript", "java", "go"):
        assert f'id="sample-{language}"' in page.body
    assert "There is no such operation" in john.get(f"{parcels}/reference?operation=GET%20/nothing").body


def test_programs_whose_scopes_need_a_role_say_so(
    john: StoreBrowser, alice: StoreBrowser, organisations: DirectoryWriter
) -> None:
    organisations.save_api(
        factories.api(visibility="ALL", deployments=(factories.deployment(url="https://api.example"),))
    )
    asked = "try?operation=DELETE%20/orders/{id}"

    own = john.get(f"/store/apis/orders/{asked}").body
    of_others = alice.get(f"/store/apis/orders@johnsorg/{asked}").body
    free = john.get("/store/apis/orders/try?operation=GET%20/orders").body

    assert "for users with a role" in own
    assert "Only users of johnsorg have a scope of this operation." in of_others
    assert "for users with a role" not in free


def test_an_api_without_addresses_says_so_wherever_one_would_be_shown(john: StoreBrowser, parcels: str) -> None:
    overview, console, reference = (john.get(f"{parcels}{tab}").body for tab in ("", "/try", "/reference"))

    for page in (overview, console, reference):
        assert "did not say where this API runs" in page
    assert '<form id="console">' not in console
    assert "https://api.example.com/orders/" in reference


@pytest.mark.usefixtures("keys")
def test_the_console_selects_the_scope_that_the_operation_needs(
    john: StoreBrowser, shop: str, organisations: DirectoryWriter
) -> None:
    application = shop.rpartition("/")[2]
    organisations.save_api(factories.api(deployments=(factories.deployment(url="https://api.example/v1"),)))
    john.post("/store/apis/orders/subscribe", application=application, tier="Gold")

    first = john.get("/store/apis/orders/try")
    other = john.get("/store/apis/orders/try?operation=POST%20/orders")
    operation = {"keys": f"{application} PRODUCTION", "scope read": "on", "operation": "GET /orders/{id}"}
    issued = john.follow(john.post("/store/apis/orders/try", operation))

    assert (checked(first), checked(other), checked(issued)) == (["read"], ["update"], ["read"])
    assert re.search(r"<option [^>]*selected>GET /orders/\{id\}</option>", issued.body)
    assert "for read. It is in the field below" in issued.body
    assert "https://api.example/v1/orders" in html.unescape(first.body)


def test_a_stage_on_aws_has_an_address_although_nobody_typed_it(
    john: StoreBrowser, organisations: DirectoryWriter
) -> None:
    stage = factories.deployment(gateway_id="a1b2c3d4e5", region="eu-west-1")
    organisations.save_api(factories.api(deployments=(stage,)))
    address = f"https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/{stage.stage}"

    overview, console, reference = (john.get(f"/store/apis/orders{tab}").body for tab in ("", "/try", "/reference"))

    assert f"<code>{address}</code>" in overview
    assert f"<option>{address}</option>" in console
    assert "did not say where this API runs" not in overview + console + reference


@pytest.mark.parametrize(
    ("kinds", "chosen", "first"),
    [
        pytest.param(("production", "sandbox"), "", "https://api.example", id="nobody chose"),
        pytest.param(("production", "sandbox"), "PRODUCTION", "https://api.example", id="production"),
        pytest.param(("production", "sandbox"), "SANDBOX", "https://try.example", id="sandbox"),
        pytest.param(("sandbox",), "", "https://try.example", id="sandbox keys only"),
    ],
)
def test_the_console_calls_the_stage_that_takes_the_chosen_keys(
    john: StoreBrowser, shop: str, organisations: DirectoryWriter, kinds: tuple[str, ...], chosen: str, first: str
) -> None:
    application = shop.rpartition("/")[2]
    stages = (
        factories.deployment(url="https://api.example", key_types=frozenset({"PRODUCTION"})),
        factories.deployment(stage="try", url="https://try.example", key_types=frozenset({"SANDBOX"})),
    )
    organisations.save_api(factories.api(deployments=stages))
    for kind in kinds:
        john.post(f"{shop}/keys/{kind}/generate", {"grant client_credentials": "on"})
    john.post("/store/apis/orders/subscribe", application=application, tier="Gold")

    page = john.get(f"/store/apis/orders/try?{urlencode({'keys': f'{application} {chosen}' if chosen else ''})}")

    offered = re.findall(r"<option>(https:[^<]+)</option>", page.body)
    assert offered[0] == first
    assert len(offered) == 2


def test_documentation_is_rendered_and_runs_nothing(john: StoreBrowser, tables: Tables) -> None:
    empty = john.get("/store/apis/orders/documentation")
    store = DynamoDBPublishedApis(tables)
    text = "# Start\n\n<script>alert(1)</script> [x](javascript:alert(1))\n"
    attachments.save_document(store, PUBLISHER, "orders", Document(document_id="start", name="Start"), text)
    plain = Document(document_id="plain", name="Plain", source="INLINE")
    attachments.save_document(store, PUBLISHER, "orders", plain, "# no heading")

    page = john.get("/store/apis/orders/documentation")
    shown = john.get("/store/apis/orders/documents/start")

    assert "No documentation yet" in empty.body
    assert "# no heading" in page.body
    assert "<h2>Start</h2>" in shown.body
    assert "<script>alert" not in shown.body
    assert 'href="javascript' not in shown.body


def test_an_api_is_exported_with_the_addresses_of_the_deployment(john: StoreBrowser, parcels: str) -> None:
    openapi, postman = (john.get(f"{parcels}/export/{kind}") for kind in ("openapi", "postman"))

    assert openapi.headers["Content-Disposition"] == 'attachment; filename="parcels.openapi.json"'
    assert "https://auth.example/token" in openapi.body
    assert json.loads(postman.body)["info"]["name"] == "Parcels 1"
    assert john.get(f"{parcels}/export/zip").status == 404
    assert john.get("/store/apis/orders/export/postman").status in {200, 404}


def test_subscriptions_of_the_callers_own_applications_are_shown(john: StoreBrowser, shop: str) -> None:
    before = john.get("/store/apis/orders/subscriptions")
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    after = john.get("/store/apis/orders/subscriptions")

    assert "None of your applications subscribes to it" in before.body
    assert 'data-label="Tier">Gold' in after.body


def test_a_token_of_the_console_is_shown_once(alice: StoreBrowser, writer: DirectoryWriter) -> None:
    writer.save_api(factories.api(visibility="ALL", deployments=(factories.deployment(url="https://api.example/v1"),)))
    for name in ("Shop", "Till"):
        made = alice.post("/store/applications", name=name, throttling_policy="Unlimited")
        application = made.location.split("/")[3]
        alice.post("/store/apis/orders%40johnsorg/subscribe", application=application, tier="Gold")
        alice.post(f"/store/applications/{application}/keys/production/generate", {"grant client_credentials": "on"})

    answer = alice.post("/store/apis/orders%40johnsorg/try", keys=f"{application} PRODUCTION")
    shown, again = alice.follow(answer).body, alice.follow(answer).body

    assert answer.status == 303
    assert re.search(r'name="access_token" value="gha_', shown)
    assert re.search(r'name="access_token" value=""', again)
    assert all(f'value="{application} PRODUCTION" selected' in page for page in (shown, again))


@pytest.mark.parametrize(("tab", "name"), [("", "Overview"), ("/try", "Try out"), ("/subscriptions", "Subscriptions")])
def test_the_current_tab_of_another_organisations_api_is_marked(
    alice: StoreBrowser, writer: DirectoryWriter, tab: str, name: str
) -> None:
    writer.save_api(factories.api(visibility="ALL"))

    page = alice.get(f"/store/apis/orders%40johnsorg{tab}")

    current = re.findall(
        r'<a href="([^"]*)" aria-current="page">([^<]*)</a>', page.body.partition('aria-label="API"')[2]
    )
    assert current == [(f"/store/apis/orders%40johnsorg{tab}", name)]


def test_versions_and_publishing_are_for_publishers_alone(
    john: StoreBrowser, site: Any, tables: Tables, parcels: str
) -> None:
    paul = replace(factories.user(user_id="user-paul", username="paul@x.example"), roles=frozenset({"publisher"}))
    DirectoryWriter(tables).add_user(paul)
    publisher = StoreBrowser(site, tables)
    publisher.sign_in(paul)

    assert ">Versions</a>" not in john.get(parcels).body
    assert "/store/publish?api=parcels" not in john.get(parcels).body
    assert ">Versions</a>" in publisher.get(parcels).body
    assert "/store/publish?api=parcels" in publisher.get(parcels).body
