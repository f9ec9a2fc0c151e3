"""Mail domains: claimed by administrators, proven by DNS, and nobody's twice."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from gatehouse_cli import connections, stack
from gatehouse_cli.app import app
from typer.testing import CliRunner

from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts import mail_domains
from gatehouse.domain.kernel.paging import Window
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.mail_domains import DynamoDBMailDomains
from tests import factories
from tests.identity_provider import FakeProvider
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.admin.providers import BODY
from tests.unit.endpoints.admin.providers import provider as provider
from tests.unit.endpoints.admin.providers import store as store
from tests.unit.endpoints.members import ADMINISTRATOR, Admin, SignIn, admin_api
from tests.unit.endpoints.store.browser import StoreBrowser

PATH = "/mail-domains"
CLAIM = {"domain": "example.com", "providerId": "example"}
NAME = "_gatehouse.example.com"


@pytest.fixture
def admin(store: Store, sign_in: SignIn) -> Admin:
    """Ada, whose organisation has a provider."""
    call = admin_api(store, sign_in(factories.user(username="ada"), ADMINISTRATOR))
    assert call("POST", "/identity-providers", BODY).status == 201
    return call


@pytest.fixture
def root(store: Store, sign_in: SignIn) -> Admin:
    """The administrator of another organisation, with a provider of the same id."""
    call = admin_api(store, sign_in(factories.user(organisation="acme", username="root"), ADMINISTRATOR))
    assert call("POST", "/identity-providers", BODY).status == 201
    return call


def prove(admin: Admin, provider: FakeProvider, claim: Any = CLAIM) -> Any:
    """Claim a domain, put the record into DNS, and have it looked for."""
    made = admin("POST", PATH, claim)
    assert made.status == 201, made.body
    provider.texts[made.json["recordName"]] = [f'"{made.json["record"]}"']
    checked = admin("POST", f"{PATH}/{claim['domain']}/check")
    assert checked.status == 200, checked.body
    return checked.json


def leads_to(tables: Tables, domain: str = "example.com") -> str:
    found = DynamoDBMailDomains(tables).find_proof(domain)
    return found.organisation if found else ""


def test_a_claim_says_which_record_proves_it_and_does_nothing_before(admin: Admin, tables: Tables) -> None:
    made = admin("POST", PATH, {**CLAIM, "domain": " Example.COM "})

    assert (made.status, made.json["domain"], made.json["recordName"]) == (201, "example.com", NAME)
    assert made.json["record"].startswith("gatehouse-domain-verification=")
    assert admin("GET", PATH).json["list"] == [made.json]
    assert made.json["proven"] is False
    assert leads_to(tables) == ""


def test_the_record_proves_it(admin: Admin, provider: FakeProvider, tables: Tables) -> None:
    proven = prove(admin, provider)

    assert proven["proven"] is True
    assert admin("GET", PATH).json["list"] == [proven]
    assert leads_to(tables) == "johnsorg"


@pytest.mark.parametrize(
    "texts", [None, [], ["v=spf1 -all"], ["gatehouse-domain-verification=another"]], ids=["name", "none", "spf", "old"]
)
def test_without_the_record_nothing_is_proven(
    admin: Admin, provider: FakeProvider, tables: Tables, texts: list[str] | None
) -> None:
    admin("POST", PATH, CLAIM)
    if texts is not None:
        provider.texts[NAME] = texts

    refused = admin("POST", f"{PATH}/example.com/check")

    assert (refused.status, NAME in refused.json["description"]) == (400, True)
    assert leads_to(tables) == ""


def test_a_long_record_comes_in_parts(admin: Admin, provider: FakeProvider, tables: Tables) -> None:
    record = admin("POST", PATH, CLAIM).json["record"]
    provider.texts[NAME] = ['"v=spf1 -all"', f'"{record[:20]}" "{record[20:]}"']

    assert admin("POST", f"{PATH}/example.com/check").status == 200
    assert leads_to(tables) == "johnsorg"


@pytest.mark.parametrize("fault", ["timeout", "connection", "unavailable", "limited"])
def test_a_resolver_that_cannot_be_asked_proves_nothing(
    admin: Admin, provider: FakeProvider, tables: Tables, fault: Any
) -> None:
    admin("POST", PATH, CLAIM)
    provider.fault = fault

    assert admin("POST", f"{PATH}/example.com/check").status == 503
    assert leads_to(tables) == ""


def test_a_resolver_that_does_not_know_proves_nothing(admin: Admin, provider: FakeProvider, tables: Tables) -> None:
    prove(admin, provider, {**CLAIM, "domain": "known.example.com"})
    provider.texts[NAME] = [admin("POST", PATH, CLAIM).json["record"]]
    provider.dns_status = 2

    assert admin("POST", f"{PATH}/example.com/check").status == 400
    assert leads_to(tables) == ""


def test_what_one_organisation_has_proven_no_other_claims(
    admin: Admin, root: Admin, provider: FakeProvider, tables: Tables
) -> None:
    prove(admin, provider)

    refused = root("POST", PATH, CLAIM)

    assert (refused.status, "Another organisation" in refused.json["description"]) == (409, True)
    assert root("GET", PATH).json["list"] == []
    assert leads_to(tables) == "johnsorg"


def test_of_two_that_claim_the_first_that_proves_it_has_it(
    admin: Admin, root: Admin, provider: FakeProvider, tables: Tables
) -> None:
    records = [one("POST", PATH, CLAIM).json["record"] for one in (admin, root)]
    provider.texts[NAME] = records

    assert root("POST", f"{PATH}/example.com/check").status == 200
    assert admin("POST", f"{PATH}/example.com/check").status == 409
    assert leads_to(tables) == "acme"


def test_of_two_proofs_at_once_one_counts(
    admin: Admin, root: Admin, provider: FakeProvider, tables: Tables, transport: RecordingTransport
) -> None:
    provider.texts[NAME] = [one("POST", PATH, CLAIM).json["record"] for one in (admin, root)]
    transport.before("TransactWriteItems", lambda: root("POST", f"{PATH}/example.com/check"))

    assert admin("POST", f"{PATH}/example.com/check").status == 409
    assert leads_to(tables) == "acme"


def test_a_claim_that_is_given_up_while_it_is_checked_is_not_proven(
    admin: Admin, provider: FakeProvider, tables: Tables, transport: RecordingTransport
) -> None:
    provider.texts[NAME] = [admin("POST", PATH, CLAIM).json["record"]]
    transport.before("TransactWriteItems", lambda: admin("DELETE", f"{PATH}/example.com"))

    assert admin("POST", f"{PATH}/example.com/check").status == 409
    assert leads_to(tables) == ""


def test_a_domain_that_is_given_up_is_free_for_others(
    admin: Admin, root: Admin, provider: FakeProvider, tables: Tables
) -> None:
    prove(admin, provider)

    assert admin("DELETE", f"{PATH}/example.com").status == 200
    assert admin("DELETE", f"{PATH}/example.com").status == 404
    assert admin("POST", f"{PATH}/example.com/check").status == 404
    assert leads_to(tables) == ""
    prove(root, provider)
    assert leads_to(tables) == "acme"


def test_whoever_gives_up_a_claim_takes_no_others_proof(
    admin: Admin, root: Admin, provider: FakeProvider, tables: Tables
) -> None:
    admin("POST", PATH, CLAIM)
    prove(root, provider)

    assert admin("GET", PATH).json["list"][0]["proven"] is False
    assert admin("DELETE", f"{PATH}/example.com").status == 200
    assert leads_to(tables) == "acme"


@pytest.mark.parametrize(
    "domain", ["", "localhost", "192.0.2.1", "exa mple.com", "-x.com", "x" * 250 + ".com", "é.com"]
)
def test_what_is_no_mail_domain_is_refused(admin: Admin, domain: str) -> None:
    assert admin("POST", PATH, {**CLAIM, "domain": domain}).status == 400


def test_a_domain_is_claimed_once_for_a_provider_that_is_there(admin: Admin) -> None:
    admin("POST", PATH, CLAIM)

    assert admin("POST", PATH, CLAIM).status == 409
    assert admin("POST", PATH, {"domain": "other.example", "providerId": "none"}).status == 400


def test_an_organisation_claims_twenty(admin: Admin) -> None:
    for index in range(mail_domains.CLAIMS_MAX):
        assert admin("POST", PATH, {**CLAIM, "domain": f"x{index}.example.com"}).status == 201

    assert admin("POST", PATH, CLAIM).status == 409


def test_changes_are_in_the_audit_log(admin: Admin, provider: FakeProvider, tables: Tables) -> None:
    prove(admin, provider)
    admin("DELETE", f"{PATH}/example.com")

    entries = DynamoDBAuditLog(tables).find_entries("johnsorg", Window(offset=0, limit=10)).items
    told = [(one.actor, one.action, one.target) for one in entries if one.action.endswith("-domain")]
    assert sorted(told) == [("ada", f"provider.{one}-domain", "example.com") for one in ("claim", "prove", "remove")]


def test_the_page_does_the_same(admin: Admin, browser: StoreBrowser, provider: FakeProvider, tables: Tables) -> None:
    path = "/store/admin/mail-domains"
    claimed = browser.follow(browser.post(path, {"action": "claim", **CLAIM}))
    record = admin("GET", PATH).json["list"][0]["record"]
    assert record in claimed.body
    refused = browser.post(path, {"action": "check", "domain": "example.com"})
    assert (refused.status, NAME in refused.body) == (400, True)

    provider.texts[NAME] = [record]
    assert "Proven" in browser.follow(browser.post(path, {"action": "check", "domain": "example.com"})).body
    assert leads_to(tables) == "johnsorg"
    browser.post(path, {"action": "remove", "domain": "example.com"})
    assert admin("GET", PATH).json["count"] == 0


def test_the_command_line_does_the_same(
    admin: Admin, tables: Tables, monkeypatch: pytest.MonkeyPatch, provider: FakeProvider
) -> None:
    found = stack.Stack(tables, "https://auth.example", "1", "eu-west-1", outside=provider)
    monkeypatch.setattr(connections, "connect", lambda _name: found)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["mail-domains", *arguments])

    claimed = json.loads(run("claim", "johnsorg", "example.com", "example", "--json").stdout)
    assert run("check", "johnsorg", "example.com").exit_code == 1
    provider.texts[NAME] = [claimed["record"]]
    assert json.loads(run("check", "johnsorg", "example.com", "--json").stdout)["proven"] is True
    assert [one["proven"] for one in json.loads(run("list", "johnsorg", "--json").stdout)] == [True]
    assert run("remove", "johnsorg", "example.com").exit_code == 0
    assert admin("GET", PATH).json["count"] == 0


def test_a_work_address_finds_the_organisation_at_the_store(
    admin: Admin, site: Site, tables: Tables, provider: FakeProvider
) -> None:
    stranger = StoreBrowser(site, tables)
    assert stranger.post("/store/signin", who="anna@example.com").status == 400
    prove(admin, provider)

    url = urlsplit(stranger.post("/store/signin", who="anna@example.com").location)

    query = dict(parse_qsl(url.query))
    assert url.path == "/t/johnsorg/authorize"
    assert (query["login_hint"], query["provider"]) == ("anna@example.com", "example")
    assert stranger.post("/store/signin", who="anna@other.example").status == 400
