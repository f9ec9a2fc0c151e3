"""A forgotten password is replaced over the mailbox: who gets a link, and what it ends."""

from typing import Any

import pytest

from gatehouse.domain.accounts import jobs, quotas
from gatehouse.domain.accounts.mails import Mail
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal import members
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.mail_counter import DynamoDBMailCounter
from gatehouse.storage.members import DynamoDBMembers
from tests import factories
from tests.factories import NOW
from tests.unit.endpoints.signin.browser import Browser, attempt, authorization
from tests.unit.endpoints.signin.mail_sender import NEW, Office, audit_entries, choose, path_in, recover


@pytest.mark.usefixtures("open_web")
def test_a_source_asks_for_twenty_mails_and_no_more(browser: Browser) -> None:
    pages = [recover(browser, f"user{number}") for number in range(21)]

    assert [page.status for page in pages] == [303] * 20 + [429]


@pytest.mark.parametrize("page", ["/t/johnsorg/recover", "/recover"])
def test_a_forgotten_password_is_replaced_over_the_mailbox(browser: Browser, office: Office, page: str) -> None:
    assert recover(browser, "john@gmail.com@johnsorg", page).status == 303
    (mail,) = office.run()
    assert mail.to == "john@gmail.com"

    assert "Your password is changed" in choose(browser, path_in(mail)).body
    assert attempt(browser, "john@gmail.com").status == 400
    assert attempt(browser, "john@gmail.com", NEW).status == 303


def test_a_long_username_is_recovered_too(browser: Browser, office: Office, web: DirectoryWriter) -> None:
    username = "a" * 500
    web.save_user(factories.user(user_id="user-a", username=username, email="a@example.com"))

    assert recover(browser, f"{username}@johnsorg", "/recover").status == 303

    assert [mail.to for mail in office.run()] == ["a@example.com"]


def test_the_title_of_the_page_says_that_something_is_wrong(browser: Browser) -> None:
    page = recover(browser, "")

    assert (page.status, "<title>Error: Forgotten password" in page.body) == (400, True)


def test_recovery_lifts_the_lock(browser: Browser, office: Office) -> None:
    for _ in range(10):
        attempt(browser, "john@gmail.com", "wrong")
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))

    assert attempt(browser, "john@gmail.com", NEW).status == 303


def test_recovery_kills_what_was_issued_before(browser: Browser, office: Office, service: Any, call: Any) -> None:
    issued = service.password(scope="read").json
    attempt(browser, "john@gmail.com")
    thief = dict(browser.cookies)
    browser.now_ms += 1_000
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))

    assert service.refresh(issued["refresh_token"]).json["error"] == "invalid_grant"
    with pytest.raises(Exception, match="Unauthorized"):
        call(issued["access_token"], "GET", "/orders")
    browser.cookies = thief
    assert browser.get("/t/johnsorg/account").location == "/t/johnsorg/signin"


@pytest.mark.parametrize("username", ["nobody", "a@b@c@d", "peter"])
def test_whoever_cannot_be_mailed_gets_the_same_page_and_no_mail(
    browser: Browser, office: Office, web: DirectoryWriter, username: str
) -> None:
    web.add_user(factories.user(user_id="user-peter", username="peter"))

    page = recover(browser, username)

    assert (page.status, page.location) == (303, "/t/johnsorg/account/sent")
    assert office.run() == []


def test_a_disabled_user_gets_no_mail(browser: Browser, office: Office, web: DirectoryWriter) -> None:
    web.save_user(factories.user(is_active=False))
    recover(browser, "john@gmail.com")

    assert office.run() == []


@pytest.mark.parametrize("path", ["/t/johnsorg/account/set-password", "/t/johnsorg/account/set-password?link=x"])
def test_a_guessed_link_opens_nothing(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 400


def test_f_19_no_link_is_stored_in_clear(browser: Browser, office: Office, dump: Any) -> None:
    recover(browser, "john@gmail.com")
    secret = path_in(office.run()[0]).partition("link=")[2]

    assert secret not in str(dump())


def test_the_recovery_page_of_an_authorization_request_comes_back_to_it(browser: Browser) -> None:
    query = browser.authorize().location.partition("?")[2]

    page = browser.get(f"/recover?{query}")

    assert f"/signin?{query}".replace("&", "&amp;") in page.body
    assert authorization()["state"] in query


def test_the_audit_log_says_that_a_password_was_reset_and_a_lock_lifted(
    browser: Browser, office: Office, dump: Any
) -> None:
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))
    office.run()  # the notice of the first reset
    browser.now_ms += 1_000
    for _ in range(10):
        attempt(browser, "john@gmail.com", "wrong")
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))

    assert audit_entries(dump) == [
        ("john@gmail.com", "password.reset", "john@gmail.com", ""),
        ("john@gmail.com", "password.reset", "john@gmail.com", "lock lifted"),
    ]


