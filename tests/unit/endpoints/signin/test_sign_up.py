"""Signing up, from the page over the job to the mailbox and back."""

import html
import re
from typing import Any

import pytest

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.jobs import DynamoDBJobs
from tests import factories
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import NEW, Office, choose, path_in, sign_up


@pytest.mark.usefixtures("open_web")
def test_signing_up_leads_over_the_mailbox_to_an_account(browser: Browser, office: Office) -> None:
    assert sign_up(browser).location == "/t/johnsorg/account/sent"
    (mail,) = office.run()
    assert mail.to == "anna@example.com"
    page = choose(browser, path_in(mail))

    assert "Your account is created" in page.body
    assert attempt(browser, "anna@example.com", NEW).status == 303


@pytest.mark.usefixtures("open_web")
def test_signing_up_stands_in_the_audit_log(browser: Browser, office: Office, tables: Tables) -> None:
    sign_up(browser)
    choose(browser, path_in(office.run()[0]))

    (line,) = DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items
    assert (line.actor, line.action, line.detail) == ("anna@example.com", "member.sign-up", "")


def test_the_new_user_has_a_verified_address_and_no_roles(
    browser: Browser, office: Office, open_web: DirectoryWriter, service: Any, rotation: Any
) -> None:
    assert open_web and rotation  # noqa: PT018
    sign_up(browser)
    choose(browser, path_in(office.run()[0]))

    token = service.password("anna@example.com", NEW, scope="openid email profile delete").json
    told = service.post(b"", path="/userinfo", method="GET", authorization=f"Bearer {token['access_token']}").json

    assert token["scope"] == "email openid profile"
    assert (told["email"], told["email_verified"], told["name"]) == ("anna@example.com", True, "Anna")


@pytest.mark.parametrize("prefix", ["", "/t/johnsorg"])
def test_signing_up_goes_on_with_the_request_it_began_with(
    browser: Browser, office: Office, open_web: DirectoryWriter, prefix: str
) -> None:
    assert open_web
    signin = browser.authorize(f"{prefix}/authorize", prompt="create")
    browser.submit(browser.get(signin.location), email="anna@example.com", name="Anna")
    page = choose(browser, path_in(office.run()[0]))

    onward = html.unescape(page.body.partition('class="button" href="')[2].partition('"')[0])
    signed_in = browser.submit(browser.get(onward), username="anna@example.com", password=NEW)
    answer = browser.submit(browser.get(signed_in.location), decision="allow").answer
    assert answer["iss"] == f"https://auth.example{prefix}", "a client refuses the answer of another issuer (RFC 9207)"


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
def test_an_address_with_an_apostrophe_signs_up(browser: Browser, office: Office) -> None:
    sign_up(browser, "anna.o'brien@example.com")
    (mail,) = office.run()

    assert mail.to == "anna.o'brien@example.com"
    assert "awaits" not in choose(browser, path_in(mail)).body
    assert attempt(browser, "anna.o'brien@example.com", NEW).location == "/t/johnsorg/account"


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
    assert browser.submit(page, new_password="another password than that").status == 400


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
    assert browser.submit(page, new_password="another password than that").status == 400


@pytest.mark.usefixtures("open_web")
def test_two_sign_ups_for_one_address_make_one_account(browser: Browser, office: Office) -> None:
    sign_up(browser)
    sign_up(browser)
    first, second = (path_in(mail) for mail in office.run())
    choose(browser, first)

    assert choose(browser, second, "another password 7").status == 400
    assert attempt(browser, "anna@example.com", NEW).status == 303


def test_with_approval_the_account_waits(browser: Browser, office: Office, web: DirectoryWriter) -> None:
    web.save_organisation(factories.organisation(self_sign_up=True, sign_up_approval=True))
    sign_up(browser)

    page = choose(browser, path_in(office.run()[0]))

    assert "awaits the approval of an administrator" in page.body
    assert attempt(browser, "anna@example.com", NEW).status == 400


