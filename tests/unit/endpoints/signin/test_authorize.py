"""The authorization endpoint: statements AC-03 to AC-05, PK-02, PK-03, ISS-01, BCP-01, -02, -13 and OAuch A2."""

from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import pytest

from gatehouse.bootstrap import signin
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.signin.browser import Browser, authorization
from tests.unit.endpoints.signin.conftest import web_client
from tests.vectors import authorization as vectors
from tests.vectors.authorization import REDIRECT_URI


def signed_in(browser: Browser) -> Browser:
    browser.sign_in(browser.authorize())
    return browser


def test_the_way_leads_through_sign_in_and_consent_back_to_the_client(browser: Browser) -> None:
    first = browser.authorize()
    assert (first.status, first.location.partition("?")[0]) == (303, "/signin")
    second = browser.sign_in(first)
    assert (second.status, second.location.partition("?")[0]) == (303, "/authorize")
    third = browser.get(second.location)
    assert "read" in third.body
    fourth = browser.submit(third, decision="allow")

    assert fourth.status == 303
    assert fourth.location.startswith(f"{REDIRECT_URI}?code=")
    assert fourth.answer["state"] == "xyz"


def test_iss_01_answers_and_errors_carry_the_issuer(browser: Browser) -> None:
    assert browser.obtain_code()["iss"] == "https://auth.example"
    assert browser.authorize(response_type="token").answer["iss"] == "https://auth.example"


def test_iss_01_an_organisations_own_issuer(browser: Browser) -> None:
    page = browser.authorize("/t/johnsorg/authorize")
    assert page.location.startswith("/t/johnsorg/signin?")

    page = browser.get(browser.sign_in(page).location)

    assert browser.submit(page, decision="allow").answer["iss"] == "https://auth.example/t/johnsorg"


def test_wso2s_path_answers_too(browser: Browser) -> None:
    assert browser.authorize("/oauth2/authorize").location.startswith("/signin?")
    assert browser.authorize("/t/johnsorg/oauth2/authorize").location.startswith("/t/johnsorg/signin?")


def test_the_redirect_ends_with_a_fragment_of_ours(browser: Browser) -> None:
    page = signed_in(browser).authorize()

    assert browser.submit(page, decision="allow").location.endswith("#_")


@pytest.mark.parametrize("state", vectors.STATES)
def test_ac_04_the_state_comes_back_to_the_letter(browser: Browser, state: str) -> None:
    assert browser.obtain_code(state=state)["state"] == state


def test_without_a_state_there_is_none_in_the_answer(browser: Browser) -> None:
    assert "state" not in browser.obtain_code(state=None)


@pytest.mark.parametrize("overrides", vectors.DOUBTFUL_DESTINATIONS)
def test_ac_03_a_doubtful_destination_gets_an_error_page_and_no_redirect(
    browser: Browser, overrides: dict[str, str | None]
) -> None:
    page = signed_in(browser).authorize(**overrides)

    assert page.status == 400
    assert not page.location
    assert "evil.example" not in page.body


@pytest.mark.parametrize("repeated", ["client_id", "redirect_uri", "state", "scope", "foo"])
def test_a_repeated_parameter_fails(browser: Browser, repeated: str) -> None:
    query = urlencode([*authorization(foo="1").items(), (repeated, "twice")])

    page = signed_in(browser).get(f"/authorize?{query}")

    assert (page.status, page.location) == (400, "")


def test_an_unknown_parameter_is_ignored(browser: Browser) -> None:
    assert browser.obtain_code(foo="bar")["code"]


@pytest.mark.parametrize(("registered", "presented"), vectors.LOOPBACK_PORTS)
def test_bcp_01_the_port_of_a_loopback_address_may_vary(
    browser: Browser, web: DirectoryWriter, registered: str, presented: str
) -> None:
    web.save_client(web_client(redirect_uris=(registered,)))

    page = signed_in_page(browser, redirect_uri=presented)

    assert page.location.startswith(presented)


