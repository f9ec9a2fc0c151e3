"""What is true of every page of the store's: its policy, its owner, its outline."""

import pytest

from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis import attachments
from gatehouse.domain.apis.apis import Document
from gatehouse.endpoints import requests
from gatehouse.endpoints.store.pages import StorePages
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import factories, http_events
from tests.unit import portal
from tests.unit.endpoints.store.browser import Outline, StoreBrowser
from tests.unit.endpoints.store.pages.conftest import ALICE

ROOT_OF_ACME = factories.user(
    organisation="acme", user_id="user-root", username="root", roles=frozenset({"admin", "publisher"})
)


def test_every_page_has_a_policy_that_runs_no_inline_code(john: StoreBrowser) -> None:
    page = john.get("/store/applications")

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Cache-Control"] == "no-store"


def test_assets_are_immutable_and_named_by_content(stranger: StoreBrowser, pages: StorePages) -> None:
    stranger.headers = {"accept-encoding": "gzip, br"}
    for name in ("store.css", "front.css", "htmx.min.js"):
        request = requests.parse(http_events.http("GET", pages.assets.path(name), headers={"accept-encoding": "gzip"}))
        answer = pages.assets.answer(request.path)
        assert answer is not None
        assert "immutable" in str(answer["headers"])
    assert stranger.get("/static/store/000000000000/store.css").status in {303, 404}


def paths(site: Site, method: str) -> list[str]:
    return [one.path for one in site.routes if one.method == method]


def fill(path: str, shop: str) -> str:
    return path.format(
        applicationId=shop.rpartition("/")[2],
        keyType="production",
        apiId="orders",
        documentId="start",
        subscriptionId="none",
        username="john@gmail.com",
        sessionId="gatehouse-store.johnsorg",
        kind="x",
        clientId="dyn.agent",
        scope="read",
        providerId="example",
        format="postman",
    )


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("outsider", [pytest.param(ALICE, id="member"), pytest.param(ROOT_OF_ACME, id="administrator")])
def test_another_organisation_sees_no_page_and_changes_nothing(
    john: StoreBrowser, shop: str, site: Site, tables: Tables, outsider: User
) -> None:
    """The generated matrix: every page and form, with ids that exist in Johns Org."""
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    watched = [shop, f"{shop}/subscriptions", "/store/applications"]
    before = [john.get(path).body for path in watched]
    browser = StoreBrowser(site, tables)
    browser.sign_in(outsider)

    for route in site.routes:
        path = fill(route.path, shop)
        answer = (
            browser.get(path)
            if route.method == "GET"
            else browser.post(path, {"name": "x", "owner": "alice@gmail.com"})
        )
        for private in ("Shop", "john@gmail.com", "Johns Org", "Orders of the shop"):
            assert private not in answer.body, (route.method, route.path, private)
        if "{" in route.path:
            assert answer.status in {403, 404}, (route.method, route.path, answer.status)
        if "signed-out" in answer.location:
            browser.now_ms += 1000
            browser.sign_in(outsider)

    assert [john.get(path).body for path in watched] == before


def test_every_page_needs_a_session(stranger: StoreBrowser, site: Site) -> None:
    for route in site.routes:
        path = fill(route.path, "/store/applications/x")
        answer = stranger.get(path) if route.method == "GET" else stranger.post(path)
        assert answer.location.startswith("/store/signin"), route.path


@pytest.mark.usefixtures("keys")
def test_every_page_is_outlined_and_labelled(john: StoreBrowser, shop: str, site: Site, tables: Tables) -> None:
    publisher = portal.caller(roles=frozenset({"publisher"}))
    text = Document(document_id="start", name="Getting started")
    attachments.save_document(DynamoDBPublishedApis(tables), publisher, "orders", text, "# Start")
    shown = 0
    for path in paths(site, "GET"):
        page = john.get(fill(path, shop))
        if page.status != 200 or not page.body.startswith("<!doctype"):
            continue
        outline = Outline(page.body)
        shown += 1
        assert outline.headings[0] == "h1", path
        assert outline.headings.count("h1") == 1, path
        assert len(outline.ids) == len(set(outline.ids)), path
        assert outline.inline == [], path
        for one in outline.inputs:
            assert one.get("id") in outline.labelled or one.get("aria-label"), (path, one)
    assert shown >= 12
