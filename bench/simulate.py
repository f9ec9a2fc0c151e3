"""`make simulate`: key heat of the real key design under skewed load, against DynamoDB's limits, into docs/scale.md."""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench import traffic
from bench.environment import ROOT
from bench.traffic import Heat, Load, Traffic

PAGE = ROOT / "docs" / "scale.md"
READ_LIMIT, WRITE_LIMIT = 3000, 1000
"""Units per second of one partition, and so of one key."""

_HEADROOM = 0.7
_MIX = {"gate": 0.60, "client_credentials": 0.25, "refresh_token": 0.12, "password": 0.03}
_TABLES = ("directory", "grants")

_WITHIN = (
    Load(name="everyone alike", rate=100_000, mix=_MIX, exponent=0.0),
    Load(name="Zipf over all", rate=1_000, mix=_MIX),
    Load(name="Zipf over all", rate=10_000, mix=_MIX),
    Load(name="Zipf over all", rate=100_000, mix=_MIX),
    Load(name="one hot client: half of its organisation's calls", rate=100_000, mix=_MIX, hot_client=0.5),
    Load(name="one hot API: half of its organisation's calls", rate=100_000, mix=_MIX, hot_api=0.5),
    Load(name="one organisation has half of everything, people too", rate=100_000, mix=_MIX, hot_organisation=0.5),
    Load(
        name="one organisation has half of everything, machines only",
        rate=100_000,
        mix={"gate": 0.7, "client_credentials": 0.3},
        hot_organisation=0.5,
        hot_client=0.5,
        hot_api=0.5,
    ),
)
_BEYOND = (
    Load(
        name="one user account signs in for a whole organisation's batch jobs",
        rate=100_000,
        mix={"password": 1.0},
        hot_organisation=0.05,
        hot_user=0.5,
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a load does to its hottest key and its hottest partition."""

    load: Load
    reads: float
    writes: float
    hottest_read: tuple[str, float]
    hottest_write: tuple[str, float]
    partition_reads: float
    partition_writes: float

    @property
    def is_within(self) -> bool:
        """Whether no key and no partition is over its limit."""
        reads = max(self.hottest_read[1], self.partition_reads)
        writes = max(self.hottest_write[1], self.partition_writes)
        return reads <= READ_LIMIT and writes <= WRITE_LIMIT


def judge(load: Load) -> Verdict:
    """Run a second of the load."""
    heat = Traffic(load).run()
    read = max((one for table in _TABLES for one in traffic.hottest(heat.reads, table)), key=lambda one: one[1])
    write = max((one for table in _TABLES for one in traffic.hottest(heat.writes, table)), key=lambda one: one[1])
    partitions = [_partition_heat(heat, table) for table in _TABLES]
    return Verdict(
        load,
        sum(heat.reads.values()),
        sum(heat.writes.values()),
        read,
        write,
        max(reads for reads, _ in partitions),
        max(writes for _, writes in partitions),
    )


def _partition_heat(heat: Heat, table: str) -> tuple[float, float]:
    """Spread keys over as many partitions as the table's load needs, by a hash as DynamoDB does; return the hottest.

    Keys that fill a partition alone get one of their own: split for heat, which DynamoDB does within minutes.
    """
    reads, writes = traffic.total(heat.reads, table), traffic.total(heat.writes, table)
    count = max(4, int(max(reads / READ_LIMIT, writes / WRITE_LIMIT) / _HEADROOM) + 1)
    alone_reads, alone_writes = READ_LIMIT / 10, WRITE_LIMIT / 10
    read_heat: Counter[int] = Counter()
    write_heat: Counter[int] = Counter()
    for (where, key), units in heat.reads.items():
        if where == table and units < alone_reads:
            read_heat[_partition(key, count)] += units  # type: ignore[assignment]
    for (where, key), units in heat.writes.items():
        if where == table and units < alone_writes:
            write_heat[_partition(key, count)] += units
    return max(read_heat.values(), default=0), max(write_heat.values(), default=0)


def _partition(key: str, count: int) -> int:
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest()[:8]) % count


def _table(verdicts: Iterable[Verdict]) -> str:
    head = ("load", "per second", "reads", "writes", "hottest key read", "written", "hottest partition", "limits")
    rows: list[Sequence[str]] = [
        (
            one.load.name,
            f"{one.load.rate:,}",
            f"{one.reads:,.0f}",
            f"{one.writes:,.0f}",
            f"`{_anonymous(one.hottest_read[0])}` {one.hottest_read[1]:,.0f}",
            f"`{_anonymous(one.hottest_write[0])}` {one.hottest_write[1]:,.0f}",
            f"{one.partition_reads:,.0f} R, {one.partition_writes:,.0f} W",
            "within" if one.is_within else "**over**",
        )
        for one in verdicts
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _anonymous(key: str) -> str:
    """Return a grant's key without its random part, which differs from run to run of the real thing."""
    return "GRANT#..." if key.startswith("GRANT#") else key


def main() -> None:
    """Judge every load; fail if one is over where the design claims that it is not."""
    within, beyond = [judge(load) for load in _WITHIN], [judge(load) for load in _BEYOND]
    before, mark, _ = PAGE.read_text().partition("<!-- simulated -->\n")
    text = f"### Loads that are met\n\n{_table(within)}\n\n### Loads that are not met\n\n{_table(beyond)}\n"
    after = PAGE.read_text().partition("<!-- /simulated -->\n")[2]
    PAGE.write_text(f"{before}{mark}\n{text}\n<!-- /simulated -->\n{after}")
    print(text)
    broken = [one.load.name for one in within if not one.is_within]
    if broken:
        sys.exit(f"Over the limits of DynamoDB: {broken}")


if __name__ == "__main__":
    main()
