"""Dollars per million of everything, from measured capacity and durations and from list prices."""

import json
import math
from dataclasses import dataclass
from typing import Any

from bench import batches
from bench.environment import ROOT
from tests import template

PRICES = ROOT / "bench" / "prices.json"

MEMORY_MB = 512
EVENTS_MEMORY_MB = 256
_CPU_MB = 1769
DYNAMODB_WAIT_MS = 4.0
RUNTIME_MS = 1.0
LOG_BYTES = 250
GRANT_BYTES = 700
ANSWER_BYTES = 1_200
REQUESTS_PER_COLD_START = 1_000

OPERATIONS = (
    ("client_credentials", "client_credentials with scopes", "http"),
    ("client_credentials, JWT", "client_credentials, JWT", "http"),
    ("password", "password", "http"),
    ("refresh_token", "refresh_token", "http"),
    ("introspection", "introspection", "http"),
    ("gate decision", "gate", "none"),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars per million of one operation, part by part."""

    name: str
    gateway: float
    requests: float
    duration: float
    reads: float
    writes: float
    logs: float
    transfer: float
    storage: float
    statistics: float
    billed_ms: float

    @property
    def total(self) -> float:
        """All parts together."""
        return self.of_the_request + self.statistics

    @property
    def of_the_request(self) -> float:
        """The parts of the request itself, without what the stream's consumer counts afterwards."""
        of_lambda = self.requests + self.duration + self.logs
        return self.gateway + self.transfer + of_lambda + self.reads + self.writes + self.storage


def costs(
    measured: dict[str, Any],
    prices: dict[str, Any],
    rate: int,
    memory_mb: int = MEMORY_MB,
    *,
    is_spread: bool = False,
) -> list[Cost]:
    """Return what a million of each costs at a rate of requests per second, of one application or of many."""
    return [_cost(measured, prices, operation, rate, memory_mb, is_spread=is_spread) for operation in OPERATIONS]


def _cost(
    measured: dict[str, Any],
    prices: dict[str, Any],
    operation: tuple[str, str, str],
    rate: int,
    memory_mb: int,
    *,
    is_spread: bool,
) -> Cost:
    name, scenario, gateway = operation
    cached, uncached = (_find(measured, subject, scenario) for subject in _SUBJECTS)
    missed = _missed(rate)
    reads = cached["read_units"] + missed * (uncached["read_units"] - cached["read_units"])
    writes = cached["write_units"] + cached["index_write_units"]
    billed = math.ceil(_duration_ms(cached, uncached, missed, memory_mb))
    is_http = gateway == "http"
    cold_ms = _init_ms(measured, "token" if is_http else "authorizer", memory_mb) / REQUESTS_PER_COLD_START
    return Cost(
        name=name,
        gateway=prices["http_api_request"]["per_million"] if is_http else 0.0,
        requests=prices["lambda_request"]["per_million"],
        duration=(billed + cold_ms) / 1000 * memory_mb / 1024 * prices["lambda_gb_second_arm64"]["each"] * 1e6,
        reads=reads * prices["dynamodb_read_unit"]["per_million"],
        writes=writes * prices["dynamodb_write_unit"]["per_million"],
        logs=LOG_BYTES / 1e9 * prices["logs_gb"]["each"] * 1e6,
        transfer=ANSWER_BYTES / 1e9 * prices["transfer_gb"]["each"] * 1e6 if is_http else 0.0,
        storage=_storage(writes, prices),
        statistics=counting(measured, prices, rate, is_spread=is_spread).dollars if name in _COUNTED else 0.0,
        billed_ms=billed,
    )


_COUNTED = frozenset({"client_credentials", "client_credentials, JWT", "password", "refresh_token"})


@dataclass(frozen=True, slots=True)
class Counting:
    """What counting a token in the statistics takes, as a part of its batch."""

    batch: batches.Batch
    read_units: float
    write_units: float
    dollars: float


def counting(measured: dict[str, Any], prices: dict[str, Any], rate: int, *, is_spread: bool) -> Counting:
    """Return what counting each of a million tokens takes at a rate of them, all of one application or of many."""
    mapping = template.load()["Resources"]["EventsSource"]["Properties"]
    if (mapping["MaximumBatchingWindowInSeconds"], mapping["BatchSize"]) != (
        batches.WINDOW_SECONDS,
        batches.BATCH_MOST,
    ):
        raise ValueError("bench/batches.py is behind template.yaml")
    batch = batches.batch(rate, is_spread=is_spread)
    one = _find(measured, _SUBJECTS[0], batch.name)
    share = min(1.0, EVENTS_MEMORY_MB / _CPU_MB)
    ms = one["cpu_ms"]["median"] / share + sum(one["operations"].values()) * DYNAMODB_WAIT_MS + RUNTIME_MS
    written = one["write_units"] + one["index_write_units"]
    dollars = (
        prices["lambda_request"]["per_million"]
        + LOG_BYTES / 1e9 * prices["logs_gb"]["each"] * 1e6
        + math.ceil(ms) / 1000 * EVENTS_MEMORY_MB / 1024 * prices["lambda_gb_second_arm64"]["each"] * 1e6
        + one["read_units"] * prices["dynamodb_read_unit"]["per_million"]
        + written * prices["dynamodb_write_unit"]["per_million"]
    )
    return Counting(batch, one["read_units"] / batch.tokens, written / batch.tokens, dollars / batch.tokens)


_SUBJECTS = ("Gatehouse", "Gatehouse, 3 s later")


def _find(measured: dict[str, Any], subject: str, scenario: str) -> dict[str, Any]:
    return next(one for one in measured["requests"] if (one["subject"], one["scenario"]) == (subject, scenario))


def _init_ms(measured: dict[str, Any], function: str, memory_mb: int) -> float:
    """Return what a cold start adds at a memory size; at one that was not measured, at the default's."""
    by_size = {one["memory_mb"]: one for one in measured["starts"] if one["function"] == function}
    return by_size.get(memory_mb, by_size[MEMORY_MB])["init_ms"]["median"]


def _missed(rate: float) -> float:
    """Return the part of requests that find nothing remembered: each instance reads once per 2 seconds."""
    return 1.0 if rate <= 1 else min(1.0, 1 / (2 * PER_INSTANCE))


PER_INSTANCE = 20.0
"""Requests per second that an instance gets once there are several: a careful guess, for Lambda fills them up."""


def _duration_ms(cached: dict[str, Any], uncached: dict[str, Any], missed: float, memory_mb: int) -> float:
    """Return CPU at the memory size's share of a vCPU, plus waiting for DynamoDB, plus the runtime's own overhead."""
    share = min(1.0, memory_mb / _CPU_MB)
    cpu = _mix(cached["cpu_ms"]["median"], uncached["cpu_ms"]["median"], missed)
    calls = _mix(sum(cached["operations"].values()), sum(uncached["operations"].values()), missed)
    return cpu / share + calls * DYNAMODB_WAIT_MS + RUNTIME_MS


def _mix(cached: float, uncached: float, missed: float) -> float:
    return cached + missed * (uncached - cached)


def _storage(writes: float, prices: dict[str, Any]) -> float:
    """Return a day of storing a million grants; TTL deletes them for nothing."""
    return writes and 1e6 * GRANT_BYTES / 1e9 * prices["dynamodb_storage_gb_month"]["each"] / 30


def read_prices() -> dict[str, Any]:
    """Return the list prices."""
    return json.loads(PRICES.read_text())
