"""docs/cost.md: what `bench.cost` computes, part by part, with its inputs."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench import batches, cost
from bench.batches import RATES
from bench.cost import Cost
from bench.environment import ROOT

PAGE = ROOT / "docs" / "cost.md"

_MEMORY_SIZES_MB = (128, 256, 512, 1024, 1769)
_SECONDS_OF_A_MONTH = 30.44 * 86_400
_TARGET = 5.0


def write(measured: dict[str, Any], path: Path = PAGE) -> None:
    """Write the page."""
    prices = cost.read_prices()
    shards = batches.batch(RATES[0], is_spread=False).shards
    by_rate = {rate: cost.costs(measured, prices, rate) for rate in RATES}
    spread = {rate: cost.costs(measured, prices, rate, is_spread=True) for rate in RATES}
    first = by_rate[RATES[0]][0].total
    secrets = (ROOT / "template.yaml").read_text(encoding="utf-8").count("Type: AWS::SecretsManager::Secret\n")
    text = f"""# Cost

Computed by `bench/cost.py` from what [bench.md](bench.md) measured on
{measured["parts"]["requests"]["at"]} and from list prices
({prices["region"]}). `make bench` prints it anew;
`bench/prices.json` holds the prices.

**{first:.2f} dollars per million client-credentials tokens at one per second**, everything counted: the request
{by_rate[1][0].of_the_request:.2f}, its line in the store's statistics {by_rate[1][0].statistics:.2f}.
{by_rate[100][0].total:.2f} at 100 per second, {by_rate[10_000][0].total:.2f} at 10,000. The target is {_TARGET:g}.

## Dollars per million, at one request per second

{_parts(by_rate[1])}

A gate decision is one that API Gateway's authorizer cache does not answer; with the default of 3 seconds, a busy client
of one route pays for at most one in 3 seconds. The downstream API's own requests are not ours to count.

## At other rates

A process that is busy reads clients and APIs once per 2 seconds, and a batch of tokens shares the writes of its
statistics. First for one application, then for many.

{_rates(by_rate)}

{_rates(spread, first=4)}

## Statistics

Tokens are counted by the stream's consumer, after the request. The mapping gathers {batches.WINDOW_SECONDS} seconds or
{batches.BATCH_MOST:,} records of a shard, and a table of little traffic has {shards} shards. A batch takes one
transaction (more where more than 100 items move): the memory of what was counted, and each number once. So it matters
how many applications share a batch: "many" are 1,000 organisations of 10 applications each, both by Zipf's law.

{_countings(measured, prices)}

At one token per second, each of another application, hardly two share a number: that is the one case over the target.

## Per month

{_months(by_rate)}

## Idle

No server runs. {secrets} secrets cost {secrets * prices["secrets_manager_secret_month"]["each"]:.2f} dollars a month:
the signing keys, and the keys that seal second factors and the secrets of identity providers. The directory is stored:
{prices["dynamodb_storage_gb_month"]["each"]:.2f} dollars per GB and month
(25 GB are free) plus {prices["dynamodb_pitr_gb_month"]["each"]:.2f} for its continuous backups. 10,000 users with
their applications are about 0.02 GB. API Gateway, Lambda, DynamoDB on demand and logs: 0.
The one alarm that is always there is free among an account's first ten.

## Memory size

Dollars per million for Lambda's duration alone, and the milliseconds that one call takes.

{_memory(measured, prices)}

512 MB is the default. The password grant costs nearly the same at every size, since its time is all CPU, so the wait
and the cold start decide, and both halve with each doubling up to one vCPU; machine clients mostly wait for DynamoDB,
so more memory only makes waiting more expensive. 256 MB suits machine clients alone, 1769 MB a service where people
sign in by password all day.

## Others

| who | dollars per million machine tokens | date, source |
|---|---|---|
| **Gatehouse** | **{first:.2f}** | this page |
| Amazon Cognito, M2M | 562.50 for a month's first 250,000 (2.25 for 1,000), less for each above | 2025-04-27, Vantage |
| Auth0 | by plan, from 35 a month, with an allotment of machine tokens | 2026-05-04, api-evangelist |
| Ory Network, Duende, WSO2 | by subscription, not by token | 2026 |
| Keycloak | 0 per token; at least one always-on pod of 1,250 MB, 120 tokens per second and vCPU | its sizing guide |

