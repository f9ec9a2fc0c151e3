"""`make bench`: its command line, its parts, and the requests that it measures, which must be successes."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import bench.__main__ as command
from bench import cost, parts, profile, readme, report, targets
from bench.batches import BATCHES
from bench.parts import Part
from bench.processes import lambda_environment
from bench.requests import Result
from bench.spreads import Spread
from bench.subjects import events, gatehouse, profiled, protocol, publishing
from bench.targets import Target
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
    monkeypatch.setattr(command.readme, "write", lambda _: None)
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
def test_some_rows_of_the_requests_are_measured_and_printed(
    published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[int, str]] = []

    def measure(rounds: int, only: str) -> list[Result]:
        asked.append((rounds, only))
        one = Spread(0.25, 0.2, 0.3, 2)
        return [Result("Gatehouse", "gate", one, one, {}, 2, 0, 0)]

    monkeypatch.setattr(parts, "rows", measure)
    monkeypatch.setattr(parts, "PARTS", {"requests": parts.PARTS["load"]})
    command.main(["requests", "--only", "gate", "--rounds", "2"])

    assert asked == [(2, "gate")]
    assert "Gatehouse, gate: 0.25 (0.20-0.30) of one GetItem, 0.25 (0.20-0.30) ms" in capsys.readouterr().out
    assert not published


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
        pytest.param(["load", "--only", "gate"], "--only is for the part requests alone", id="rows of another part"),
        pytest.param(["requests", "--only", "gate", "--publish"], "--only is for", id="rows that would be published"),
    ],
)
def test_bad_arguments_are_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit):
        command.main(arguments)

    assert said in capsys.readouterr().err.splitlines()[-1]


def test_a_form_is_spelt_as_the_standard_library_does() -> None:
    form = {"refresh_token": "ghr_a-b.c_d", "username": "john@gmail.com@johnsorg", "scope": "read ü+&=%", "empty": ""}

    body = base64.b64decode(events.post("/token", form, "client", "secret")["body"]).decode()

    assert body == urlencode(form)


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


@pytest.mark.sampled(0)
@pytest.mark.usefixtures("stack")
def test_the_documents_that_are_measured_are_published() -> None:
    published = publishing.scenarios()["a chain of references"]()

    assert isinstance(published, protocol.Excluded)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        pytest.param(0.15, "met", id="at the limit"),
        pytest.param(0.164, "met within tolerance", id="above it by less than a tenth"),
        pytest.param(0.17, "**missed**", id="above it by more"),
    ],
)
def test_a_target_says_whether_it_is_met(measured: float, verdict: str) -> None:
    assert Target("x", 0.15, measured, "of one boto3 GetItem").verdict == verdict


def results_of_every_part() -> dict[str, Any]:
    """Results in which most targets are missed."""
    spread = {"median": 1.0, "low": 1.0, "high": 1.0}
    pair: dict[str, Any] = {"operations": {}, "read_units": 0.0, "write_units": 1.0, "index_write_units": 0.0}
    scenarios = [name for _, name, _ in cost.OPERATIONS] + ["client_credentials", "password, beyond its hash"]
    requests = [
        {"subject": subject, "scenario": name, "cpu_ms": spread, "ratio": spread, **pair}
        for subject in ("Gatehouse", "Gatehouse, 3 s later")
        for name in [*scenarios, *(one.name for one in BATCHES)]
    ]
    functions = ["token", "authorizer", "signin", "store", "naive token", "naive authorizer"]
    start = {"memory_mb": 512, "init_ms": spread, "import_cpu_ms": spread, "peak_mib": 30.0}
    return {
        "requests": requests,
        "starts": [{**start, "function": name} for name in functions],
        "sizes": [{"artifact": "CommonLayer", "zipped_mib": 8.0}],
        "publishing": [{"cpu_s": spread}],
        "local_stack": {"up_cold_seconds": 40.0, "up_warm_seconds": 9.0, "call_ms": spread},
        "fault_suite": {"seconds": 300.0, "tests": 1000},
        "profiles": [
            {"target": target, "shares": {"rules": 0.7, "sockets": 0.296, "too little": 0.004}}
            for target in [*profile.REQUESTS, *profile.STARTS]
        ],
    }


def test_every_target_is_a_row_with_its_limit_and_verdict() -> None:
    measured = results_of_every_part()

    table = report.targets_table(measured)

    assert "| client credentials, cached | 1.00 | <= 0.15 of one boto3 GetItem | **missed** |" in table
    assert "| init, token | 1.00 | <= 0.2 of the naive Lambda's | **missed** |" in table
    assert "| `make up`, cold | 40.00 | <= 60 s | met |" in table
    assert "| the fault suite | 300.00 | <= 900 s | met |" in table
    assert len(table.splitlines()) == 2 + len(targets.targets(measured)) == 2 + 25


def test_every_target_of_a_request_or_a_start_that_is_missed_has_its_profile() -> None:
    measured = results_of_every_part()
    missed = [one.name for one in targets.targets(measured) if not one.is_met]

    text = report.missed(measured)

    assert {"refresh token", "gate decision, opaque token, with the status read", "init, token"} <= {*missed}
    assert re.findall(r"^\*\*(.+)\*\*$", text, re.MULTILINE) == missed
    of_money = text.count("| the statistics, afterwards |")
    assert text.count("| rules | 70% |\n| sockets | 30% |") == len(missed) - of_money
    assert "too little" not in text
    assert "No profile was taken." not in text


def test_profiles_are_of_targets() -> None:
    names = {one.name for one in targets.targets(results_of_every_part())}

    assert {*profile.REQUESTS, *profile.STARTS} <= names
    assert {name for name in names if name.startswith(("client credentials,", "refresh", "password", "gate"))} == {
        *profile.REQUESTS
    }


@pytest.mark.parametrize(
    ("function", "part"),
    [
        ("/opt/python/gatehouse/storage/aws/connection.py", "HTTP/1.1"),
        ("<method 'sendall' of '_socket.socket' objects>", "sockets, the kernel's part included"),
        ("/opt/python/gatehouse/domain/kernel/digests.py", "signatures, digests and random numbers"),
        ("/opt/python/gatehouse/storage/grants.py", "items, rendered and parsed"),
        ("/opt/python/gatehouse/domain/oauth/tokens.py", "rules"),
        ("/x/site-packages/argon2/low_level.py", ""),
        ("<built-in method builtins.len>", "Python's own functions"),
    ],
)
def test_the_time_of_a_function_belongs_to_one_part_of_a_profile(function: str, part: str) -> None:
    assert profiled.part(function) == part


def test_the_imports_of_a_start_are_shared_out() -> None:
    taken = {"gatehouse.domain": 20, "app": 5, "ssl": 10, "_decimal": 15, "typing": 50}

    assert profile.shares_of_imports(taken) == {
        "Python and the rest of its library": 0.5,
        "our own modules": 0.25,
        "msgspec, with what it imports": 0.15,
        "sockets and TLS": 0.1,
    }


def test_readme_shows_the_numbers_of_the_measurements() -> None:
    measured = command.stored(command.RESULTS)
    page = report.PAGE.read_text()

    _, _, rest = readme.PAGE.read_text().partition(readme.BEGIN)

    assert rest.partition(readme.END)[0] == readme.region(measured)
    numbers = [value.removesuffix(" ms") for _, *values in readme.rows(measured) for value in values]
    assert [number for number in numbers if not re.search(rf"\| {re.escape(number)} \(", page)] == []
    assert f"| {readme.dollars(measured)} | <= 5 dollars per million |" in page


def test_only_the_region_of_readme_is_replaced(tmp_path: Path) -> None:
    measured = command.stored(command.RESULTS)
    page = tmp_path / "README.md"
    page.write_text(f"before\n{readme.BEGIN}old\n{readme.END}after\n")

    readme.write(measured, page)

    assert page.read_text() == f"before\n{readme.BEGIN}{readme.region(measured)}{readme.END}after\n"


def test_a_readme_without_the_region_is_not_written(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{readme.BEGIN}after\n")

    with pytest.raises(ValueError, match="lacks"):
        readme.write(command.stored(command.RESULTS), page)

    assert page.read_text() == f"before\n{readme.BEGIN}after\n"
