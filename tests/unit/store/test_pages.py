"""The store's pages: sessions, forms, what they show and what they refuse."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.domain import attachments, clients
from gatehouse.domain.apis import Document
from gatehouse.domain.users import User
from gatehouse.endpoints import requests
from gatehouse.endpoints.store.pages import Pages
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory import Directory
from gatehouse.storage.memory import Memory
from gatehouse.storage.publishing import Publishing
from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables
from tests import factories
from tests.factories import NOW
from tests.template import ROOT
from tests.unit import portal
from tests.unit.store.browser import Browser, Outline, Page
from tests.unit.store.conftest import event

ALICE = factories.user(organisation="acme", user_id="user-alice", username="alice@gmail.com")
ROOT_OF_ACME = factories.user(
    organisation="acme", user_id="user-root", username="root", roles=frozenset({"admin", "publisher"})
)
MARY = factories.user(user_id="user-mary", username="mary@gmail.com")
ADA = factories.user(user_id="user-ada", username="ada", roles=frozenset({"admin"}))


@pytest.fixture(scope="session")
def pages() -> Pages:
    return Pages(Path(ROOT / "functions" / "store"))


@pytest.fixture
def site(store: Store, pages: Pages, tables: Tables) -> Site:
    return store.site(pages, tables)


@pytest.fixture
def stranger(site: Site, tables: Tables) -> Browser:
    return Browser(site, tables)


@pytest.fixture
def john(site: Site, tables: Tables) -> Browser:
    browser = Browser(site, tables)
    browser.sign_in(factories.user())
    return browser


@pytest.fixture
def alice(site: Site, tables: Tables) -> Browser:
    browser = Browser(site, tables)
    browser.sign_in(ALICE)
    return browser


@pytest.fixture
def shop(john: Browser) -> str:
    """The address of an application of John's."""
    made = john.post("/store/applications", name="Shop", throttling_policy="Unlimited", token_format="opaque")
    return urlsplit(made.location).path.removesuffix("/keys/production")


@pytest.fixture
def keys(john: Browser, shop: str) -> Page:
    grants = {"grant client_credentials": "on", "grant password": "on"}
    return john.post(f"{shop}/keys/production/generate", grants)


def test_a_stranger_is_sent_to_sign_in_and_back_to_the_page(stranger: Browser) -> None:
    answer = stranger.get("/store/applications/new?x=1")

    assert answer.location == "/store/signin?to=/store/applications/new%3Fx%3D1"
    assert 'name="to" value="/store/applications/new?x=1"' in stranger.follow(answer).text


def test_signing_in_is_an_authorization_request_with_pkce(stranger: Browser) -> None:
    begun = stranger.post("/store/signin", who="john@gmail.com@johnsorg")

    url = urlsplit(begun.location)
    query = dict(parse_qsl(url.query))
    assert url.path == "/t/johnsorg/authorize"
    assert (query["client_id"], query["code_challenge_method"]) == ("gatehouse-store.johnsorg", "S256")
    assert query["redirect_uri"] == "https://auth.example/store/callback"
    assert "apim:subscribe" in query["scope"]
    assert query["login_hint"] == "john@gmail.com@johnsorg"


@pytest.mark.parametrize("who", ["", "nobodysorg", "x y", "a@b@c@d"])
def test_an_unknown_organisation_is_said_beside_the_field(stranger: Browser, who: str) -> None:
    answer = stranger.post("/store/signin", who=who)

    assert answer.status == 400
    assert 'aria-invalid="true"' in answer.text


def test_the_stores_client_has_no_secret_and_asks_no_consent(john: Browser, tables: Tables) -> None:
    assert john.get("/store/applications").status == 200

    client = Directory(tables, Memory(0)).find_client("gatehouse-store.johnsorg")

    assert client is not None
    assert (client.secrets, client.is_public, client.skips_consent) == ((), False, True)
    assert client.redirect_uris == ("https://auth.example/store/callback",)


def test_a_code_for_another_window_is_refused(stranger: Browser) -> None:
    stranger.post("/store/signin", who="johnsorg")

    assert stranger.get("/store/callback?code=x&state=forged").status == 400
    assert stranger.get("/store/callback?code=x").status == 400


