"""Measure everything, store it in bench/results, and write docs/bench.md, docs/cost.md, the plots and README's table.

With the names of parts, measure and print these alone; with --publish, store them and write the pages, too. --publish
without a name writes the pages from what is stored.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import cost_page, environment, parts, readme, report

RESULTS = environment.ROOT / "bench" / "results" / "latest.json"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of: {', '.join(parts.PARTS)}")
    parser.add_argument("--publish", action="store_true", help="store what is measured, and write the pages")
    parser.add_argument("--rounds", type=int, default=parts.ROUNDS, help=f"of each part that has any: {parts.ROUNDS}")
    parser.add_argument("--only", metavar="TEXT", default="", help="of requests: measure the rows that contain this")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.parts) - parts.PARTS.keys())
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are: {', '.join(parts.PARTS)}")
    if given.rounds < 1:
        parser.error("--rounds is at least 1")
    if given.only and (given.parts != ["requests"] or given.publish):
        parser.error("--only is for the part requests alone, and publishes nothing")
    return given


def stored(file: Path) -> dict[str, Any]:
    """Read the results; empty if there are none."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def store(results: dict[str, Any]) -> None:
    """Write the results."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def publish(measured: dict[str, Any]) -> None:
    """Write the pages and the plots.

    Raises:
        SystemExit: A part was never measured.
    """
    missing = parts.missing(measured)
    if missing:
        command = f'make bench ARGS="{" ".join(missing)} --publish"'
        raise SystemExit(f"make bench: no page was written; measure what is missing: {command}")
    report.write(measured)
    cost_page.write(measured)
    readme.write(measured)
    command = [environment.python(), "-m", "bench.plots", RESULTS, environment.ROOT / "docs" / "images"]
    subprocess.run(command, cwd=environment.ROOT, check=True)
    print(report.targets_table(measured))


def main(arguments: Sequence[str]) -> None:
    """Measure, store and publish what is asked for. A part is stored at once, so that the next may fail."""
    given = parse(arguments)
    is_whole = not given.parts and not given.publish
    is_stored = given.publish or is_whole
    with environment.only_one():
        if given.only:
            for one in parts.rows(given.rounds, given.only):
                print(f"{one.subject}, {one.scenario}: {one.ratio.text()} of one GetItem, {one.cpu_ms.text()} ms")
            return
        for name in parts.PARTS if is_whole else dict.fromkeys(given.parts):
            print(f"{datetime.now(UTC):%H:%M:%S} {parts.PARTS[name].title} ...", flush=True)
            taken = parts.take(name, given.rounds)
            if is_stored:
                store(parts.merge(stored(RESULTS), taken))
            else:
                print(json.dumps(taken, indent=1))
        if is_stored:
            publish(stored(RESULTS))


if __name__ == "__main__":
    main(sys.argv[1:])
