"""An organisation's settings: what the page and the JSON API take, and that each of them takes effect."""

import base64
from typing import Any

import pytest
from gatehouse_cli.organisations import JSON_NAMES, OrganisationOptions
from gatehouse_cli.words import camel

from gatehouse.bootstrap import signin
from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts import sign_in
from gatehouse.domain.accounts.sign_in import Attempt
from gatehouse.domain.accounts.usernames import Login
from gatehouse.domain.oauth.grants import TokenRequest, issue
from gatehouse.domain.portal.organisation_settings import CHOICES, FLAGS, HOSTS, NUMBERS, ROLES, TEXTS
from gatehouse.endpoints import requests
from gatehouse.endpoints.signin.pages import SignInPages as SigninPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, http_events
from tests.factories import NOW
from tests.template import ROOT
from tests.unit.endpoints.members import Admin
from tests.unit.endpoints.store.browser import StoreBrowser

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
DEFAULTS: dict[str, Any] = {
    "name": "Johns Org",
    "compatibility": "",
    "accentColour": "",
    "requestMails": "",
    "selfSignUp": False,
    "signUpApproval": False,
    "subscriptionApproval": False,
    "refuseCommonPasswords": True,
    "anonymousCatalogue": False,
    "deviceAuthorization": False,
    "secondFactor": False,
    "secondFactorRoles": [],
    "secondFactorGraceDays": 14,
    "rememberedBrowserDays": 30,
    "clientMetadataDocuments": "off",
    "dynamicClientRegistration": "off",
    "registeredClientHosts": [],
    "accessTokenLifetimeSeconds": 0,
    "refreshTokenLifetimeSeconds": 0,
    "federatedGrantHours": 24,
    "lockOutFailures": 10,
    "lockOutMinutes": 1,
    "passwordMinimumCharacters": 10,
    "key": "johnsorg",
    "logoVersion": "",
    "secondFactorFrom": 0,
}


SETTINGS = [*FLAGS, *TEXTS, *ROLES, *CHOICES, *NUMBERS, HOSTS]


@pytest.fixture
def signin_page(tables: Tables) -> Any:
    """GETs a sign-in page."""
    router = signin.router(
        factories.settings(mail_from="x@auth.example"), SigninPages(ROOT / "functions" / "signin"), tables
    )

    def get(path: str) -> Any:
        return router.answer(requests.parse(http_events.http("GET", path)))

    return get


def obtain(store: Store, grant_type: str, **parameters: str) -> Any:
    request = TokenRequest(
        client=factories.client(),
        parameters={"grant_type": grant_type, **parameters},
        arrived_at_ms=NOW * 1000,
        source="192.0.2.1",
        issuer="https://auth.example",
    )
    return issue(store.portal.context, request)


def sign_in_with(store: Store, password: str, now: int = NOW) -> bool:
    attempt = Attempt(
        login=Login(username="john@gmail.com", organisation="johnsorg"), password=password, source="x", now=now
    )
    return sign_in.authenticate(store.portal.context.sign_ins, store.portal.context.directory, attempt) is not None


def test_settings_begin_with_defaults(admin: Admin) -> None:
    assert admin("GET", "/settings").json == DEFAULTS


def test_every_setting_has_a_field_on_the_page_which_would_reset_it_otherwise(browser: StoreBrowser) -> None:
    page = browser.get("/store/admin").body

    assert [name for name in SETTINGS if f' name="{name}"' not in page] == []


def test_every_setting_has_an_option_of_the_command_line_and_a_line_in_a_guide() -> None:
    options = {JSON_NAMES.get(one) or camel(one) for one in OrganisationOptions.__annotations__}
    guides = "".join(one.read_text(encoding="utf-8") for one in sorted((ROOT / "docs").glob("*.md")))

    assert set(SETTINGS) - options == set()
    assert [name for name in SETTINGS if f"`{name}`" not in guides] == []


def test_settings_are_changed_one_by_one(admin: Admin) -> None:
    changed = admin("PUT", "/settings", {"selfSignUp": True, "name": "John & Co", "lockOutFailures": 5})

    assert changed.status == 200
    expected = {**DEFAULTS, "selfSignUp": True, "name": "John & Co", "lockOutFailures": 5}
    assert admin("GET", "/settings").json == expected


