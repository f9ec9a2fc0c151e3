"""Client ID metadata documents: fetched within the policy, kept within bounds, and shown by their hosts."""

import base64
import json
from typing import Any

import pytest

from gatehouse.bootstrap import signin
from gatehouse.domain.apis.apis import Visibility
from gatehouse.domain.kernel.fetching import Fault
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.oauth import registered_clients
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from tests import factories, roles
from tests.answers import Answer
from tests.fetchers import Outside
from tests.unit.endpoints.conftest import Call, TokenService
from tests.unit.endpoints.signin.agents import DOCUMENT_URL, LOOPBACK, RESOURCE, document, exchange, let_in
from tests.unit.endpoints.signin.browser import Browser

AUTHORIZE = "/t/johnsorg/authorize"


@pytest.fixture
def outside() -> Outside:
    return Outside(answers={DOCUMENT_URL: document()}, max_bytes=5120)


@pytest.fixture
def browser(web: DirectoryWriter, tables: Tables, pages: SignInPages, outside: Outside) -> Browser:
    let_in(web)
    router = signin.router(factories.settings(), pages, roles.acting_as(tables, "Signin"), outside=outside)
    return Browser(router, pages)


def ask(browser: Browser, path: str = AUTHORIZE, /, **overrides: str | None) -> Answer:
    asked = {"client_id": DOCUMENT_URL, "redirect_uri": LOOPBACK, "resource": RESOURCE, **overrides}
    return browser.authorize(path, **asked)


def to_consent(browser: Browser, **overrides: str | None) -> Answer:
    page = ask(browser, **overrides)
    return browser.get(browser.sign_in(page).location) if "/signin" in page.location else page


def test_a_client_is_known_by_the_url_of_its_document(
    browser: Browser, service: TokenService, call: Call, outside: Outside
) -> None:
    answer = browser.submit(to_consent(browser), decision="allow").answer

    issued = exchange(service, DOCUMENT_URL, answer["code"], resource=RESOURCE)

    assert (issued.status, issued.json["scope"]) == (200, "read")
    called = call(issued.json["access_token"], "GET", "/orders")
    assert (called["effect"], called["client_id"]) == ("Allow", DOCUMENT_URL)
    assert outside.asked == [DOCUMENT_URL]


def test_the_page_shows_the_hosts_before_the_name(browser: Browser, outside: Outside) -> None:
    uris = ["https://app.example/callback"]
    outside.answers[DOCUMENT_URL] = document(client_name="Your Bank <b>", redirect_uris=uris)

    page = to_consent(browser, redirect_uri=uris[0]).body

    assert page.index("agent.example") < page.index("app.example") < page.index("Your Bank &lt;b&gt;")
    assert "Any program on your device" not in page
    assert "orders 1.0.0" in page


def test_the_page_warns_of_clients_that_answer_on_the_device_only(browser: Browser) -> None:
    assert "Any program on your device can receive this answer" in to_consent(browser).body


