"""`python -m bench.publishing`: CPU and memory of publishing the most expensive documents that the limits let pass."""

import json
import sys
from dataclasses import asdict, dataclass

from bench import certificates, environment, processes, spreads, starts
from bench.processes import Database, Subject, lambda_environment

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Result:
    """One document."""

    document: str
    cpu_s: spreads.Spread
    peak_mib: float


def measure(database: Database) -> list[Result]:
    """Publish each document some times, in a process with the packages of `functions/admin`."""
    names = database.create_tables("publishing")
    subject = Subject(
        [sys.executable, "-m", "bench.subjects.publishing"], lambda_environment(database.endpoint_url, names)
    )
    try:
        cpu_s: dict[str, list[float]] = {name: [] for name in subject.scenarios}
        for _ in range(_ROUNDS):
            for name, taken in cpu_s.items():
                taken.append(subject.run(scenario=name, requests=1)["cpu_ms"] / 1000)
        return [Result(name, spreads.spread(taken), subject.peak_rss_mib()) for name, taken in cpu_s.items()]
    finally:
        subject.close()


def main() -> None:
    """Measure it alone and print it."""
    with (
        starts.shared_folder() as folder,
        processes.database(environment.python(), certificates.make(folder).server) as running,
    ):
        for one in measure(running):
            print(json.dumps(asdict(one)))


if __name__ == "__main__":
    main()
