"""The stream consumer's entry point: what failed comes back, what did not is counted once."""

import importlib
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gatehouse.storage import grants
from gatehouse.storage.counters import Counters
from gatehouse.storage.tables import Tables
from tests.unit.store.test_counting import grant


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> ModuleType:
    """The module as Lambda loads it under SnapStart: it connects to nothing."""
    variables = {
        "DIRECTORY_TABLE": "directory",
        "GRANTS_TABLE": "grants",
        "PROCESS_CACHE_SECONDS": "0",
        "ACCESS_TOKEN_LIFETIME_SECONDS": "3600",
        "REFRESH_TOKEN_LIFETIME_SECONDS": "86400",
        "GRANT_LIFETIME_SECONDS": "2592000",
        "AWS_REGION": "eu-west-1",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/credentials",
        "POWERTOOLS_DEV": "0",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("functions.events.app")
    monkeypatch.setattr(module, "counters", Counters(tables))
    return module


def record(sequence: str, image: dict[str, Any]) -> dict[str, Any]:
    return {
        "eventID": sequence,
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"pk": image["pk"]}, "NewImage": image, "SequenceNumber": sequence},
    }


def test_a_batch_that_is_counted_leaves_nothing_behind(app: ModuleType, tables: Tables) -> None:
    answer = app.handler({"Records": [record("1", grants.render(grant()))]}, SimpleNamespace())

    assert answer == {"batchItemFailures": []}
    assert "TransactWriteItems" in tables.transport.operations  # type: ignore[attr-defined] # the test's own transport


def test_a_record_that_fails_comes_back_by_its_sequence_number(app: ModuleType) -> None:
    broken = {**grants.render(grant()), "issued_at_ms": {"S": "yesterday"}}

    answer = app.handler({"Records": [record("1", grants.render(grant())), record("2", broken)]}, SimpleNamespace())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