def test_a_number_of_null_becomes_its_default_again(admin: Admin) -> None:
    admin("PUT", "/settings", {name: one.maximum for name, one in NUMBERS.items()})
    admin("PUT", "/settings", dict.fromkeys(NUMBERS))

    assert admin("GET", "/settings").json == DEFAULTS


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"accentColour": "#ffee00"},
        {"accentColour": "red"},
        {"compatibility": "ibm"},
        {"selfSignUp": "perhaps"},
        {"requestMails": "ada@x.example;desk@x.example"},
        {"requestMails": "<ada@x.example>"},
        {"requestMails": "ada@x"},
        {"requestMails": "äda@x.example"},
        [],
    ],
    ids=str,
)
def test_wrong_settings_are_refused(admin: Admin, body: Any) -> None:
    assert admin("PUT", "/settings", body).status == 400
    assert admin("GET", "/settings").json == DEFAULTS


def test_null_names_no_other_setting(admin: Admin) -> None:
    changes = {"secondFactor": True, "secondFactorRoles": ["publisher"], "selfSignUp": True, "accentColour": "#0b57b0"}
    before = admin("PUT", "/settings", changes).json

    after = admin("PUT", "/settings", dict.fromkeys((*FLAGS, *TEXTS, *ROLES, *CHOICES, HOSTS)))

    assert (after.status, after.json) == (200, before)
    assert {name: before[name] for name in changes} == changes


@pytest.mark.parametrize("name", NUMBERS)
def test_each_number_has_bounds_which_are_said_beside_it(admin: Admin, browser: StoreBrowser, name: str) -> None:
    rule = NUMBERS[name]
    for value in {rule.minimum - 1, rule.maximum + 1, -1}:
        refused = admin("PUT", "/settings", {name: value})
        assert (refused.status, refused.json["error"][0]["code"]) == (400, f"400_{name}")
    page = browser.post("/store/admin", {"name": "Johns Org", name: "ten", "selfSignUp": "on"})

    assert (page.status, f'id="{name}-error"' in page.body) == (400, True)
    assert 'value="ten"' in page.body
    assert admin("GET", "/settings").json == DEFAULTS
    for value in (rule.minimum, rule.maximum):
        assert admin("PUT", "/settings", {name: value}).json[name] == value


def test_the_page_keeps_what_was_typed_and_saves_the_whole_form(browser: StoreBrowser, admin: Admin) -> None:
    refused = browser.post("/store/admin", {"name": " ", "lockOutFailures": "7"})
    saved = browser.post("/store/admin", {"name": "Johns", "lockOutFailures": "7", "signUpApproval": "on"})

    assert (refused.status, 'id="name-error"' in refused.body, 'value="7"' in refused.body) == (400, True, True)
    assert "Saved." in browser.follow(saved).body
    expected = {**DEFAULTS, "name": "Johns", "lockOutFailures": 7, "signUpApproval": True}
    assert admin("GET", "/settings").json == {**expected, "refuseCommonPasswords": False}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"clientMetadataDocuments": "some"}, "clientMetadataDocuments"),
        ({"dynamicClientRegistration": ""}, "dynamicClientRegistration"),
        ({"registeredClientHosts": ["https://a.example"]}, "registeredClientHosts"),
        ({"registeredClientHosts": [f"a{n}.example" for n in range(101)]}, "registeredClientHosts"),
    ],
)
def test_wrong_policies_for_clients_are_refused(admin: Admin, body: Any, field: str) -> None:
    refused = admin("PUT", "/settings", body)

    assert (refused.status, refused.json["error"][0]["code"]) == (400, f"400_{field}")


def test_the_page_and_the_api_decide_which_clients_register_themselves(browser: StoreBrowser, admin: Admin) -> None:
    hosts = ["agent.example", "localhost"]
    typed = {
        "name": "Johns Org",
        "clientMetadataDocuments": "hosts",
        "registeredClientHosts": "Agent.example localhost",
    }
    saved = browser.post("/store/admin", typed)

    assert "Saved." in browser.follow(saved).body
    shown = admin("GET", "/settings").json
    assert (shown["clientMetadataDocuments"], shown["registeredClientHosts"]) == ("hosts", hosts)
    changed = admin("PUT", "/settings", {"dynamicClientRegistration": "any", "registeredClientHosts": []}).json
    assert (changed["dynamicClientRegistration"], changed["registeredClientHosts"]) == ("any", [])
    assert '<option value="any" selected>' in browser.get("/store/admin").body


