"""Second factors from the command line: for the last administrator, and where no mail brings a link."""

from copy import replace

import pytest
from gatehouse_cli import connections

from gatehouse.domain.accounts import links
from gatehouse.domain.accounts.identity_providers import FederatedLink
from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.accounts.remembered_browsers import KNOWN_SECONDS, RememberedBrowser
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.accounts.sign_in_history import SignInRecord
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.identity_providers import DynamoDBFederatedLinks
from gatehouse.storage.jobs import parse_job
from gatehouse.storage.links import DynamoDBLinks
from gatehouse.storage.remembered_browsers import DynamoDBRememberedBrowsers
from gatehouse.storage.second_factors import DynamoDBSecondFactors
from gatehouse.storage.sign_in_history import DynamoDBSignInHistory
from tests.factories import NOW
from tests.recording_transport import RecordingTransport
from tests.unit.cli.conftest import Operator, audited


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse_cli.moments.time.time_ns", lambda: NOW * 10**9)


def test_an_operator_resets_the_factors_of_the_last_administrator(johnsorg: Operator, tables: Tables) -> None:
    before = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert before is not None
    DirectoryWriter(tables).save_user(replace(before, factors=frozenset({"totp"})))

    assert johnsorg.json("users", "reset-factors", "johnsorg", "grace")["factors"] == []
    after = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert after is not None
    assert (after.factors, after.generation != before.generation) == (frozenset(), True)


def test_an_operator_prints_the_link_of_a_first_enrolment(johnsorg: Operator, tables: Tables) -> None:
    url = johnsorg.json("users", "create-enrolment-link", "johnsorg", "grace")["url"]
    link = DynamoDBLinks(tables).find_link("johnsorg", links.digest(url.partition("link=")[2]))

    assert "/t/johnsorg/account/enrol?link=" in url
    assert link is not None
    assert (link.purpose, link.expires_at) == ("enrol", NOW + 3600)
    assert ("operator", "factor.enrolment-link") in audited(tables)


def test_there_is_no_link_for_who_has_a_factor(johnsorg: Operator, tables: Tables) -> None:
    found = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert found is not None
    DirectoryWriter(tables).save_user(replace(found, factors=frozenset({"totp"})))

    assert "has a second factor" in johnsorg.run("users", "create-enrolment-link", "johnsorg", "grace").stderr


def test_an_organisation_demands_a_second_factor(johnsorg: Operator) -> None:
    options = ("--second-factor", "--second-factor-role", "admin", "--second-factor-grace-days", "0")
    shown = johnsorg.json("organisations", "configure", "johnsorg", *options, "--remembered-browser-days", "0")

    assert (shown["second_factor"], shown["second_factor_roles"]) == (True, ["admin"])
    assert (shown["second_factor_grace_days"], shown["remembered_browser_days"]) == (0, 0)
    without = johnsorg.json("organisations", "configure", "johnsorg", "--second-factor-role", "")
    assert without["second_factor_roles"] == []


PHONE = Passkey(credential_id=b"phone", public_key=b"key", rp_id="auth.example", name="Phone", since=NOW)


def equip(tables: Tables, passkey: Passkey = PHONE) -> User:
    """Give Grace a passkey and an app."""
    found = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert found is not None
    before = SecondFactors(organisation="johnsorg", user_id=found.user_id)
    after = replace(before, passkeys=(passkey,), app_secret=b"sealed", app_since=NOW)
    entry = Entry(organisation="johnsorg", at_ms=NOW * 1000, actor="grace", action="factor.add", target="grace")
    users = (found, replace(found, factors=after.kinds))
    stored = DynamoDBSecondFactors(tables).change_factors("johnsorg", users, (before, after), entry)
    assert stored
    return stored


def test_factors_are_listed_renamed_and_removed_one_by_one(johnsorg: Operator, tables: Tables) -> None:
    grace = equip(tables)

    listed = johnsorg.json("users", "list-factors", "johnsorg", "grace")
    assert [(one["id"], one["kind"], one["name"]) for one in listed] == [
        (PHONE.passkey_id, "passkey", "Phone"),
        ("app", "app", ""),
    ]
    johnsorg.done("users", "rename-passkey", "johnsorg", "grace", PHONE.passkey_id, "Blue phone")
    assert johnsorg.json("users", "list-factors", "johnsorg", "grace")[0]["name"] == "Blue phone"
    assert DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace") == grace, "nothing ends"

    assert johnsorg.json("users", "remove-factor", "johnsorg", "grace", "app")["factors"] == ["passkey"]
    assert johnsorg.json("users", "remove-factor", "johnsorg", "grace", PHONE.passkey_id)["factors"] == []
    assert johnsorg.json("users", "list-factors", "johnsorg", "grace") == []
    assert {("operator", "factor.rename"), ("operator", "factor.remove")} <= {*audited(tables)}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("rename-passkey", "johnsorg", "grace", "none", "x"), id="rename"),
        pytest.param(("rename-passkey", "johnsorg", "grace", PHONE.passkey_id, ""), id="no name"),
        pytest.param(("remove-factor", "johnsorg", "grace", "none"), id="remove"),
        pytest.param(("forget-browser", "johnsorg", "grace", "none"), id="forget"),
        pytest.param(("change-email", "johnsorg", "grace", "none"), id="address"),
    ],
)
def test_what_is_not_there_is_said(johnsorg: Operator, tables: Tables, command: tuple[str, ...]) -> None:
    equip(tables)

    assert "Traceback" not in johnsorg.refused("users", *command)


