"""Creating an organisation: from the page over the mailbox to its first administrator."""

import re
from typing import Any

import pytest

from gatehouse.bootstrap import signin
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.mail_sender import NEW, Office, path_in

PATH = "/signup/organisation"


@pytest.fixture
def founder(web: DirectoryWriter, tables: Tables, pages: SignInPages) -> Browser:
    assert web
    more = {"mail_from": "login@auth.example", "organisation_sign_up": True, "process_cache_seconds": 60}
    settings = factories.settings(**more)
    return Browser(signin.router(settings, pages, tables), pages)


@pytest.fixture
def link(founder: Browser, office: Office) -> str:
    ask(founder)
    return path_in(office.run()[0])


def ask(browser: Browser, email: str = "anna@example.com", name: str = "Anna") -> Answer:
    return browser.submit(browser.get(PATH), email=email, name=name)


def found(browser: Browser, link: str, **overrides: str) -> Answer:
    return browser.submit(browser.get(link), **{"name": "Annas Org", "key": "annas", "new_password": NEW, **overrides})


def test_whoever_read_the_mail_names_the_organisation_and_administers_it(
    founder: Browser, link: str, tables: Tables, dump: Any
) -> None:
    page = found(founder, link)

    assert (page.status, "Sign in as anna@example.com@annas" in page.body) == (200, True)
    signed_in = founder.submit(founder.get("/signin"), username="anna@example.com@annas", password=NEW)
    assert signed_in.location == "/t/annas/account"
    directory = DynamoDBDirectory(tables, TtlCache(0))
    organisation, user = directory.find_organisation("annas"), directory.find_user("annas", "anna@example.com")
    assert organisation is not None
    expected = factories.organisation(
        key="annas", name="Annas Org", may_register_stages=False, shares_apis=False, generation=organisation.generation
    )
    assert organisation == expected
    assert user is not None
    assert (user.roles, user.email_verified) == ({"admin", "publisher"}, True)
    assert [item["action"]["S"] for item in dump("directory") if item["pk"]["S"].startswith("AUDIT#annas#")] == [
        "organisation.create"
    ]


def test_the_founders_name_is_stored_in_its_one_spelling(founder: Browser, office: Office, tables: Tables) -> None:
    ask(founder, name="Zoe\u0308")
    found(founder, path_in(office.run()[0]))

    user = DynamoDBDirectory(tables, TtlCache(0)).find_user("annas", "anna@example.com")

    assert user is not None
    assert user.display_name == "Zo\u00eb"


def test_the_pages_are_not_there_unless_the_deployment_has_them(browser: Browser) -> None:
    assert browser.get(PATH).status == 404
    assert browser.send("POST", PATH, {"email": "anna@example.com"}).status == 404
    assert browser.get(f"{PATH}/confirm?link=x").status == 404


def test_no_organisation_is_created_inside_another(founder: Browser) -> None:
    assert founder.get(f"/t/johnsorg{PATH}").status == 400


def test_the_mail_repeats_nothing_that_was_typed(founder: Browser, office: Office) -> None:
    ask(founder, name="Buy pills at evil example")
    (mail,) = office.run()

    assert "pills" not in mail.text + mail.subject


@pytest.mark.parametrize("email", ["", "anna", "anna@example", "a@b@example.com", "<x>@example.com"])
def test_an_address_that_cannot_be_one_is_refused(founder: Browser, office: Office, email: str) -> None:
    page = ask(founder, email)

    assert (page.status, 'role="alert"' in page.body) == (400, True)
    assert office.run() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"key": "an"}, "key", id="a short key"),
        pytest.param({"key": "4you"}, "key", id="a digit first"),
        pytest.param({"key": "annas.org"}, "key", id="a dot"),
        pytest.param({"key": "a@b"}, "key", id="an at sign"),
        pytest.param({"key": "x" * 64}, "key", id="a long key"),
        pytest.param({"key": "Admin"}, "key", id="reserved"),
        pytest.param({"key": "gatehouse-store"}, "key", id="our own name"),
        pytest.param({"key": "JohnsOrg"}, "key", id="taken, in another case"),
        pytest.param({"name": " "}, "name", id="no name"),
        pytest.param({"name": "x" * 101}, "name", id="a long name"),
        pytest.param({"new_password": "short"}, "new_password", id="a short password"),
        pytest.param({"new_password": "annas-is-best"}, "new_password", id="the key as password"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_link_stays(
    founder: Browser, link: str, wrong: dict[str, str], field: str
) -> None:
    page = found(founder, link, **wrong)

    assert page.status == 400
    assert re.search(rf'<input id="{field}"[^>]*aria-invalid="true"', page.body)
    assert found(founder, link).status == 200


def test_reserved_and_taken_keys_look_alike(founder: Browser, link: str) -> None:
    refusals = [found(founder, link, key=key).body.replace(key, "") for key in ("admin", "johnsorg")]

    assert re.findall("role=.alert.>([^<]+)", refusals[0]) == re.findall("role=.alert.>([^<]+)", refusals[1])


def test_a_link_makes_one_organisation(founder: Browser, link: str) -> None:
    form = founder.get(link)
    found(founder, link)

    again = founder.submit(form, name="Second", key="second", new_password=NEW)

    assert (again.status, "used already" in again.body) == (400, True)
    assert founder.get(link).status == 400


def test_a_link_to_found_chooses_no_password_and_the_other_way_round(founder: Browser, link: str) -> None:
    secret = link.partition("link=")[2]

    assert founder.get(f"/account/set-password?link={secret}").status == 400
    assert founder.get(f"/t/johnsorg/account/set-password?link={secret}").status == 400
    assert founder.get(f"{PATH}/confirm?link={'x' * 43}").status == 400


def test_an_address_gets_few_mails_and_a_source_asks_for_few(founder: Browser, office: Office) -> None:
    statuses = [ask(founder, f"anna{number}@example.com").status for number in range(6)]
    founder.source = "192.0.2.9"
    for _ in range(3):
        ask(founder, "anna@example.com")

    assert statuses == [303, 303, 303, 303, 303, 429]
    assert len(office.run()) == 8


def test_keys_cannot_be_tried_without_end(founder: Browser, link: str) -> None:
    statuses = {found(founder, link, key="johnsorg").status for _ in range(21)}

    assert statuses == {400, 429}


def test_a_form_of_another_site_is_refused(founder: Browser, link: str) -> None:
    secret = link.partition("link=")[2]

    assert founder.send("POST", PATH, {"email": "anna@example.com", "form_token": "forged"}).status == 400
    forged = {"link": secret, "form_token": "forged", "key": "annas", "name": "x", "new_password": NEW}
    assert founder.send("POST", f"{PATH}/confirm", forged).status == 400
