"""What only makes later sign-ins easier fails no sign-in: it was proved already, and a code cannot be used twice."""

import logging
from copy import replace

import pytest

from gatehouse.bootstrap import signin
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.faulty_transport import Fault, FaultyTransport
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import Office
from tests.unit.endpoints.signin.second_factors import enrol, later, password

JOHN = "john@gmail.com"
ACCOUNT = "/t/johnsorg/account"
COOKIE = "__Host-gatehouse.browser-johnsorg"


@pytest.fixture
def faulty(tables: Tables) -> FaultyTransport:
    return FaultyTransport(tables.transport)


@pytest.fixture
def person(
    web: DirectoryWriter, tables: Tables, pages: SignInPages, faulty: FaultyTransport, caplog: pytest.LogCaptureFixture
) -> Browser:
    """John's browser, before the first sign-in there, over a transport that fails on request."""
    assert web
    caplog.set_level(logging.WARNING, "gatehouse")
    settings = factories.settings(mail_from="login@auth.example")
    secrets = roles.RoleTransport(MemorySecrets(settings.factor_key_secret), "Signin")
    return Browser(signin.router(settings, pages, replace(tables, transport=faulty), secrets), pages)


def undone(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log says was left undone."""
    return [vars(one)["fields"]["step"] for one in caplog.records if one.message == "left undone"]


def is_signed_in(browser: Browser) -> bool:
    return browser.get(ACCOUNT).status == 200


def end_everything_else(person: Browser, faulty: FaultyTransport) -> list[str]:
    """Sign out everywhere else; return the calls of the form."""
    page = person.get(f"{ACCOUNT}/sessions")
    before = len(faulty.operations)
    assert person.submit(page, session="others").status == 303
    return faulty.operations[before:]


@pytest.mark.parametrize("fault", [Fault.NO_EFFECT, Fault.ANSWER_LOST], ids=lambda one: one.name)
def test_a_browser_that_cannot_be_remembered_is_signed_in(
    person: Browser, faulty: FaultyTransport, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    faulty.fail_next("Query", fault)

    assert attempt(person, JOHN).status == 303

    assert is_signed_in(person)
    assert COOKIE not in person.cookies
    assert undone(caplog) == ["remember the browser"]


def test_a_code_that_was_used_signs_in_whatever_fails_afterwards(
    person: Browser, office: Office, faulty: FaultyTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """Each call after the transaction of the second step fails once, at a new browser each."""
    app = enrol(person, office)

    def sign_in(failing: int | None = None) -> list[str]:
        later(person)
        fresh = replace(person, cookies={})
        step = password(fresh)
        start = len(faulty.operations)
        if failing is not None:
            faulty.fail_call(start + failing, Fault.NO_EFFECT)
        assert fresh.submit(step, factor_code=app.code(fresh), remember="on").status == 303
        calls = faulty.operations[start:]
        assert is_signed_in(fresh)
        return calls

    sign_in()
    calls = sign_in()
    after = range(calls.index("TransactWriteItems") + 1, len(calls))
    assert calls[after[1] :] == ["Query", "BatchGetItem", "PutItem"]
    for number in after:
        sign_in(number)

    assert faulty.injected == len(after)
    assert undone(caplog) == ["forgive wrong passwords", *["remember the browser"] * (len(after) - 1)]


@pytest.mark.parametrize(("back", "step"), [(1, "find the browser"), (0, "remember the browser")])
def test_a_change_that_was_stored_is_answered_although_the_browser_cannot_be_remembered(
    person: Browser, faulty: FaultyTransport, back: int, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    attempt(person, JOHN)
    calls = end_everything_else(person, faulty)
    query = len(calls) - 1 - calls[::-1].index("Query")
    page = person.get(f"{ACCOUNT}/sessions")
    faulty.fail_call(len(faulty.operations) + query - back, Fault.NO_EFFECT)

    assert person.submit(page, session="others").status == 303

    assert is_signed_in(person)
    assert undone(caplog) == [step]