def test_whoever_is_let_in_gets_a_mail(office: Office, web: DirectoryWriter, tables: Tables) -> None:
    web.add_user(factories.user(user_id="user-anna", username="anna", email="anna@example.com", is_active=True))
    job = Job(
        job_id="one",
        kind="approved",
        organisation="johnsorg",
        issuer="https://auth.example/t/johnsorg",
        login="anna",
        created_at_ms=factories.NOW * 1000,
    )
    DynamoDBJobs(tables).enqueue("johnsorg", job)

    (mail,) = office.run()

    assert (mail.to, mail.subject) == ("anna@example.com", "Your account at Johns Org is approved")
    assert path_in(mail) == "/t/johnsorg/signin"


@pytest.mark.parametrize(
    ("name", "email", "wrong"),
    [
        pytest.param("Anna", "x@y", ["email"], id="address"),
        pytest.param("An\u202ena", "anna@example.com", ["name"], id="a name that turns the text around"),
        pytest.param("A" * 101, "", ["email", "name"], id="both"),
    ],
)
@pytest.mark.usefixtures("open_web")
def test_what_is_wrong_is_said_beside_its_field(browser: Browser, name: str, email: str, wrong: list[str]) -> None:
    page = browser.submit(browser.get("/t/johnsorg/signup"), name=name, email=email)

    assert page.status == 400
    assert sorted(re.findall(r'id="(\w+)-error"', page.body)) == wrong
    assert page.body.count('aria-invalid="true"') == len(wrong)
    assert "<title>Error: " in page.body


@pytest.mark.usefixtures("open_web")
def test_a_dead_link_leads_to_another(browser: Browser, office: Office) -> None:
    sign_up(browser)
    path = path_in(office.run()[0])
    choose(browser, path)

    page = browser.get(path)

    assert (page.status, "has expired, or was used already" in page.body) == (400, True)
    assert re.findall(r'href="\.\./(\w+)"', page.body) == ["signin", "recover", "signup"]


@pytest.mark.usefixtures("open_web")
def test_a_mailbox_is_not_flooded(browser: Browser, office: Office) -> None:
    for _ in range(7):
        sign_up(browser)

    assert len(office.run()) == 5


def test_an_operator_says_how_many_mails_an_address_gets(
    browser: Browser, office: Office, web: DirectoryWriter
) -> None:
    web.save_organisation(factories.organisation(self_sign_up=True, quotas={"mails": 2}))
    for _ in range(4):
        sign_up(browser)

    assert len(office.run()) == 2


@pytest.mark.usefixtures("open_web")
def test_a_mailbox_is_not_flooded_by_many_organisations_either(
    browser: Browser, office: Office, web: DirectoryWriter
) -> None:
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
    browser: Browser, office: Office, web: DirectoryWriter, name: str, told: str
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


def test_a_link_makes_no_account_after_sign_up_was_switched_off(
    browser: Browser, office: Office, open_web: DirectoryWriter
) -> None:
    sign_up(browser)
    (mail,) = office.run()
    page = browser.get(path_in(mail))
    open_web.save_organisation(factories.organisation(self_sign_up=False))

    assert browser.submit(page, new_password="another password than that").status == 400
    assert attempt(browser, "anna@example.com", NEW).status == 400


def test_administrators_are_told_of_a_sign_up_that_awaits_their_decision(
    browser: Browser, office: Office, open_web: DirectoryWriter
) -> None:
    open_web.save_organisation(
        factories.organisation(self_sign_up=True, sign_up_approval=True, request_mails="ada@x.example")
    )
    sign_up(browser)
    choose(browser, path_in(office.run()[0]))

    (mail,) = office.run()

    assert (mail.to, mail.subject) == ("ada@x.example", "Pending request at Johns Org")
    assert "https://auth.example/store/admin/inbox" in mail.text
