"""What somebody gets who stole a password: no second factor of their own, and nothing of a user who has one."""

import pytest

from tests import factories
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin import second_factors
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import NEW, Office, choose, path_in, recover
from tests.unit.endpoints.signin.second_factors import enrol, later, password

ACCOUNT = "/t/johnsorg/account"
INVALID_GRANT = (400, "invalid_grant")


def other(browser: Browser) -> Browser:
    return Browser(browser.router, browser.pages, browser.now_ms)


def test_the_first_enrolment_needs_a_link_that_goes_to_the_mailbox(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")

    assert browser.get(f"{ACCOUNT}/enrol").location == f"{ACCOUNT}/factors"
    second_factors.request_link(browser)
    assert [mail.to for mail in office.run()] == ["john@gmail.com"]


def test_a_guessed_link_is_dead(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")

    dead = browser.get(f"{ACCOUNT}/enrol?link={'x' * 43}")

    assert dead.status == 400
    assert f'<a class="button" href="{ACCOUNT}/factors">Request a new link</a>' in dead.body


def test_the_link_alone_opens_nothing(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")
    second_factors.request_link(browser)
    path = path_in(office.run()[0])
    stranger = other(browser)

    assert stranger.get(path).location.startswith("/t/johnsorg/signin?page=enrol&link=")


def test_the_link_leads_back_after_a_sign_in_and_works_once(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")
    second_factors.request_link(browser)
    path = path_in(office.run()[0])
    john = other(browser)
    back = john.submit(john.get(john.get(path).location), username="john@gmail.com", password=factories.PASSWORD)
    page, app = second_factors.scan(john, back.location)

    assert back.location == path
    assert john.submit(page, factor_code=app.code(john)).status == 200
    assert browser.get(path).status == 303, "the enrolment ended this session"
    attempt(browser, "john@gmail.com")
    assert "Confirm that it is you" in browser.get(f"{ACCOUNT}/second-step").body


def test_a_link_to_choose_a_password_is_none_to_enrol(browser: Browser, office: Office) -> None:
    recover(browser, "john@gmail.com")
    secret = path_in(office.run()[0]).partition("link=")[2]
    attempt(browser, "john@gmail.com")

    assert browser.get(f"{ACCOUNT}/enrol?link={secret}").status == 400


def test_a_link_to_enrol_is_none_to_choose_a_password(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")
    second_factors.request_link(browser)
    secret = path_in(office.run()[0]).partition("link=")[2]
    page = browser.get(f"{ACCOUNT}/set-password?link={secret}")

    assert page.status == 400


def test_a_wrong_code_enrols_nothing(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")
    second_factors.request_link(browser)
    page, app = second_factors.scan(browser, path_in(office.run()[0]))
    refused = browser.submit(page, factor_code="000000")

    assert (refused.status, second_factors.secret_in(refused)) == (400, app.secret)
    assert attempt(other(browser), "john@gmail.com").location == ACCOUNT


def test_a_secret_of_another_page_is_not_taken(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")
    second_factors.request_link(browser)
    page, app = second_factors.scan(browser, path_in(office.run()[0]))

    assert browser.submit(page, factor_code=app.code(browser), app="00" * 40).status == 400
    assert browser.submit(page, factor_code=app.code(browser), app="no hex").status == 400


def test_a_page_of_an_enrolment_expires(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")
    second_factors.request_link(browser)
    page, app = second_factors.scan(browser, path_in(office.run()[0]))
    later(browser, 901)
    attempt(browser, "john@gmail.com")

    assert browser.submit(page, factor_code=app.code(browser)).status == 400


def test_recovering_the_password_replaces_no_second_factor(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    thief = other(browser)
    recover(thief, "john@gmail.com")
    done = choose(thief, path_in(office.run()[0]))

    assert done.status == 200
    assert thief.get(ACCOUNT).status == 303
    assert "second-step" in attempt(thief, "john@gmail.com", NEW).location
    assert thief.get(ACCOUNT).status == 303
    assert thief.submit(thief.get(f"{ACCOUNT}/second-step"), factor_code=app.code(thief)).status == 303


@pytest.mark.parametrize("drift", [0, 1])
def test_a_stolen_password_opens_no_grant(browser: Browser, office: Office, service: TokenService, drift: int) -> None:
    enrol(browser, office)
    later(browser, drift)

    assert service.password().refusal == INVALID_GRANT
    assert service.password(password="wrong").refusal == INVALID_GRANT


PAGES = [
    "/account", "/account/password", "/account/factors", "/account/enrol", "/account/done"
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_stolen_password_opens_no_page(browser: Browser, office: Office, path: str) -> None:
    enrol(browser, office)
    thief = other(browser)
    password(thief)
    page = thief.get(f"/t/johnsorg{path}")

    assert page.status == 303 or path == "/account/done"
    assert "john@gmail.com" not in page.body


def test_a_stolen_password_brings_no_code(browser: Browser, office: Office) -> None:
    enrol(browser, office)
    thief = other(browser)
    thief.sign_in(thief.authorize())

    assert "/signin" in thief.authorize().location
    assert thief.authorize(prompt="none").answer["error"] == "login_required"