def test_the_log_says_which_settings_became_what(admin: Admin) -> None:
    admin("PUT", "/settings", {"lockOutMinutes": 5, "selfSignUp": True, "name": "Johns Org"})
    admin("PUT", "/settings", {"lockOutMinutes": 5})

    (entry,) = admin("GET", "/audit").json["list"]
    assert (entry["actor"], entry["action"]) == ("ada", "settings.update")
    assert entry["detail"] == "lock_out_minutes=5 self_sign_up=True"


@pytest.mark.parametrize("grant_type", ["client_credentials", "password"])
def test_a_changed_lifetime_is_the_next_tokens(store: Store, admin: Admin, grant_type: str) -> None:
    user = {"username": "john@gmail.com", "password": factories.PASSWORD} if grant_type == "password" else {}
    before = obtain(store, grant_type, **user).expires_in

    admin("PUT", "/settings", {"accessTokenLifetimeSeconds": 120})

    assert (before, obtain(store, grant_type, **user).expires_in) == (3600, 120)


def test_a_changed_lifetime_holds_for_the_next_refresh(
    store: Store, admin: Admin, organisations: DirectoryWriter
) -> None:
    organisations.save_client(factories.client())
    first = obtain(store, "password", username="john@gmail.com", password=factories.PASSWORD)

    admin("PUT", "/settings", {"accessTokenLifetimeSeconds": 120, "refreshTokenLifetimeSeconds": 60})
    refreshed = obtain(store, "refresh_token", refresh_token=first.refresh_token)

    grant = store.portal.context.grants.find_grant(refreshed.access_token[4:].partition(".")[0])
    assert refreshed.expires_in == 120
    assert grant is not None
    assert grant.refresh_expires_at == NOW + 60


def test_an_account_locks_at_the_number_that_is_set_for_as_long_as_is_set(store: Store, admin: Admin) -> None:
    admin("PUT", "/settings", {"lockOutFailures": 3, "lockOutMinutes": 30})
    for _ in range(2):
        sign_in_with(store, "wrong")
    is_open_after_two = sign_in_with(store, factories.PASSWORD)

    for _ in range(3):
        sign_in_with(store, "wrong")

    assert is_open_after_two
    assert not sign_in_with(store, factories.PASSWORD)
    assert not sign_in_with(store, factories.PASSWORD, NOW + 30 * 60 - 1)
    assert sign_in_with(store, factories.PASSWORD, NOW + 30 * 60)


