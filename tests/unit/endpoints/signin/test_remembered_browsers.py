"""Browsers that skip the second factor for some days, and everything that they do not skip."""

import pytest

from gatehouse.domain.accounts import devices
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import audited, factories
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.conftest import redeem, web_client
from tests.unit.endpoints.signin.mail_sender import Office
from tests.unit.endpoints.signin.second_factors import App, enrol, later, password

ACCOUNT = "/t/johnsorg/account"
DAY = 86_400
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
MULTI_FACTOR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"


@pytest.fixture
def app(browser: Browser, office: Office) -> App:
    """John's app; his browser is remembered, and signed out."""
    made = enrol(browser, office)
    later(browser)
    step = password(browser)
    form = {**step.hidden, "factor_code": made.code(browser), "remember": "on"}
    assert browser.send("POST", step.action, form, **{"user-agent": FIREFOX}).status == 303
    later(browser)
    return made


def test_a_remembered_browser_skips_the_second_step_and_no_other_does(app: App, browser: Browser) -> None:
    assert attempt(browser, "john@gmail.com").location == ACCOUNT
    other = Browser(browser.router, browser.pages, browser.now_ms)
    assert "second-step" in attempt(other, "john@gmail.com").location
    del app


def test_a_wrong_code_leaves_the_box_ticked(app: App, browser: Browser) -> None:
    other = Browser(browser.router, browser.pages, browser.now_ms)
    step = password(other)
    ticked = 'name="remember" checked>'

    refused = [other.submit(step, factor_code="000000", **more).body for more in ({"remember": "on"}, {})]

    assert [ticked in one for one in (step.body, *refused)] == [False, True, False]
    del app


def test_it_does_not_skip_the_password(app: App, browser: Browser) -> None:
    assert attempt(browser, "john@gmail.com", "wrong").status == 400
    del app


def test_the_id_token_claims_no_second_factor(app: App, browser: Browser, service: TokenService) -> None:
    issued = redeem(service, browser.obtain_code(scope="openid read", prompt="select_account")["code"]).json
    described = service.post({"token": issued["access_token"]}, path="/introspect").json

    assert (described["amr"], "acr" in described) == (["pwd"], False)
    del app


@pytest.mark.parametrize(
    "asked", [{"prompt": "login"}, {"max_age": "0"}, {"acr_values": MULTI_FACTOR}], ids=["login", "max_age", "acr"]
)
def test_a_request_that_asks_for_more_is_not_skipped(app: App, browser: Browser, asked: dict[str, str | None]) -> None:
    attempt(browser, "john@gmail.com")
    page = browser.authorize(**asked)
    if "/signin" in page.location:
        page = browser.get(browser.sign_in(page).location)

    assert "second-step" in page.location
    step = browser.get(page.location)
    assert "Allow" in browser.get(browser.submit(step, factor_code=app.code(browser)).location).body


