"""Forms behind one-time links whose answer is lost: sending the form again completes it, and nothing is burnt."""

from collections.abc import Callable
from copy import replace
from dataclasses import dataclass
from typing import Any

import pytest

from gatehouse.bootstrap import signin
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.answers import Answer
from tests.faulty_transport import Fault, FaultyTransport
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.mail_sender import NEW, Office, path_in, recover, sign_up

OTHER = "eight orange walruses"
CALLS_MAX = 14
"""More calls than any of the forms makes; a fault at a later one is never met, and a test says so."""


@dataclass
class LinkedForm:
    """A form behind a link: how its mail is asked for, what is typed, who signs in afterwards."""

    ask: Callable[[Browser], object]
    fields: dict[str, str]
    login: str
    page: str = "/t/johnsorg/signin"


FLOWS = {
    "recovery": LinkedForm(lambda browser: recover(browser, "john@gmail.com"), {"new_password": NEW}, "john@gmail.com"),
    "sign-up": LinkedForm(sign_up, {"new_password": NEW}, "anna@example.com"),
    "organisation": LinkedForm(
        lambda browser: browser.submit(browser.get("/signup/organisation"), email="anna@example.com", name="Anna"),
        {"name": "Annas Org", "key": "annas", "new_password": NEW},
        "anna@example.com@annas",
        "/signin",
    ),
}


@pytest.fixture
def faulty(tables: Tables) -> FaultyTransport:
    return FaultyTransport(tables.transport)


@pytest.fixture
def visitor(open_web: DirectoryWriter, tables: Tables, pages: SignInPages, faulty: FaultyTransport) -> Browser:
    assert open_web
    settings = factories.settings(mail_from="login@auth.example", organisation_sign_up=True)
    return Browser(signin.router(settings, pages, replace(tables, transport=faulty)), pages)


def is_done(page: Answer) -> bool:
    return page.status == 200 and "new_password" not in page.body


def signs_in(browser: Browser, flow: LinkedForm, password: str) -> bool:
    fresh = replace(browser, cookies={})
    return fresh.submit(fresh.get(flow.page), username=flow.login, password=password).status == 303


@pytest.mark.sampled(5)
@pytest.mark.parametrize("number", range(CALLS_MAX))
@pytest.mark.parametrize("fault", [Fault.NO_EFFECT, Fault.ANSWER_LOST, Fault.SENT_TWICE], ids=lambda one: one.name)
@pytest.mark.parametrize("name", FLOWS)
def test_a_form_that_failed_anywhere_is_completed_by_sending_it_again(
    visitor: Browser, office: Office, faulty: FaultyTransport, name: str, fault: Fault, number: int
) -> None:
    flow = FLOWS[name]
    flow.ask(visitor)
    form = visitor.get(path_in(office.run()[0]))
    faulty.fail_call(len(faulty.operations) + number, fault)

    first = visitor.submit(form, **flow.fields)

    assert first.status == 503 or is_done(first)
    assert fault is not Fault.SENT_TWICE or is_done(first)
    faulty.heal()
    if first.status == 503:
        assert is_done(visitor.submit(form, **flow.fields))
    assert signs_in(visitor, flow, NEW)


@pytest.mark.parametrize("name", FLOWS)
def test_no_form_makes_more_calls_than_are_tried(
    visitor: Browser, office: Office, faulty: FaultyTransport, name: str
) -> None:
    flow = FLOWS[name]
    flow.ask(visitor)
    form = visitor.get(path_in(office.run()[0]))
    before = len(faulty.operations)

    visitor.submit(form, **flow.fields)

    assert len(faulty.operations) - before <= CALLS_MAX


