"""Signing out: OpenID Connect RP-Initiated Logout 1.0."""

from typing import Any
from urllib.parse import urlencode

import pytest

from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.factories import CLIENT_ID
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import issue, web_client

pytestmark = pytest.mark.usefixtures("rotation")


def logout(browser: Browser, **parameters: str) -> Any:
    return browser.get(f"/logout?{urlencode(parameters)}")


def is_signed_in(browser: Browser) -> bool:
    return not browser.authorize().location.startswith("/signin")


def test_logout_with_the_users_id_token_ends_the_session_and_returns(browser: Browser, service: TokenService) -> None:
    id_token = issue(browser, service)["id_token"]

    page = logout(browser, id_token_hint=id_token, post_logout_redirect_uri="https://client.example/bye", state="s 1")

    assert page.location == "https://client.example/bye?state=s%201"
    assert not is_signed_in(browser)


def test_logout_takes_an_expired_id_token(browser: Browser, service: TokenService) -> None:
    id_token = issue(browser, service)["id_token"]
    browser.now_ms += 7_200_000

    page = logout(browser, id_token_hint=id_token)

    assert "signed out" in page.body
    assert not is_signed_in(browser)


def test_logout_without_a_hint_asks(browser: Browser) -> None:
    browser.obtain_code()

    page = logout(browser, client_id=CLIENT_ID, post_logout_redirect_uri="https://client.example/bye")
    assert (page.status, page.location) == (200, "")
    assert is_signed_in(browser)
    left = browser.submit(page)

    assert left.location == "https://client.example/bye"
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "hint",
    [
        pytest.param("{}AAAA", id="forged"),
        pytest.param("eyJhbGciOiJub25lIn0.e30.", id="alg none"),
        pytest.param("garbage", id="garbage"),
    ],
)
def test_logout_with_a_bad_hint_asks(browser: Browser, service: TokenService, hint: str) -> None:
    id_token = issue(browser, service)["id_token"]

    page = logout(browser, id_token_hint=hint.format(id_token[:-4]), client_id=CLIENT_ID)

    assert page.status == 200
    assert is_signed_in(browser)


def test_logout_with_somebody_elses_id_token_asks(
    browser: Browser, service: TokenService, web: DirectoryWriter
) -> None:
    web.add_user(factories.user(user_id="user-mary", username="mary"))
    hers = service.password("mary", scope="openid").json["id_token"]
    browser.obtain_code()

    assert logout(browser, id_token_hint=hers).status == 200
    assert is_signed_in(browser)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"post_logout_redirect_uri": "https://evil.example/"}, id="unregistered"),
        pytest.param({"post_logout_redirect_uri": "https://client.example/bye?x"}, id="a query more"),
        pytest.param({"post_logout_redirect_uri": "https://client.example/bye", "client_id": "nobody"}, id="unknown"),
        pytest.param({"post_logout_redirect_uri": "https://client.example/bye", "client_id": ""}, id="no client"),
    ],
)
def test_bcp_02_logout_redirects_nowhere_else(browser: Browser, parameters: dict[str, str]) -> None:
    page = logout(browser, **{"client_id": CLIENT_ID, **parameters})

    assert (page.status, page.location) == (400, "")


def test_logout_without_any_parameter_asks_for_the_organisation_that_the_browser_knows(browser: Browser) -> None:
    browser.obtain_code()

    page = browser.get(logout(browser).location)

    assert "john@<wbr>gmail.com" in page.body
    assert "signed out" in browser.submit(page).body
    assert not is_signed_in(browser)


def test_logout_of_nobody_just_returns(browser: Browser) -> None:
    page = logout(browser, client_id=CLIENT_ID, post_logout_redirect_uri="https://client.example/bye")

    assert page.location == "https://client.example/bye"


def test_logout_takes_a_form_of_another_site_and_goes_on_by_get(browser: Browser) -> None:
    page = browser.send("POST", "/oidc/logout", {"client_id": CLIENT_ID})

    assert page.location == f"/logout?client_id={CLIENT_ID}"


def test_a_forged_yes_does_not_sign_out(browser: Browser) -> None:
    browser.obtain_code()

    page = browser.send("POST", f"/logout?client_id={CLIENT_ID}", {"form_token": "forged"})

    assert page.status == 400
    assert is_signed_in(browser)


def test_a_rotated_key_still_proves_an_old_id_token(
    browser: Browser, service: TokenService, rotation: KeyRotation, web: DirectoryWriter
) -> None:
    assert rotation
    web.save_client(web_client())
    id_token = issue(browser, service)["id_token"]

    assert "signed out" in logout(browser, id_token_hint=id_token).body


@pytest.mark.parametrize(
    ("path", "change"),
    [
        pytest.param("/t/acme/logout", {}, id="another organisation's page"),
        pytest.param("/logout", {"is_active": False}, id="a client that ended"),
    ],
)
def test_bcp_02_logout_leads_to_no_client_that_is_not_the_organisations(
    browser: Browser, web: DirectoryWriter, path: str, change: dict[str, Any]
) -> None:
    web.save_organisation(factories.organisation(key="acme"))
    web.save_client(web_client(**change))
    wanted = {"client_id": CLIENT_ID, "post_logout_redirect_uri": "https://client.example/bye"}

    page = browser.get(f"{path}?{urlencode(wanted)}")

    assert (page.status, page.location) == (400, "")


def test_a_state_that_is_too_long_is_refused_not_cut(browser: Browser) -> None:
    to = {"client_id": CLIENT_ID, "post_logout_redirect_uri": "https://client.example/bye"}

    assert logout(browser, **to, state="s" * 2000).location.endswith("s" * 2000)
    assert "2,000 characters" in logout(browser, **to, state="s" * 2001).body


@pytest.fixture
def store_client_id(web: DirectoryWriter) -> str:
    made = factories.client(
        client_id="gatehouse-store.johnsorg", post_logout_redirect_uris=("https://auth.example/store",)
    )
    web.save_client(made)
    return made.client_id


def test_the_stores_button_signs_out_with_one_click(browser: Browser, store_client_id: str) -> None:
    browser.obtain_code()
    browser.cookies["__Host-gatehouse.signing-out"] = "johnsorg"

    page = logout(browser, client_id=store_client_id, post_logout_redirect_uri="https://auth.example/store")

    assert page.location == "https://auth.example/store"
    assert not is_signed_in(browser)
    assert "__Host-gatehouse.signing-out" not in browser.cookies


@pytest.mark.parametrize(
    ("asked", "is_store"),
    [
        pytest.param("", True, id="nobody pressed the button"),
        pytest.param("acme", True, id="the button of another organisation"),
        pytest.param("johnsorg", False, id="another client"),
    ],
)
def test_a_link_to_the_logout_page_still_asks(
    browser: Browser, store_client_id: str, asked: str, *, is_store: bool
) -> None:
    browser.obtain_code()
    browser.cookies["__Host-gatehouse.signing-out"] = asked

    page = logout(browser, client_id=store_client_id if is_store else CLIENT_ID)

    assert page.status == 200
    assert is_signed_in(browser)
