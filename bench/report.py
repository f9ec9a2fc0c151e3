"""docs/bench.md, from what was measured."""

from datetime import UTC, datetime
from pathlib import Path

from bench.environment import ROOT
from bench.requests import YARDSTICK, Result

PAGE = ROOT / "docs" / "bench.md"
_CALLS = {
    "GetItem": "read",
    "BatchGetItem": "batched read",
    "PutItem": "write",
    "UpdateItem": "update",
    "DeleteItem": "delete",
}


def requests_table(results: list[Result]) -> str:
    """Render CPU, calls and capacity of each request."""
    lines = [
        "| who | request | CPU ms (quartiles) | to one boto3 GetItem | DynamoDB calls | read units | write units |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in results:
        calls = ", ".join(f"{count:.3g} {_CALLS.get(name, name)}" for name, count in one.operations.items()) or "none"
        written = one.write_units + one.index_write_units
        lines.append(
            f"| {one.subject} | {one.scenario} | {one.cpu_ms.text()} | {one.ratio.median:.2f} | {calls} "
            f"| {one.read_units:.3g} | {written:.3g} |"
        )
    return "\n".join(lines)


def write(results: list[Result], path: Path = PAGE) -> None:
    """Write the page."""
    yardstick = next(one for one in results if (one.subject, one.scenario) == YARDSTICK)
    text = f"""# Measured

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.
Ratios are taken inside one round of one run, against one strongly consistent `GetItem` through a default
boto3 client ({yardstick.cpu_ms.median:.2f} ms of CPU in this run). CPU is the subject's own process time; DynamoDB is a process of its own, over HTTP.

## CPU and DynamoDB calls per request

{requests_table(results)}
"""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
