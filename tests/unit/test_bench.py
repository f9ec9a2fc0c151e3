"""`make bench`: its command line, its parts, and the requests that it measures, which must be successes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import bench.__main__ as command
from bench import parts
from bench.parts import Part
from bench.processes import lambda_environment
from bench.subjects import gatehouse, protocol, publishing
from gatehouse.bootstrap import tables as connections
from gatehouse.storage.dynamodb.tables import Tables
from tests.conftest import DIRECTORY_TABLE, GRANTS_TABLE, SIGNING_KEYS
from tests.memory_secrets import MemorySecrets


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two parts that are quick, and results that are stored elsewhere."""

    def measure(key: str) -> Callable[[int], Mapping[str, Any]]:
        return lambda rounds: {key: rounds}

    quick = {name: Part(title=name, keys=frozenset({name}), measure=measure(name)) for name in ("load", "sizes")}
    monkeypatch.setattr(parts, "PARTS", quick)
    monkeypatch.setattr(command.environment, "HOME", tmp_path)
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results" / "latest.json")
    return tmp_path / "results" / "latest.json"


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The results of which pages were written."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(command.report, "write", found.append)
    monkeypatch.setattr(command.cost_page, "write", lambda _: None)
    monkeypatch.setattr(command.report, "targets_table", lambda _: "")
    monkeypatch.setattr(command.environment, "python", lambda: Path("python"))
    monkeypatch.setattr(command.subprocess, "run", lambda *_, **__: None)
    return found


def test_without_arguments_every_part_is_measured_stored_and_published(
    results: Path, published: list[dict[str, Any]]
) -> None:
    command.main([])

    kept = json.loads(results.read_text())
    assert published == [kept]
    assert (kept["load"], kept["sizes"]) == (5, 5)
    assert kept["parts"].keys() == {"load", "sizes"}
    assert kept["parts"]["load"].keys() == {"at", "machine", "cores", "load_average", "seconds"}


def test_a_part_alone_is_printed_and_not_stored(
    results: Path, published: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["load", "--rounds", "1"])

    assert '"load": 1' in capsys.readouterr().out
    assert not results.exists()
    assert not published


def test_a_part_may_be_measured_again_and_published_with_the_others(
    results: Path, published: list[dict[str, Any]]
) -> None:
    command.main([])
    command.store({**command.stored(results), "of no part": 1})

    command.main(["load", "--publish", "--rounds", "2"])

    assert (published[-1]["load"], published[-1]["sizes"]) == (2, 5)
    assert published[-1].keys() == {"load", "sizes", "parts"}


@pytest.mark.usefixtures("results")
def test_pages_are_not_written_while_a_part_is_missing(published: list[dict[str, Any]]) -> None:
    with pytest.raises(SystemExit, match='make bench ARGS="sizes --publish"'):
        command.main(["load", "--publish"])

    assert not published


@pytest.mark.usefixtures("results")
def test_a_part_that_fails_leaves_those_before_it(monkeypatch: pytest.MonkeyPatch, results: Path) -> None:
    def fail(_rounds: int) -> Mapping[str, Any]:
        raise OSError("no network")

    broken = Part(title="sizes", keys=frozenset({"sizes"}), measure=fail)
    monkeypatch.setattr(parts, "PARTS", {**parts.PARTS, "sizes": broken})

    with pytest.raises(OSError, match="no network"):
        command.main([])

    assert json.loads(results.read_text())["load"] == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["all"], "there is no part 'all'; there are: ", id="unknown part"),
        pytest.param(["--rounds", "0"], "--rounds is at least 1", id="no rounds"),
        pytest.param(["--round", "x"], "invalid int value", id="no number"),
    ],
)
def test_bad_arguments_are_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit):
        command.main(arguments)

    assert said in capsys.readouterr().err.splitlines()[-1]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tables: Tables, secrets: MemorySecrets) -> None:
    """The variables of the functions, and the tables behind them."""
    names = {"DIRECTORY_TABLE": DIRECTORY_TABLE, "GRANTS_TABLE": GRANTS_TABLE}
    for name, value in lambda_environment("http://127.0.0.1:1", names, PUBLIC_URL="https://auth.example").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SIGNING_KEYS_SECRET", SIGNING_KEYS)
    monkeypatch.setattr(connections, "build", lambda *_: tables)
    monkeypatch.setattr(connections, "secrets", lambda *_: secrets)


@pytest.mark.usefixtures("stack")
def test_the_requests_that_are_measured_succeed() -> None:
    requests, facts = gatehouse.scenarios()

    for name, request in requests.items():
        if "many" not in name:
            answer = request()
            assert answer is None or isinstance(answer, dict | bool | protocol.Excluded), name
    assert facts.keys() == {f"{name} event" for name in ("token", "password", "authorizer", "signin", "store")}


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("function", ["signin", "store"])
def test_the_pages_that_are_shown_at_a_measured_start_are_successes(function: str) -> None:
    _, facts = gatehouse.scenarios()

    event: Any = facts[f"{function} event"]

    assert gatehouse.handler(function)(event, None)["statusCode"] == 200


@pytest.mark.usefixtures("stack")
def test_the_documents_that_are_measured_are_published() -> None:
    published = publishing.scenarios()["a chain of references"]()

    assert isinstance(published, protocol.Excluded)
