"""Second factors from the command line: for the last administrator, and where no mail brings a link."""

from copy import replace

import pytest

from gatehouse.domain.accounts import links
from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.links import DynamoDBLinks
from gatehouse.storage.second_factors import DynamoDBSecondFactors
from tests.factories import NOW
from tests.unit.cli.conftest import Operator


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse_cli.stack.time.time_ns", lambda: NOW * 10**9)


def test_an_operator_resets_the_factors_of_the_last_administrator(johnsorg: Operator, tables: Tables) -> None:
    before = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert before is not None
    DirectoryWriter(tables).save_user(replace(before, factors=frozenset({"totp"})))

    assert johnsorg.json("users", "reset-factors", "johnsorg", "grace")["factors"] == []
    after = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert after is not None
    assert (after.factors, after.generation != before.generation) == (frozenset(), True)


def test_an_operator_prints_the_link_of_a_first_enrolment(johnsorg: Operator, tables: Tables) -> None:
    url = johnsorg.json("users", "enrolment-link", "johnsorg", "grace")["url"]
    link = DynamoDBLinks(tables).find_link("johnsorg", links.digest(url.partition("link=")[2]))

    assert "/t/johnsorg/account/enrol?link=" in url
    assert link is not None
    assert (link.purpose, link.expires_at) == ("enrol", NOW + 3600)


def test_there_is_no_link_for_who_has_a_factor(johnsorg: Operator, tables: Tables) -> None:
    found = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert found is not None
    DirectoryWriter(tables).save_user(replace(found, factors=frozenset({"totp"})))

    assert "has a second factor" in johnsorg.run("users", "enrolment-link", "johnsorg", "grace").stderr


def test_an_organisation_demands_a_second_factor(johnsorg: Operator) -> None:
    options = ("--second-factor", "--second-factor-role", "admin", "--second-factor-grace-days", "0")
    shown = johnsorg.json("organisations", "configure", "johnsorg", *options, "--remembered-browser-days", "0")

    assert (shown["second_factor"], shown["second_factor_roles"]) == (True, ["admin"])
    assert (shown["second_factor_grace_days"], shown["remembered_browser_days"]) == (0, 0)
    without = johnsorg.json("organisations", "configure", "johnsorg", "--second-factor-role", "")
    assert without["second_factor_roles"] == []


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
