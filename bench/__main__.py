"""`make bench`: measure everything, store it in bench/results, and write docs/bench.md, docs/cost.md and the plots."""

import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bench import (
    artifacts,
    certificates,
    cost_page,
    environment,
    load,
    local_stack,
    processes,
    publishing,
    report,
    requests,
    starts,
)

RESULTS = environment.ROOT / "bench" / "results" / "latest.json"
_ROUNDS = 5


def measure() -> dict[str, Any]:
    """Take every measurement, in one run."""
    _say("Preparing")
    started, load_average = time.monotonic(), os.getloadavg()[0]
    python = environment.python()
    made = artifacts.build()
    measured: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}",
        "cores": os.cpu_count(),
        "load_average": load_average,
        "sizes": artifacts.sizes(made),
    }
    with starts.shared_folder() as folder:
        trusted = certificates.make(folder)
        with processes.database(python, trusted.server) as database:
            _say("CPU per request")
            subjects = requests.start(database, python)
            try:
                measured["requests"] = [asdict(one) for one in requests.measure(database, subjects, _ROUNDS)]
            finally:
                for subject in subjects.values():
                    subject.close()
            _say("Load")
            measured["load"] = [asdict(one) for one in load.measure(database, python)]
            _say("Publishing")
            measured["publishing"] = [asdict(one) for one in publishing.measure(database)]
            _say("Cold starts")
            results, obstacle = starts.measure(database, python, made, trusted)
            measured["starts"] = [asdict(one) for one in results]
            measured["starts_obstacle"] = obstacle
    _say("The local stack")
    measured["local_stack"] = asdict(local_stack.measure())
    measured["seconds"] = round(time.monotonic() - started)
    return measured


def publish(measured: dict[str, Any]) -> None:
    """Write the pages and the plots."""
    report.write(measured)
    report.write_summary(measured)
    cost_page.write(measured)
    command = [environment.python(), "-m", "bench.plots", RESULTS, environment.ROOT / "docs" / "images"]
    subprocess.run(command, cwd=environment.ROOT, check=True)
    print(report.targets_table(measured))


def _say(what: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {what} ...", flush=True)


with environment.only_one():
    if "--publish" in sys.argv:
        stored = json.loads(RESULTS.read_text())
    else:
        stored = measure()
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(stored, indent=1) + "\n")
    publish(stored)
    _say("Done")