Cognito also charges 0.015 dollars for each monthly active user after 10,000 (Essentials, 2026-09-20). It charged 6
dollars for each M2M app client and month in 2025; AWS's page about its costs no longer lists that price. Gatehouse has
neither.

## Inputs

| input | value |
|---|---|
{_inputs(prices)}
| wait for one DynamoDB call | {cost.DYNAMODB_WAIT_MS} ms, assumed; single-digit in AWS's words |
| runtime overhead per invocation | {cost.RUNTIME_MS} ms, assumed |
| log line per invocation | {cost.LOG_BYTES} bytes: Lambda's own REPORT line; Gatehouse logs refusals only |
| memory | {cost.MEMORY_MB} MB, {cost.EVENTS_MEMORY_MB} for statistics; arm64; CPU as measured, by its share of a vCPU |
| a stored grant | {cost.GRANT_BYTES} bytes, for a day until TTL takes it |
| requests per instance | {cost.PER_INSTANCE:g} a second above one per second, within 2 seconds of each other's reads |
| cold starts | one per {cost.REQUESTS_PER_COLD_START:,} requests, its init as measured |
| an answer to the internet | {cost.ANSWER_BYTES:,} bytes, head and body |
"""
    path.write_text(text)
    print(f"Client credentials: {first:.2f} dollars per million, all counted; inputs in {path.relative_to(ROOT)}")


def _parts(every: list[Cost]) -> str:
    names = ("gateway", "requests", "duration", "reads", "writes", "logs", "transfer", "storage", "statistics", "total")
    head = ("operation", "billed ms", "HTTP API", "Lambda requests", "Lambda duration", *names[3:])
    rows = ((one.name, f"{one.billed_ms:.0f}", *(f"{getattr(one, name):.2f}" for name in names)) for one in every)
    return _table(head, rows)


def _rates(by_rate: dict[int, list[Cost]], first: int | None = None) -> str:
    """Render the costs of the operations, or of the first few."""
    names = [one.name for one in by_rate[RATES[0]]][:first]
    head = ("dollars per million", *(f"{rate:,} per second" for rate in RATES))
    rows = ((name, *(f"{by_rate[rate][n].total:.2f}" for rate in RATES)) for n, name in enumerate(names))
    return _table(head, rows)


def _countings(measured: dict[str, Any], prices: dict[str, Any]) -> str:
    every = [cost.counting(measured, prices, one.rate, is_spread=one.is_spread) for one in batches.BATCHES]
    head = ("tokens", "of", "shards", "in a batch", "reads each", "writes each", "dollars per million")
    rows = (
        (
            f"{one.batch.rate:,} per second",
            "many applications" if one.batch.is_spread else "one application",
            str(one.batch.shards),
            f"{one.batch.tokens:,}",
            f"{one.read_units:.2f}",
            f"{one.write_units:.2f}",
            f"{one.dollars:.2f}",
        )
        for one in every
    )
    return _table(head, rows)


def _months(by_rate: dict[int, list[Cost]]) -> str:
    head = ("dollars per month", *(f"{rate:,} per second all month" for rate in RATES))
    names = [one.name for one in by_rate[RATES[0]]]
    rows = (
        (name, *(f"{by_rate[rate][n].total * rate * _SECONDS_OF_A_MONTH / 1e6:,.0f}" for rate in RATES))
        for n, name in enumerate(names)
    )
    return _table(head, rows)


def _memory(measured: dict[str, Any], prices: dict[str, Any]) -> str:
    by_size = {size: cost.costs(measured, prices, 100, size) for size in _MEMORY_SIZES_MB}
    head = ("operation", *(f"{size} MB" for size in _MEMORY_SIZES_MB))
    names = [one.name for one in by_size[cost.MEMORY_MB]]
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