def test_a_second_factor_that_is_proved_later_prolongs_no_session(app: App, browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    later(browser, 7 * 3600)
    step = browser.get(browser.get(f"{ACCOUNT}/password").location)
    done = browser.submit(step, factor_code=app.code(browser))
    shown = browser.get(done.location)
    later(browser, 3600)

    assert (done.location, shown.status) == (f"{ACCOUNT}/password", 200)
    assert browser.get(ACCOUNT).status == 303


def test_an_application_that_demands_it_is_not_skipped(app: App, browser: Browser, web: DirectoryWriter) -> None:
    web.save_client(web_client(second_factor=True))
    attempt(browser, "john@gmail.com")

    assert "second-step" in browser.authorize().location
    del app


def test_an_organisation_that_demands_it_is_satisfied(
    app: App, browser: Browser, web: DirectoryWriter, service: TokenService
) -> None:
    web.save_organisation(factories.organisation(second_factor=True))
    issued = redeem(service, browser.obtain_code(prompt="select_account")["code"]).json

    assert service.refresh(issued["refresh_token"]).status == 200
    del app


def test_account_pages_are_not_skipped(app: App, browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    asked = browser.get(f"{ACCOUNT}/factors")

    assert asked.location == "/t/johnsorg/account/second-step?page=factors"
    step = browser.get(asked.location)
    assert browser.submit(step, factor_code=app.code(browser)).location == f"{ACCOUNT}/factors"


def test_it_ends_after_the_days_of_the_organisation(app: App, browser: Browser, web: DirectoryWriter) -> None:
    later(browser, 29 * DAY)
    assert attempt(browser, "john@gmail.com").location == ACCOUNT
    web.save_organisation(factories.organisation(remembered_browser_days=28))
    assert "second-step" in attempt(browser, "john@gmail.com").location, "fewer days hold at once"
    web.save_organisation(factories.organisation())
    later(browser, DAY)
    assert "second-step" in attempt(browser, "john@gmail.com").location
    del app


def test_the_account_page_says_until_when_by_the_days_of_today(
    app: App, browser: Browser, web: DirectoryWriter
) -> None:
    ends = "since 15 January 2027, until"
    before = browser.get(f"{ACCOUNT}/factors").body
    web.save_organisation(factories.organisation(remembered_browser_days=7))

    assert f"{ends} 14 February 2027" in before
    assert f"{ends} 22 January 2027" in browser.get(f"{ACCOUNT}/factors").body
    del app


def test_more_days_of_the_organisation_prolong_nothing(browser: Browser, office: Office, web: DirectoryWriter) -> None:
    web.save_organisation(factories.organisation(remembered_browser_days=1))
    made = enrol(browser, office)
    later(browser)
    browser.submit(password(browser), factor_code=made.code(browser), remember="on")
    web.save_organisation(factories.organisation(remembered_browser_days=30))
    later(browser, DAY + 1)

    assert "second-step" in attempt(browser, "john@gmail.com").location


def test_an_organisation_may_let_none_skip_it(app: App, browser: Browser, web: DirectoryWriter) -> None:
    web.save_organisation(factories.organisation(remembered_browser_days=0))
    step = password(browser)

    assert "Skip this step" not in step.body
    assert browser.submit(step, factor_code=app.code(browser), remember="on").status == 303
    assert "second-step" in attempt(browser, "john@gmail.com").location


def test_a_changed_password_ends_it(app: App, browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    step = browser.get(browser.get(f"{ACCOUNT}/password").location)
    form = browser.get(browser.submit(step, factor_code=app.code(browser)).location)
    new = "seven purple walruses"
    browser.submit(form, password=factories.PASSWORD, new_password=new)

    assert "second-step" in attempt(browser, "john@gmail.com", new).location


def test_after_a_recovery_code_no_browser_skips_it(app: App, browser: Browser) -> None:
    other = Browser(browser.router, browser.pages, browser.now_ms)
    done = other.submit(password(other), factor_code=app.recovery[0], remember="on")

    assert done.status == 303
    assert "second-step" in attempt(other, "john@gmail.com").location


def test_the_account_page_lists_and_forgets_it(app: App, browser: Browser, tables: Tables) -> None:
    page = browser.get(f"{ACCOUNT}/factors")
    assert "Firefox on Windows" in page.body
    browser_id = page.body.partition('name="browser" value="')[2][:16]
    browser.send("POST", f"{ACCOUNT}/factors/forget", {**page.hidden, "browser": browser_id})

    assert "Firefox on Windows" not in browser.get(f"{ACCOUNT}/factors").body
    john = "john@gmail.com"
    assert audited.lines(tables, "factor.forget-browser") == [(john, john, "Firefox on Windows")]
    assert "second-step" in attempt(browser, "john@gmail.com").location
    del app


def test_the_oldest_of_too_many_is_forgotten(app: App, browser: Browser) -> None:
    newest = browser
    for _ in range(20):
        newest = Browser(browser.router, browser.pages, browser.now_ms)
        newest.submit(password(newest), factor_code=app.code(newest), remember="on")
        later(browser)

    assert attempt(newest, "john@gmail.com").location == ACCOUNT
    assert "second-step" in attempt(browser, "john@gmail.com").location


def test_another_users_cookie_skips_nothing(app: App, browser: Browser, web: DirectoryWriter) -> None:
    web.add_user(factories.user(user_id="user-mary", username="mary@gmail.com", factors=frozenset({"totp"})))

    assert "second-step" in attempt(browser, "mary@gmail.com").location
    del app


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/146.0 Safari/537.36 Edg/146.0", "Edge on Linux"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/146.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
        ("<script>" * 1000, "A browser"),
    ],
)
def test_browsers_are_described_in_words_of_ours(user_agent: str, expected: str) -> None:
    assert devices.describe(user_agent) == expected
