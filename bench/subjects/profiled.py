"""`python -m bench.subjects.profiled SCENARIO`: where the CPU of one of Gatehouse's requests goes, as JSON."""

import cProfile
import json
import sys
import time
from collections import Counter
from typing import Any

from bench.subjects import gatehouse

_REQUESTS = 500
_HASHED_REQUESTS = 30
_PARTS = (
    ("", ("argon2", "passlib", "accounts/passwords.py")),
    ("the benchmark's own client", ("bench/", "tests/")),
    ("sockets, the kernel's part included", ("'_socket.socket' objects",)),
    ("HTTP/1.1", ("storage/aws/connection.py",)),
    (
        "signatures, digests and random numbers",
        (
            "storage/aws/signatures.py",
            "kernel/digests.py",
            "hmac",
            "HASH",
            "openssl_",
            "urandom",
            "random.py",
            "secrets.py",
        ),
    ),
    ("JSON", ("/json/", "_json", "msgspec.json", "json_texts.py")),
    (
        "items, rendered and parsed",
        ("storage/dynamodb/attribute_values.py", "storage/dynamodb/mappers.py", "storage/grants.py"),
    ),
    ("the rest of storage", ("gatehouse/storage/",)),
    ("rules", ("gatehouse/domain/",)),
    ("the gateway's event, form and answer", ("gatehouse/endpoints/", "functions/", "base64.py")),
)
"""A function's own time belongs to the first part that has its file or its name; what belongs to none has no name."""
_REST = "Python's own functions"


def profile(scenario: str) -> dict[str, float]:
    """Return the share of each part, the largest first; a password's hash has none."""
    run = gatehouse.scenarios()[0][scenario]
    requests = _HASHED_REQUESTS if scenario.startswith("password") else _REQUESTS
    for _ in range(requests // 10):
        run()
    profiler = cProfile.Profile(time.process_time)
    profiler.runcall(lambda: [run() for _ in range(requests)])
    parts: Counter[str] = Counter()
    entries: list[Any] = profiler.getstats()
    for entry in entries:
        parts[part(str(entry.code))] += entry.inlinetime
    del parts[""]
    total = sum(parts.values())
    return {name: seconds / total for name, seconds in parts.most_common()}


def part(name: str) -> str:
    """Return the part that a function belongs to, by its file or its name."""
    return next((part for part, marks in _PARTS if any(mark in name for mark in marks)), _REST)


if __name__ == "__main__":
    print(json.dumps(profile(sys.argv[1])))
