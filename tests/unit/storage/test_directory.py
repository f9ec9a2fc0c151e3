"""Reading the directory: what is remembered, what is batched."""

import time
from typing import Any

import pytest

from gatehouse.domain.accounts.lockout import NONE, Failures
from gatehouse.storage.aws import deadlines
from gatehouse.storage.aws.credentials import AwsCredentials, ContainerCredentials
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import AlreadyExistsError, DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.sign_ins import DynamoDBSignIns
from tests import factories
from tests.clocks import Clock
from tests.factories import NOW
from tests.recording_transport import RecordingTransport


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    return clock


@pytest.fixture
def directory(tables: Tables, clock: Clock) -> DynamoDBDirectory:
    del clock
    return DynamoDBDirectory(tables, TtlCache(2))


def test_a_change_is_seen_after_the_cache_seconds(
    directory: DynamoDBDirectory, writer: DirectoryWriter, clock: Clock
) -> None:
    writer.save_organisation(factories.organisation())
    assert directory.find_organisation("johnsorg") == factories.organisation()
    writer.save_organisation(factories.organisation(is_active=False))

    clock.now += 1.9
    assert directory.find_organisation("johnsorg") == factories.organisation()
    clock.now += 0.1
    assert directory.find_organisation("johnsorg") == factories.organisation(is_active=False)


