"""`make test`: run pytest against a stack of its own, which nothing else uses and which is gone afterwards.

Tests marked `exclusive` restart the stack or count what all of its callers do: they run first, one by one. All others
follow in several processes. A file stays in one process. Tests marked `more` do not fit into the budget of `make test`
(docs/decisions/0102-…): `--more` runs those, and all tests of outside clients, which make docs/clients.md.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from local import outside
from local.layout import ROOT, Layout
from local.reset import reset
from local.up import up

FIRST_OFFSET, LAST_OFFSET = 1_000, 20_000
KEPT_LOGS = ROOT / ".local" / "test-logs"
PROCESSES = 3
NOTHING_COLLECTED = 5


def is_free(port: int) -> bool:
    """Tell whether a port can be opened."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def choose_layout() -> Layout:
    """Pick ports that nobody uses; a test run beside `make up` or another test run disturbs neither."""
    while True:
        offset = random.randrange(FIRST_OFFSET, LAST_OFFSET)  # noqa: S311 - no secret
        layout = Layout(offset=offset, directory=ROOT / ".local" / f"test-{offset}")
        if not layout.directory.exists() and all(map(is_free, layout.ports)):
            return layout


def run(layout: Layout, arguments: Sequence[str], *, more: bool) -> int:
    """Run the tests; they find the stack through the environment variable GATEHOUSE_STACK."""
    environment = os.environ | {"GATEHOUSE_STACK": str(layout.directory)}
    processes = os.environ.get("TEST_PROCESSES", str(PROCESSES))
    chosen = "(more or client)" if more else "not more"
    parallel = ("--numprocesses", processes, "--dist", "loadfile", "--no-loadscope-reorder")
    parts = (("-m", f"exclusive and {chosen}"), ("-m", f"not exclusive and {chosen}", *parallel))
    outcomes = [
        subprocess.run(
            (sys.executable, "-m", "pytest", *part, *arguments), cwd=ROOT, env=environment, check=False
        ).returncode
        for part in parts
    ]
    return combine(outcomes)


def combine(outcomes: Sequence[int]) -> int:
    """Return the exit code of all parts: a part may have no tests, but not every part."""
    if any(one not in {0, NOTHING_COLLECTED} for one in outcomes):
        return 1
    return min(outcomes)


def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Let the clean-up run when somebody ends us."""
    sys.exit(1)


def main() -> None:
    """Bring a stack up, test it, and take it down whatever happened; the logs of a failure are kept."""
    signal.signal(signal.SIGTERM, interrupt)
    parser = argparse.ArgumentParser(prog="python -m local.testing", description=__doc__)
    parser.add_argument("--more", action="store_true", help="run the tests marked `more` or `client`, and no others")
    options, arguments = parser.parse_known_args()
    layout = choose_layout()
    outcome = 1
    try:
        outside.prepare(layout)
        up(layout)
        outcome = run(layout, arguments, more=options.more)
    finally:
        if outcome and layout.logs.exists():
            shutil.copytree(layout.logs, KEPT_LOGS, dirs_exist_ok=True)
            print(f"The logs of the stack are in {KEPT_LOGS.relative_to(ROOT)}")
        reset(layout)
    sys.exit(outcome)


if __name__ == "__main__":
    main()
