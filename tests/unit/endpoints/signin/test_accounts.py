"""Sign-up, forgotten and changed passwords, from the page over the errand to the mailbox and back."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gatehouse.bootstrap import errands
from gatehouse.domain.mails import Mail
from gatehouse.storage.links import parse_errand
from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables
from tests import factories
from tests.unit.endpoints.signin.conftest import Browser, Page, authorization
from tests.unit.endpoints.signin.test_sign_in import attempt

NEW = "seven purple walruses"


@dataclass
class Mailbox:
    mails: list[Mail] = field(default_factory=list[Mail])

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@dataclass
class Office:
    """Runs the errands that the pages left, as the stream's function does."""

    dynamodb: Any
    correspondence: Any
    box: Mailbox
    now_ms: int
    done: set[str] = field(default_factory=set[str])

    def run(self) -> list[Mail]:
        self.box.mails.clear()
        for item in self.dynamodb.scan(TableName="grants")["Items"]:
            errand = parse_errand(item) if item["pk"]["S"].startswith("ERRAND#") else None
            if errand and errand.errand_id not in self.done:
                self.done.add(errand.errand_id)
                self.correspondence.run(errand, self.now_ms)
        return list(self.box.mails)


@pytest.fixture
def office(web: Registry, tables: Tables, dynamodb: Any) -> Office:
    assert web
    box, waits = Mailbox(), list[float]()
    correspondence = replace(errands.correspondence(factories.settings(), box, tables), sleep=waits.append)
    return Office(dynamodb, correspondence, box, factories.NOW * 1000)


@pytest.fixture
def open_web(web: Registry) -> Registry:
    web.save_organisation(factories.organisation(self_sign_up=True))
    return web


def path_in(mail: Mail) -> str:
    found = re.search(r"https://auth\.example(/\S+)", mail.text)
    assert found, mail.text
    return found[1]


def sign_up(browser: Browser, email: str = "anna@example.com", query: str = "") -> Page:
    return browser.submit(browser.get(f"/t/johnsorg/signup{query}"), email=email, name="Anna")


def recover(browser: Browser, username: str, page: str = "/t/johnsorg/recover") -> Page:
    return browser.submit(browser.get(page), username=username)


def choose(browser: Browser, path: str, password: str = NEW) -> Page:
    return browser.submit(browser.get(path), new_password=password)


@pytest.mark.usefixtures("open_web")
def test_signing_up_leads_over_the_mailbox_to_an_account(browser: Browser, office: Office) -> None:
    assert sign_up(browser).location == "/t/johnsorg/account/sent"
    (mail,) = office.run()
    assert mail.to == "anna@example.com"
    page = choose(browser, path_in(mail))

    assert "Your account is made" in page.body
    assert attempt(browser, "anna@example.com", NEW).status == 303


def test_the_new_user_has_a_verified_address_and_no_roles(
    browser: Browser, office: Office, open_web: Registry, service: Any, rotation: Any
) -> None:
    assert open_web and rotation  # noqa: PT018
    sign_up(browser)
    choose(browser, path_in(office.run()[0]))

    token = service.password("anna@example.com", NEW, scope="openid email profile delete").json
    told = service.post(b"", path="/userinfo", method="GET", authorization=f"Bearer {token['access_token']}").json

    assert token["scope"] == "email openid profile"
    assert (told["email"], told["email_verified"], told["name"]) == ("anna@example.com", True, "Anna")


def test_signing_up_goes_on_with_the_request_it_began_with(
    browser: Browser, office: Office, open_web: Registry
) -> None:
    assert open_web
    signin = browser.authorize(prompt="create")
    browser.submit(browser.get(signin.location), email="anna@example.com", name="Anna")
    page = choose(browser, path_in(office.run()[0]))

    assert "/t/johnsorg/authorize?response_type=code" in page.body


def test_sign_up_is_off_unless_the_organisation_allows_it(browser: Browser) -> None:
    assert browser.get("/t/johnsorg/signup").status == 400
    assert "/signup" not in browser.get("/t/johnsorg/signin").body
    assert browser.get("/signup").status == 400


@pytest.mark.usefixtures("open_web")
def test_a_taken_address_gets_the_same_page_and_another_mail(browser: Browser, office: Office) -> None:
    fresh, taken = sign_up(browser), sign_up(browser, "john@gmail.com")

    assert (fresh.status, fresh.location) == (taken.status, taken.location)
    mails = {mail.to: mail for mail in office.run()}
    assert "You have one already" in mails["john@gmail.com"].text
    assert "link=" not in mails["john@gmail.com"].text


