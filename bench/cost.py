"""docs/cost.md: dollars per million of everything, from measured capacity and durations and from list prices."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.environment import ROOT

PAGE = ROOT / "docs" / "cost.md"
PRICES = ROOT / "bench" / "prices.json"

_MEMORY_MB = 512
_MEMORY_SIZES_MB = (128, 256, 512, 1024, 1769)
_CPU_MB = 1769
_DYNAMODB_WAIT_MS = 4.0
_RUNTIME_MS = 1.0
_LOG_BYTES = 250
_GRANT_BYTES = 700
_SECONDS_OF_A_MONTH = 30.44 * 86_400
_RATES = (1, 100, 10_000)
_TARGET = 5.0

_OPERATIONS = (
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
        return self.gateway + self.requests + self.duration + self.reads + self.writes + self.logs + self.storage


def costs(measured: dict[str, Any], prices: dict[str, Any], rate: float, memory_mb: int = _MEMORY_MB) -> list[Cost]:
    """Return what a million of each costs at a rate of one client's requests per second."""
    return [_cost(measured, prices, operation, rate, memory_mb) for operation in _OPERATIONS]


def _cost(
    measured: dict[str, Any], prices: dict[str, Any], operation: tuple[str, str, str], rate: float, memory_mb: int
) -> Cost:
    name, scenario, gateway = operation
    cached, uncached = (_find(measured, subject, scenario) for subject in _SUBJECTS)
    missed = _missed(rate)
    reads = cached["read_units"] + missed * (uncached["read_units"] - cached["read_units"])
    writes = cached["write_units"] + cached["index_write_units"]
    billed = math.ceil(_duration_ms(cached, uncached, missed, memory_mb))
    return Cost(
        name=name,
        gateway=prices["http_api_request"]["per_million"] if gateway == "http" else 0.0,
        requests=prices["lambda_request"]["per_million"],
        duration=billed / 1000 * memory_mb / 1024 * prices["lambda_gb_second_arm64"]["each"] * 1e6,
        reads=reads * prices["dynamodb_read_unit"]["per_million"],
        writes=writes * prices["dynamodb_write_unit"]["per_million"],
        logs=_LOG_BYTES / 1e9 * prices["logs_gb"]["each"] * 1e6,
        storage=_storage(writes, prices),
        statistics=_statistics(measured, prices, rate) if name in _COUNTED else 0.0,
        billed_ms=billed,
    )


_COUNTED = frozenset({"client_credentials", "client_credentials, JWT", "password", "refresh_token"})
_STATISTICS = "statistics of one token, from the stream"
_BATCH_MOST = 100


def _statistics(measured: dict[str, Any], prices: dict[str, Any], rate: float) -> float:
    """Return what counting a million tokens costs: the consumer waits a second for up to 100 of them."""
    one = _find(measured, _SUBJECTS[0], _STATISTICS)
    calls = sum(one["operations"].values())
    ms = one["cpu_ms"]["median"] * _CPU_MB / _MEMORY_MB + calls * _DYNAMODB_WAIT_MS
    invocations = 1 / min(_BATCH_MOST, max(1.0, rate))
    return (
        invocations * (prices["lambda_request"]["per_million"] + _LOG_BYTES / 1e9 * prices["logs_gb"]["each"] * 1e6)
        + ms / 1000 * _MEMORY_MB / 1024 * prices["lambda_gb_second_arm64"]["each"] * 1e6
        + one["read_units"] * prices["dynamodb_read_unit"]["per_million"]
        + (one["write_units"] + one["index_write_units"]) * prices["dynamodb_write_unit"]["per_million"]
    )


_SUBJECTS = ("Gatehouse", "Gatehouse, nothing cached")


def _find(measured: dict[str, Any], subject: str, scenario: str) -> dict[str, Any]:
    return next(one for one in measured["requests"] if (one["subject"], one["scenario"]) == (subject, scenario))


def _missed(rate: float) -> float:
    """Return the part of requests that find nothing remembered: each instance reads once per 2 seconds."""
    return 1.0 if rate <= 1 else min(1.0, 1 / (2 * _PER_INSTANCE))


