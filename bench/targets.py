"""The targets of speed and size, and what was measured for each."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import cost

YARDSTICK = ("transports", "boto3 client")
TOLERANCE = 0.10
"""Of a limit: what two runs of one commit on a shared machine differ by."""

_UNCACHED, _CACHED = "Gatehouse, 3 s later", "Gatehouse"


@dataclass(frozen=True, slots=True)
class Target:
    """One line: what may be, and what is."""

    name: str
    limit: float
    measured: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether it is, with a tolerance for the noise of a shared machine."""
        return self.measured <= self.limit * (1 + TOLERANCE)

    @property
    def verdict(self) -> str:
        """How it is met: within the limit, within the tolerance, or not."""
        if self.measured <= self.limit:
            return "met"
        return "met within tolerance" if self.is_met else "**missed**"


def targets(measured: dict[str, Any]) -> list[Target]:
    """Return every target with its measurement."""
    return [
        *_of_requests(measured),
        *_of_starts(measured),
        *_of_costs(measured),
        Target("publishing the most expensive document", 2, _publishing_s(measured), "s of CPU"),
        *_of_development(measured),
    ]


def _of_requests(measured: dict[str, Any]) -> list[Target]:
    ratio = {(one["subject"], one["scenario"]): one["ratio"]["median"] for one in measured["requests"]}
    rows = (
        ("client credentials, nothing cached", 0.30, _UNCACHED, "client_credentials"),
        ("client credentials, cached", 0.15, _CACHED, "client_credentials"),
        ("refresh token", 0.36, _CACHED, "refresh_token"),
        ("password, beyond its Argon2id", 0.70, _CACHED, "password, beyond its hash"),
        ("gate decision, opaque token, with the status read", 0.20, _CACHED, "gate"),
    )
    return [Target(name, limit, ratio[subject, scenario], _TO_GET_ITEM) for name, limit, subject, scenario in rows]


def _of_starts(measured: dict[str, Any]) -> list[Target]:
    starts = {one["function"]: one for one in measured["starts"] if one["memory_mb"] == _MEMORY_MB}
    naive = {"authorizer": "naive authorizer"}
    return [
        *(
            Target(f"{title}, {name}", limit, _ratio(starts, key, name, naive.get(name, "naive token")), _TO_NAIVE)
            for title, key in (("init", "init_ms"), ("imports in CPU", "import_cpu_ms"))
            for name, limit in _INIT_LIMITS.items()
        ),
        *(Target(f"peak memory, {name}", 64, starts[name]["peak_mib"], "MiB") for name in ("authorizer", "token")),
    ]


def _ratio(starts: dict[str, Any], key: str, name: str, other: str) -> float:
    return starts[name][key]["median"] / starts[other][key]["median"]


def _of_costs(measured: dict[str, Any]) -> list[Target]:
    prices = cost.read_prices()
    lone = cost.costs(measured, prices, 1)[0].total
    many = {rate: cost.costs(measured, prices, rate, is_spread=True)[0].total for rate in (1, 100, 10_000)}
    rows = [("client-credentials tokens, all counted: 1 per second of one application", lone)]
    rows += [(f"the same, {rate:,} per second of 10,000 applications", total) for rate, total in many.items()]
    return [Target(name, 5, total, "dollars per million") for name, total in rows]


def _publishing_s(measured: dict[str, Any]) -> float:
    return max(one["cpu_s"]["median"] for one in measured["publishing"])


def _of_development(measured: dict[str, Any]) -> list[Target]:
    layer = next(one["zipped_mib"] for one in measured["sizes"] if one["artifact"] == "CommonLayer")
    stack = measured["local_stack"]
    return [
        Target("layer, zipped", 10, layer, "MiB"),
        Target("local stack: a warm call beyond its function", 20, stack["call_ms"]["median"], "ms"),
        Target("`make up`, cold", 60, stack["up_cold_seconds"], "s"),
        Target("`make up`, warm", 20, stack["up_warm_seconds"], "s"),
        Target("the fault suite", 900, measured["fault_suite"]["seconds"], "s"),
    ]


def yardstick_ms(measured: dict[str, Any]) -> float:
    """Return the CPU of one GetItem through a default boto3 client in this run."""
    every = (one for one in measured["requests"] if (one["subject"], one["scenario"]) == YARDSTICK)
    return median(one["cpu_ms"]["median"] for one in every)


_MEMORY_MB = 512
_INIT_LIMITS = {"authorizer": 0.20, "token": 0.20, "signin": 0.40, "store": 0.60}
_TO_GET_ITEM = "of one boto3 GetItem"
_TO_NAIVE = "of the naive Lambda's"
