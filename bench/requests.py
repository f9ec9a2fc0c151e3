"""CPU, DynamoDB calls and capacity of one request, for Gatehouse, the naive functions and the peers, round by round.

Every round runs every scenario once, and the yardstick (one GetItem through a default boto3 client) several times;
a ratio is taken inside its round, so that a machine that slows down in between slows both sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from bench import environment, spreads
from bench.processes import Database, Subject, lambda_environment

YARDSTICK = ("transports", "boto3 client")
_ROUND_MS = 150.0
_ROUND_REQUESTS = 600
_HASHED_REQUESTS = 10
_WARM_UP_REQUESTS = 20
_COUNTED_REQUESTS = 10
_YARDSTICK_EVERY = 6


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario of one subject."""

    subject: str
    scenario: str
    cpu_ms: spreads.Spread
    ratio: spreads.Spread
    operations: dict[str, float]
    read_units: float
    write_units: float
    index_write_units: float


def start(database: Database, python: Path) -> dict[str, Subject]:
    """Start every subject with tables of its own."""
    subjects: dict[str, Subject] = {}
    for name, (module, more) in _SUBJECTS.items():
        command = [python, "-m", f"bench.subjects.{module}"]
        if module == "oidc_provider":
            node = environment.node()
            if node is None:
                print(f"  No Node.js here: {name} is left out.", flush=True)
                continue
            command = ["node", "bench/subjects/oidc_provider.mjs"]
            more = {**more, "BENCH_NODE": str(node), "NODE_NO_WARNINGS": "1"}
        tables = database.create_tables(name.replace(" ", "-").replace(",", ""))
        subjects[name] = Subject(command, lambda_environment(database.endpoint_url, tables, **more))
    return subjects


_SUBJECTS: dict[str, tuple[str, dict[str, str]]] = {
    "transports": ("transports", {}),
    "Gatehouse": ("gatehouse", {"PUBLIC_URL": "https://auth.example"}),
    "Gatehouse, 3 s later": (
        "gatehouse",
        {"PUBLIC_URL": "https://auth.example", "BENCH_SECONDS_BETWEEN": "3"},
    ),
    "naive Lambda": ("naive", {}),
    "Authlib + Flask, in memory": ("authlib_flask", {}),
    "django-oauth-toolkit, SQLite": ("django_toolkit", {}),
    "oidc-provider, DynamoDB": ("oidc_provider", {"BENCH_STORE": "dynamodb"}),
    "oidc-provider, in memory": ("oidc_provider", {"BENCH_STORE": "memory"}),
}


def measure(database: Database, subjects: dict[str, Subject], rounds: int, only: str = "") -> list[Result]:
    """Run the rounds, of the rows that contain a text, and of the yardstick."""
    wanted = [one for one in _every(subjects) if only in ", ".join(one) or one == YARDSTICK]
    counted = {one: _count(database, subjects[one[0]], one[1]) for one in wanted}
    sizes = {one: max(3, min(_ROUND_REQUESTS, round(_ROUND_MS / counted[one]["cpu_ms"]))) for one in counted}
    sizes |= {one: _HASHED_REQUESTS for one in sizes if one[1].startswith("password, beyond")}
    cpu: dict[tuple[str, str], list[float]] = {one: [] for one in counted}
    ratios: dict[tuple[str, str], list[float]] = {one: [] for one in counted}
    for number in range(rounds):
        print(f"  round {number + 1} of {rounds}", flush=True)
        yardsticks: list[float] = []
        once: dict[tuple[str, str], float] = {}
        for position, one in enumerate(counted):
            if position % _YARDSTICK_EVERY == 0:
                yardsticks.append(_run(subjects, YARDSTICK, sizes[YARDSTICK]))
            once[one] = _run(subjects, one, sizes[one])
        for one, cpu_ms in once.items():
            cpu[one].append(cpu_ms)
            ratios[one].append(cpu_ms / mean(yardsticks))
    return [
        Result(*one, spreads.spread(cpu[one]), spreads.spread(ratios[one]), **counted[one]["database"])
        for one in counted
    ]


def _every(subjects: dict[str, Subject]) -> Iterator[tuple[str, str]]:
    for name, subject in subjects.items():
        for scenario in subject.scenarios:
            yield name, scenario


def _run(subjects: dict[str, Subject], one: tuple[str, str], requests: int) -> float:
    name, scenario = one
    return subjects[name].run(scenario=scenario, requests=requests)["cpu_ms"]


def _count(database: Database, subject: Subject, scenario: str) -> dict[str, Any]:
    """Warm up; then count what a request asks of DynamoDB, with everything cached that may be."""
    cpu_ms = subject.run(scenario=scenario, requests=3)["cpu_ms"]
    if cpu_ms < _ROUND_MS / _WARM_UP_REQUESTS:
        subject.run(scenario=scenario, requests=_WARM_UP_REQUESTS)
    database.call("BenchReset")
    cpu_ms = subject.run(scenario=scenario, requests=_COUNTED_REQUESTS)["cpu_ms"]
    counters = database.call("BenchCounters")
    per_request = {name: value / _COUNTED_REQUESTS for name, value in counters.items() if name != "operations"}
    operations = {name: count / _COUNTED_REQUESTS for name, count in counters["operations"].items()}
    return {"cpu_ms": cpu_ms, "database": {"operations": operations, **per_request}}