def signed_in_page(browser: Browser, **overrides: str | None) -> Answer:
    page = browser.authorize(**overrides)
    return browser.submit(browser.get(browser.sign_in(page).location), decision="allow")


@pytest.mark.parametrize("registered", vectors.UNACCEPTABLE_REDIRECT_URIS)
def test_bcp_13_an_unacceptable_redirect_uri_does_not_work_even_if_registered(
    browser: Browser, web: DirectoryWriter, registered: str
) -> None:
    web.save_client(web_client(redirect_uris=(registered, REDIRECT_URI)))

    page = signed_in(browser).authorize(redirect_uri=registered)

    assert (page.status, page.location) == (400, "")


@pytest.mark.parametrize(("overrides", "error"), vectors.ERRORS)
def test_ac_04_pk_02_pk_03_other_errors_go_to_the_client(
    browser: Browser, overrides: dict[str, str | None], error: str
) -> None:
    page = signed_in(browser).authorize(**overrides)

    assert page.status == 303
    assert page.location.startswith(f"{REDIRECT_URI}?error=")
    assert page.answer["error"] == error
    assert (page.answer["state"], page.answer["iss"]) == ("xyz", "https://auth.example")
    assert "code" not in page.answer


@pytest.mark.parametrize(("overrides", "error"), vectors.ERRORS)
def test_bcp_02_an_error_does_not_bounce_somebody_who_has_not_signed_in(
    browser: Browser, overrides: dict[str, str | None], error: str
) -> None:
    page = browser.authorize(**overrides)

    assert (page.status, page.location) == (400, "")
    assert quote(error) in page.body
    assert 'href="https://client.example/callback?error=' in page.body


def test_a_client_without_the_grant_is_told_so(browser: Browser, web: DirectoryWriter) -> None:
    signed_in(browser)
    web.save_client(web_client(grant_types=factories.ALL_GRANTS))

    page = browser.authorize()

    assert page.answer["error"] == "unauthorized_client"


def test_pk_03_a_public_client_cannot_do_without_pkce(browser: Browser, web: DirectoryWriter) -> None:
    web.save_client(web_client(authentication_methods=frozenset({"none"}), requires_pkce=False))

    page = signed_in(browser).authorize(code_challenge=None, code_challenge_method=None)

    assert page.answer["error"] == "invalid_request"


def test_a_posted_request_goes_on_by_get(browser: Browser) -> None:
    page = browser.send("POST", "/t/johnsorg/authorize", authorization(state="a b&c"))

    assert page.status == 303
    path, _, query = page.location.partition("?")
    assert path == "/t/johnsorg/authorize"
    assert {name: values[0] for name, values in parse_qs(query).items()} == authorization(state="a b&c")


def test_another_organisations_path_does_not_know_the_client(browser: Browser, acme: DirectoryWriter) -> None:
    acme.save_client(web_client())

    page = browser.authorize("/t/acme/authorize")

    assert (page.status, page.location) == (400, "")


def test_an_overlong_request_is_refused(browser: Browser) -> None:
    assert browser.authorize(foo="x" * 8200).status == 400


@pytest.mark.parametrize("prompt", ["none", "none ", "none none"])
def test_prompt_none_without_a_session_needs_a_login(browser: Browser, prompt: str) -> None:
    """A page would wait in a frame that nobody sees."""
    assert browser.authorize(prompt=prompt).answer["error"] == "login_required"


def test_prompt_none_without_consent_needs_consent(browser: Browser) -> None:
    assert signed_in(browser).authorize(prompt="none").answer["error"] == "consent_required"


def test_prompt_none_with_session_and_consent_gets_a_code(browser: Browser) -> None:
    browser.obtain_code()

    assert browser.authorize(prompt="none").answer["code"]


def test_prompt_login_asks_for_the_password_again_and_only_once(browser: Browser) -> None:
    browser.obtain_code()

    asked = browser.authorize(prompt="login")
    assert asked.location.startswith("/signin?")
    answered = browser.get(browser.sign_in(asked).location)

    assert answered.answer["code"]