def test_a_changed_password_ends_the_links_that_were_asked_for_before(browser: Browser, office: Office) -> None:
    recover(browser, "john@gmail.com")
    (old,) = office.run()
    recover(browser, "john@gmail.com")
    (other,) = office.run()
    browser.now_ms += 2_000
    assert "Your password is changed" in choose(browser, path_in(other)).body

    assert choose(browser, path_in(old)).status == 400
    assert attempt(browser, "john@gmail.com", NEW).status == 303


def test_a_mail_that_could_not_be_sent_does_not_count(browser: Browser, office: Office, tables: Tables) -> None:
    def refuse(mail: Mail) -> None:
        raise OSError(f"no connection for {mail.to}")

    recover(browser, "john@gmail.com")
    office.box.send = refuse

    with pytest.raises(OSError, match="no connection"):
        office.run()

    assert DynamoDBMailCounter(tables).find_mails("johnsorg", "john@gmail.com", NOW) == 0


def silence(browser: Browser, office: Office, times: int) -> list[str]:
    """Let a stranger ask for new passwords of John's, as often as mails are sent and more."""
    for _ in range(times):
        browser.now_ms += 1
        recover(browser, "john@gmail.com")
    office.now_ms = browser.now_ms
    return [mail.subject for mail in office.run()]


def test_a_stranger_who_uses_up_the_mails_of_an_address_does_not_silence_what_tells_of_a_change(
    browser: Browser, office: Office
) -> None:
    recover(browser, "john@gmail.com")
    link = path_in(office.run()[0])
    assert len(silence(browser, office, 8)) == quotas.most("mails") - 1
    assert silence(browser, office, 1) == []

    choose(browser, link)

    assert [mail.to for mail in office.run()] == ["john@gmail.com"]


def test_a_stranger_who_uses_up_the_mails_of_an_address_keeps_nobody_from_a_demanded_second_factor(
    browser: Browser, office: Office, web: DirectoryWriter
) -> None:
    web.save_organisation(factories.organisation(second_factor=True))
    silence(browser, office, 8)
    browser.submit(browser.get(attempt(browser, "john@gmail.com").location))

    assert [mail.subject for mail in office.run()] == ["Set up a second factor for Johns Org"]


def test_the_links_that_a_member_asks_for_after_a_sign_in_flood_nobody(
    browser: Browser, office: Office, web: DirectoryWriter
) -> None:
    web.save_organisation(factories.organisation(second_factor=True))
    step = browser.get(attempt(browser, "john@gmail.com").location)
    for _ in range(8):
        browser.now_ms += 1
        browser.submit(step)

    assert len(office.run()) == quotas.most("mails")


def test_a_stranger_keeps_no_administrator_from_sending_a_link(
    browser: Browser, office: Office, tables: Tables, web: DirectoryWriter
) -> None:
    web.add_user(factories.user(user_id="user-ada", username="ada", roles=frozenset({"admin"})))
    silence(browser, office, 8)
    caller = Caller(
        organisation="johnsorg",
        user_id="user-ada",
        username="ada",
        roles=frozenset({"admin"}),
        scopes=frozenset(),
        at_ms=browser.now_ms,
    )
    store = DynamoDBMembers(tables)
    members.reset_password(store, caller, members.find(store, caller, "john@gmail.com"), "https://auth.example")

    assert [mail.to for mail in office.run()] == ["john@gmail.com"]


@pytest.mark.parametrize(("is_proven", "most"), [(True, quotas.most("notices")), (False, 0)])
def test_what_tells_of_changes_floods_nobody(
    browser: Browser, office: Office, web: DirectoryWriter, tables: Tables, is_proven: object, most: int
) -> None:
    """Other organisations have sent all that an address gets: one that nobody proved gets no more."""
    user = factories.user(user_id="user-eve", username="eve@x.example", email_verified=bool(is_proven))
    web.add_user(user)
    for _ in range(quotas.most("mails-in-all")):
        DynamoDBMailCounter(tables).count_mail(jobs.ALL_ORGANISATIONS, "eve@x.example", browser.now_ms // 1000)

    for number in range(quotas.most("notices") + 5):
        job = jobs.notice(user, "factors removed", "https://auth.example/t/johnsorg", browser.now_ms + number)
        office.sender.run(job, browser.now_ms + number)

    assert len(office.box.mails) == most
