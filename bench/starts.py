"""Which functions are started cold, how often, and at which memory sizes."""

import random
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from copy import replace
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench import certificates, cold_starts, spreads
from bench.artifacts import Artifacts
from bench.certificates import Certificates
from bench.cold_starts import MEMORY_MB_OF_A_CPU, Function, Start
from bench.processes import Database, Subject, lambda_environment
from local import docker_bridge

MEMORY_MB = 512
_OTHER_REPEATS = 3
_IMPORT_REPEATS = 3
_TUNED_REPEATS = 2
_ESTIMATES_PER_ROUND = 5
_TUNED_MEMORY_MB = (128, 256, 512, 1024, 1769)


@dataclass(frozen=True, slots=True)
class Result:
    """Cold starts of one function at one memory size."""

    function: str
    memory_mb: int
    how: str
    init_ms: spreads.Spread
    import_cpu_ms: spreads.Spread
    first_ms: spreads.Spread
    warm_ms: spreads.Spread
    peak_mib: float
    modules: int
    slowest_imports: list[tuple[float, str]]


@contextmanager
def functions(database: Database, python: Path, made: Artifacts, endpoint_url: str) -> Generator[dict[str, Function]]:
    """Describe the functions, with tables that hold what their events ask for."""
    subjects: list[Subject] = []
    described: dict[str, Function] = {}
    layer = made.built / "CommonLayer"
    for module in ("gatehouse", "naive"):
        variables = lambda_environment(database.endpoint_url, database.create_tables(f"cold-{module}"))
        subject = Subject([python, "-m", f"bench.subjects.{module}"], variables)
        subjects.append(subject)
        environment = {**variables, "AWS_ENDPOINT_URL": endpoint_url, "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url}
        ours = module == "gatehouse"
        for name in ("token", "authorizer", "signin", "store") if ours else ("token", "authorizer"):
            code, opt = (made.built / name.title(), layer) if ours else (made.naive / name, made.naive / "layer")
            label = name if ours else f"naive {name}"
            described[label] = Function(
                name=label, code=code, layer=opt, environment=environment, event=subject.facts[f"{name} event"]
            )
        if module == "gatehouse":
            token = described["token"]
            described["token, not compiled"] = replace(
                token, name="token, not compiled", code=made.uncompiled / "Token", layer=made.uncompiled / "CommonLayer"
            )
            described["token, password grant"] = replace(
                token, name="token, password grant", event=subject.facts["password event"]
            )
    try:
        yield described
    finally:
        for subject in subjects:
            subject.close()


def measure(
    database: Database, python: Path, made: Artifacts, trusted: Certificates, rounds: int
) -> tuple[list[Result], str]:
    """Start everything cold; say why, if it is only an estimate."""
    obstacle = cold_starts.is_possible()
    if obstacle:
        print(f"  {obstacle}: cold starts are ESTIMATED from the CPU time of the imports.", flush=True)
        with (
            functions(database, python, made, database.endpoint_url) as described,
            cold_starts.lambda_runtime(python) as runtime,
        ):
            return _estimates(described, runtime, rounds), obstacle
    with docker_bridge.reach(database.tls_port) as relay:
        at = urlsplit(relay)
        endpoint_url = f"https://{certificates.HOST}:{at.port}"
        with functions(database, python, made, endpoint_url) as described:
            return list(_all(described, trusted, at.hostname or "", rounds)), ""


def _all(described: dict[str, Function], trusted: Certificates, host: str, rounds: int) -> Generator[Result]:
    """Start every function once per round, so that a machine that slows down slows all of them."""
    plan = [(function, MEMORY_MB, _OTHER_REPEATS if "," in name else rounds) for name, function in described.items()]
    plan += [
        (described[name], memory_mb, _TUNED_REPEATS)
        for name in ("token", "token, password grant", "authorizer")
        for memory_mb in _TUNED_MEMORY_MB
        if memory_mb != MEMORY_MB
    ]
    starts: dict[tuple[str, int], list[Start]] = {(one.name, memory_mb): [] for one, memory_mb, _ in plan}
    imports: dict[str, list[tuple[int, float]]] = {name: [] for name in described}
    for number in range(rounds):
        print(f"  round {number + 1} of {rounds}", flush=True)
        for function, memory_mb, repeats in plan:
            if number < repeats:
                cpus = memory_mb / MEMORY_MB_OF_A_CPU
                start = cold_starts.start(function, trusted, host, memory_mb, cpus)
                starts[function.name, memory_mb].append(start)
            if memory_mb == MEMORY_MB and number < _IMPORT_REPEATS:
                imports[function.name].append(cold_starts.imports(function, trusted, host))
    for function, memory_mb, _ in plan:
        slowest = cold_starts.slowest_imports(function, trusted, host) if memory_mb == MEMORY_MB else []
        how = f"Docker, {memory_mb / MEMORY_MB_OF_A_CPU:.2f} vCPU"
        yield _result(function, memory_mb, how, starts[function.name, memory_mb], imports[function.name], slowest)


def _estimates(described: dict[str, Function], runtime: Path, rounds: int) -> list[Result]:
    """Estimate every function once per round; the first, which compiles what is not compiled yet, does not count.

    The order changes: one function that always follows the largest would always find the processor's caches emptied.
    """
    taken: dict[str, list[Start]] = {name: [] for name in described}
    names = [*described]
    for number in range(rounds * _ESTIMATES_PER_ROUND + 1):
        for name in random.sample(names, len(names)):
            start = cold_starts.estimate(described[name], runtime, MEMORY_MB)
            taken[name] += [start] if number else []
    how = "estimated from CPU time, without Docker"
    return [
        _result(
            described[name],
            MEMORY_MB,
            how,
            starts,
            [(0, one.init_ms * MEMORY_MB / MEMORY_MB_OF_A_CPU) for one in starts],
            [],
        )
        for name, starts in taken.items()
    ]


def _result(
    function: Function,
    memory_mb: int,
    how: str,
    starts: list[Start],
    imports: list[tuple[int, float]],
    slowest: list[tuple[float, str]],
) -> Result:
    init, first, warm = (
        spreads.spread([getattr(one, name) for one in starts]) for name in ("init_ms", "first_ms", "warm_ms")
    )
    import_cpu = spreads.spread([cpu_ms for _, cpu_ms in imports])
    peak = max(one.peak_mib for one in starts)
    return Result(function.name, memory_mb, how, init, import_cpu, first, warm, peak, imports[0][0], slowest)


@contextmanager
def shared_folder() -> Generator[Path]:
    """Make a folder that a container's user may read."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
