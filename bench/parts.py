"""The parts of `make bench`: each can be measured alone, and says when and where it was."""

import functools
import os
import platform
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bench import (
    artifacts,
    certificates,
    environment,
    fault_suite,
    load,
    local_stack,
    processes,
    profile,
    publishing,
    requests,
    starts,
)
from bench.artifacts import Artifacts
from bench.certificates import Certificates
from bench.processes import Database

ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part.

    Attributes:
        keys: What it adds to the results.
        measure: Measures it, in so many rounds where it has any.
    """

    title: str
    keys: frozenset[str]
    measure: Callable[[int], Mapping[str, Any]]


def take(name: str, rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure a part; return what it adds to the results, with the circumstances under `parts`."""
    started, load_average, at = time.monotonic(), os.getloadavg()[0], datetime.now(UTC)
    measured = PARTS[name].measure(rounds)
    circumstances = {
        "at": at.isoformat(timespec="minutes"),
        "machine": f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}",
        "cores": os.cpu_count(),
        "load_average": load_average,
        "seconds": round(time.monotonic() - started),
    }
    return {**measured, "parts": {name: circumstances}}


def merge(results: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """Replace a part of the results; what belongs to no part is dropped."""
    known = {key for part in PARTS.values() for key in part.keys}
    kept = {key: value for key, value in results.items() if key in known}
    return {**kept, **taken, "parts": {**results.get("parts", {}), **taken["parts"]}}


def missing(results: Mapping[str, Any]) -> Sequence[str]:
    """Name the parts that the results lack."""
    taken = results.get("parts", {})
    return [name for name, part in PARTS.items() if name not in taken or part.keys - results.keys()]


def _sizes(_rounds: int) -> Mapping[str, Any]:
    return {"sizes": artifacts.sizes(_artifacts())}


def rows(rounds: int, only: str = "") -> list[requests.Result]:
    """Measure the requests whose row contains a text."""
    with _database() as (database, _):
        subjects = requests.start(database, environment.python())
        try:
            return requests.measure(database, subjects, rounds, only)
        finally:
            for subject in subjects.values():
                subject.close()


def _requests(rounds: int) -> Mapping[str, Any]:
    return {"requests": [asdict(one) for one in rows(rounds)]}


def _load(_rounds: int) -> Mapping[str, Any]:
    with _database() as (database, _):
        return {"load": [asdict(one) for one in load.measure(database, environment.python())]}


def _publishing(rounds: int) -> Mapping[str, Any]:
    with _database() as (database, _):
        return {"publishing": [asdict(one) for one in publishing.measure(database, rounds)]}


def _starts(rounds: int) -> Mapping[str, Any]:
    made = _artifacts()
    with _database() as (database, trusted):
        results, obstacle = starts.measure(database, environment.python(), made, trusted, rounds)
        return {"starts": [asdict(one) for one in results], "starts_obstacle": obstacle}


def _profiles(_rounds: int) -> Mapping[str, Any]:
    made = _artifacts()
    with _database() as (database, _):
        return {"profiles": [asdict(one) for one in profile.measure(database, environment.python(), made)]}


def _local_stack(_rounds: int) -> Mapping[str, Any]:
    return {"local_stack": asdict(local_stack.measure())}


def _fault_suite(_rounds: int) -> Mapping[str, Any]:
    return {"fault_suite": asdict(fault_suite.measure())}


PARTS: Mapping[str, Part] = {
    "sizes": Part(title="Package sizes", keys=frozenset({"sizes"}), measure=_sizes),
    "requests": Part(title="CPU per request", keys=frozenset({"requests"}), measure=_requests),
    "load": Part(title="Load", keys=frozenset({"load"}), measure=_load),
    "publishing": Part(title="Publishing", keys=frozenset({"publishing"}), measure=_publishing),
    "starts": Part(title="Cold starts", keys=frozenset({"starts", "starts_obstacle"}), measure=_starts),
    "profiles": Part(title="Profiles", keys=frozenset({"profiles"}), measure=_profiles),
    "local-stack": Part(title="The local stack", keys=frozenset({"local_stack"}), measure=_local_stack),
    "fault-suite": Part(title="The fault suite", keys=frozenset({"fault_suite"}), measure=_fault_suite),
}


@functools.cache
def _artifacts() -> Artifacts:
    """Build once for all parts of a run."""
    return artifacts.build()


@contextmanager
def _database() -> Generator[tuple[Database, Certificates]]:
    """Run a DynamoDB, over HTTP and TLS."""
    with starts.shared_folder() as folder:
        trusted = certificates.make(folder)
        with processes.database(environment.python(), trusted.server) as running:
            yield running, trusted