def test_a_refused_sign_in_is_said(stranger: Browser) -> None:
    begun = stranger.post("/store/signin", who="johnsorg")
    state = dict(parse_qsl(urlsplit(begun.location).query))["state"]

    assert stranger.get(f"/store/callback?error=access_denied&state={state}").status == 400


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/store//evil.example", "/token", "/store\\x", "javascript:x"]
)
def test_the_way_back_stays_in_the_store(stranger: Browser, to: str) -> None:
    begun = stranger.post("/store/signin", who="johnsorg", to=to)

    assert begun.status == 303
    from gatehouse.endpoints.store import sessions

    assert sessions._unpack(stranger.cookies[sessions.PENDING])["to"] == "/store/applications"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    response: Any = site.answer(requests.parse(event("POST", "/store/signin", form={"who": "johnsorg"})))

    assert response["cookies"]
    for cookie in response["cookies"]:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_an_ended_access_token_is_refreshed_on_the_way(john: Browser) -> None:
    before = dict(john.cookies)
    john.at_ms += 4000 * 1000

    page = john.get("/store/applications")

    assert page.status == 200
    assert john.cookies["__Host-gatehouse-store"] != before["__Host-gatehouse-store"]


def test_a_session_that_ended_asks_to_sign_in(john: Browser) -> None:
    john.at_ms += 100_000 * 1000

    assert john.get("/store/applications").location.startswith("/store/signin")


def test_signing_out_kills_the_tokens_and_goes_to_the_sign_in_pages(john: Browser, store: Store) -> None:
    from gatehouse.domain import tokens

    access = tokens.parse_access(john.cookies["__Host-gatehouse-store"])
    assert access is not None

    answer = john.post("/store/signout")

    assert answer.location.startswith("/t/johnsorg/logout?client_id=gatehouse-store.johnsorg")
    grant = store.portal.context.grants.find_grant(access.grant_id)
    assert grant is not None
    assert grant.revoked
    assert "__Host-gatehouse-store" not in john.cookies


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        pytest.param({}, "", id="no token"),
        pytest.param({}, "0" * 64, id="a wrong token"),
        pytest.param({"sec-fetch-site": "cross-site"}, None, id="another site"),
    ],
)
def test_a_form_from_elsewhere_does_nothing(john: Browser, headers: dict[str, str], token: str | None) -> None:
    right = john.form_token()
    john.headers = headers
    form = {"name": "x", "throttling_policy": "Unlimited", "form_token": right if token is None else token}

    assert john._send("POST", "/store/applications", form).status == 403
    john.headers = {}
    assert "No application yet" in john.get("/store/applications").text


def test_every_page_has_a_policy_that_runs_no_inline_code(john: Browser) -> None:
    page = john.get("/store/applications")

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Cache-Control"] == "no-store"


def test_empty_pages_say_what_to_do(john: Browser) -> None:
    assert "Make the first one" in john.get("/store/applications").text
    assert "Make one first" in john.get("/store/subscriptions").text
    assert "Nothing to count yet" in john.get("/store/statistics").text


def test_the_main_task_from_the_pages_alone(john: Browser, shop: str, tables: Tables) -> None:
    made = john.post(f"{shop}/keys/production/generate", {"grant client_credentials": "on"})
    secret = made.secret("secret")
    application = shop.rpartition("/")[2]
    subscribed = john.post("/store/apis/orders/subscribe", application=application, tier="Gold")
    listed = john.follow(subscribed)
    token = john.post(f"{shop}/keys/production/token", {"scope read": "on", "validity": "90"})

    client = Directory(tables, Memory(0)).find_application("johnsorg", application)
    assert client is not None
    stored = Directory(tables, Memory(0)).find_client(client.client_ids["PRODUCTION"])
    assert stored is not None
    assert clients.is_secret(stored, secret, NOW)
    assert f"curl -u &#39;{stored.client_id}:{secret}&#39;" in made.text
    assert "Subscribed." in listed.text
    assert "orders 1.0.0" in listed.text
    assert token.secret("access-token").startswith("gha_")
    assert "valid for 90 seconds" in token.text
    assert "Scopes: read" in token.text


