"""CPU and memory of publishing the most expensive documents that the limits let pass."""

import sys
from dataclasses import dataclass

from bench import spreads
from bench.processes import Database, Subject, lambda_environment

_ROUNDS_MOST = 3


@dataclass(frozen=True, slots=True)
class Result:
    """One document."""

    document: str
    cpu_s: spreads.Spread
    peak_mib: float


def measure(database: Database, rounds: int) -> list[Result]:
    """Publish each document some times, in a process with the packages of `functions/publisher`."""
    names = database.create_tables("publishing")
    subject = Subject(
        [sys.executable, "-m", "bench.subjects.publishing"], lambda_environment(database.endpoint_url, names)
    )
    try:
        cpu_s: dict[str, list[float]] = {name: [] for name in subject.scenarios}
        for _ in range(min(rounds, _ROUNDS_MOST)):
            for name, taken in cpu_s.items():
                taken.append(subject.run(scenario=name, requests=1)["cpu_ms"] / 1000)
        return [Result(name, spreads.spread(taken), subject.peak_rss_mib()) for name, taken in cpu_s.items()]
    finally:
        subject.close()