def test_the_user_is_asked_each_time(browser: Browser) -> None:
    browser.submit(to_consent(browser), decision="allow")

    assert to_consent(browser).status == 200
    assert ask(browser, prompt="none").answer["error"] == "consent_required"


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("path", ["/authorize", "/t/acme/authorize", "/t/nobody/authorize"])
def test_it_is_unknown_elsewhere(browser: Browser, outside: Outside, path: str) -> None:
    page = ask(browser, path)

    assert (page.status, outside.asked) == (400, [])


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        pytest.param({"client_documents": "off"}, 0, id="off"),
        pytest.param({"client_documents": "hosts"}, 0, id="no host is listed"),
        pytest.param({"client_documents": "hosts", "client_hosts": ("example",)}, 0, id="a parent domain"),
        pytest.param({"client_documents": "hosts", "client_hosts": ("agent.example",)}, 1, id="its host"),
    ],
)
def test_nothing_is_fetched_that_policy_does_not_let_in(
    browser: Browser, web: DirectoryWriter, outside: Outside, policy: dict[str, Any], asked: int
) -> None:
    let_in(web, **policy)

    assert (ask(browser).status, len(outside.asked)) == (303 if asked else 400, asked)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://agent.example", id="no path"),
        pytest.param("https://agent.example/", id="an empty path"),
        pytest.param("https://agent.example/a/../b", id="dot segments"),
        pytest.param("https://agent.example/client#f", id="a fragment"),
        pytest.param("https://u@agent.example/client", id="a user name"),
        pytest.param("https://agent.example:8443/client", id="a port"),
        pytest.param("https://127.0.0.1/client", id="an address"),
        pytest.param("https://localhost/client", id="this machine"),
        pytest.param(f"https://agent.example/{'x' * 600}", id="too long"),
    ],
)
def test_a_url_that_no_document_has_is_not_fetched(browser: Browser, outside: Outside, url: str) -> None:
    page = ask(browser, client_id=url)

    assert (page.status, outside.asked) == (400, [])


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("too_large", 400),
        ("redirect", 400),
        ("content_type", 400),
        ("address", 400),
        ("own_host", 400),
        ("certificate", 400),
        ("status", 400),
        ("timeout", 503),
        ("connection", 503),
    ],
)
def test_a_document_that_cannot_be_fetched_is_an_error_for_the_user_and_is_not_kept(
    browser: Browser, tables: Tables, outside: Outside, fault: Fault, status: int
) -> None:
    outside.answers[DOCUMENT_URL] = fault

    page = ask(browser)

    assert (page.status, page.location) == (status, "")
    assert DynamoDBRegisteredClients(tables).find_registered_page("johnsorg", Window()).items == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<html>", id="HTML"),
        pytest.param("[]", id="a list"),
        pytest.param(document(client_id="https://agent.example/other"), id="another client_id"),
        pytest.param(document(client_id=None), id="no client_id"),
        pytest.param(document(redirect_uris=None), id="no redirect URI"),
        pytest.param(document(redirect_uris=[f"https://a.example/{n}" for n in range(1000)]), id="1,000 of them"),
        pytest.param(document(client_secret="x"), id="a secret"),
        pytest.param(document(token_endpoint_auth_method="client_secret_post"), id="a shared secret"),
        pytest.param(document(token_endpoint_auth_method="private_key_jwt"), id="no keys"),
    ],
)
def test_a_document_that_describes_no_client_is_refused(browser: Browser, outside: Outside, text: str) -> None:
    outside.answers[DOCUMENT_URL] = text

    assert ask(browser).status == 400


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/other", "https://evil.example/", "http://localhost:1/callback"])
def test_only_its_redirect_uris_are_answered(browser: Browser, uri: str) -> None:
    assert ask(browser, redirect_uri=uri).status == 400


def test_a_document_is_kept_as_long_as_its_headers_say_within_bounds(browser: Browser, outside: Outside) -> None:
    for max_age, seconds in ((0, 300), (7200, 7200), (10_000_000, 86_400)):
        outside.max_age = max_age
        browser.now_ms += 100_000_000
        outside.asked.clear()
        ask(browser)
        browser.now_ms += (seconds - 1) * 1000
        ask(browser)
        assert len(outside.asked) == 1
        browser.now_ms += 1000
        ask(browser)
        assert len(outside.asked) == 2


