"""docs/bench.md, from what was measured."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench import cost, profile, targets
from bench.environment import ROOT

PAGE = ROOT / "docs" / "bench.md"
_CALLS = {
    "GetItem": "read",
    "BatchGetItem": "batched read",
    "PutItem": "write",
    "UpdateItem": "update",
    "DeleteItem": "delete",
    "TransactWriteItems": "transaction",
}

_PROFILES = """Shares by cProfile, which exaggerates small functions, or by Python's record of imports.
`python -m bench.profile` takes the profile of any request."""
_NO_PROFILE = "No profile was taken."
_RAREST = "the same, 1 per second of 10,000 applications"
_REMARKS = {
    "client credentials": "One write, and after the cache seconds one batched read. No call can be left out.",
    "refresh token": """Two calls: one batched read of grant and status, and the conditional write. The write needs
what the read says (the family, the client, the roles of today), so they come one after the other.""",
    "password": """Three calls: one batched read, the write that lets the password count, the grant. Each needs the
one before: a grant stored before the check of failures would admit guessers. All of it runs in
processor caches that Argon2id's 19 MiB have just emptied.""",
    "gate decision": "One batched read of grant and status. No call can be left out.",
    "init": """Lambda's runtime imports logging and JSON before the function does
([decision 0335](decisions/0335-a-start-imports-what-tokens-need.md)).""",
    "imports in CPU": "This is init without the clock of a shared machine.",
    _RAREST: """Shares of the dollars. At one token per second, each token of a batch belongs to another application,
so none shares a transaction ([decision 0267](decisions/0267-the-rarest-tokens-cost-more-than-five-dollars.md)).""",
}
"""What a profile does not say, by how the name of the target begins."""


def write(measured: dict[str, Any], path: Path = PAGE) -> None:
    """Write the page."""
    yardstick, obstacle = targets.yardstick_ms(measured), measured["starts_obstacle"]
    warning = f"\n**Estimated from the CPU time of the imports, since {obstacle}.**\n" if obstacle else ""
    text = f"""# Measurements

`make bench` wrote this page; [each part](#when-and-where) says when it was measured, and where. Ratios are taken
inside one round, against one strongly consistent `GetItem` through a default boto3 client, {yardstick:.2f} ms of CPU
here. CPU is the subject's own process time, kernel included; DynamoDB is a small server in a process of its own,
over HTTP, so its work never counts. Values are medians, with quartiles in parentheses. `bench/results/latest.json` has
everything, with the slowest imports of each function.

## Targets

{targets_table(measured)}

"Met within tolerance" is at most {targets.TOLERANCE:.0%} above the limit: two runs of one commit on a shared machine
differ by that much.

{missed(measured)}

## CPU, DynamoDB calls and capacity per request

`Gatehouse` remembers clients, organisations and APIs for 2 seconds, its default; in `3 s later` each request comes when
that has ended (and signing keys, remembered for 60 seconds, are read by each twentieth).
The gate is asked about one token again and again, so that it parses the grant once
([decision 0369](decisions/0369-the-gate-prepares-its-policies-and-starts-import-less.md)).
Peers are called without a socket: WSGI applications directly, Node.js through light-my-request.
The naive Lambda does what a tutorial does: boto3's resource, Powertools' resolver and logger, no families, no scopes.

![CPU per request](images/bench-requests.svg)

{_requests(measured)}

## One GetItem, by every transport

![CPU per GetItem](images/bench-transports.svg)

## Cold starts
{warning}
The built packages in the Lambda image, CPU capped at memory / 1769 as Lambda does, DynamoDB over TLS. Without the
download of the code and the start of the sandbox, and Lambda lends more CPU during init: figures for comparing
builds, not AWS's. `first` and `warm` are the handler's milliseconds.

![Cold starts](images/bench-starts.svg)

{_starts(measured, is_tuned=False)}

## Memory size against speed

![Memory tuning](images/bench-memory.svg)

{_starts(measured, is_tuned=True)}

What each size costs is in [cost.md](cost.md).

## Concurrent load

As many instances as requests in flight, as Lambda runs them; instances and DynamoDB share the two cores, so the
rate stops rising at two. Milliseconds.

![Latency under load](images/bench-load.svg)

{_load(measured)}

## Publishing

Documents that are as expensive as the limits let pass, published by `functions/publisher` over 1,000 restricted routes.
`make bench ARGS=publishing` measures them alone. At 512 MB a function has 0.29 of a CPU, so a second of CPU takes 3.5.

{_publishing(measured)}

## Package sizes

{_sizes(measured)}

## The local stack

The call goes through the front, over a kept connection, to a function of the example APIs that computes nothing: all of
it is what the stack adds. `make up` has its tools; cold, nothing is deployed yet; warm, after `make down`.

{_local_stack(measured)}

## The fault suite

{_fault_suite(measured)}

## When and where

{_circumstances(measured)}
"""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def targets_table(measured: dict[str, Any]) -> str:
    """Render the targets."""
    rows = (
        (one.name, f"{one.measured:.2f}", f"<= {one.limit:g} {one.unit}", one.verdict)
        for one in targets.targets(measured)
    )
    return _table(("target", "measured", "limit", "verdict"), rows)