def test_what_changed_while_lambda_suspended_the_function_is_seen_at_once(
    directory: DynamoDBDirectory, writer: DirectoryWriter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two invocations the monotonic clock may stand still, for minutes or hours."""
    wall = Clock(now=NOW)
    monkeypatch.setattr(time, "time", lambda: wall.now)
    deadlines.begin(None)
    writer.save_organisation(factories.organisation())
    assert directory.find_organisation("johnsorg") == factories.organisation()
    writer.save_organisation(factories.organisation(is_active=False))

    for running in (wall, clock):
        running.now += 0.5
    deadlines.begin(None)
    assert directory.find_organisation("johnsorg") == factories.organisation(), "it ran all the time"
    wall.now += 3600
    deadlines.begin(None)
    assert directory.find_organisation("johnsorg") == factories.organisation(is_active=False)


def test_a_client_is_recalled_without_a_read_and_found_by_a_fresh_one(
    directory: DynamoDBDirectory, writer: DirectoryWriter, transport: RecordingTransport
) -> None:
    writer.save_client(factories.client())
    assert directory.find_cached_client(factories.CLIENT_ID) is None
    assert directory.find_client(factories.CLIENT_ID) == factories.client()
    writer.save_client(factories.client(is_active=False))
    transport.operations.clear()

    assert directory.find_cached_client(factories.CLIENT_ID) == factories.client()
    assert transport.operations == []
    assert directory.find_client(factories.CLIENT_ID) == factories.client(is_active=False)


def test_what_did_not_change_is_read_again_but_not_parsed_again(
    directory: DynamoDBDirectory, writer: DirectoryWriter, transport: RecordingTransport
) -> None:
    writer.save_client(factories.client())
    writer.save_organisation(factories.organisation())
    first = directory.find_client(factories.CLIENT_ID)
    transport.operations.clear()

    assert directory.find_client(factories.CLIENT_ID) is first
    assert transport.operations == ["BatchGetItem"]

    writer.save_client(factories.client(is_active=False))
    assert directory.find_client(factories.CLIENT_ID) == factories.client(is_active=False)
    writer.save_client(factories.client())
    assert directory.find_client(factories.CLIENT_ID) == factories.client()


def test_users_are_never_remembered(directory: DynamoDBDirectory, writer: DirectoryWriter) -> None:
    writer.add_user(factories.user())
    directory.find_user("johnsorg", "john@gmail.com")
    writer.save_user(factories.user(is_active=False))

    assert directory.find_user("johnsorg", "john@gmail.com") == factories.user(is_active=False)


def references(*api_ids: str) -> frozenset[tuple[str, str]]:
    return frozenset(("johnsorg", api_id) for api_id in api_ids)


def test_only_the_apis_that_are_not_remembered_are_read_in_one_batch(
    directory: DynamoDBDirectory, writer: DirectoryWriter, transport: RecordingTransport
) -> None:
    for api_id in ("one", "two", "three"):
        writer.save_api(factories.api(api_id=api_id, name=api_id))
    directory.find_api("johnsorg", "one")
    transport.operations.clear()

    found = directory.find_apis(references("one", "two", "three", "absent"))

    assert {api.api_id for api in found} == {"one", "two", "three"}
    assert transport.operations == ["BatchGetItem"]
    assert {api.api_id for api in directory.find_apis(references("one", "two", "three", "absent"))} == {
        "one",
        "two",
        "three",
    }
    assert transport.operations == ["BatchGetItem"]


def test_no_api_costs_no_read(directory: DynamoDBDirectory, transport: RecordingTransport) -> None:
    assert directory.find_apis(frozenset()) == ()
    assert transport.operations == []


def test_an_api_that_is_forgotten_meanwhile_is_not_lost(
    tables: Tables, writer: DirectoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between asking what is remembered and taking it, an entry may end; its scopes must not be dropped."""
    writer.save_api(factories.api())
    directory = DynamoDBDirectory(tables, TtlCache(100))
    directory.find_api("johnsorg", "orders")
    kept_at, ticks = time.monotonic(), iter(range(0, 10_000, 60))
    monkeypatch.setattr(time, "monotonic", lambda: kept_at + next(ticks))

    for _ in range(4):
        assert len(directory.find_apis(references("orders"))) == 1


def test_150_apis_are_read_in_two_batches(
    directory: DynamoDBDirectory, writer: DirectoryWriter, transport: RecordingTransport
) -> None:
    wanted = [f"api-{number}" for number in range(150)]
    for api_id in wanted:
        writer.save_api(factories.api(api_id=api_id, name=api_id))
    transport.operations.clear()

    assert {api.api_id for api in directory.find_apis(references(*wanted))} == set(wanted)
    assert transport.operations == ["BatchGetItem", "BatchGetItem"]


def test_a_key_that_is_wanted_twice_is_asked_once(tables: Tables, writer: DirectoryWriter) -> None:
    writer.save_organisation(factories.organisation())
    key = (tables.directory, keys.organisation("johnsorg"))

    one, other = tables.get_many([key, key])

    assert one == other
    assert one is not None


def test_a_taken_username_writes_nothing(writer: DirectoryWriter, directory: DynamoDBDirectory, tables: Tables) -> None:
    writer.add_user(factories.user())

    with pytest.raises(AlreadyExistsError):
        writer.add_user(factories.user(user_id="another"))

    assert directory.find_user("johnsorg", "john@gmail.com") == factories.user()
    assert tables.get(tables.directory, keys.username("johnsorg", "another")) is None


def test_a_transaction_has_a_token_so_that_sending_it_again_is_harmless(
    writer: DirectoryWriter, transport: RecordingTransport
) -> None:
    sent: list[dict[str, Any]] = []
    call = transport.call

    def recorded(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        sent.extend([request] if operation == "TransactWriteItems" else [])
        return call(operation, request)

    transport.call = recorded
    for user_id in ("one", "two"):
        writer.add_user(factories.user(user_id=user_id, username=user_id))

    tokens = [request["ClientRequestToken"] for request in sent]
    assert len(set(tokens)) == 2
    assert all(1 <= len(token) <= 36 for token in tokens)


COUNTED = Failures(count=3, locked_until=0, expires_at=NOW + 60)


def test_failures_are_replaced_only_if_they_still_stand(tables: Tables) -> None:
    sign_ins = DynamoDBSignIns(tables, DynamoDBDirectory(tables, TtlCache(0)))

    assert sign_ins.replace_failures("johnsorg", "john", NONE, COUNTED) is None
    assert sign_ins.replace_failures("johnsorg", "john", NONE, Failures(count=9, expires_at=1)) == COUNTED
    later = Failures(count=3, locked_until=0, expires_at=NOW + 61)
    assert sign_ins.replace_failures("johnsorg", "john", later, NONE) == COUNTED
    assert sign_ins.replace_failures("johnsorg", "john", COUNTED, NONE) is None
    assert sign_ins.find_sign_in("johnsorg", "john", "192.0.2.1", NOW).failures == NONE


def test_forgiving_what_was_forgiven_meanwhile_finds_nothing(tables: Tables) -> None:
    assert (
        DynamoDBSignIns(tables, DynamoDBDirectory(tables, TtlCache(0))).replace_failures(
            "johnsorg", "john", COUNTED, NONE
        )
        == NONE
    )


def test_a_source_is_counted_by_window(tables: Tables) -> None:
    sign_ins = DynamoDBSignIns(tables, DynamoDBDirectory(tables, TtlCache(0)))

    counts = [sign_ins.count_source_failure("192.0.2.1", now) for now in (NOW, NOW + 299, NOW + 300)]

    assert counts == [1, 2, 1]
    assert sign_ins.find_sign_in("o", "u", "192.0.2.1", NOW).source_failures == 2
    assert sign_ins.find_sign_in("o", "u", "192.0.2.2", NOW).source_failures == 0


def test_counters_end_by_ttl(tables: Tables) -> None:
    DynamoDBSignIns(tables, DynamoDBDirectory(tables, TtlCache(0))).count_source_failure("192.0.2.1", NOW)

    stored = tables.get(tables.grants, keys.source_failures("192.0.2.1", NOW // 300))
    assert stored is not None
    assert NOW < stored["expires_at"] <= NOW + 300


def test_container_credentials_are_fetched_when_needed_and_renewed_before_they_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetched: list[AwsCredentials] = []
    source = ContainerCredentials("http://127.0.0.1:1/", "token")

    def fetch() -> AwsCredentials:
        made = AwsCredentials(
            access_key_id=str(len(fetched)), secret_access_key="x", expires_at=1000 + len(fetched) * 1e6
        )
        fetched.append(made)
        return made

    monkeypatch.setattr(source, "_fetch", fetch)
    monkeypatch.setattr(time, "time", lambda: 699.0)
    assert source() is source() is fetched[0]

    monkeypatch.setattr(time, "time", lambda: 701.0)
    assert source().access_key_id == "1"
    assert len(fetched) == 2
