"""`python -m bench.subjects.profiled SCENARIO`: where the CPU of one of Gatehouse's requests goes, as Markdown."""

import cProfile
import sys
import time
from collections import Counter
from typing import Any

from bench.subjects import gatehouse

_REQUESTS = 500
_PARTS = (
    ("sockets, the kernel's part included", ("'_socket.socket' objects",)),
    ("HTTP/1.1", ("storage/aws/connection.py",)),
    ("signing", ("storage/aws/transport.py", "hmac.py", "hmac_digest", "HASH", "openssl_sha256")),
    ("JSON", ("/json/", "_json")),
    (
        "items, rendered and parsed",
        ("storage/dynamodb/attribute_values.py", "storage/dynamodb/mappers.py", "storage/grants.py"),
    ),
    ("the rest of storage", ("gatehouse/storage/",)),
    ("rules", ("gatehouse/domain/",)),
    ("the gateway's event, form and answer", ("gatehouse/endpoints/", "functions/", "urllib/parse.py", "base64.py")),
)
"""A function's own time belongs to the first part that has its file or its name."""


def profile(scenario: str) -> str:
    """Return the table."""
    run = gatehouse.scenarios()[0][scenario]
    for _ in range(_REQUESTS // 10):
        run()
    profiler = cProfile.Profile(time.process_time)
    profiler.runcall(lambda: [run() for _ in range(_REQUESTS)])
    parts: Counter[str] = Counter()
    entries: list[Any] = profiler.getstats()
    for entry in entries:
        parts[_part(str(entry.code))] += entry.inlinetime
    total = sum(parts.values())
    head = (f"| {scenario}, {total / _REQUESTS * 1000:.2f} ms under the profiler | share |", "| --- | --- |")
    return "\n".join((*head, *(f"| {name} | {seconds / total:.0%} |" for name, seconds in parts.most_common())))


def _part(name: str) -> str:
    return next((part for part, marks in _PARTS if any(mark in name for mark in marks)), "Python's own functions")


if __name__ == "__main__":
    print(profile(sys.argv[1]), end="\n\n")