def test_a_logo_is_shown_where_people_sign_in_until_it_is_removed(browser: StoreBrowser, signin_page: Any) -> None:
    saved = browser.upload("/store/admin/logo", "logo", PNG)
    shown = signin_page("/t/johnsorg/signin")["body"]
    picture = signin_page("/t/johnsorg/account/logo")
    removed = browser.post("/store/admin/logo/remove")

    assert "Saved." in browser.follow(saved).body
    assert 'src="/t/johnsorg/account/logo?v=' in shown
    assert base64.b64decode(picture["body"]) == PNG
    assert picture["headers"]["Content-Type"] == "image/png"
    assert picture["headers"]["X-Content-Type-Options"] == "nosniff"
    assert picture["headers"]["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Saved." in browser.follow(removed).body
    assert "account/logo" not in signin_page("/t/johnsorg/signin")["body"]
    assert signin_page("/t/johnsorg/account/logo")["statusCode"] == 404


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", id="SVG"),
        pytest.param(b"<script>alert(1)</script>", id="HTML"),
        pytest.param(PNG + bytes(64 * 1024), id="too large"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_no_small_picture_is_refused_beside_the_field(
    browser: StoreBrowser, admin: Admin, content: bytes
) -> None:
    page = browser.upload("/store/admin/logo", "logo", content)
    answer = admin("PUT", "/settings/logo", {"content": base64.b64encode(content).decode()})

    assert (page.status, 'id="logo-error"' in page.body) == (400, True)
    assert answer.status == 400
    assert admin("GET", "/settings").json["logoVersion"] == ""


def test_the_json_api_takes_and_removes_a_logo_and_both_stand_in_the_log(admin: Admin) -> None:
    made = admin("PUT", "/settings/logo", {"content": base64.b64encode(PNG).decode()})
    version = admin("GET", "/settings").json["logoVersion"]
    removed = admin("DELETE", "/settings/logo")

    assert made.json == {"mediaType": "image/png", "version": version}
    assert removed.status == 200
    details = {one["detail"] for one in admin("GET", "/audit").json["list"]}
    assert details == {"removed", "image/png of 108 bytes"}
    assert admin("PUT", "/settings/logo", {"content": "no base64!"}).status == 400


def test_an_upload_that_another_site_sends_is_refused(browser: StoreBrowser, admin: Admin) -> None:
    assert browser.upload("/store/admin/logo", "logo", PNG, form_token="x").status == 403
    assert admin("GET", "/settings").json["logoVersion"] == ""


def test_an_upload_that_is_none_is_refused(browser: StoreBrowser) -> None:
    assert browser.post("/store/admin/logo").status == 400
    assert browser.upload("/store/admin/logo", "logo", bytes(600 * 1024)).status == 400


def test_compatibility_takes_effect(store: Store, admin: Admin, organisations: DirectoryWriter) -> None:
    organisations.save_client(factories.client())
    before = obtain(store, "client_credentials").scopes

    admin("PUT", "/settings", {"compatibility": "wso2"})

    assert before == {"default"}
    assert obtain(store, "client_credentials").scopes == {"am_application_scope", "default"}


def test_the_accent_colour_is_shown_in_both_schemes_where_people_sign_in_and_in_the_store(
    browser: StoreBrowser, signin_page: Any
) -> None:
    before = signin_page("/t/johnsorg/account/brand.css")
    saved = browser.post("/store/admin", {"name": "Johns Org", "accentColour": " #7A2AA0 "})
    browser.upload("/store/admin/logo", "logo", PNG)
    style = signin_page("/t/johnsorg/account/brand.css")

    assert "Saved." in browser.follow(saved).body
    assert before["body"] == ""
    assert ":root { --accent: #7a2aa0; --on-accent: #ffffff; }" in style["body"]
    assert "@media (prefers-color-scheme: dark)" in style["body"]
    assert '.brand img { content: url("/t/johnsorg/account/logo?v=' in style["body"]
    assert style["headers"]["Content-Type"] == "text/css; charset=utf-8"
    assert 'href="/t/johnsorg/account/brand.css?v=7a2aa0"' in signin_page("/t/johnsorg/signin")["body"]
    assert 'href="/t/johnsorg/account/brand.css"' in browser.get("/store/applications").body
    assert signin_page("/t/nobody/account/brand.css")["body"] == ""


def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(browser: StoreBrowser) -> None:
    refused = browser.post("/store/admin", {"name": "Johns Org", "accentColour": "#ffcc00"})

    assert refused.status == 400
    assert 'id="accentColour-error">The accent colour has a contrast of 1.3:1 with the page.' in refused.body
    assert 'value="#ffcc00"' in refused.body


def test_lifetimes_are_typed_and_shown_with_their_unit(browser: StoreBrowser, admin: Admin) -> None:
    typed = {"accessTokenLifetimeSeconds": "90", "accessTokenLifetimeSeconds.unit": "60"}
    browser.post("/store/admin", {"name": "Johns Org", **typed})
    page = browser.get("/store/admin").body
    refused = browser.post("/store/admin", {"name": "Johns Org", **typed, "accessTokenLifetimeSeconds": "90000"})

    assert admin("GET", "/settings").json["accessTokenLifetimeSeconds"] == 5400
    assert 'name="accessTokenLifetimeSeconds" value="90"' in page
    assert '<option value="60" selected>minutes</option>' in page
    assert refused.status == 400
    assert 'name="accessTokenLifetimeSeconds" value="90000"' in refused.body
    assert "From 60 to 86400 seconds." in refused.body