@pytest.mark.parametrize(
    ("overrides", "status"),
    [
        pytest.param({"logo_uri": "https://agent.example/new.png"}, 200, id="what nobody consents to"),
        pytest.param({"client_name": "Another"}, 400, id="another name"),
        pytest.param({"redirect_uris": [LOOPBACK, "https://new.example/"]}, 400, id="one more redirect URI"),
    ],
)
def test_another_document_ends_what_was_issued(
    browser: Browser, service: TokenService, outside: Outside, overrides: dict[str, Any], status: int
) -> None:
    answer = browser.submit(to_consent(browser), decision="allow").answer
    issued = exchange(service, DOCUMENT_URL, answer["code"]).json
    outside.answers[DOCUMENT_URL] = document(**overrides)
    browser.now_ms += 3600 * 1000
    ask(browser)

    refreshed = service.post(
        {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"], "client_id": DOCUMENT_URL},
        path="/t/johnsorg/token",
        authorization=None,
    )

    assert refreshed.status == status


def test_a_blocked_client_stays_blocked_when_its_document_is_fetched_again(
    browser: Browser, tables: Tables, outside: Outside
) -> None:
    ask(browser)
    store = DynamoDBRegisteredClients(tables)
    client_id = registered_clients.document_client_id("johnsorg", DOCUMENT_URL)
    known = store.find_registered("johnsorg", client_id)
    assert known is not None
    assert store.replace_registered("johnsorg", known, registered_clients.block(known, is_blocked=True))
    outside.answers[DOCUMENT_URL] = document(client_name="Another")
    browser.now_ms += 90_000_000

    assert ask(browser).status == 400


@pytest.mark.parametrize("scope", ["apim:admin", "apim:subscribe read", "none"])
def test_it_gets_no_scope_of_ours(browser: Browser, service: TokenService, scope: str) -> None:
    answer = browser.submit(to_consent(browser, scope=scope), decision="allow").answer

    issued = exchange(service, DOCUMENT_URL, answer["code"]).json

    assert issued["scope"] == ("read" if "read" in scope else "default")


@pytest.mark.parametrize(
    "resource",
    ["https://auth.example/api/am/admin/v4", f"{RESOURCE}#f", "https://u@api.example/orders", "https://else.example/"],
)
def test_another_resource_is_an_invalid_target(browser: Browser, resource: str) -> None:
    to_consent(browser)

    assert ask(browser, resource=resource).answer["error"] == "invalid_target"


@pytest.mark.parametrize("visibility", ["ALL", "ORGANISATION"])
def test_an_api_of_another_organisation_is_an_invalid_target(
    browser: Browser, acme: DirectoryWriter, visibility: Visibility
) -> None:
    """Also one that is shared with everybody, and open to the clients that registered there."""
    theirs = factories.deployment(
        organisation="acme", gateway_id="acme1", url="https://acme.example/orders", open_tier="DefaultSubscriptionless"
    )
    tiers = frozenset({"Gold", "DefaultSubscriptionless"})
    acme.save_api(factories.api(organisation="acme", deployments=(theirs,), tiers=tiers, visibility=visibility))
    to_consent(browser)

    assert ask(browser, resource="https://acme.example/orders").answer["error"] == "invalid_target"
    assert ask(browser, resource=f"{RESOURCE} https://acme.example/orders").answer["error"] == "invalid_target"


def test_without_resource_its_scopes_say_which_api(browser: Browser, service: TokenService, call: Call) -> None:
    answer = browser.submit(to_consent(browser, resource=None), decision="allow").answer

    issued = exchange(service, DOCUMENT_URL, answer["code"]).json

    assert call(issued["access_token"], "GET", "/orders")["effect"] == "Allow"
    assert ask(browser, resource=None, scope="unknown").answer["error"] == "invalid_target"


def test_introspection_names_the_client_by_its_url(browser: Browser, service: TokenService) -> None:
    answer = browser.submit(to_consent(browser), decision="allow").answer
    issued = exchange(service, DOCUMENT_URL, answer["code"]).json

    shown = service.post({"token": issued["access_token"]}, path="/introspect").json

    assert (shown["client_id"], shown["aud"]) == (DOCUMENT_URL, RESOURCE)


def test_an_id_token_is_for_the_url(browser: Browser, service: TokenService) -> None:
    answer = browser.submit(to_consent(browser, scope="openid read"), decision="allow").answer
    issued = exchange(service, DOCUMENT_URL, answer["code"]).json

    claims = json.loads(base64.urlsafe_b64decode(issued["id_token"].split(".")[1] + "=="))

    assert claims["aud"] == DOCUMENT_URL
