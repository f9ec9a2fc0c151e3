"""Start a few execution environments at a time; requests that come meanwhile take the first one that is free.

AWS starts one for each request that finds none free, on as many machines. Here they share a few cores: two dozen
that start at once are ready after API Gateway's 30 seconds, and DynamoDB answers none of them in the meantime.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

import os
import threading
import time
from typing import Any

from local.emulator.patching import AnyCallable, Emulator, around

AT_ONCE = max(2, os.cpu_count() or 1)
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 20
"""Then an environment is started in any case: whoever waits may hold up the one that it waits for."""


def install(emulator: Emulator) -> None:
    """Close the gap."""
    workers, starts = emulator.workers, threading.BoundedSemaphore(AT_ONCE)

    @around(workers.Worker, "_spawn")
    def spawn(original: AnyCallable, worker: Any) -> None:
        has_turn = starts.acquire(timeout=PATIENCE_SECONDS)
        try:
            return original(worker)
        finally:
            if has_turn:
                starts.release()

    def is_starting(worker: Any) -> bool:
        return worker.in_use and worker._cold

    @around(emulator.functions, "acquire_worker")
    def acquire(
        original: AnyCallable, name: str, config: Any, code: bytes, qualifier: str = "$LATEST", **named: Any
    ) -> tuple[Any, str]:
        key, give_up_at = workers._worker_key(name, config, qualifier), time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            there = list(workers._workers.get(key, ()))
            if sum(map(is_starting, there)) < AT_ONCE or not all(one.in_use for one in there):
                break
            time.sleep(POLL_SECONDS)
        return original(name, config, code, qualifier=qualifier, **named)
