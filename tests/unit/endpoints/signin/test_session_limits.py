"""A user is signed in at a bounded number of browsers, and what ends a session is in the audit log (finding S15)."""

from urllib.parse import urlencode

import pytest

from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.sessions import DynamoDBSessions
from tests import factories
from tests.unit.endpoints.signin.browser import Browser, attempt

ACCOUNT = "/t/johnsorg/account"


def sign_in(browser: Browser, username: str = "john@gmail.com") -> dict[str, str]:
    """Sign in at a browser of its own, and return its cookies."""
    browser.cookies = {}
    browser.now_ms += 1000
    assert attempt(browser, username, factories.PASSWORD).status == 303
    return dict(browser.cookies)


def is_signed_in(browser: Browser, jar: dict[str, str]) -> bool:
    browser.cookies = dict(jar)
    return browser.get(ACCOUNT).status == 200


def ended(tables: Tables) -> list[tuple[str, str]]:
    lines = DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items
    return [(one.actor, one.detail) for one in lines if one.action == "member.end-session"]


def allow(web: DirectoryWriter, most: int) -> None:
    web.save_organisation(factories.organisation(quotas={"sessions": most}))


def test_the_oldest_browser_is_signed_out_where_there_would_be_too_many(
    browser: Browser, web: DirectoryWriter, tables: Tables
) -> None:
    allow(web, 2)
    first, second, third = (sign_in(browser) for _ in range(3))

    assert [is_signed_in(browser, one) for one in (first, second, third)] == [False, True, True]
    ((actor, detail),) = ended(tables)
    assert (actor, detail.endswith(", the oldest of 2")) == ("john@gmail.com", True)


def test_nobody_signs_somebody_else_out(browser: Browser, web: DirectoryWriter) -> None:
    allow(web, 1)
    web.add_user(factories.user(user_id="user-mary", username="mary@gmail.com"))
    john = sign_in(browser)
    sign_in(browser, "mary@gmail.com")

    assert is_signed_in(browser, john)


def test_sessions_that_expired_make_room_without_a_line(browser: Browser, web: DirectoryWriter, tables: Tables) -> None:
    """DynamoDB keeps what expired for days."""
    allow(web, 2)
    sign_in(browser)
    browser.now_ms += 40 * 86_400_000
    second, third = sign_in(browser), sign_in(browser)

    assert [is_signed_in(browser, one) for one in (second, third)] == [True, True]
    assert ended(tables) == []
    assert len(DynamoDBSessions(tables).find_sessions_of("johnsorg", "user-john")) == 2


def test_the_same_browser_takes_one_place(browser: Browser, web: DirectoryWriter, tables: Tables) -> None:
    allow(web, 2)
    other = sign_in(browser)
    sign_in(browser)
    for _ in range(3):
        assert attempt(browser, "john@gmail.com", factories.PASSWORD).status == 303

    assert is_signed_in(browser, other)
    assert ended(tables) == []


@pytest.mark.parametrize("path", ["/t/johnsorg/account/signout", "/t/johnsorg/logout"])
def test_signing_out_stands_in_the_audit_log_once(
    browser: Browser, web: DirectoryWriter, tables: Tables, path: str
) -> None:
    del web
    jar = sign_in(browser)
    (session,) = DynamoDBSessions(tables).find_sessions_of("johnsorg", "user-john")
    form = urlencode({"form_token": browser.cookies["__Host-gatehouse.form"]}).encode()

    answers = [browser.send("POST", path, form).status]
    browser.cookies = jar
    answers.append(browser.send("POST", path, form).status)

    assert all(status < 400 for status in answers)
    assert ended(tables) == [("john@gmail.com", session.session_id)]
    assert not is_signed_in(browser, jar)
