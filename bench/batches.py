"""What the statistics' consumer gets at once at several rates: the batches that the stream's mapping gathers."""

import math
from dataclasses import dataclass

WINDOW_SECONDS, BATCH_MOST = 20, 1_000
"""Of the mapping `EventsSource` in template.yaml; `bench.cost` refuses to compute with others."""

_SHARDS_LEAST = 4
"""A new on-demand table has four partitions, and its stream a shard of each."""

_SHARD_WRITES = 700.0
"""Writes per second at which a partition is split, of the 1,000 that it bears."""

RATES = (1, 100, 10_000)


@dataclass(frozen=True, slots=True)
class Batch:
    """A typical batch of one shard.

    Attributes:
        seconds: How long it was gathered.
        is_spread: Whether its tokens are of many applications of many organisations, by Zipf's law, or all of one.
    """

    rate: int
    shards: int
    tokens: int
    seconds: float
    is_spread: bool

    @property
    def name(self) -> str:
        """Name its row."""
        whose = "of many organisations" if self.is_spread else "of one application"
        return f"statistics of {self.tokens} tokens {whose}"


def batch(rate: int, *, is_spread: bool) -> Batch:
    """Return the batch at a rate of tokens per second: gathered from its first record on, until it is full."""
    shards = max(_SHARDS_LEAST, math.ceil(rate / _SHARD_WRITES))
    of_shard = rate / shards
    tokens = min(BATCH_MOST, int(1 + of_shard * WINDOW_SECONDS))
    return Batch(rate, shards, tokens, min(WINDOW_SECONDS, tokens / of_shard), is_spread)


BATCHES = tuple(batch(rate, is_spread=is_spread) for rate in RATES for is_spread in (False, True))
