"""The stream consumer's entry point: what failed comes back, what did not is counted once."""

import importlib
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage import grants
from gatehouse.storage.counters import DynamoDBCounters
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.user_copies import DynamoDBUserCopies
from tests import factories, roles
from tests.unit.functions.variables import ENVIRONMENT
from tests.unit.storage.test_counters import grant


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> ModuleType:
    """The module as Lambda loads it under SnapStart: it connects to nothing."""
    for name, value in (ENVIRONMENT | {"POWERTOOLS_DEV": "0"}).items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("functions.events.app")
    monkeypatch.setattr(module, "counters", DynamoDBCounters(roles.acting_as(tables, "Events")))
    monkeypatch.setattr(module, "user_copies", DynamoDBUserCopies(roles.acting_as(tables, "Events")))
    return module


def record(sequence: str, image: dict[str, Any]) -> dict[str, Any]:
    return {
        "eventID": sequence,
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"pk": image["pk"]}, "NewImage": image, "SequenceNumber": sequence},
    }


def counted(tables: Tables) -> int:
    values = tables.get(tables.directory, keys.statistic("johnsorg", "APPLICATION", "app-1"))
    return values["tokens"] if values else 0


def test_a_batch_that_is_counted_leaves_nothing_behind(app: ModuleType, tables: Tables) -> None:
    answer = app.handler({"Records": [record("1", grants.render(grant()))]}, SimpleNamespace())

    assert answer == {"batchItemFailures": []}
    assert counted(tables) == 1


def test_a_record_that_fails_comes_back_by_its_sequence_number(app: ModuleType) -> None:
    broken = {**grants.render(grant()), "issued_at_ms": {"S": "yesterday"}}

    answer = app.handler({"Records": [record("1", grants.render(grant())), record("2", broken)]}, SimpleNamespace())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def test_what_one_token_breaks_the_others_do_not_feel(app: ModuleType, tables: Tables) -> None:
    poison = grant(application_id="app-2")
    tables.update(
        tables.directory,
        keys.statistic("johnsorg", "APPLICATION", "app-2"),
        UpdateExpression="SET tokens = :text",
        ExpressionAttributeValues={":text": {"S": "many"}},
    )
    images = [grant(), poison, grant(), grant()]

    answer = app.handler(
        {"Records": [record(str(number), grants.render(one)) for number, one in enumerate(images)]}, SimpleNamespace()
    )

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert counted(tables) == 3


def test_a_batch_comes_back_while_the_tables_are_out_of_reach(
    app: ModuleType, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_operation: str, _request: dict[str, Any]) -> dict[str, Any]:
        raise TemporarilyUnavailableError("throttled")

    records = [record(str(number), grants.render(grant())) for number in range(3)]
    with monkeypatch.context() as outage:
        outage.setattr(tables.transport, "call", refuse)
        answer = app.handler({"Records": records}, SimpleNamespace())

    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["0", "1", "2"]
    assert app.handler({"Records": records}, SimpleNamespace()) == {"batchItemFailures": []}
    assert counted(tables) == 3


def test_a_user_without_a_status_is_repaired_and_the_log_names_no_status_id(
    app: ModuleType, tables: Tables, capfd: pytest.CaptureFixture[str]
) -> None:
    user = factories.user()
    DirectoryWriter(tables).add_user(user)
    status = attribute_values.render(plain_values.of(user.status))
    tables.delete(tables.directory, keys.status(user.status_id))
    told = {
        "eventID": "1",
        "dynamodb": {"Keys": keys.status(user.status_id), "OldImage": status, "SequenceNumber": "1"},
    }

    assert app.handler({"Records": [told]}, SimpleNamespace()) == {"batchItemFailures": []}

    stored = tables.get(tables.directory, keys.status(user.status_id))
    assert stored is not None
    assert stored["generation"] != user.generation
    logged = "".join(capfd.readouterr())
    assert '"message":"user repaired"' in logged.replace('": "', '":"')
    assert user.status_id not in logged


def test_a_user_who_cannot_be_read_comes_back(app: ModuleType) -> None:
    told = {"eventID": "1", "dynamodb": {"Keys": keys.user("johnsorg", "john"), "SequenceNumber": "7"}}

    assert app.handler({"Records": [told]}, SimpleNamespace()) == {"batchItemFailures": [{"itemIdentifier": "7"}]}
