"""The region of README.md that `make bench` writes: a few numbers of docs/bench.md."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import cost
from bench.environment import ROOT

PAGE = ROOT / "README.md"
BEGIN, END = "<!-- written by make bench -->\n", "<!-- /written by make bench -->\n"


def write(measured: dict[str, Any], path: Path = PAGE) -> None:
    """Replace the region.

    Raises:
        ValueError: The page has no region.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} lacks {BEGIN.strip()} or {END.strip()}")
    path.write_text(f"{before}{begin}{region(measured)}{end}{after}", encoding="utf-8")


def region(measured: dict[str, Any]) -> str:
    """Render the table and the costs, the numbers with as many digits as docs/bench.md gives them."""
    head = ("CPU", "Gatehouse", "naive Lambda")
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows(measured))]
    costs = (
        f"A million client-credentials tokens of one application, one per second, cost {dollars(measured)} dollars.\n"
        "Everything on AWS is included ([cost](docs/cost.md))."
    )
    return "\n".join(("", *lines, "", costs, "\n"))


def dollars(measured: dict[str, Any]) -> str:
    """Return what a million client-credentials tokens cost at one per second, all of one application."""
    return f"{cost.costs(measured, cost.read_prices(), 1)[0].total:.2f}"


def rows(measured: dict[str, Any]) -> Sequence[tuple[str, str, str]]:
    """Return what is measured, Gatehouse's value and the naive Lambda's."""
    cpu_ms = {(one["subject"], one["scenario"]): one["cpu_ms"]["median"] for one in measured["requests"]}
    starts = {one["function"]: one["import_cpu_ms"]["median"] for one in measured["starts"] if one["memory_mb"] == 512}
    return [
        *(
            (title, f"{cpu_ms['Gatehouse', scenario]:.2f} ms", f"{cpu_ms['naive Lambda', scenario]:.2f} ms")
            for title, scenario in (("a client-credentials token", "client_credentials"), ("a gate decision", "gate"))
        ),
        ("the imports at a cold start", f"{starts['token']:.0f} ms", f"{starts['naive token']:.0f} ms"),
    ]
