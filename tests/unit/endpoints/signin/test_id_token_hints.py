"""Who shall sign in, by `id_token_hint` or by `sub` in `claims`: OpenID Connect Core sections 3.1.2.1 and 5.5.1."""

import json
from collections.abc import Callable
from copy import replace

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import issue, web_client

pytestmark = pytest.mark.usefixtures("rotation")


def test_oidc_3_1_2_1_a_hint_of_the_user_who_signed_in_is_answered(browser: Browser, service: TokenService) -> None:
    hint = issue(browser, service)["id_token"]

    assert "code" in browser.authorize(id_token_hint=hint, prompt="none").answer
    assert "code" in browser.authorize(id_token_hint=hint).answer


def test_oidc_3_1_2_1_an_old_hint_is_taken(browser: Browser, service: TokenService) -> None:
    hint = issue(browser, service)["id_token"]
    browser.now_ms += 2 * 3600 * 1000

    assert "code" in browser.authorize(id_token_hint=hint, prompt="none").answer


def test_oidc_3_1_2_1_a_hint_of_another_user_is_login_required_in_silence(
    browser: Browser, service: TokenService, web: DirectoryWriter
) -> None:
    hint = issue(browser, service)["id_token"]
    web.add_user(factories.user(user_id="user-mary", username="mary@gmail.com"))
    browser.cookies.clear()
    browser.sign_in(browser.authorize(), "mary@gmail.com")

    assert browser.authorize(id_token_hint=hint, prompt="none").answer["error"] == "login_required"


def test_oidc_3_1_2_1_a_hint_of_another_user_asks_for_that_user_and_takes_nobody_else(
    browser: Browser, service: TokenService, web: DirectoryWriter
) -> None:
    hint = issue(browser, service)["id_token"]
    web.add_user(factories.user(user_id="user-mary", username="mary@gmail.com"))
    browser.cookies.clear()
    browser.sign_in(browser.authorize(), "mary@gmail.com")

    asked = browser.authorize(id_token_hint=hint)
    assert "/signin?" in asked.location
    again = browser.get(browser.sign_in(asked, "mary@gmail.com").location)
    assert again.answer["error"] == "login_required"
    browser.now_ms += 400_000
    as_john = browser.get(browser.sign_in(browser.authorize(id_token_hint=hint), "john@gmail.com").location)
    assert "code" in as_john.answer


def test_oidc_3_1_2_1_a_hint_without_a_session_asks(browser: Browser, service: TokenService) -> None:
    hint = issue(browser, service)["id_token"]
    browser.cookies.clear()

    assert browser.authorize(id_token_hint=hint, prompt="none").answer["error"] == "login_required"
    assert "/signin?" in browser.authorize(id_token_hint=hint).location


@pytest.mark.parametrize(
    "mangle",
    [
        pytest.param(lambda _: "nonsense", id="no JWT"),
        pytest.param(lambda hint: hint[:-8] + "AAAAAAAA", id="a wrong signature"),
        pytest.param(lambda hint: f"{str(hint).rpartition('.')[0]}.", id="no signature"),
        pytest.param(lambda _: "x" * 5000, id="5,000 characters"),
    ],
)
def test_oidc_3_1_2_1_what_is_no_id_token_of_ours_is_an_invalid_request(
    browser: Browser, service: TokenService, mangle: Callable[[str], str]
) -> None:
    hint = mangle(issue(browser, service)["id_token"])

    assert browser.authorize(id_token_hint=hint, prompt="none").answer["error"] == "invalid_request"
    assert browser.authorize(id_token_hint=hint).answer["error"] == "invalid_request"


def test_oidc_3_1_2_1_another_clients_id_token_is_no_hint(
    browser: Browser, service: TokenService, web: DirectoryWriter
) -> None:
    hint = issue(browser, service)["id_token"]
    web.save_client(replace(web_client(), client_id="another"))

    answer = browser.authorize(client_id="another", id_token_hint=hint, prompt="none").answer

    assert answer["error"] == "invalid_request"


def of_subject(user_id: str) -> str:
    return json.dumps({"id_token": {"sub": {"value": user_id}}})


def test_oidc_3_1_2_2_a_sub_in_claims_is_answered_for_that_user_and_nobody_else(browser: Browser) -> None:
    browser.obtain_code()

    assert "code" in browser.authorize(claims=of_subject("user-john"), prompt="none").answer
    other = browser.authorize(claims=of_subject("user-mary"), prompt="none")
    assert other.answer["error"] == "login_required"
    asked = browser.authorize(claims=of_subject("user-mary"))
    assert "/signin?" in asked.location
    assert browser.get(browser.sign_in(asked).location).answer["error"] == "login_required"


def test_oidc_3_1_2_2_a_hint_and_a_sub_in_claims_name_the_same_user(browser: Browser, service: TokenService) -> None:
    hint = issue(browser, service)["id_token"]

    assert "code" in browser.authorize(id_token_hint=hint, claims=of_subject("user-john"), prompt="none").answer
    refused = browser.authorize(id_token_hint=hint, claims=of_subject("user-mary"), prompt="none")
    assert refused.answer["error"] == "invalid_request"