_PER_INSTANCE = 20.0
"""Requests per second that an instance gets once there are several: a careful guess, for Lambda fills them up."""


def _duration_ms(cached: dict[str, Any], uncached: dict[str, Any], missed: float, memory_mb: int) -> float:
    """Return CPU at the memory size's share of a vCPU, plus waiting for DynamoDB, plus the runtime's own overhead."""
    share = min(1.0, memory_mb / _CPU_MB)
    cpu = _mix(cached["cpu_ms"]["median"], uncached["cpu_ms"]["median"], missed)
    calls = _mix(sum(cached["operations"].values()), sum(uncached["operations"].values()), missed)
    return cpu / share + calls * _DYNAMODB_WAIT_MS + _RUNTIME_MS


def _mix(cached: float, uncached: float, missed: float) -> float:
    return cached + missed * (uncached - cached)


def _storage(writes: float, prices: dict[str, Any]) -> float:
    """Return a day of storing a million grants; TTL deletes them for nothing."""
    return writes and 1e6 * _GRANT_BYTES / 1e9 * prices["dynamodb_storage_gb_month"]["each"] / 30


def read_prices() -> dict[str, Any]:
    """Return the list prices."""
    return json.loads(PRICES.read_text())


def write(measured: dict[str, Any], path: Path = PAGE) -> None:
    """Write the page."""
    prices = read_prices()
    statistics = _find(measured, _SUBJECTS[0], _STATISTICS)
    by_rate = {rate: costs(measured, prices, rate) for rate in _RATES}
    first = by_rate[_RATES[0]][0].total
    verdict = "met" if first <= _TARGET else "met by the request, missed by its statistics"
    text = f"""# What it costs

Computed by `bench/cost.py` from what [bench.md](bench.md) measured on {measured["at"]} and from list prices
({prices["region"]}). `make bench` prints it anew; `bench/prices.json` holds the prices.

**{first:.2f} dollars per million client-credentials tokens at one per second**, everything counted, of which
{by_rate[1][0].of_the_request:.2f} for the request itself and {by_rate[1][0].statistics:.2f} for counting it in the
store's statistics afterwards. The target is 5: {verdict}.

## Dollars per million, at one request per second

{_parts(by_rate[1])}

A gate decision is one that API Gateway's authorizer cache does not answer; with the default of 3 seconds, a busy client
of one route pays for at most one in 3 seconds. The downstream API's own requests are not ours to count.

Statistics are counted by the stream's consumer, one transaction per token with the memory of what was counted, so
that nothing counts twice: {statistics["write_units"]:.0f} write units,
and {statistics["index_write_units"]:.0f} of the index.
They are the dearest part; counting a batch in one transaction would share all but the memory among its tokens.

## At other rates

Only what is remembered changes: a process that is busy reads clients and APIs once per 2 seconds.

{_rates(by_rate)}

## Per month

{_months(by_rate)}

## Idle

Nothing runs, so: one secret {prices["secrets_manager_secret_month"]["each"]:.2f} dollars a month (the signing keys),
and storage of what people made: {prices["dynamodb_storage_gb_month"]["each"]:.2f} dollars per GB and month
(25 GB are free) plus {prices["dynamodb_pitr_gb_month"]["each"]:.2f} for its continuous backups. 10,000 users with
their applications are about 0.02 GB. API Gateway, Lambda, DynamoDB on demand and logs: 0.

## Memory size

Dollars per million for Lambda's duration alone, and the milliseconds that one call takes.

{_memory(measured, prices)}

512 MB is the default. The password grant costs nearly the same at every size, since its time is all CPU, so the wait
and the cold start decide, and both halve with each doubling up to one vCPU; machine clients mostly wait for DynamoDB,
so more memory only makes their waiting dearer. 256 MB suits machine clients alone, 1769 MB a service where people
sign in by password all day.

## Others

| who | dollars per million machine tokens | date, source |
|---|---|---|
| **Gatehouse** | **{first:.2f}** | this page |
| Amazon Cognito, M2M | 2,250 for a month's first 250,000, less above | 2025-04-27, Vantage |
| Auth0 | by plan, from 35 a month, with an allotment of machine tokens | 2026-05-04, api-evangelist |
| Ory Network, Duende, WSO2 | by subscription, not by token | 2026 |
| Keycloak | 0 per token; at least one always-on pod of 1,250 MB, 120 tokens per second and vCPU | its sizing guide |

Cognito also takes 0.015 dollars per monthly active user after 10,000 (Essentials, 2026-09-20) and took 6 dollars per
M2M app client and month (2025, unconfirmed since); Gatehouse has no such price.

## Inputs

| input | value |
|---|---|
{_inputs(prices)}
| wait for one DynamoDB call | {_DYNAMODB_WAIT_MS} ms, assumed; single-digit in AWS's words |
| runtime overhead per invocation | {_RUNTIME_MS} ms, assumed |
| log line per invocation | {_LOG_BYTES} bytes: Lambda's own REPORT line; Gatehouse logs refusals only |
| memory | {_MEMORY_MB} MB, arm64; CPU time as measured here, divided by its share of a vCPU |
| a stored grant | {_GRANT_BYTES} bytes, for a day until TTL takes it |
| requests per instance | {_PER_INSTANCE:g} a second above one per second, all within 2 seconds of each other's reads |
| cold starts | not billed apart: at one per thousand they add less than a tenth of the duration |
"""
    path.write_text(text)
    print(f"Client credentials: {first:.2f} dollars per million, all counted; inputs in {path.relative_to(ROOT)}")


