"""Who has to have a second factor, from when on, and what a client asks for at `/authorize`."""

import html
import json

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.factories import NOW
from tests.unit.endpoints.signin import second_factors
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.conftest import web_client
from tests.unit.endpoints.signin.mail_sender import Office, path_in
from tests.unit.endpoints.signin.second_factors import enrol, later, password

ACCOUNT = "/t/johnsorg/account"
MULTI_FACTOR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"


def essential(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": list(values)}}})


def other(browser: Browser) -> Browser:
    return Browser(browser.router, browser.pages, browser.now_ms)


@pytest.mark.parametrize(
    "demand", [{"second_factor": True}, {"second_factor_roles": ("employee",)}], ids=["everybody", "a role"]
)
def test_a_member_without_a_second_factor_sets_one_up_before_anything_else(
    browser: Browser, web: DirectoryWriter, office: Office, demand: dict[str, object]
) -> None:
    web.save_organisation(factories.organisation(**demand))
    step = browser.get(attempt(browser, "john@gmail.com").location)
    assert browser.get(ACCOUNT).status == 303, "there is no session"

    browser.submit(step)
    page, app = second_factors.scan(browser, path_in(office.run()[0]))
    shown = browser.submit(page, factor_code=app.code(browser))

    assert shown.status == 200
    assert browser.get(ACCOUNT).status == 200


def enrolled(browser: Browser, office: Office, step: Answer) -> str:
    """Set up an app by the link that the page sends; return where the page of recovery codes leads."""
    browser.submit(step)
    page, app = second_factors.scan(browser, path_in(office.run()[0]))
    shown = browser.submit(page, factor_code=app.code(browser))
    return html.unescape(shown.body.partition('<a class="button" href="')[2].partition('"')[0])


@pytest.mark.parametrize("prefix", ["", "/t/johnsorg"])
def test_it_goes_on_to_the_application_that_led_here(
    browser: Browser, web: DirectoryWriter, office: Office, prefix: str
) -> None:
    web.save_organisation(factories.organisation(second_factor=True))
    step = browser.get(browser.sign_in(browser.authorize(f"{prefix}/authorize")).location)
    onward = enrolled(browser, office, step)

    assert onward.startswith(f"{prefix}/authorize?response_type=code")
    answer = browser.submit(browser.get(onward), decision="allow").answer
    assert answer["iss"] == f"https://auth.example{prefix}", "a client refuses the answer of another issuer (RFC 9207)"


@pytest.mark.parametrize("after_days", [0, 1])
@pytest.mark.parametrize(
    ("query", "path"),
    [
        pytest.param("user_code=BCDFGHJK", "/t/johnsorg/device?user_code=BCDFGHJK", id="a device"),
        pytest.param("page=password", f"{ACCOUNT}/password", id="an account page"),
        pytest.param("login_hint=john", ACCOUNT, id="nothing"),
    ],
)
def test_it_goes_on_to_the_page_that_led_here(
    browser: Browser, web: DirectoryWriter, office: Office, query: str, path: str, after_days: int
) -> None:
    demanded_from = NOW + after_days * 86_400
    web.save_organisation(factories.organisation(second_factor=True, second_factor_from=demanded_from))
    step = browser.get(attempt(browser, "john@gmail.com", page=f"/t/johnsorg/signin?{query}").location)

    assert enrolled(browser, office, step) == path


def test_the_link_of_an_enrolment_sends_no_other_one(browser: Browser, web: DirectoryWriter) -> None:
    web.save_organisation(factories.organisation(second_factor=True, second_factor_from=NOW + 86_400))
    page = "/t/johnsorg/signin?page=enrol&link=secret"

    assert attempt(browser, "john@gmail.com", page=page).location == f"{ACCOUNT}/enrol?link=secret"


def test_the_link_of_another_browser_leads_through_the_sign_in(
    browser: Browser, web: DirectoryWriter, office: Office
) -> None:
    web.save_organisation(factories.organisation(second_factor=True))
    browser.submit(browser.get(attempt(browser, "john@gmail.com").location))
    path = path_in(office.run()[0])
    phone = other(browser)
    asked = phone.get(path)
    typed = phone.submit(phone.get(asked.location), username="john@gmail.com", password=factories.PASSWORD)

    assert phone.get(typed.location).location == path
    page, app = second_factors.scan(phone, path)
    assert phone.submit(page, factor_code=app.code(phone)).status == 200


def test_another_role_is_not_asked(browser: Browser, web: DirectoryWriter) -> None:
    web.save_organisation(factories.organisation(second_factor_roles=("manager",)))

    assert attempt(browser, "john@gmail.com").location == ACCOUNT


def test_while_there_is_time_a_page_says_from_when_on_and_leads_on(browser: Browser, web: DirectoryWriter) -> None:
    web.save_organisation(factories.organisation(second_factor=True, second_factor_from=NOW + 86_400))
    page = browser.get(browser.sign_in(browser.authorize()).location)

    assert "16 January 2027" in page.body
    assert 'href="/authorize?response_type=code' in page.body
    assert browser.get(ACCOUNT).status == 200


def test_when_the_time_is_over_a_session_of_before_goes_no_further(browser: Browser, web: DirectoryWriter) -> None:
    web.save_organisation(factories.organisation(second_factor=True, second_factor_from=NOW + 60))
    attempt(browser, "john@gmail.com")
    later(browser, 60)

    assert "/account/second-step" in browser.authorize().location
    assert browser.authorize(prompt="none").answer["error"] == "login_required"


def test_an_application_demands_it_of_its_own_users_only(
    browser: Browser, web: DirectoryWriter, office: Office
) -> None:
    attempt(browser, "john@gmail.com")
    web.save_client(web_client(second_factor=True))

    step = browser.get(browser.authorize().location)
    assert "Set up a second factor" in step.body
    assert browser.get(ACCOUNT).status == 200, "the session stays"
    browser.submit(step)
    page, app = second_factors.scan(browser, path_in(office.run()[0]))
    browser.submit(page, factor_code=app.code(browser))

    assert "Allow" in browser.authorize().body


def test_an_old_session_signs_in_again_before_it_sets_up_what_an_application_demands(
    browser: Browser, web: DirectoryWriter, office: Office
) -> None:
    attempt(browser, "john@gmail.com")
    web.save_client(web_client(second_factor=True))
    later(browser, 601)
    browser.submit(browser.get(browser.authorize().location))
    asked = browser.get(path_in(office.run()[0]))

    assert asked.location.startswith("/t/johnsorg/signin?page=enrol&link=")


@pytest.mark.parametrize(
    "asked",
    [{"acr_values": MULTI_FACTOR}, {"acr_values": f"other {MULTI_FACTOR}"}, {"claims": essential(MULTI_FACTOR)}],
)
def test_a_class_that_the_user_reaches_is_reached(
    browser: Browser, office: Office, asked: dict[str, str | None]
) -> None:
    app = enrol(browser, office)
    later(browser)
    john = other(browser)
    step = john.get(john.sign_in(john.authorize(**asked)).location)
    page = john.get(john.submit(step, factor_code=app.code(john)).location)

    assert "code" in john.submit(page, decision="allow").answer


def test_a_voluntary_class_that_the_user_cannot_reach_is_gone_without(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")

    assert "Allow" in browser.authorize(acr_values=MULTI_FACTOR).body


@pytest.mark.parametrize("value", [MULTI_FACTOR, "phr", "urn:nobody:knows"])
def test_an_essential_class_that_the_user_cannot_reach_is_an_error(browser: Browser, value: str) -> None:
    attempt(browser, "john@gmail.com")

    assert browser.authorize(claims=essential(value)).answer["error"] == "unmet_authentication_requirements"


@pytest.mark.parametrize("claims", ["no json", "[]", '{"id_token": {"acr": {"essential": 1, "values": 3}}}'])
def test_malformed_claims_are_an_invalid_request(browser: Browser, claims: str) -> None:
    attempt(browser, "john@gmail.com")
    answer = browser.authorize(claims=claims).answer

    assert answer["error"] == "invalid_request"


@pytest.mark.parametrize("claims", ["{}", '{"userinfo": {"name": null}}', '{"id_token": {"acr": null}}'])
def test_other_claims_are_ignored(browser: Browser, claims: str) -> None:
    attempt(browser, "john@gmail.com")

    assert "Allow" in browser.authorize(claims=claims).body


@pytest.mark.parametrize("again", [{"prompt": "login"}, {"max_age": "0"}])
def test_signing_in_anew_takes_both_factors(browser: Browser, office: Office, again: dict[str, str]) -> None:
    app = enrol(browser, office)
    later(browser)
    asked = browser.authorize(**again)
    step = browser.get(browser.sign_in(asked).location)

    assert "/signin" in asked.location
    assert "Confirm that it is you" in step.body
    assert "Allow" in browser.get(browser.submit(step, factor_code=app.code(browser)).location).body


def test_the_policy_of_the_second_step_lets_its_form_end_at_the_client(browser: Browser, office: Office) -> None:
    """Browsers hold a form to it across redirects: without a consent page in between, the code would not arrive."""
    app = enrol(browser, office)
    browser.submit(browser.authorize(), decision="allow")
    later(browser)
    browser.cookies.clear()
    step = browser.get(browser.sign_in(browser.authorize()).location)

    assert "form-action 'self' https:;" in step.headers["Content-Security-Policy"]
    done = browser.submit(step, factor_code=app.code(browser))
    assert "code" in browser.get(done.location).answer
    browser.cookies.clear()
    alone = password(browser)
    assert "form-action 'self';" in alone.headers["Content-Security-Policy"]


def test_signing_in_again_ends_the_half_finished_sign_in_of_before(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    john = other(browser)
    password(john)
    step = password(john)

    assert john.submit(step, factor_code=app.code(john)).status == 303