def remember_browser(tables: Tables, user: User) -> RememberedBrowser:
    """Store a browser that skips the user's second factor for a minute more."""
    browser = RememberedBrowser(
        digest=b"digest",
        organisation="johnsorg",
        user_id=user.user_id,
        generation=user.generation,
        skips_second_factor=True,
        device="Firefox on Linux",
        since=NOW,
        expires_at=NOW + 60 + KNOWN_SECONDS,
    )
    DynamoDBRememberedBrowsers(tables).add_browser("johnsorg", browser)
    return browser


def test_remembered_browsers_are_listed_and_forgotten(johnsorg: Operator, tables: Tables) -> None:
    grace = equip(tables)
    johnsorg.done("organisations", "configure", "johnsorg", "--remembered-browser-days", "30")
    remember_browser(tables, grace)

    (listed,) = johnsorg.json("users", "list-browsers", "johnsorg", "grace")
    assert listed["device"] == "Firefox on Linux"
    johnsorg.done("users", "forget-browser", "johnsorg", "grace", listed["id"])
    assert johnsorg.json("users", "list-browsers", "johnsorg", "grace") == []
    assert ("operator", "factor.forget-browser") in audited(tables)


def test_identities_are_listed_and_unlinked(johnsorg: Operator, tables: Tables) -> None:
    grace, links = equip(tables), DynamoDBFederatedLinks(tables)
    linked = FederatedLink(
        organisation="johnsorg",
        provider_id="example",
        digest="digest",
        user_id=grace.user_id,
        username="grace",
        email="grace@work.example",
        linked_at=NOW,
    )
    entry = Entry(organisation="johnsorg", at_ms=1, actor="grace", action="member.link-identity", target="grace")
    without = links.add_link("johnsorg", linked, grace, replace(grace, password_hash=None), entry)
    assert without

    assert johnsorg.json("users", "list-identities", "johnsorg", "grace")[0]["email"] == "grace@work.example"
    assert "only way" in johnsorg.refused("users", "unlink-identity", "johnsorg", "grace", "example")
    DirectoryWriter(tables).save_user(replace(without, password_hash=grace.password_hash))
    assert "No identity" in johnsorg.refused("users", "unlink-identity", "johnsorg", "grace", "other")
    johnsorg.done("users", "unlink-identity", "johnsorg", "grace", "example")
    assert johnsorg.json("users", "list-identities", "johnsorg", "grace") == []


def test_sign_ins_are_listed(johnsorg: Operator, tables: Tables) -> None:
    grace = equip(tables)
    DynamoDBSignInHistory(tables).add_sign_in(
        "johnsorg",
        SignInRecord(
            organisation="johnsorg",
            user_id=grace.user_id,
            at_ms=NOW * 1000,
            session_id="browser-1",
            device="Firefox on Linux",
            source="192.0.2.7",
            methods=frozenset({"pwd", "remembered"}),
            expires_at=NOW + 60,
        ),
    )

    (listed,) = johnsorg.json("users", "list-sign-ins", "johnsorg", "grace")
    assert (listed["device"], listed["address"], listed["methods"]) == ("Firefox on Linux", "192.0.2.7", ["pwd"])


@pytest.mark.parametrize(
    "command",
    [
        "change-email johnsorg grace x@example.com",
        "reset-password johnsorg grace",
        "resend-invitation johnsorg grace",
        "invite johnsorg anna@example.com",
    ],
)
def test_a_command_that_mails_is_refused_where_no_mails_are_sent(
    johnsorg: Operator, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    silent = replace(connections.connect("gatehouse"), parameters={})
    monkeypatch.setattr(connections, "connect", lambda _name: silent)

    assert "sends no mails" in johnsorg.refused("users", *command.split())
    assert johnsorg.json("audit-entries", "list", "johnsorg", "--action", "member.")[0]["action"] == "member.create"


def test_a_new_address_is_mailed_a_link(johnsorg: Operator, transport: RecordingTransport) -> None:
    johnsorg.done("users", "change-email", "johnsorg", "grace", "new@example.com")

    (line,) = johnsorg.json("audit-entries", "list", "johnsorg", "--action", "member.request-email")
    assert (line["actor"], line["target"], line["detail"]) == ("operator", "grace", "new@example.com")
    items = transport.call_uncounted("Scan", {"TableName": "grants"})["Items"]
    (job,) = [parse_job(one) for one in items if one["pk"]["S"].startswith("JOB#")]
    assert job
    assert (job.kind, job.address, job.login) == ("email", "new@example.com", "grace")


def test_a_deleted_user_leaves_no_factor_behind(johnsorg: Operator, tables: Tables) -> None:
    found = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert found is not None
    user = replace(found, factors=frozenset({"passkey"}))
    passkey = Passkey(credential_id=b"id", public_key=b"key")
    before = SecondFactors(organisation="johnsorg", user_id=user.user_id)
    after = replace(before, passkeys=(passkey,))
    entry = Entry(organisation="johnsorg", at_ms=NOW * 1000, actor="grace", action="factor.add", target="grace")
    store = DynamoDBSecondFactors(tables)
    store.change_factors("johnsorg", (found, user), (before, after), entry)
    assert store.find_passkey_owner("johnsorg", b"id") == ("johnsorg", "grace")

    johnsorg.done("users", "delete", "johnsorg", "grace", "--yes")

    assert not store.find_factors("johnsorg", user.user_id)[0].passkeys
    assert store.find_passkey_owner("johnsorg", b"id") is None
