"""Signing in at the store's pages, what a session is, and how it ends."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.endpoints import requests
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests import factories, http_events, pages
from tests.refusals import answered
from tests.unit.endpoints.store.browser import StoreBrowser


def test_a_stranger_is_sent_to_sign_in_and_back_to_the_page(stranger: StoreBrowser) -> None:
    answer = stranger.get("/store/applications/new?x=1")

    assert answer.location == "/store/signin?to=/store/applications/new%3Fx%3D1"
    assert 'name="to" value="/store/applications/new?x=1"' in stranger.follow(answer).body


def test_a_stranger_gets_back_to_a_page_whose_address_names_a_member(stranger: StoreBrowser) -> None:
    page = "/store/admin/members/j%C3%BCrgen%231"

    assert f'name="to" value="{page}"' in stranger.follow(stranger.get(page)).body


def test_signing_in_is_an_authorization_request_with_pkce(stranger: StoreBrowser) -> None:
    begun = stranger.post("/store/signin", who="john@gmail.com@johnsorg")

    url = urlsplit(begun.location)
    query = dict(parse_qsl(url.query))
    assert url.path == "/t/johnsorg/authorize"
    assert (query["client_id"], query["code_challenge_method"]) == ("gatehouse-store.johnsorg", "S256")
    assert query["redirect_uri"] == "https://auth.example/store/callback"
    assert "apim:subscribe" in query["scope"]
    assert query["login_hint"] == "john@gmail.com@johnsorg"


@pytest.mark.parametrize("who", ["", "nobodysorg", "x y", "a@b@c@d"])
def test_an_unknown_organisation_is_said_beside_the_field(stranger: StoreBrowser, who: str) -> None:
    answer = stranger.post("/store/signin", who=who)

    assert answer.status == 400
    assert 'aria-invalid="true"' in answer.body


def test_the_stores_client_has_no_secret_and_asks_no_consent(john: StoreBrowser, tables: Tables) -> None:
    assert john.get("/store/applications").status == 200

    client = DynamoDBDirectory(tables, TtlCache(0)).find_client("gatehouse-store.johnsorg")

    assert client is not None
    assert (client.secrets, client.is_public, client.skips_consent) == ((), False, True)
    assert client.redirect_uris == ("https://auth.example/store/callback",)


def test_a_code_for_another_window_is_refused(stranger: StoreBrowser) -> None:
    stranger.post("/store/signin", who="johnsorg")

    assert stranger.get("/store/callback?code=x&state=forged").status == 400
    assert stranger.get("/store/callback?code=x").status == 400


def test_a_sign_in_that_another_tab_finished_leads_to_the_store(john: StoreBrowser) -> None:
    assert john.get("/store/callback?code=x&state=of-the-first-tab").location == "/store/home"


def test_a_sign_in_may_take_a_night(stranger: StoreBrowser) -> None:
    begun = stranger.post("/store/signin", who="johnsorg")

    assert any("store-login=" in cookie and "Max-Age=86400" in cookie for cookie in begun.cookies)


def test_a_page_of_an_earlier_session_signs_out_after_a_question(john: StoreBrowser) -> None:
    old = john.form_token()
    john.sign_in(factories.user())
    john.headers = {"sec-fetch-site": "same-origin"}

    asked = john._send("POST", "/store/signout", form={"form_token": old})
    is_signed_in = john.get("/store/home").status == 200

    assert (asked.status, is_signed_in) == (200, True)
    assert "<h1>Sign out?</h1>" in asked.body
    assert pages.action(asked.body.partition("<main")[2]) == "/store/signout"
    form = pages.hidden(asked.body.partition("<main")[2])
    assert john._send("POST", "/store/signout", form=form).location.startswith("/t/johnsorg/logout")


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}])
def test_no_other_site_signs_out(john: StoreBrowser, headers: dict[str, str]) -> None:
    john.headers = headers

    assert john._send("POST", "/store/signout", form={"form_token": "0" * 64}).status == 403


def test_a_refused_sign_in_is_said(stranger: StoreBrowser) -> None:
    begun = stranger.post("/store/signin", who="johnsorg")
    state = dict(parse_qsl(urlsplit(begun.location).query))["state"]

    assert stranger.get(f"/store/callback?error=access_denied&state={state}").status == 400


@pytest.mark.parametrize(
    "to",
    [
        *("https://evil.example", "//evil.example", "/store//evil.example", "/token", "/store\\x", "javascript:x"),
        pytest.param(f"/store/apis?query={'x' * 3000}", id="too long for a cookie"),
        pytest.param("/store/apis?query=é", id="no ASCII"),
    ],
)
def test_the_way_back_stays_in_the_store(stranger: StoreBrowser, to: str) -> None:
    begun = stranger.post("/store/signin", who="johnsorg", to=to)

    assert begun.status == 303
    from gatehouse.endpoints.store import sessions

    assert sessions._unpack(stranger.cookies[sessions.PENDING])["to"] == "/store/home"


def test_spaces_around_a_username_do_not_lengthen_the_way_to_the_sign_in(stranger: StoreBrowser) -> None:
    begun = stranger.post("/store/signin", who=f"{' ' * 9000}john@gmail.com@johnsorg ")

    assert dict(parse_qsl(urlsplit(begun.location).query))["login_hint"] == "john@gmail.com@johnsorg"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    response: Any = answered(
        site.answer, requests.parse(http_events.http("POST", "/store/signin", form={"who": "johnsorg"}))
    )

    assert response["cookies"]
    for cookie in response["cookies"]:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_an_ended_access_token_is_refreshed_on_the_way(john: StoreBrowser) -> None:
    before = dict(john.cookies)
    john.now_ms += 4000 * 1000

    page = john.get("/store/applications")

    assert page.status == 200
    assert john.cookies["__Host-gatehouse.store"] != before["__Host-gatehouse.store"]


def test_a_session_that_ended_asks_to_sign_in(john: StoreBrowser) -> None:
    john.now_ms += 100_000 * 1000

    assert john.get("/store/applications").location.startswith("/store/signin")


def test_signing_out_kills_the_tokens_and_goes_to_the_sign_in_pages(john: StoreBrowser, store: Store) -> None:
    from gatehouse.domain.oauth import tokens

    access = tokens.parse_access(john.cookies["__Host-gatehouse.store"])
    assert access is not None

    answer = john.post("/store/signout")

    assert answer.location.startswith("/t/johnsorg/logout?client_id=gatehouse-store.johnsorg")
    grant = store.portal.context.grants.find_grant(access.grant_id)
    assert grant is not None
    assert grant.revoked
    assert "__Host-gatehouse.store" not in john.cookies
    assert john.cookies["__Host-gatehouse.signing-out"] == "johnsorg"


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        pytest.param({}, "", id="no token"),
        pytest.param({}, "0" * 64, id="a wrong token"),
        pytest.param({"sec-fetch-site": "cross-site"}, None, id="another site"),
    ],
)
def test_a_form_from_elsewhere_does_nothing(john: StoreBrowser, headers: dict[str, str], token: str | None) -> None:
    right = john.form_token()
    john.headers = headers
    form = {"name": "x", "throttling_policy": "Unlimited", "form_token": right if token is None else token}

    assert john._send("POST", "/store/applications", form=form).status == 403
    john.headers = {}
    assert "No application yet" in john.get("/store/applications").body


def test_a_refusal_hands_the_refreshed_tokens_on_too(john: StoreBrowser) -> None:
    before = dict(john.cookies)
    john.now_ms += 4000 * 1000

    assert john.get("/store/applications/nobodys").status == 404

    assert john.cookies["__Host-gatehouse.store-refresh"] != before["__Host-gatehouse.store-refresh"]
    john.now_ms += 4000 * 1000
    assert john.get("/store/applications").status == 200


def test_signing_out_hours_later_kills_what_could_still_be_refreshed(john: StoreBrowser) -> None:
    form_token = john.form_token()
    del john.cookies["__Host-gatehouse.store"]  # its Max-Age is over
    copied = dict(john.cookies)
    john.now_ms += 4000 * 1000

    assert john._send("POST", "/store/signout", form={"form_token": form_token}).location.startswith(
        "/t/johnsorg/logout"
    )

    john.cookies = copied
    assert john.get("/store/applications").location.startswith("/store/signin")
