"""`gatehouse backups restore`: the directory as another table holds it."""

from typing import Any

import pytest
from gatehouse_cli import backups, connections, questions

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from tests.conftest import DIRECTORY_TABLE, GRANTS_TABLE
from tests.recording_transport import RecordingTransport
from tests.unit.cli.conftest import Operator

ORGANISATIONS = [f"org{number:02}" for number in range(30)]  # more than one batch


def publish_keys(transport: RecordingTransport, table: str, text: str) -> None:
    item = {**keys.public_keys(), "keys": {"S": text}}
    transport.call("PutItem", {"TableName": table, "Item": item})


@pytest.fixture
def copy(another_table: str, johnsorg: Operator, transport: RecordingTransport) -> str:
    """A table beside the stack's, as DynamoDB restores one: 30 organisations and Johns Org."""
    for one in ORGANISATIONS:
        johnsorg.done("organisations", "create", one)
    for item in transport.call("Scan", {"TableName": DIRECTORY_TABLE})["Items"]:
        transport.call("PutItem", {"TableName": another_table, "Item": item})
    publish_keys(transport, another_table, "of then")
    return another_table


def test_what_was_deleted_comes_back_what_came_later_goes_and_the_keys_stay(
    johnsorg: Operator, copy: str, tables: Tables, transport: RecordingTransport
) -> None:
    publish_keys(transport, DIRECTORY_TABLE, "of now")
    tables.delete(DIRECTORY_TABLE, keys.organisation("org07"))
    johnsorg.done("organisations", "create", "later")

    told = johnsorg.json("backups", "restore", copy, "--yes")

    listed = [one["key"] for one in johnsorg.json("organisations", "list")]
    published: dict[str, Any] = tables.get(DIRECTORY_TABLE, keys.public_keys()) or {}
    assert listed == ["johnsorg", *ORGANISATIONS]
    assert published["keys"] == "of now"
    assert told["deleted"] == 2, "an organisation, and the first line of its audit log"
    assert johnsorg.json("users", "list", "johnsorg")[0]["username"] == "grace"
    line = johnsorg.json("audit-entries", "list", "org07")[0]
    assert (line["actor"], line["action"], line["detail"]) == ("operator", "organisation.restore", f"from {copy}")


def test_every_user_gets_a_fresh_generation_in_both_items(johnsorg: Operator, copy: str, tables: Tables) -> None:
    before: dict[str, Any] = tables.get(DIRECTORY_TABLE, keys.user("johnsorg", "grace")) or {}

    johnsorg.json("backups", "restore", copy, "--yes")

    user: dict[str, Any] = tables.get(DIRECTORY_TABLE, keys.user("johnsorg", "grace")) or {}
    status: dict[str, Any] = tables.get(DIRECTORY_TABLE, keys.status(before["status_id"])) or {}
    assert user["generation"] == status["generation"] != before["generation"]


def test_a_batch_has_the_time_that_the_line_of_an_operator_needs_for_some_mb(
    newcomer: Operator, transport: RecordingTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []

    def connect(*_: object, **options: Any) -> RecordingTransport:
        given.append(options)
        return transport

    monkeypatch.setattr(connections, "SignedTransport", connect)

    newcomer.done("organisations", "list")

    assert given == [{"patience_seconds": 60}]


def test_it_asks_first(johnsorg: Operator, copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "is_terminal", lambda: True)
    johnsorg.done("organisations", "create", "later")

    result = johnsorg.run("backups", "restore", copy, typed="n\n")

    assert result.exit_code == 1
    assert "Replace everything in directory by restored?" in result.stderr
    assert "later" in [one["key"] for one in johnsorg.json("organisations", "list")]


@pytest.mark.parametrize("ended", [TemporarilyUnavailableError("throttled"), KeyboardInterrupt()])
def test_a_restore_that_stops_says_that_it_is_to_be_completed(
    johnsorg: Operator, copy: str, monkeypatch: pytest.MonkeyPatch, ended: BaseException
) -> None:
    def stop(*_: object) -> None:
        raise ended

    monkeypatch.setattr(backups, "_write", stop)

    assert "directory may be replaced in part: repeat the" in johnsorg.run("backups", "restore", copy, "--yes").stderr


@pytest.mark.parametrize(
    ("table", "told"),
    [
        pytest.param(DIRECTORY_TABLE, "is the stack's own directory", id="itself"),
        pytest.param(GRANTS_TABLE, "is no directory of Gatehouse", id="another table"),
        pytest.param("nowhere", "there is no table 'nowhere'", id="no table"),
    ],
)
def test_a_table_that_is_no_copy_of_a_directory_is_refused(johnsorg: Operator, table: str, told: str) -> None:
    assert told in johnsorg.refused("backups", "restore", table, "--yes")
    assert [one["key"] for one in johnsorg.json("organisations", "list")] == ["johnsorg"]
