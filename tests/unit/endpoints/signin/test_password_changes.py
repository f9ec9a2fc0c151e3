"""A user changes the password: what it asks for, refuses and ends."""

from typing import Any

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import NEW, Office, audit_entries, choose, path_in, sign_up
from tests.unit.endpoints.signin.second_factors import enrol, later


def test_changing_the_password_needs_the_present_one(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    page = browser.get("/t/johnsorg/account/password")

    refused = browser.submit(page, password="wrong", new_password=NEW)

    assert refused.status == 400
    assert "present password is wrong" in refused.body


def test_changing_the_password_keeps_this_browser_and_ends_the_others(browser: Browser, service: Any) -> None:
    issued = service.password().json
    attempt(browser, "john@gmail.com")
    other = dict(browser.cookies)
    browser.cookies.pop("__Host-gatehouse-johnsorg")
    attempt(browser, "john@gmail.com")
    browser.now_ms += 1_000
    page = browser.get("/t/johnsorg/account/password")

    changed = browser.submit(page, password=factories.PASSWORD, new_password=NEW)

    assert changed.location == "/t/johnsorg/account/done"
    assert browser.get("/t/johnsorg/account").status == 200
    browser.cookies = other
    assert browser.get("/t/johnsorg/account").status == 303
    assert service.refresh(issued["refresh_token"]).status == 400


def test_a_changed_password_is_no_fresh_sign_in_with_the_second_factor(browser: Browser, office: Office) -> None:
    """Who finds a browser signed in, and knows the password, has not proved the second factor."""
    enrol(browser, office)
    later(browser, 3600)
    page = browser.get("/t/johnsorg/account/password")
    changed = browser.submit(page, password=factories.PASSWORD, new_password=NEW)

    assert changed.location == "/t/johnsorg/account/done"
    assert browser.get("/t/johnsorg/account").status == 200
    assert browser.get("/t/johnsorg/account/factors").location == "/t/johnsorg/signin?page=factors"


def test_a_changed_password_prolongs_no_session(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    later(browser, 7 * 3600)
    browser.submit(browser.get("/t/johnsorg/account/password"), password=factories.PASSWORD, new_password=NEW)
    later(browser, 3600)

    assert browser.get("/t/johnsorg/account").status == 303


def test_the_password_page_needs_a_session(browser: Browser) -> None:
    assert browser.get("/t/johnsorg/account/password").location == "/t/johnsorg/signin"


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("short", id="short"),
        pytest.param("password123!", id="common, with an ending"),
        pytest.param("1qaz2wsx3edc", id="common"),
        pytest.param("aaaaaaaaaaaa", id="repeated"),
        pytest.param("john@gmail.com77", id="the username"),
        pytest.param("johnsorg-is-mine", id="the organisation"),
        pytest.param("x" * 257, id="overlong"),
    ],
)
def test_a_bad_password_is_refused_with_a_reason(browser: Browser, password: str) -> None:
    attempt(browser, "john@gmail.com")
    page = browser.get("/t/johnsorg/account/password")

    refused = browser.submit(page, password=factories.PASSWORD, new_password=password)

    assert refused.status == 400
    assert 'role="alert"' in refused.body
    assert attempt(browser, "john@gmail.com").status == 303


def test_the_organisation_says_how_long_a_password_is_and_whether_it_may_be_common(
    browser: Browser, office: Office, web: DirectoryWriter
) -> None:
    rules = {"password_minimum_characters": 12, "refuses_common_passwords": False}
    web.save_organisation(factories.organisation(self_sign_up=True, **rules))
    sign_up(browser)
    link = path_in(office.run()[0])
    attempt(browser, "john@gmail.com")
    page = browser.get("/t/johnsorg/account/password")

    too_short = choose(browser, link, "jolly-swan7")
    also = browser.submit(page, password=factories.PASSWORD, new_password="jolly-swan7")
    changed = browser.submit(page, password=factories.PASSWORD, new_password="1qaz2wsx3edc")

    assert "At least 12 characters" in page.body
    assert [one.status for one in (too_short, also)] == [400, 400]
    assert "at least 12 characters" in too_short.body
    assert changed.location.endswith("/account/done")
    assert "Your account is created" in choose(browser, link, "1qaz2wsx3edc").body


def test_the_audit_log_says_who_changed_a_password(browser: Browser, dump: Any) -> None:
    attempt(browser, "john@gmail.com")
    page = browser.get("/t/johnsorg/account/password")
    browser.submit(page, password="wrong", new_password=NEW)
    browser.submit(page, password=factories.PASSWORD, new_password=NEW)

    assert audit_entries(dump) == [("john@gmail.com", "password.change", "john@gmail.com", "")]
    assert NEW not in repr(dump())


def test_whoever_used_the_old_password_while_it_was_being_changed_is_out(
    browser: Browser, transport: RecordingTransport
) -> None:
    browser.sign_in(browser.get("/t/johnsorg/account"))
    thief = Browser(browser.router, browser.pages, now_ms=browser.now_ms + 60_000)  # by a clock that is ahead
    form = browser.get("/t/johnsorg/account/password")
    transport.before("TransactWriteItems", lambda: thief.sign_in(thief.get("/t/johnsorg/account")))

    changed = browser.submit(form, password=factories.PASSWORD, new_password=NEW)

    assert changed.location == "/t/johnsorg/account/done"
    assert "/signin" in thief.get("/t/johnsorg/account").location
    assert browser.get("/t/johnsorg/account").status == 200
