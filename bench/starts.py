"""Which functions are started cold, how often, and at which memory sizes."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from bench import certificates, cold_starts, spreads
from bench.artifacts import Artifacts
from bench.certificates import Certificates
from bench.cold_starts import MEMORY_MB_OF_A_CPU, Function, Start
from bench.processes import Database, Subject, lambda_environment
from local import docker_bridge

MEMORY_MB = 512
_REPEATS = 4
_TUNED_REPEATS = 2
_TUNED_MEMORY_MB = (128, 256, 512, 1024, 1769)


@dataclass(frozen=True, slots=True)
class Result:
    """Cold starts of one function at one memory size."""

    function: str
    memory_mb: int
    how: str
    init_ms: spreads.Spread
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
        for name in ("token", "authorizer"):
            ours = module == "gatehouse"
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


def measure(database: Database, python: Path, made: Artifacts, trusted: Certificates) -> tuple[list[Result], str]:
    """Start everything cold; say why, if it is only an estimate."""
    obstacle = cold_starts.is_possible()
    if obstacle:
        print(f"  {obstacle}: cold starts are ESTIMATED from the CPU time of the imports.", flush=True)
        with functions(database, python, made, database.endpoint_url) as described:
            return [_estimate(one, python) for one in described.values()], obstacle
    with docker_bridge.reach(database.tls_port) as relay:
        at = urlsplit(relay)
        endpoint_url = f"https://{certificates.HOST}:{at.port}"
        with functions(database, python, made, endpoint_url) as described:
            return list(_all(described, trusted, at.hostname or "")), ""


def _all(described: dict[str, Function], trusted: Certificates, host: str) -> Generator[Result]:
    for function in described.values():
        if function.name != "token, password grant":
            yield _measure(function, trusted, host, MEMORY_MB, _REPEATS)
    for name in ("token", "token, password grant", "authorizer"):
        for memory_mb in _TUNED_MEMORY_MB:
            if memory_mb != MEMORY_MB or name == "token, password grant":
                yield _measure(described[name], trusted, host, memory_mb, _TUNED_REPEATS)


def _measure(function: Function, trusted: Certificates, host: str, memory_mb: int, repeats: int) -> Result:
    print(f"  {function.name}, {memory_mb} MB", flush=True)
    cpus = memory_mb / MEMORY_MB_OF_A_CPU
    starts = [cold_starts.start(function, trusted, host, memory_mb, cpus) for _ in range(repeats)]
    wants_profile = memory_mb == MEMORY_MB
    modules = cold_starts.modules(function, trusted, host) if wants_profile else 0
    slowest = cold_starts.slowest_imports(function, trusted, host) if wants_profile else []
    return _result(function, memory_mb, f"Docker, {cpus:.2f} vCPU", starts, modules, slowest)


def _estimate(function: Function, python: Path) -> Result:
    starts = [cold_starts.estimate(function, python, MEMORY_MB) for _ in range(_REPEATS)]
    return _result(function, MEMORY_MB, "estimated from CPU time, without Docker", starts, 0, [])


def _result(
    function: Function, memory_mb: int, how: str, starts: list[Start], modules: int, slowest: list[tuple[float, str]]
) -> Result:
    init, first, warm = (
        spreads.spread([getattr(one, name) for one in starts]) for name in ("init_ms", "first_ms", "warm_ms")
    )
    peak = max(one.peak_mib for one in starts)
    return Result(function.name, memory_mb, how, init, first, warm, peak, modules, slowest)


@contextmanager
def shared_folder() -> Generator[Path]:
    """Make a folder that a container's user may read."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
