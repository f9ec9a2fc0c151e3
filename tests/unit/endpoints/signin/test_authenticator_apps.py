"""Authenticator apps: setting one up, signing in with it, and every code that must not work."""

import pytest

from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin import second_factors
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.conftest import redeem
from tests.unit.endpoints.signin.mail_sender import Office, path_in
from tests.unit.endpoints.signin.second_factors import App, enrol, later, password

ACCOUNT = "/t/johnsorg/account"


@pytest.fixture
def app(browser: Browser, office: Office) -> App:
    """John's app; his browser is signed in, as after the enrolment."""
    made = enrol(browser, office)
    later(browser)
    return made


def other(browser: Browser) -> Browser:
    """Another browser of the same time."""
    return Browser(browser.router, browser.pages, browser.now_ms)


def is_signed_in(browser: Browser) -> bool:
    return browser.get(ACCOUNT).status == 200


def test_an_enrolment_shows_ten_recovery_codes_once_and_keeps_the_browser_signed_in(app: App, browser: Browser) -> None:
    assert len(app.recovery) == 10
    assert is_signed_in(browser)
    assert "10 of 10 left" in browser.get(f"{ACCOUNT}/factors").body


def test_the_page_draws_the_qr_code_itself(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")
    second_factors.request_link(browser)
    page, _ = second_factors.scan(browser, path_in(office.run()[0]))

    assert "<svg" in page.body
    assert "style=" not in page.body
    assert "img-src 'self'" in page.headers["Content-Security-Policy"]


def test_signing_in_asks_for_a_code_and_there_is_no_session_before_it(app: App, browser: Browser) -> None:
    john = other(browser)
    step = password(john)

    assert "Confirm that it is you" in step.body
    assert not is_signed_in(john)

    assert john.submit(step, factor_code=app.code(john)).location == ACCOUNT
    assert is_signed_in(john)


def test_an_authorization_request_goes_on_after_the_second_step(
    app: App, browser: Browser, service: TokenService
) -> None:
    john = other(browser)
    step = john.get(john.sign_in(john.authorize(scope="openid read")).location)
    page = john.get(john.submit(step, factor_code=app.code(john)).location)
    issued = redeem(service, john.submit(page, decision="allow").answer["code"]).json
    described = service.post({"token": issued["access_token"]}, path="/introspect").json

    assert described["amr"] == ["mfa", "otp", "pwd"]
    assert described["acr"] == "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
    assert described["auth_time"] == john.now_ms // 1000


@pytest.mark.parametrize("drift", [-1, 1])
def test_a_clock_may_be_half_a_minute_off(app: App, browser: Browser, drift: int) -> None:
    later(browser)
    john = other(browser)

    assert john.submit(password(john), factor_code=app.code(john, drift)).status == 303


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_code_that_is_a_minute_off_is_refused(app: App, browser: Browser, drift: int) -> None:
    later(browser, 90)
    john = other(browser)

    assert john.submit(password(john), factor_code=app.code(john, drift)).status == 400


def test_a_code_works_once_in_whatever_browser(app: App, browser: Browser) -> None:
    john, thief = other(browser), other(browser)
    mine, theirs = password(john), password(thief)
    code = app.code(john)

    assert john.submit(mine, factor_code=code).status == 303
    refused = thief.submit(theirs, factor_code=code)

    assert refused.status == 400
    assert "was used already" in refused.body
    assert not is_signed_in(thief)


def test_the_code_of_the_enrolment_counts_as_used(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    john = other(browser)

    assert john.submit(password(john), factor_code=app.code(john)).status == 400


def test_of_two_sign_ins_at_once_with_one_code_one_succeeds(
    app: App, browser: Browser, transport: RecordingTransport
) -> None:
    john, thief = other(browser), other(browser)
    mine, theirs = password(john), password(thief)
    transport.before("TransactWriteItems", lambda: thief.submit(theirs, factor_code=app.code(thief)))

    refused = john.submit(mine, factor_code=app.code(john))

    assert (refused.status, is_signed_in(john), is_signed_in(thief)) == (400, False, True)


def test_of_two_forms_at_once_a_wrong_one_does_not_end_the_right_one(
    app: App, browser: Browser, transport: RecordingTransport
) -> None:
    john = other(browser)
    step = password(john)
    transport.before("PutItem", lambda: john.submit(step, factor_code="000000"))

    assert john.submit(step, factor_code=app.code(john)).location == ACCOUNT


def test_a_recovery_code_works_once_is_counted_and_told_by_mail(app: App, browser: Browser, office: Office) -> None:
    john = other(browser)

    assert john.submit(password(john), factor_code=app.recovery[3].lower()).status == 303
    assert [mail.subject for mail in office.run()] == ["Sign-in to your account at Johns Org"]
    assert "9 of 10 left" in john.get(f"{ACCOUNT}/factors").body

    again = other(browser)
    assert again.submit(password(again), factor_code=app.recovery[3]).status == 400


def test_new_recovery_codes_replace_the_old_ones_and_end_other_sessions(app: App, browser: Browser) -> None:
    john = other(browser)
    john.submit(password(john), factor_code=app.code(john))
    page = john.get(f"{ACCOUNT}/factors")
    form = {"form_token": john.cookies["__Host-gatehouse.form"]}
    shown = john.send("POST", f"{ACCOUNT}/factors/recovery", form)
    new = second_factors.codes_in(shown)

    assert page.status == shown.status == 200
    assert len(new) == 10
    assert not set(new) & set(app.recovery)
    assert (is_signed_in(john), is_signed_in(browser)) == (True, False)
    again = other(browser)
    assert again.submit(password(again), factor_code=app.recovery[0]).status == 400
    assert again.submit(again.get(f"{ACCOUNT}/second-step"), factor_code=new[0]).status == 303


def test_five_tries_end_the_half_finished_sign_in(app: App, browser: Browser) -> None:
    john = other(browser)
    step = password(john)
    for _ in range(5):
        john.submit(step, factor_code="000000")

    assert "Sign in again" in john.submit(step, factor_code=app.code(john)).body
    assert john.get(f"{ACCOUNT}/second-step").location.startswith("/t/johnsorg/signin")
    assert not is_signed_in(john)


def test_wrong_codes_lock_the_second_factor_across_browsers_and_right_passwords(app: App, browser: Browser) -> None:
    thief = other(browser)
    for _ in range(5):
        thief.submit(password(thief), factor_code="000000")
    john = other(browser)
    refused = john.submit(password(john), factor_code=app.code(john))

    assert refused.status == 400
    assert "Too many wrong codes" in refused.body

    later(browser, 61)
    john = other(browser)
    assert john.submit(password(john), factor_code=app.code(john)).status == 303, "the lock is over"


def test_wrong_codes_are_forgotten_neither_by_a_password_nor_in_an_hour(app: App, browser: Browser) -> None:
    for _ in range(4):
        thief = other(browser)
        thief.submit(password(thief), factor_code="000000")
        later(browser, 3700)
    thief = other(browser)
    thief.submit(password(thief), factor_code="000000")
    john = other(browser)

    assert john.submit(password(john), factor_code=app.code(john)).status == 400


def test_guesses_at_once_have_five_tries_together(app: App, browser: Browser, transport: RecordingTransport) -> None:
    """The right code, looked at before five wrong ones were counted, does not count after them."""
    thief = other(browser)
    steps = [(one, password(one)) for one in (other(browser) for _ in range(5))]
    mine = password(thief)

    def guess() -> None:
        for one, step in steps:
            one.submit(step, factor_code="000000")

    transport.before("DeleteItem", guess)

    assert thief.submit(mine, factor_code=app.code(thief)).status == 400
    assert not is_signed_in(thief)


def test_a_password_before_a_second_factor_forgives_no_wrong_passwords(app: App, browser: Browser) -> None:
    thief = other(browser)
    for _ in range(9):
        attempt(thief, "john@gmail.com", "wrong")
    attempt(thief, "john@gmail.com")
    attempt(thief, "john@gmail.com", "wrong")
    john = other(browser)

    assert attempt(john, "john@gmail.com").status == 400, "the account is locked"
    del app


def test_the_half_finished_sign_in_ends_after_ten_minutes(app: App, browser: Browser) -> None:
    john = other(browser)
    step = password(john)
    later(john, 601)

    assert john.submit(step, factor_code=app.code(john)).location.startswith("/t/johnsorg/signin")


def test_it_belongs_to_one_request(app: App, browser: Browser) -> None:
    john = other(browser)
    path = john.sign_in(john.authorize()).location

    assert john.get(f"{path}&login_hint=other").location.startswith("/signin")
    assert john.submit(john.get(path), factor_code=app.code(john)).status == 303


def test_another_browser_cannot_go_on_with_it(app: App, browser: Browser) -> None:
    john, thief = other(browser), other(browser)
    step = password(john)
    thief.get("/t/johnsorg/signin")
    form = {**step.hidden, "form_token": thief.cookies["__Host-gatehouse.form"], "factor_code": app.code(john)}

    assert thief.send("POST", step.action, form).location.startswith("/t/johnsorg/signin")


def test_another_site_cannot_send_the_form(app: App, browser: Browser) -> None:
    john = other(browser)
    step = password(john)
    form = {**step.hidden, "factor_code": app.code(john)}

    assert john.send("POST", step.action, form, **{"sec-fetch-site": "cross-site"}).status == 400


def test_a_change_of_password_meanwhile_ends_it(app: App, browser: Browser) -> None:
    john = other(browser)
    step = password(john)
    form = browser.get(f"{ACCOUNT}/password")
    browser.submit(form, password=factories.PASSWORD, new_password="seven purple walruses")

    assert john.submit(step, factor_code=app.code(john)).location.startswith("/t/johnsorg/signin")


def test_removing_the_app_ends_other_sessions_and_is_told_by_mail(app: App, browser: Browser, office: Office) -> None:
    john = other(browser)
    john.submit(password(john), factor_code=app.code(john))
    removed = john.submit(john.get(f"{ACCOUNT}/factors"))

    assert removed.location == f"{ACCOUNT}/factors"
    assert [mail.subject for mail in office.run()] == ["Your account at Johns Org was changed"]
    assert (is_signed_in(john), is_signed_in(browser)) == (True, False)
    assert attempt(other(browser), "john@gmail.com").location == ACCOUNT


def test_account_pages_ask_for_a_fresh_sign_in(app: App, browser: Browser) -> None:
    later(browser, 601)

    asked = browser.get(f"{ACCOUNT}/factors")
    step = password(browser, asked.location)

    assert asked.location == "/t/johnsorg/signin?page=factors"
    assert browser.submit(step, factor_code=app.code(browser)).location == f"{ACCOUNT}/factors"


def test_no_secret_of_an_app_is_stored_in_clear(app: App, tables: Tables, transport: RecordingTransport) -> None:
    del tables
    stored = [str(transport.call_uncounted("Scan", {"TableName": name})["Items"]) for name in ("directory", "grants")]

    assert not any(repr(app.secret) in text or code in text for text in stored for code in app.recovery)


def test_pages_of_another_organisation_know_nothing_of_it(app: App, browser: Browser, pages: SignInPages) -> None:
    del pages, app
    john = other(browser)
    password(john)

    assert john.get("/t/nobody/account/second-step").status == 400


def test_wrong_codes_that_lock_are_told_by_mail_once(app: App, browser: Browser, office: Office) -> None:
    """Whoever typed them knows the password."""
    thief = other(browser)
    for _ in range(4):
        thief.submit(password(thief), factor_code="000000")
    assert office.run() == []

    thief.submit(password(thief), factor_code="000000")
    (mail,) = office.run()
    assert "The right password was followed by several wrong codes" in mail.text

    later(thief, 3600)
    thief.submit(password(thief), factor_code="000000")
    assert office.run() == []
    del app


def test_guesses_at_once_lock_and_tell_once(
    app: App, browser: Browser, office: Office, transport: RecordingTransport
) -> None:
    thief = other(browser)
    for _ in range(4):
        thief.submit(password(thief), factor_code="000000")
    second = other(browser)
    step = password(second)
    transport.before("TransactWriteItems", lambda: second.submit(step, factor_code="000000"))

    thief.submit(password(thief), factor_code="000000")

    assert len(office.run()) == 1
    del app