def test_prompt_login_is_not_satisfied_by_a_sign_in_for_another_request(browser: Browser) -> None:
    browser.obtain_code()
    browser.sign_in(browser.authorize(prompt="login", state="one"))

    assert browser.authorize(prompt="login", state="two").location.startswith("/signin?")


def test_max_age_asks_when_the_sign_in_is_older(browser: Browser) -> None:
    browser.obtain_code()
    browser.now_ms += 11_000

    assert browser.authorize(max_age="10").location.startswith("/signin?")
    assert browser.authorize(max_age="11").answer["code"]


def test_max_age_0_asks_even_in_the_second_of_the_sign_in(browser: Browser) -> None:
    browser.obtain_code()

    assert browser.authorize(max_age="0").location.startswith("/signin?")
    assert browser.authorize(max_age="0", prompt="none").answer["error"] == "login_required"


def test_max_age_0_is_satisfied_by_signing_in_now(browser: Browser) -> None:
    browser.obtain_code()
    browser.now_ms += 1_000
    asked = browser.authorize(max_age="0")
    answered = browser.sign_in(asked)
    browser.now_ms += 1_000

    assert browser.get(answered.location).answer["code"]


def test_prompt_consent_asks_again(browser: Browser) -> None:
    browser.obtain_code()

    assert browser.authorize(prompt="consent").status == 200


def test_prompt_create_leads_to_the_sign_up_page_where_there_is_one(browser: Browser, web: DirectoryWriter) -> None:
    assert browser.authorize(prompt="create").location.startswith("/signin?")
    web.save_organisation(factories.organisation(self_sign_up=True))

    assert browser.authorize(prompt="create").location.startswith("/signup?")


def test_prompt_create_leads_to_no_page_for_which_a_mail_is_missing(
    open_web: DirectoryWriter, tables: Tables, pages: SignInPages
) -> None:
    assert open_web
    browser = Browser(signin.router(factories.settings(mail_from=""), pages, tables), pages)

    assert browser.authorize(prompt="create").location.startswith("/signin?")


def test_the_login_hint_fills_in_the_form(browser: Browser) -> None:
    page = browser.get(browser.authorize(login_hint='ann"a').location)

    assert 'value="ann&#34;a"' in page.body


def test_a_session_ends_with_its_user(browser: Browser, web: DirectoryWriter) -> None:
    browser.obtain_code()
    web.save_user(factories.user(generation="a fresh one"))

    assert browser.authorize().location.startswith("/signin?")


def test_f_10_a_session_ends_when_its_time_is_over(browser: Browser) -> None:
    browser.obtain_code()
    browser.now_ms += 28_800_000

    assert browser.authorize().location.startswith("/signin?")


def test_a_disabled_client_is_not_known(browser: Browser, web: DirectoryWriter) -> None:
    web.save_client(web_client(is_active=False))

    assert browser.authorize().status == 400


def test_the_answer_fits_into_the_gateways_headers(browser: Browser) -> None:
    page = signed_in_page(browser, state="ä%" * 600)

    assert len(page.location) < 10_000
    assert unquote(urlsplit(page.location).query).count("ä%") == 600


LONG_IN_THE_ONE_SPELLING = "'" * 7000


@pytest.mark.parametrize("path", ["/authorize", "/signin", "/signup", "/recover", "/logout"])
def test_what_no_header_could_carry_to_the_next_page_is_refused(browser: Browser, path: str) -> None:
    """Each quotation mark becomes three characters of a Location, and API Gateway's headers end at 10 KiB."""
    query = urlencode(authorization())

    answer = browser.get(f"/t/johnsorg{path}?{query}&more={LONG_IN_THE_ONE_SPELLING}")

    assert (answer.status, "too long" in answer.body) == (400, True)


@pytest.mark.parametrize("path", ["/authorize", "/logout"])
def test_a_form_that_no_header_could_carry_on_is_refused(browser: Browser, path: str) -> None:
    for more in ("x" * 20_000, LONG_IN_THE_ONE_SPELLING):
        answer = browser.send("POST", path, {**authorization(), "more": more})
        assert (answer.status, "too long" in answer.body) == (400, True)