def missed(measured: dict[str, Any]) -> str:
    """Render where the time, or the money, of each missed target goes."""
    profiles = {one["target"]: one["shares"] for one in measured["profiles"]}
    profiles |= {name.replace("init,", "imports in CPU,"): shares for name, shares in profiles.items()}
    profiles[_RAREST] = _of_money(measured)
    parts = [_why(one.name, profiles.get(one.name)) for one in targets.targets(measured) if not one.is_met]
    return "\n\n".join(["### Profiles of what is missed", _PROFILES, *parts]) if parts else "Nothing is missed."


def _of_money(measured: dict[str, Any]) -> dict[str, float]:
    one = cost.costs(measured, cost.read_prices(), 1, is_spread=True)[0]
    parts = {
        "the statistics, afterwards": one.statistics,
        "API Gateway": one.gateway,
        "DynamoDB": one.reads + one.writes + one.storage,
        "Lambda, its logs and the transfer": one.requests + one.duration + one.logs + one.transfer,
    }
    return {name: dollars / one.total for name, dollars in sorted(parts.items(), key=lambda part: -part[1])}


def _why(name: str, shares: dict[str, float] | None) -> str:
    table = [] if shares is None else [_table(("part", "share"), profile.rows(shares))]
    remarks = [text for beginning, text in _REMARKS.items() if name.startswith(beginning)]
    return "\n\n".join([f"**{name}**", *table, *remarks, *([] if table or remarks else [_NO_PROFILE])])


def _requests(measured: dict[str, Any]) -> str:
    def row(one: dict[str, Any]) -> Sequence[str]:
        calls = ", ".join(f"{count:.3g} {_CALLS.get(name, name)}" for name, count in one["operations"].items())
        written = one["write_units"] + one["index_write_units"]
        units = (f"{one['read_units']:.3g}", f"{written:.3g}") if calls else ("", "")
        return (one["subject"], one["scenario"], _spread(one["cpu_ms"]), f"{one['ratio']['median']:.2f}", calls, *units)

    head = ("who", "request", "CPU ms", "to one GetItem", "DynamoDB calls", "read units", "write units")
    return _table(head, map(row, measured["requests"]))


def _publishing(measured: dict[str, Any]) -> str:
    rows = ((one["document"], _spread(one["cpu_s"]), f"{one['peak_mib']:.0f}") for one in measured["publishing"])
    return _table(("document", "CPU s", "peak MiB of all"), rows)


def _starts(measured: dict[str, Any], *, is_tuned: bool) -> str:
    tuned = {one["function"] for one in measured["starts"] if one["memory_mb"] != 512}
    rows = (
        (
            one["function"],
            f"{one['memory_mb']} ({one['how']})",
            _spread(one["init_ms"], 0),
            _spread(one["import_cpu_ms"], 0),
            _spread(one["first_ms"], 1),
            _spread(one["warm_ms"], 1),
            f"{one['peak_mib']:.0f}",
            str(one["modules"] or ""),
        )
        for one in sorted(measured["starts"], key=lambda one: (one["function"], one["memory_mb"]) if is_tuned else (0,))
        if (one["function"] in tuned if is_tuned else one["memory_mb"] == 512)
    )
    return _table(
        ("function", "memory MB", "init ms", "import CPU ms", "first ms", "warm ms", "peak MiB", "modules"), rows
    )


def _load(measured: dict[str, Any]) -> str:
    rows = (
        (
            one["subject"],
            one["scenario"],
            str(one["instances"]),
            f"{one['requests_per_second']:,.0f}",
            *(f"{one[name]:.2f}" for name in ("p50_ms", "p95_ms", "p99_ms")),
        )
        for one in measured["load"]
    )
    return _table(("who", "request", "instances", "per second", "p50", "p95", "p99"), rows)


def _sizes(measured: dict[str, Any]) -> str:
    rows = ((one["artifact"], f"{one['zipped_mib']:.2f}", f"{one['unzipped_mib']:.2f}") for one in measured["sizes"])
    return _table(("artifact", "zipped MiB", "unzipped MiB"), rows)


def _local_stack(measured: dict[str, Any]) -> str:
    one = measured["local_stack"]
    rows = (
        ("`make up`, cold, s", f"{one['up_cold_seconds']:.0f}"),
        ("`make up`, warm, s", f"{one['up_warm_seconds']:.0f}"),
        ("a warm call beyond its function, ms", _spread(one["call_ms"], 1)),
    )
    return _table(("what", "measured"), rows)


def _fault_suite(measured: dict[str, Any]) -> str:
    one = measured["fault_suite"]
    return (
        f"`make faults` fails every call of every flow in every way: {one['tests']:,} tests in "
        f"{one['seconds'] / 60:.1f} minutes."
    )


def _circumstances(measured: dict[str, Any]) -> str:
    rows = (
        (name, one["at"], f"{one['machine']}, {one['cores']} cores", f"{one['load_average']:.1f}", f"{one['seconds']}")
        for name, one in measured["parts"].items()
    )
    return _table(("part", "at", "machine", "load average before", "seconds"), rows)


def _spread(spread: dict[str, float], digits: int = 2) -> str:
    return f"{spread['median']:.{digits}f} ({spread['low']:.{digits}f}-{spread['high']:.{digits}f})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
