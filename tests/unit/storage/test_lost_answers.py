"""Writes whose answer is lost and that are sent again: each recognises its own effect."""

from collections.abc import Callable
from contextlib import suppress
from copy import replace
from functools import partial
from typing import Any

import pytest

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.lockout import NONE, Failures
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.portal import members
from gatehouse.domain.portal.generated_tokens import GeneratedToken
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.generated_tokens import DynamoDBGeneratedTokens
from gatehouse.storage.grants import DynamoDBGrants
from gatehouse.storage.mail_counter import DynamoDBMailCounter
from gatehouse.storage.members import DynamoDBMembers
from gatehouse.storage.replays import DynamoDBReplays
from gatehouse.storage.sign_ins import DynamoDBSignIns
from tests import factories
from tests.faulty_transport import Fault, FaultyTransport
from tests.unit.portal import caller

NOW = factories.NOW


@pytest.fixture
def faulty(tables: Tables) -> FaultyTransport:
    return FaultyTransport(tables.transport)


@pytest.fixture
def tables_with_faults(tables: Tables, faulty: FaultyTransport) -> Tables:
    return replace(tables, transport=faulty)


@pytest.fixture
def sign_ins(tables_with_faults: Tables) -> DynamoDBSignIns:
    return DynamoDBSignIns(tables_with_faults, DynamoDBDirectory(tables_with_faults, TtlCache(0)))


def test_an_assertion_whose_answer_was_lost_is_accepted_and_a_second_one_is_not(
    tables_with_faults: Tables, faulty: FaultyTransport
) -> None:
    replays = DynamoDBReplays(tables_with_faults)
    faulty.fail_next("PutItem", Fault.SENT_TWICE)

    assert replays.consume_jti("client", "jti", NOW + 60, NOW)
    assert not replays.consume_jti("client", "jti", NOW + 60, NOW)


@pytest.mark.parametrize("seen", [NONE, Failures(count=3, locked_until=0, expires_at=NOW + 60)], ids=["none", "three"])
def test_a_failure_whose_answer_was_lost_counts_once(
    sign_ins: DynamoDBSignIns, tables: Tables, faulty: FaultyTransport, seen: Failures
) -> None:
    if seen != NONE:
        sign_ins.replace_failures("johnsorg", "john", NONE, seen)
    faulty.fail_next("PutItem", Fault.SENT_TWICE)

    lockout.record(partial(sign_ins.replace_failures, "johnsorg", "john"), seen, NOW)

    stored = (
        DynamoDBSignIns(tables, DynamoDBDirectory(tables, TtlCache(0)))
        .find_sign_in("johnsorg", "john", "192.0.2.1", NOW)
        .failures
    )
    assert stored.count == seen.count + 1


def test_failures_that_are_forgiven_twice_are_forgiven(sign_ins: DynamoDBSignIns, faulty: FaultyTransport) -> None:
    seen = Failures(count=3, locked_until=0, expires_at=NOW + 60)
    sign_ins.replace_failures("johnsorg", "john", NONE, seen)
    faulty.fail_next("DeleteItem", Fault.SENT_TWICE)

    assert lockout.admit(partial(sign_ins.replace_failures, "johnsorg", "john"), seen, NOW, forgives=True)


COUNTERS: dict[str, Callable[[Tables], int]] = {
    "failures of a source": lambda tables: DynamoDBSignIns(
        tables, DynamoDBDirectory(tables, TtlCache(0))
    ).count_source_failure("192.0.2.1", NOW),
    "mails to an address": lambda tables: DynamoDBMailCounter(tables).count_mail("johnsorg", "a@example.com", NOW),
}


@pytest.mark.parametrize("counter", COUNTERS)
def test_what_is_counted_twice_counts_once(tables_with_faults: Tables, faulty: FaultyTransport, counter: str) -> None:
    count = COUNTERS[counter]
    assert count(tables_with_faults) == 1
    faulty.fail_next("UpdateItem", Fault.SENT_TWICE)

    assert count(tables_with_faults) == 2
    assert count(tables_with_faults) == 3


@pytest.mark.parametrize("counter", COUNTERS)
def test_what_is_counted_beside_others_is_never_counted_too_little_and_one_too_much_at_most(
    tables_with_faults: Tables, tables: Tables, faulty: FaultyTransport, counter: str
) -> None:
    count = COUNTERS[counter]
    faulty.fail_next("UpdateItem", Fault.SENT_TWICE)
    faulty.between_attempts(lambda: count(tables))

    assert count(tables_with_faults) == 3


def test_a_grant_whose_answer_was_lost_is_stored_once(tables_with_faults: Tables, faulty: FaultyTransport) -> None:
    grants = DynamoDBGrants(tables_with_faults)
    faulty.fail_next("PutItem", Fault.SENT_TWICE)

    assert grants.add_grant_once(factories.grant())
    assert grants.find_grant("g" * 22) == factories.grant()


def test_the_same_token_of_another_redemption_is_not_taken_for_our_own(tables: Tables) -> None:
    grants = DynamoDBGrants(tables)

    assert grants.add_grant_once(factories.grant())
    assert not grants.add_grant_once(factories.grant())


