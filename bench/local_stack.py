"""The local stack: how long `make up` takes, and what a call costs there beyond its function."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from bench import spreads
from local.down import down
from local.layout import Layout
from local.reset import reset
from local.testing import choose_layout
from local.up import up

_CALLS = 100
_WARM_UP_CALLS = 10


@dataclass(frozen=True, slots=True)
class Result:
    """Measured once, on a stack of its own.

    Attributes:
        up_cold_seconds: `make up` where nothing was deployed; the tools are installed.
        up_warm_seconds: `make up` after `make down`.
        call_ms: A warm call through the front over a kept connection, to a function that computes nothing.
    """

    up_cold_seconds: float
    up_warm_seconds: float
    call_ms: spreads.Spread


def measure() -> Result:
    """Bring a stack up, stop it, bring it up again, call it, and remove it."""
    layout = choose_layout()
    try:
        cold = _seconds(lambda: up(layout))
        down(layout)
        warm = _seconds(lambda: up(layout))
        return Result(cold, warm, _calls(layout))
    finally:
        reset(layout)


def _calls(layout: Layout) -> spreads.Spread:
    stack = json.loads(layout.stack_file.read_text(encoding="utf-8"))
    with httpx.Client(trust_env=False, timeout=30) as client:

        def call() -> None:
            client.get(f"{stack['http_base_url']}/orders/1.0.0/health").raise_for_status()

        for _ in range(_WARM_UP_CALLS):
            call()
        return spreads.spread([1000 * _seconds(call) for _ in range(_CALLS)])


def _seconds(do: Callable[[], None]) -> float:
    started = time.monotonic()
    do()
    return time.monotonic() - started
