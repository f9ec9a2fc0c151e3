"""Where the CPU goes: of a request, by cProfile; of a start, by the interpreter's own record of imports.

cProfile exaggerates small functions, and a record of imports is of a clock, so these are shares, not milliseconds.
`make bench` publishes the profile of each target that is missed; `python -m bench.profile [SCENARIO ...]` prints some.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import certificates, environment, starts
from bench.artifacts import Artifacts
from bench.cold_starts import Function, lambda_runtime
from bench.processes import Database, database, lambda_environment

REQUESTS: Mapping[str, tuple[str, str]] = {
    "client credentials, nothing cached": ("client_credentials", "3"),
    "client credentials, cached": ("client_credentials", "0"),
    "refresh token": ("refresh_token", "0"),
    "password, beyond its Argon2id": ("password, beyond its hash", "0"),
    "gate decision, opaque token, with the status read": ("gate", "0"),
}
"""For each target: the scenario, and the seconds between two requests."""

STARTS: Mapping[str, str] = {f"init, {name}": name for name in ("authorizer", "token", "signin", "store")}
"""For each target: the function."""

_IMPORTS_TAKEN = 9
_IMPORTED = (
    ("our own modules", r"gatehouse|app$"),
    ("msgspec, with what it imports", r"msgspec|_?uuid|_?decimal|numbers|_?datetime|textwrap"),
    ("sockets and TLS", r"_?ssl$|_?socket$|selectors|select$|array$"),
    ("logging", r"logging|traceback|linecache|threading|string$|_?weakref"),
    ("hashes and random numbers", r"hashlib|_hashlib|_blake2|_sha|hmac|secrets|_?random|base64|_?bisect|math$"),
    ("JSON", r"_?json"),
    ("pages", r"jinja2|markupsafe|aws_lambda_powertools"),
)
"""A module belongs to the first part that its name begins like."""
_REST = "Python and the rest of its library"


@dataclass(frozen=True, slots=True)
class Profile:
    """The shares of the parts of what one target measures, the largest first."""

    target: str
    shares: dict[str, float]


def measure(running: Database, python: Path, made: Artifacts) -> list[Profile]:
    """Take the profile of every target that has one."""
    requests = [
        Profile(target, _of_request(running, python, scenario, seconds))
        for target, (scenario, seconds) in REQUESTS.items()
    ]
    with starts.functions(running, python, made, running.endpoint_url) as described, lambda_runtime(python) as runtime:
        return requests + [Profile(target, _of_start(described[name], runtime)) for target, name in STARTS.items()]


def _of_request(running: Database, python: Path, scenario: str, seconds: str) -> dict[str, float]:
    tables = running.create_tables(f"profile-{re.sub('[^a-z]', '', scenario)}-{seconds}")
    more = {"PUBLIC_URL": "https://auth.example", "BENCH_SECONDS_BETWEEN": seconds}
    variables = {**lambda_environment(running.endpoint_url, tables, **more), "PATH": os.environ["PATH"]}
    command = [python, "-m", "bench.subjects.profiled", scenario]
    done = subprocess.run(command, cwd=environment.ROOT, env=variables, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _of_start(function: Function, runtime: Path) -> dict[str, float]:
    """Return the shares of the imports: for each module, the least of some starts, which other processes disturbed."""
    paths = [str(function.code), *([str(function.layer / "python")] if function.layer else []), str(runtime)]
    variables = {**function.environment, "PYTHONPATH": ":".join(paths)}
    command = [sys.executable, "-S", "-X", "importtime", "-c", "import app"]
    taken: dict[str, int] = {}
    for _ in range(_IMPORTS_TAKEN):
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        for own, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)", done.stderr):
            taken[name] = min(int(own), taken.get(name, int(own)))
    return shares_of_imports(taken)


def shares_of_imports(taken: Mapping[str, int]) -> dict[str, float]:
    """Return the share of each part, of the time of each module."""
    parts: Counter[str] = Counter()
    for name, own in taken.items():
        parts[next((part for part, pattern in _IMPORTED if re.match(pattern, name)), _REST)] += own
    total = sum(taken.values())
    return {name: own / total for name, own in parts.most_common()}


def rows(shares: Mapping[str, float]) -> Iterable[tuple[str, str]]:
    """Return the rows of a table; what is below one per cent is left out."""
    return ((name, f"{share:.0%}") for name, share in shares.items() if share >= 0.01)


def main(scenarios: list[str]) -> None:
    """Print the profile of each scenario, taken in a process of its own, beside a DynamoDB."""
    python = environment.python()
    with starts.shared_folder() as folder, database(python, certificates.make(folder).server) as running:
        for scenario in scenarios:
            shares = _of_request(running, python, scenario, "0")
            print("\n".join((scenario, *(f"{share:>5} {name}" for name, share in rows(shares)))), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:] or ["refresh_token", "client_credentials"])