def _parts(every: list[Cost]) -> str:
    names = ("gateway", "requests", "duration", "reads", "writes", "logs", "storage", "statistics", "total")
    head = ("operation", "billed ms", "HTTP API", "Lambda requests", "Lambda duration", *names[3:])
    rows = ((one.name, f"{one.billed_ms:.0f}", *(f"{getattr(one, name):.2f}" for name in names)) for one in every)
    return _table(head, rows)


def _rates(by_rate: dict[int, list[Cost]]) -> str:
    names = [one.name for one in by_rate[_RATES[0]]]
    head = ("dollars per million", *(f"{rate:,} per second" for rate in _RATES))
    rows = ((name, *(f"{by_rate[rate][n].total:.2f}" for rate in _RATES)) for n, name in enumerate(names))
    return _table(head, rows)


def _months(by_rate: dict[int, list[Cost]]) -> str:
    head = ("dollars per month", *(f"{rate:,} per second all month" for rate in _RATES))
    names = [one.name for one in by_rate[_RATES[0]]]
    rows = (
        (name, *(f"{by_rate[rate][n].total * rate * _SECONDS_OF_A_MONTH / 1e6:,.0f}" for rate in _RATES))
        for n, name in enumerate(names)
    )
    return _table(head, rows)


def _memory(measured: dict[str, Any], prices: dict[str, Any]) -> str:
    by_size = {size: costs(measured, prices, 100, size) for size in _MEMORY_SIZES_MB}
    head = ("operation", *(f"{size} MB" for size in _MEMORY_SIZES_MB))
    names = [one.name for one in by_size[_MEMORY_MB]]
    rows = (
        (name, *(f"{one[n].duration:.2f} / {one[n].billed_ms:.0f} ms" for one in by_size.values()))
        for n, name in enumerate(names)
    )
    return _table(head, rows)


def _inputs(prices: dict[str, Any]) -> str:
    lines: list[str] = []
    for name, price in prices.items():
        if isinstance(price, dict):
            value = f"{price['per_million']} per million" if "per_million" in price else f"{price['each']} each"
            lines.append(f"| {name.replace('_', ' ')} | {value} dollars; {price['source']} |")
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def main() -> None:
    """Write the page again, from the stored measurements."""
    write(json.loads((ROOT / "bench" / "results" / "latest.json").read_text()))


if __name__ == "__main__":
    main()