def test_a_grant_that_was_revoked_between_two_attempts_stays_revoked(
    tables_with_faults: Tables, tables: Tables, faulty: FaultyTransport
) -> None:
    faulty.fail_next("PutItem", Fault.SENT_TWICE)
    faulty.between_attempts(lambda: DynamoDBGrants(tables).revoke_grant("g" * 22))

    DynamoDBGrants(tables_with_faults).add_grant(factories.grant())

    found = DynamoDBGrants(tables).find_grant("g" * 22)
    assert found is not None
    assert found.revoked


@pytest.mark.parametrize("is_interrupted", [False, True], ids=["alone", "beside another"])
def test_a_generated_token_is_remembered_once(
    tables_with_faults: Tables,
    tables: Tables,
    faulty: FaultyTransport,
    is_interrupted: bool,  # noqa: FBT001
) -> None:
    def token(name: str) -> GeneratedToken:
        fields: dict[str, Any] = {
            "grant_id": name,
            "username": "john",
            "scopes": frozenset(),
            "issued_at_ms": NOW * 1000,
            "expires_at": NOW,
            "validity_seconds": 60,
        }
        return GeneratedToken(**fields, client_generation="", credential_generation="")

    faulty.fail_next("PutItem", Fault.SENT_TWICE)
    if is_interrupted:
        faulty.between_attempts(lambda: DynamoDBGeneratedTokens(tables).add_generated("johnsorg", "client", token("b")))

    DynamoDBGeneratedTokens(tables_with_faults).add_generated("johnsorg", "client", token("a"))

    kept = [one.grant_id for one in DynamoDBGeneratedTokens(tables).find_generated("johnsorg", "client")]
    assert sorted(kept) == (["a", "b"] if is_interrupted else ["a"])


def test_a_transaction_that_is_sent_twice_is_done_once(tables_with_faults: Tables, faulty: FaultyTransport) -> None:
    new = {
        "Put": {"TableName": "directory", "Item": {"pk": {"S": "x"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    }
    faulty.fail_next("TransactWriteItems", Fault.SENT_TWICE)

    assert tables_with_faults.try_transact([new])
    assert not tables_with_faults.try_transact([new])


ADA = caller(user_id="user-ada", username="ada", roles=frozenset({"admin"}))


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("fault", [Fault.NO_EFFECT, Fault.ANSWER_LOST, Fault.SENT_TWICE], ids=lambda one: one.name)
@pytest.mark.parametrize("act", ["invite", "approve", "reset"])
def test_what_requires_a_mail_leaves_its_job_or_is_not_done(
    tables_with_faults: Tables, tables: Tables, faulty: FaultyTransport, act: str, fault: Fault, number: int
) -> None:
    DirectoryWriter(tables).add_user(factories.user(username="ada", user_id="user-ada", roles=frozenset({"admin"})))
    waits, name = act == "approve", "carl@example.com"
    member = factories.user(username=name, user_id="user-carl", awaits_approval=waits, is_active=not waits)
    if act != "invite":
        DirectoryWriter(tables).add_user(member)
    here = DynamoDBMembers(tables_with_faults)
    faulty.fail_call(number, fault)

    with suppress(TemporarilyUnavailableError):
        if act == "invite":
            members.invite(here, ADA, "carl", "carl@example.com", frozenset(), "https://auth.example")
        elif act == "approve":
            members.enable(here, ADA, member, "https://auth.example")
        else:
            members.reset_password(here, ADA, member, "https://auth.example")

    left = [attribute_values.parse(one) for one in tables.transport.call("Scan", {"TableName": "grants"})["Items"]]
    audited = [
        attribute_values.parse(one) for one in tables.transport.call("Scan", {"TableName": "directory"})["Items"]
    ]
    done = [one for one in audited if one.get("action") == f"member.{act}"]
    assert len([one for one in left if one["pk"].startswith("JOB#")]) == len(done)
    assert fault is not Fault.SENT_TWICE or len(done) == 1


@pytest.mark.parametrize("fault", [Fault.NO_EFFECT, Fault.ANSWER_LOST])
def test_a_call_that_fails_is_an_outage_with_or_without_an_effect(
    tables_with_faults: Tables, tables: Tables, faulty: FaultyTransport, fault: Fault
) -> None:
    faulty.fail_next("PutItem", fault)

    with pytest.raises(TemporarilyUnavailableError):
        DynamoDBGrants(tables_with_faults).add_grant(factories.grant())

    assert (DynamoDBGrants(tables).find_grant("g" * 22) is not None) == (fault is Fault.ANSWER_LOST)
    assert faulty.injected == 1


def test_a_batch_that_is_left_in_part_is_read_again(tables_with_faults: Tables, faulty: FaultyTransport) -> None:
    wanted = [("directory", {"pk": {"S": name}}) for name in "abc"]
    for table, key in wanted:
        tables_with_faults.put(table, key)
    faulty.fail_next("BatchGetItem", Fault.PARTIAL)

    assert tables_with_faults.get_many(wanted) == [{"pk": name} for name in "abc"]
    assert faulty.operations.count("BatchGetItem") == 2