@pytest.mark.usefixtures("keys")
def test_past_tokens_are_listed_without_the_token_and_an_expired_one_is_generated_again(
    john: Browser, shop: str
) -> None:
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    made = john.post(f"{shop}/keys/production/token", {"scope read": "on", "validity": "90"})
    path = f"{shop}/keys/production"
    while_valid = john.get(path).text
    john.at_ms += 90_000

    expired = john.get(path).text
    again = re.search(r"<td>(<form.*?</form>)", expired[expired.index("Generated here") :])
    assert again is not None
    form = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', again[1]))
    second = john.post(f"{path}/token", form)

    token = made.secret("access-token")
    assert "valid until" in while_valid
    assert "Re-generate" not in while_valid
    assert token not in while_valid + expired
    assert token[4:26] not in while_valid + expired
    assert "Scopes: read" in second.text
    assert "valid for 90 seconds" in second.text


@pytest.mark.usefixtures("keys")
def test_a_revoked_token_is_said_to_be_and_ten_are_remembered(john: Browser, shop: str) -> None:
    path = f"{shop}/keys/production"
    for _ in range(12):
        john.post(f"{path}/token")
    john.post(f"{path}/revoke-tokens")

    page = john.get(path).text

    assert page.count('data-label="State">revoked<') == 10


def test_a_secret_is_on_no_other_page(john: Browser, shop: str, keys: Page) -> None:
    secret = keys.secret("secret")

    assert secret
    assert secret not in john.get(f"{shop}/keys/production").text


def test_wrong_keys_are_said_beside_the_field(john: Browser, shop: str) -> None:
    answer = john.post(f"{shop}/keys/sandbox/generate", {"grant authorization_code": "on"})

    assert answer.status == 400
    assert 'id="callbackUrl-error"' in answer.text
    assert 'name="grant authorization_code" checked' in answer.text


@pytest.mark.usefixtures("shop")
def test_a_wrong_application_keeps_what_was_typed(john: Browser) -> None:
    answer = john.post("/store/applications", name="Shop", description="typed", throttling_policy="Unlimited")

    assert (answer.status, "typed" in answer.text) == (409, True)
    assert 'id="name-error"' in answer.text


@pytest.mark.usefixtures("keys")
def test_secrets_are_added_and_revoked(john: Browser, shop: str) -> None:
    added = john.post(f"{shop}/keys/production/secret", label="phone", days="3")
    page = john.get(f"{shop}/keys/production")
    first = re.search(r'name="secret_id" value="([^"]+)"', page.text)
    assert first is not None

    revoked = john.follow(john.post(f"{shop}/keys/production/revoke-secret", secret_id=first[1]))

    assert added.secret("secret")
    assert "phone" in revoked.text
    assert 'name="secret_id"' not in revoked.text


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("action", "said"), [("change", "Saved."), ("revoke-tokens", "Revoked."), ("delete", "Deleted.")]
)
def test_keys_are_changed_and_ended(john: Browser, shop: str, action: str, said: str) -> None:
    answer = john.follow(john.post(f"{shop}/keys/production/{action}", {"grant password": "on"}))

    assert said in answer.text


@pytest.mark.usefixtures("keys")
def test_a_regenerated_secret_is_shown_once(john: Browser, shop: str, keys: Page) -> None:
    assert john.post(f"{shop}/keys/production/regenerate").secret("secret") not in {"", keys.secret("secret")}


def test_an_application_is_changed_shared_handed_over_and_deleted(john: Browser, shop: str) -> None:
    form = {"name": "Shops", "throttling_policy": "10PerMin", "token_format": "jwt", "group employee": "on"}

    saved = john.follow(john.post(shop, form))
    asked = john.get(f"{shop}/delete")
    gone = john.follow(john.post(f"{shop}/delete"))

    assert "Saved." in saved.text
    assert 'name="group employee" checked' in saved.text
    assert "cannot be undone" in asked.text
    assert "Deleted." in gone.text
    assert john.get(shop).status == 404


def test_an_application_is_handed_over_from_the_page(john: Browser, shop: str) -> None:
    wrong = john.post(f"{shop}/owner", owner="nobody")
    right = john.post(f"{shop}/owner", owner="mary@gmail.com")

    assert (wrong.status, 'id="owner-error"' in wrong.text) == (400, True)
    assert "Handed over." in john.follow(right).text


def test_a_subscription_is_changed_and_ended(john: Browser, shop: str) -> None:
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    page = john.get(f"{shop}/subscriptions")
    found = re.search(r'action="([^"]+)/tier"', page.text)
    assert found is not None

    changed = john.follow(john.post(f"{found[1]}/tier", tier="Silver"))
    ended = john.follow(john.post(f"{found[1]}/delete"))

    assert "<option selected>Silver</option>" in changed.text
    assert "No subscription yet" in ended.text


