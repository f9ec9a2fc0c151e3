"""The targets of speed and size, and what was measured for each."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import cost

YARDSTICK = ("transports", "boto3 client")
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
        """Whether it is."""
        return self.measured <= self.limit


def targets(measured: dict[str, Any]) -> list[Target]:
    """Return every target with its measurement."""
    requests = {(one["subject"], one["scenario"]): one for one in measured["requests"]}
    ratio = {name: one["ratio"]["median"] for name, one in requests.items()}
    starts = {(one["function"], one["memory_mb"]): one for one in measured["starts"]}
    init = {name: one["init_ms"]["median"] for (name, memory), one in starts.items() if memory == _MEMORY_MB}
    cpu_of_import = {
        name: one["import_cpu_ms"]["median"] for (name, memory), one in starts.items() if memory == _MEMORY_MB
    }
    peak = {name: one["peak_mib"] for (name, memory), one in starts.items() if memory == _MEMORY_MB}
    sizes = {one["artifact"]: one["zipped_mib"] for one in measured["sizes"]}
    prices = cost.read_prices()
    lone = cost.costs(measured, prices, 1)[0]
    many = {rate: cost.costs(measured, prices, rate, is_spread=True)[0] for rate in (1, 100, 10_000)}
    return [
        Target("client_credentials, nothing remembered", 0.45, ratio[_UNCACHED, "client_credentials"], _TO_GET_ITEM),
        Target("client_credentials, client remembered", 0.45, ratio[_CACHED, "client_credentials"], _TO_GET_ITEM),
        Target("refresh_token", 0.45, ratio[_CACHED, "refresh_token"], _TO_GET_ITEM),
        Target("password, beyond its Argon2id", 0.65, ratio[_CACHED, "password, beyond its hash"], _TO_GET_ITEM),
        Target("gate decision, opaque token", 0.30, ratio[_CACHED, "gate"], _TO_GET_ITEM),
        Target("init, authorizer", 0.35, init["authorizer"] / init["naive authorizer"], _TO_NAIVE),
        Target("init, token", 0.45, init["token"] / init["naive token"], _TO_NAIVE),
        Target(
            "imports in CPU, authorizer",
            0.35,
            cpu_of_import["authorizer"] / cpu_of_import["naive authorizer"],
            _TO_NAIVE,
        ),
        Target("imports in CPU, token", 0.45, cpu_of_import["token"] / cpu_of_import["naive token"], _TO_NAIVE),
        Target("peak memory, authorizer", 64, peak["authorizer"], "MiB"),
        Target("peak memory, token", 64, peak["token"], "MiB"),
        Target("client-credentials tokens, all counted: 1 per second of one application", _DOLLARS, lone.total, _EACH),
        Target("the same, 1 per second of 10,000 applications", _DOLLARS, many[1].total, _EACH),
        Target("the same, 100 per second of 10,000 applications", _DOLLARS, many[100].total, _EACH),
        Target("the same, 10,000 per second of 10,000 applications", _DOLLARS, many[10_000].total, _EACH),
        Target(
            "publishing the most expensive document",
            2,
            max(one["cpu_s"]["median"] for one in measured["publishing"]),
            "s of CPU",
        ),
        Target("layer, zipped", 10, sizes["CommonLayer"], "MiB"),
        Target("local stack: a warm call beyond its function", 20, measured["local_stack"]["call_ms"]["median"], "ms"),
    ]


def yardstick_ms(measured: dict[str, Any]) -> float:
    """Return the CPU of one GetItem through a default boto3 client in this run."""
    every = (one for one in measured["requests"] if (one["subject"], one["scenario"]) == YARDSTICK)
    return median(one["cpu_ms"]["median"] for one in every)


_MEMORY_MB = 512
_DOLLARS = 5.0
_EACH = "dollars per million"
_TO_GET_ITEM = "of one boto3 GetItem"
_TO_NAIVE = "of the naive Lambda's"