@pytest.mark.usefixtures("open_web")
def test_taken_and_free_addresses_cost_the_same_calls(browser: Browser, transport: Any) -> None:
    costs: list[list[str]] = []
    for email in ("john@gmail.com", "anna@example.com"):
        page = browser.get("/t/johnsorg/signup")
        transport.operations.clear()
        browser.submit(page, email=email, name="A")
        costs.append(list(transport.operations))

    assert costs[0] == costs[1]


@pytest.mark.usefixtures("open_web")
@pytest.mark.parametrize(
    "email",
    [
        pytest.param("anna", id="no at"),
        pytest.param("anna@localhost", id="no dot"),
        pytest.param("anna@gmail.com@acme", id="another organisation"),
        pytest.param("a b@example.com", id="a space"),
        pytest.param("anna@example.com\r\nBcc: eve@evil.example", id="a header"),
        pytest.param("x" * 250 + "@example.com", id="overlong"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(browser: Browser, office: Office, email: str) -> None:
    assert sign_up(browser, email).status == 400
    assert office.run() == []


@pytest.mark.usefixtures("open_web")
def test_a_link_works_once(browser: Browser, office: Office) -> None:
    sign_up(browser)
    path = path_in(office.run()[0])
    page = browser.get(path)
    choose(browser, path)

    assert browser.get(path).status == 400
    assert browser.submit(page, new_password=NEW).status == 400


@pytest.mark.usefixtures("open_web")
def test_opening_a_link_does_not_use_it_up(browser: Browser, office: Office) -> None:
    sign_up(browser)
    path = path_in(office.run()[0])
    browser.get(path)

    assert browser.get(path).status == 200


@pytest.mark.usefixtures("open_web")
def test_f_10_a_link_ends_after_an_hour(browser: Browser, office: Office) -> None:
    sign_up(browser)
    path = path_in(office.run()[0])
    page = browser.get(path)
    browser.now_ms += 3_600_000

    assert browser.get(path).status == 400
    assert browser.submit(page, new_password=NEW).status == 400


@pytest.mark.usefixtures("open_web")
def test_two_sign_ups_for_one_address_make_one_account(browser: Browser, office: Office) -> None:
    sign_up(browser)
    sign_up(browser)
    first, second = (path_in(mail) for mail in office.run())
    choose(browser, first)

    assert choose(browser, second, "another password 7").status == 400
    assert attempt(browser, "anna@example.com", NEW).status == 303


def test_with_approval_the_account_waits(browser: Browser, office: Office, web: Registry) -> None:
    web.save_organisation(factories.organisation(self_sign_up=True, sign_up_approval=True))
    sign_up(browser)

    page = choose(browser, path_in(office.run()[0]))

    assert "has to let you in" in page.body
    assert attempt(browser, "anna@example.com", NEW).status == 400


@pytest.mark.usefixtures("open_web")
def test_a_mailbox_is_not_flooded(browser: Browser, office: Office) -> None:
    for _ in range(7):
        sign_up(browser)

    assert len(office.run()) == 5


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


def test_recovery_lifts_the_lock(browser: Browser, office: Office) -> None:
    for _ in range(10):
        attempt(browser, "john@gmail.com", "wrong")
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))

    assert attempt(browser, "john@gmail.com", NEW).status == 303


def test_recovery_kills_what_was_issued_before(browser: Browser, office: Office, service: Any, call: Any) -> None:
    issued = service.password(scope="read").json
    attempt(browser, "john@gmail.com")
    thief = dict(browser.jar)
    browser.now_ms += 1_000
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))

    assert service.refresh(issued["refresh_token"]).json["error"] == "invalid_grant"
    with pytest.raises(Exception, match="Unauthorized"):
        call(issued["access_token"], "GET", "/orders")
    browser.jar = thief
    assert browser.get("/t/johnsorg/account").location == "/t/johnsorg/signin"


def test_the_second_sweep_kills_what_was_being_issued_meanwhile_and_nothing_newer(
    browser: Browser, office: Office, service: Any, call: Any
) -> None:
    attempt(browser, "john@gmail.com")
    browser.now_ms += 1_000
    page = browser.get("/t/johnsorg/account/password")
    browser.submit(page, password=factories.PASSWORD, new_password=NEW)
    racing = service.password("john@gmail.com", NEW, scope="read").json
    service.now_ms += 1_000
    newer = service.password("john@gmail.com", NEW, scope="read").json
    office.run()

    with pytest.raises(Exception, match="Unauthorized"):
        call(racing["access_token"], "GET", "/orders")
    assert call(newer["access_token"], "GET", "/orders")["effect"] == "Allow"


