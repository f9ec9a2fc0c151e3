"""Throughput and latency under concurrent load: as many instances as requests in flight, as Lambda runs them."""

from dataclasses import dataclass
from pathlib import Path

from bench import spreads
from bench.processes import Database, Subject, lambda_environment

_INSTANCES = (1, 2, 4, 8)
_SECONDS = 2.0
_SCENARIOS = (
    ("gatehouse", "client_credentials"),
    ("gatehouse", "refresh_token"),
    ("gatehouse", "gate"),
    ("naive", "client_credentials"),
    ("naive", "gate"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario by one number of instances."""

    subject: str
    scenario: str
    instances: int
    requests_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def measure(database: Database, python: Path) -> list[Result]:
    """Run every scenario by every number of instances; client, instances and DynamoDB share this machine's cores."""
    results: list[Result] = []
    for module in dict.fromkeys(module for module, _ in _SCENARIOS):
        variables = lambda_environment(database.endpoint_url, database.create_tables(f"load-{module}"))
        crowd = [Subject([python, "-m", f"bench.subjects.{module}"], variables) for _ in range(max(_INSTANCES))]
        try:
            for subject, scenario in _SCENARIOS:
                if subject == module:
                    results += [_run(module, scenario, crowd[:number]) for number in _INSTANCES]
        finally:
            for one in crowd:
                one.close()
    return results


def _run(module: str, scenario: str, crowd: list[Subject]) -> Result:
    for one in crowd:
        one.run(scenario=scenario, requests=10)
    for one in crowd:
        one.send(scenario=scenario, seconds=_SECONDS, wants_latencies=True)
    answers = [one.receive() for one in crowd]
    latencies = [latency for answer in answers for latency in answer["latencies_ms"]]
    rate = sum(answer["requests"] / answer["wall_s"] for answer in answers)
    percentiles = (spreads.percentile(latencies, percent) for percent in (50, 95, 99))
    return Result(module, scenario, len(crowd), rate, *percentiles)
