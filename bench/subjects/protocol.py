"""How `bench.measure` talks to a subject: JSON lines on standard input and output."""

import gc
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Excluded:
    """What a scenario returns if some of its CPU seconds are not to count."""

    seconds: float


type Scenario = Callable[[], object]
"""One request. It raises if the answer is wrong: a quick refusal must not count as a fast success."""


def serve(scenarios: Mapping[str, Scenario], facts: Mapping[str, object] | None = None) -> None:
    """Say what there is, then run what is asked for until standard input ends."""
    _say({"scenarios": list(scenarios), "facts": facts or {}})
    for line in sys.stdin:
        wanted = json.loads(line)
        _say(_run(scenarios[wanted["scenario"]], wanted))


def _run(scenario: Scenario, wanted: dict[str, int | float]) -> dict[str, object]:
    """Run a number of requests, or as many as fit into some seconds; report CPU and latencies in milliseconds."""
    requests, seconds = wanted.get("requests"), wanted.get("seconds", 0)
    latencies: list[float] = []
    gc.collect()
    started, cpu = time.perf_counter(), time.process_time()
    before = started
    while len(latencies) < requests if requests else before - started < seconds:
        outcome = scenario()
        if isinstance(outcome, Excluded):
            cpu += outcome.seconds
        after = time.perf_counter()
        latencies.append((after - before) * 1000)
        before = after
    cpu = time.process_time() - cpu
    answer: dict[str, object] = {"requests": len(latencies), "cpu_ms": cpu * 1000 / len(latencies)}
    if wanted.get("wants_latencies"):
        answer["latencies_ms"] = [round(one, 3) for one in latencies]
        answer["wall_s"] = before - started
    return answer


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