@pytest.mark.parametrize("username", ["nobody", "a@b@c@d", "peter"])
def test_whoever_cannot_be_mailed_gets_the_same_page_and_no_mail(
    browser: Browser, office: Office, web: Registry, username: str
) -> None:
    web.add_user(factories.user(user_id="user-peter", username="peter"))

    page = recover(browser, username)

    assert (page.status, page.location) == (303, "/t/johnsorg/account/sent")
    assert office.run() == []


def test_a_disabled_user_gets_no_mail(browser: Browser, office: Office, web: Registry) -> None:
    web.save_user(factories.user(is_active=False))
    recover(browser, "john@gmail.com")

    assert office.run() == []


def test_changing_the_password_needs_the_present_one(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    page = browser.get("/t/johnsorg/account/password")

    refused = browser.submit(page, password="wrong", new_password=NEW)

    assert refused.status == 400
    assert "present password is wrong" in refused.body


def test_changing_the_password_keeps_this_browser_and_ends_the_others(browser: Browser, service: Any) -> None:
    issued = service.password().json
    attempt(browser, "john@gmail.com")
    other = dict(browser.jar)
    browser.jar.pop("__Host-gatehouse-johnsorg")
    attempt(browser, "john@gmail.com")
    browser.now_ms += 1_000
    page = browser.get("/t/johnsorg/account/password")

    changed = browser.submit(page, password=factories.PASSWORD, new_password=NEW)

    assert changed.location == "/t/johnsorg/account/done"
    assert browser.get("/t/johnsorg/account").status == 200
    browser.jar = other
    assert browser.get("/t/johnsorg/account").status == 303
    assert service.refresh(issued["refresh_token"]).status == 400


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
    browser: Browser, office: Office, web: Registry
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
    assert "Your account is made" in choose(browser, link, "1qaz2wsx3edc").body


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


def entries(dump: Any) -> list[tuple[str, str, str, str]]:
    items = sorted((item["pk"]["S"], item) for item in dump() if item["pk"]["S"].startswith("AUDIT#"))
    lines = [[item[name]["S"] for name in ("actor", "action", "target", "detail")] for _, item in items]
    return [(actor, action, target, detail) for actor, action, target, detail in lines]


def test_the_audit_log_says_who_changed_a_password(browser: Browser, dump: Any) -> None:
    attempt(browser, "john@gmail.com")
    page = browser.get("/t/johnsorg/account/password")
    browser.submit(page, password="wrong", new_password=NEW)
    browser.submit(page, password=factories.PASSWORD, new_password=NEW)

    assert entries(dump) == [("john@gmail.com", "password.change", "john@gmail.com", "")]
    assert NEW not in repr(dump())


def test_the_audit_log_says_that_a_password_was_reset_and_a_lock_lifted(
    browser: Browser, office: Office, dump: Any
) -> None:
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))
    browser.now_ms += 1_000
    for _ in range(10):
        attempt(browser, "john@gmail.com", "wrong")
    recover(browser, "john@gmail.com")
    choose(browser, path_in(office.run()[0]))

    assert entries(dump) == [
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


@pytest.mark.usefixtures("open_web")
def test_a_mailbox_is_not_flooded_by_many_organisations_either(browser: Browser, office: Office, web: Registry) -> None:
    for number in range(6):
        key = f"org{number}"
        web.save_organisation(factories.organisation(key=key, self_sign_up=True))
        for again in range(5):
            browser.source = f"192.0.2.{5 * number + again}"
            browser.submit(browser.get(f"/t/{key}/signup"), email="anna@example.com", name="Anna")

    assert len(office.run()) == 20


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("Acme Inc.", "Acme Inc.", id="a name"),
        pytest.param("Go to https://evil.example", "johnsorg", id="an address"),
        pytest.param("evil.example", "johnsorg", id="a host"),
        pytest.param("write to a@b", "johnsorg", id="a mail address"),
    ],
)
def test_an_organisations_name_is_no_link_in_a_mail(
    browser: Browser, office: Office, web: Registry, name: str, told: str
) -> None:
    web.save_organisation(factories.organisation(name=name, self_sign_up=True))
    sign_up(browser)

    (mail,) = office.run()

    assert mail.subject == f"Your account at {told}"
    assert f"your account at {told}," in mail.text
    assert "evil" not in mail.text


@pytest.mark.usefixtures("open_web")
@pytest.mark.parametrize("email", ["\u017fteve@example.com", "st\u00e9ve@example.com"])
def test_nobody_signs_up_by_an_address_whose_username_would_be_anothers(
    browser: Browser, office: Office, email: str
) -> None:
    """The long s folds into s: the mail would go to one mailbox, and the account be named as another."""
    assert sign_up(browser, email).status == 400
    assert office.run() == []
