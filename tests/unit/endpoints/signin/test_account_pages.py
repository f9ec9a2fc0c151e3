"""Account pages: active sessions, another e-mail address, and the mails that tell of changes."""

import pytest

from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.sign_in_history import DynamoDBSignInHistory
from tests import audited, factories
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import Office, choose, path_in, recover
from tests.unit.endpoints.signin.second_factors import enrol, later, password

ACCOUNT = "/t/johnsorg/account"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def other(browser: Browser) -> Browser:
    return Browser(browser.router, browser.pages, browser.now_ms)


def change(browser: Browser, address: str = "new@example.com") -> None:
    """Ask for the mail of another address."""
    asked = browser.submit(browser.get(f"{ACCOUNT}/email"), email=address)
    assert asked.location == f"{ACCOUNT}/sent"


def email(tables: Tables) -> tuple[str, bool]:
    user = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "john@gmail.com")
    assert user is not None
    return user.email, user.email_verified


def test_active_sessions_have_device_address_and_time(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    phone = other(browser)
    phone.source = "203.0.113.9"
    page = phone.get("/t/johnsorg/signin")
    form = {**page.hidden, "username": "john@gmail.com", "password": factories.PASSWORD}
    phone.send("POST", page.action, form, **{"user-agent": FIREFOX})
    shown = browser.get(f"{ACCOUNT}/sessions").body

    assert all(one in shown for one in ("Firefox on Windows", "203.0.113.9", "192.0.2.1", "(this one)"))
    assert "15 January 2027 08:00 UTC" in shown


def test_the_last_sign_ins_are_listed_with_what_was_proved(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    phone = other(browser)
    phone.submit(password(phone), factor_code=app.code(phone))
    shown = browser.get(f"{ACCOUNT}/sessions").body.partition("Last sign-ins")[2]

    assert shown.count("<li>") == 3  # the password, the enrolment, the phone
    assert shown.count("by password and code") == 2


def test_the_last_20_sign_ins_are_shown_the_newest_first(browser: Browser) -> None:
    for _ in range(22):
        attempt(browser, "john@gmail.com")
        later(browser, 60)
    shown = browser.get(f"{ACCOUNT}/sessions").body.partition("Last sign-ins")[2]

    assert shown.count("<li>") == 20
    assert shown.index("08:21 UTC") < shown.index("08:02 UTC")
    assert "08:01 UTC" not in shown


def test_asking_for_another_address_leaves_a_line(browser: Browser, tables: Tables) -> None:
    attempt(browser, "john@gmail.com")
    change(browser)

    assert audited.lines(tables, "member.request-email") == [("john@gmail.com", "john@gmail.com", "new@example.com")]


def test_one_session_is_ended_and_the_others_stay(browser: Browser) -> None:
    phone = other(browser)
    attempt(phone, "john@gmail.com")
    later(browser, 1)
    attempt(browser, "john@gmail.com")
    browser.submit(browser.get(f"{ACCOUNT}/sessions"))

    assert (phone.get(ACCOUNT).status, browser.get(ACCOUNT).status) == (303, 200)


def test_everything_else_is_ended_with_all_tokens(browser: Browser, service: TokenService) -> None:
    refresh_token = service.password().json["refresh_token"]
    phone = other(browser)
    attempt(phone, "john@gmail.com")
    attempt(browser, "john@gmail.com")
    browser.submit(browser.get(f"{ACCOUNT}/sessions"), session="others")

    assert (phone.get(ACCOUNT).status, browser.get(ACCOUNT).status) == (303, 200)
    assert service.refresh(refresh_token).refusal == (400, "invalid_grant")


def test_signing_out_everywhere_else_makes_no_old_sign_in_fresh(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    later(browser, 601)
    browser.submit(browser.get(f"{ACCOUNT}/sessions"), session="others")

    assert browser.get(f"{ACCOUNT}/email").location == "/t/johnsorg/signin?page=email"


def test_another_address_is_proved_by_its_mailbox_and_told_to_the_old_one(
    browser: Browser, office: Office, tables: Tables
) -> None:
    attempt(browser, "john@gmail.com")
    change(browser)
    (mail,) = office.run()
    assert (mail.to, email(tables)) == ("new@example.com", ("", False))
    phone = other(browser)
    attempt(phone, "john@gmail.com")
    done = browser.submit(browser.get(path_in(mail)))

    assert (done.location, email(tables)) == (ACCOUNT, ("new@example.com", True))
    assert [one.to for one in office.run()] == ["john@gmail.com"]
    assert (phone.get(ACCOUNT).status, browser.get(ACCOUNT).status) == (303, 200)
    recover(browser, "john@gmail.com")
    assert [one.to for one in office.run()] == ["new@example.com"]


def test_opening_the_link_changes_nothing_and_it_works_once(browser: Browser, office: Office, tables: Tables) -> None:
    attempt(browser, "john@gmail.com")
    change(browser)
    path = path_in(office.run()[0])
    browser.get(path)
    assert email(tables) == ("", False)
    browser.submit(browser.get(path))
    dead = browser.get(path)

    assert dead.status == 400
    assert f'<a class="button" href="{ACCOUNT}/email">Request a new link</a>' in dead.body


def test_the_link_alone_changes_nothing_for_somebody_else(browser: Browser, office: Office, tables: Tables) -> None:
    attempt(browser, "john@gmail.com")
    change(browser)
    stranger = other(browser)
    asked = stranger.get(path_in(office.run()[0]))

    assert asked.location.startswith("/t/johnsorg/signin?page=new-email&link=")
    assert email(tables) == ("", False)


@pytest.mark.parametrize("wrong", ["", "no address", "a@b", "a@b.c\nBcc: x@y.z", f"{'a' * 300}@example.com"])
def test_what_is_no_address_is_refused(browser: Browser, office: Office, wrong: str) -> None:
    attempt(browser, "john@gmail.com")

    refused = browser.submit(browser.get(f"{ACCOUNT}/email"), email=wrong)

    assert refused.status == 400
    assert f'value="{wrong}"' in refused.body
    assert office.run() == []


def test_an_old_session_signs_in_again_first(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    later(browser, 601)
    asked = browser.get(f"{ACCOUNT}/email")
    typed = browser.submit(browser.get(asked.location), username="john@gmail.com", password=factories.PASSWORD)

    assert asked.location == "/t/johnsorg/signin?page=email"
    assert typed.location == f"{ACCOUNT}/email"


def test_a_stolen_password_changes_no_address_of_who_has_a_second_factor(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    thief = other(browser)
    password(thief)

    assert thief.get(f"{ACCOUNT}/email").location == "/t/johnsorg/signin?page=email"
    assert thief.get(f"{ACCOUNT}/sessions").status == 303
    assert thief.submit(thief.get(f"{ACCOUNT}/second-step"), factor_code=app.code(thief)).status == 303
    assert thief.get(f"{ACCOUNT}/email").status == 200


def test_a_changed_password_is_told_by_mail(browser: Browser, office: Office) -> None:
    attempt(browser, "john@gmail.com")
    page = browser.get(f"{ACCOUNT}/password")
    browser.submit(page, password=factories.PASSWORD, new_password="seven purple walruses")

    assert ["password of your account at Johns Org was changed" in mail.text for mail in office.run()] == [True]


def test_a_password_that_a_link_set_is_told_by_mail(browser: Browser, office: Office) -> None:
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))

    (mail,) = office.run()
    assert "was set by a mailed link" in mail.text
    assert "https://auth.example/t/johnsorg/account" in mail.text


@pytest.mark.parametrize("path", ["factors/recovery", "factors/remove", "email/confirm"])
def test_a_change_of_the_account_is_no_sign_in(browser: Browser, office: Office, tables: Tables, path: str) -> None:
    app = enrol(browser, office)
    later(browser)
    browser.cookies.clear()
    browser.submit(password(browser), factor_code=app.code(browser))
    form = browser.get(f"{ACCOUNT}/factors").hidden
    if path == "email/confirm":
        change(browser)
        form = browser.get(path_in(office.run()[0])).hidden
    user = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "john@gmail.com")
    assert user
    before = DynamoDBSignInHistory(tables).find_sign_ins("johnsorg", user.user_id)
    later(browser, 590)

    assert browser.send("POST", f"{ACCOUNT}/{path}", form).status in {200, 303}

    assert browser.get(f"{ACCOUNT}/factors").status == 200
    later(browser, 20)
    assert browser.get(f"{ACCOUNT}/factors").location == "/t/johnsorg/signin?page=factors"
    assert DynamoDBSignInHistory(tables).find_sign_ins("johnsorg", user.user_id) == before