def test_the_catalogue_is_searched(john: Browser) -> None:
    assert "Orders of the shop" in john.get("/store/apis?query=tag:demo").text
    assert "Nothing fits" in john.get("/store/apis?query=zzz").text


def test_an_api_shows_its_document_in_the_viewer(john: Browser) -> None:
    page = john.get("/store/apis/orders")

    assert 'data-document="/store/apis/orders/openapi.json"' in page.text
    assert '"title": "orders"' in john.get("/store/apis/orders/openapi.json").text


@pytest.mark.usefixtures("keys")
def test_the_console_may_reach_the_apis_origin_and_nothing_else(
    john: Browser, shop: str, organisations: Registry
) -> None:
    deployment = factories.deployment(url="https://api.example/v1")
    organisations.save_api(factories.api(deployments=(deployment,)))
    application = shop.rpartition("/")[2]
    john.post("/store/apis/orders/subscribe", application=application, tier="Gold")

    page = john.post("/store/apis/orders/try", {"keys": f"{application} PRODUCTION", "scope read": "on"})

    assert "connect-src 'self' https://api.example;" in page.headers["Content-Security-Policy"]
    assert re.search(r'name="access_token" value="gha_', page.text)


def test_statistics_and_organisation_are_shown(john: Browser, shop: str) -> None:
    assert "Statistics of Shop" in john.get(f"/store/statistics?application={shop.rpartition('/')[2]}").text
    assert "john@gmail.com@johnsorg" in john.get("/store/organisation").text


def test_assets_are_immutable_and_named_by_content(stranger: Browser, pages: Pages) -> None:
    stranger.headers = {"accept-encoding": "gzip, br"}
    for name in ("store.css", "htmx.min.js", "swagger-ui-bundle.js"):
        request = requests.parse(event("GET", pages.asset(name), headers={"accept-encoding": "gzip"}))
        answer = pages.get_asset(request)
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
        scope="read",
    )


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("outsider", [pytest.param(ALICE, id="member"), pytest.param(ROOT_OF_ACME, id="administrator")])
def test_another_organisation_sees_no_page_and_changes_nothing(
    john: Browser, shop: str, site: Site, tables: Tables, outsider: User
) -> None:
    """The generated matrix: every page and form, with ids that exist in Johns Org."""
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    watched = [shop, f"{shop}/subscriptions", "/store/applications"]
    before = [john.get(path).text for path in watched]
    browser = Browser(site, tables)
    browser.sign_in(outsider)

    for route in site.routes:
        path = fill(route.path, shop)
        answer = (
            browser.get(path)
            if route.method == "GET"
            else browser.post(path, {"name": "x", "owner": "alice@gmail.com"})
        )
        for private in ("Shop", "john@gmail.com", "Johns Org", "Orders of the shop"):
            assert private not in answer.text, (route.method, route.path, private)
        if "{" in route.path:
            assert answer.status in {403, 404}, (route.method, route.path, answer.status)
        if "signed-out" in answer.location:
            browser.at_ms += 1000
            browser.sign_in(outsider)

    assert [john.get(path).text for path in watched] == before


def test_every_page_needs_a_session(stranger: Browser, site: Site) -> None:
    for route in site.routes:
        path = fill(route.path, "/store/applications/x")
        answer = stranger.get(path) if route.method == "GET" else stranger.post(path)
        assert answer.location.startswith("/store/signin"), route.path


@pytest.mark.usefixtures("keys")
def test_every_page_is_outlined_and_labelled(john: Browser, shop: str, site: Site, tables: Tables) -> None:
    publisher = portal.caller(roles=frozenset({"publisher"}))
    text = Document(document_id="start", name="Getting started")
    attachments.save_document(Publishing(tables), publisher, "orders", text, "# Start")
    shown = 0
    for path in paths(site, "GET"):
        page = john.get(fill(path, shop))
        if page.status != 200 or not page.text.startswith("<!doctype"):
            continue
        outline = Outline(page.text)
        shown += 1
        assert outline.headings[0] == "h1", path
        assert outline.headings.count("h1") == 1, path
        assert len(outline.ids) == len(set(outline.ids)), path
        assert outline.inline == [], path
        for one in outline.inputs:
            assert one.get("id") in outline.labelled or one.get("aria-label"), (path, one)
    assert shown >= 12