@pytest.mark.parametrize("name", FLOWS)
def test_a_link_that_was_used_is_dead_for_another_password_and_for_another_browser(
    visitor: Browser, office: Office, faulty: FaultyTransport, name: str
) -> None:
    flow = FLOWS[name]
    flow.ask(visitor)
    path = path_in(office.run()[0])
    form = visitor.get(path)
    stranger = replace(visitor, cookies={})
    theirs = stranger.get(path)
    faulty.fail_next("TransactWriteItems", Fault.ANSWER_LOST)
    assert visitor.submit(form, **flow.fields).status == 503

    other = visitor.submit(form, **{**flow.fields, "new_password": OTHER})
    foreign = stranger.submit(theirs, **flow.fields)

    assert (other.status, foreign.status) == (400, 400)
    assert visitor.get(path).status == 400
    assert not signs_in(visitor, flow, OTHER)
    assert signs_in(visitor, flow, NEW)


def test_an_organisation_whose_key_was_taken_meanwhile_leaves_the_link_as_it_was(
    visitor: Browser, office: Office, tables: Tables, faulty: FaultyTransport
) -> None:
    flow = FLOWS["organisation"]
    flow.ask(visitor)
    form = visitor.get(path_in(office.run()[0]))
    faulty.before(
        "TransactWriteItems", lambda: DirectoryWriter(tables).save_organisation(factories.organisation(key="annas"))
    )

    taken = visitor.submit(form, **flow.fields)

    assert (taken.status, "This key is taken" in taken.body) == (400, True)
    assert is_done(visitor.submit(taken, **{**flow.fields, "key": "annas-own"}))


FIRST = "Sign in with the new password first."


@pytest.mark.parametrize("fault", [Fault.NO_EFFECT, Fault.ANSWER_LOST], ids=lambda one: one.name)
def test_after_an_outage_of_a_password_change_the_page_says_to_sign_in_with_the_new_password_first(
    visitor: Browser, faulty: FaultyTransport, fault: Fault
) -> None:
    visitor.sign_in(visitor.get("/t/johnsorg/account"))
    form = visitor.get("/t/johnsorg/account/password")
    faulty.fail_next("TransactWriteItems", fault)

    page = visitor.submit(form, password=factories.PASSWORD, new_password=NEW)

    assert (page.status, FIRST in page.body) == (503, True)
    assert 'href="../signin"' in page.body
    assert signs_in(visitor, FLOWS["recovery"], NEW) is (fault is Fault.ANSWER_LOST)


def test_so_says_the_page_if_only_what_follows_the_change_failed(visitor: Browser, faulty: FaultyTransport) -> None:
    visitor.sign_in(visitor.get("/t/johnsorg/account"))
    form = visitor.get("/t/johnsorg/account/password")
    stored: list[int] = []
    call = faulty.call

    def fail_after_it(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if stored:
            raise TemporarilyUnavailableError("throttled")
        stored.extend([1] if operation == "TransactWriteItems" else [])
        return call(operation, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faulty, "call", fail_after_it)
        page = visitor.submit(form, password=factories.PASSWORD, new_password=NEW)

    assert (page.status, FIRST in page.body) == (503, True)
    assert signs_in(visitor, FLOWS["recovery"], NEW)


def test_so_says_the_page_of_a_reset(visitor: Browser, office: Office, faulty: FaultyTransport) -> None:
    flow = FLOWS["recovery"]
    flow.ask(visitor)
    form = visitor.get(path_in(office.run()[0]))
    faulty.fail_next("TransactWriteItems", Fault.ANSWER_LOST)

    page = visitor.submit(form, **flow.fields)

    assert (page.status, FIRST in page.body) == (503, True)


def test_an_outage_before_a_password_is_stored_promises_nothing(visitor: Browser, faulty: FaultyTransport) -> None:
    visitor.sign_in(visitor.get("/t/johnsorg/account"))
    form = visitor.get("/t/johnsorg/account/password")
    faulty.fail_next("BatchGetItem", Fault.NO_EFFECT)

    page = visitor.submit(form, password=factories.PASSWORD, new_password=NEW)

    assert (page.status, FIRST in page.body) == (503, False)
