"""`make test`: run pytest against a stack of its own, which nothing else uses and which is gone afterwards.

Tests marked `exclusive` restart the stack or count what all of its callers do: they run first, one by one. All others
follow in several processes. A file stays in one process. Tests marked `more` do not fit into the budget of `make test`
(docs/decisions/0102-…): `--more` runs those, and all tests of outside clients, which make docs/clients.md.
`--unit` runs the unit tests while the stack comes up and the exclusive tests run: these two leave a core idle. With
`--more` these are the unit tests of the storage, on moto.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import NoReturn

from local import outside
from local.layout import ROOT, Layout
from local.reset import reset
from local.up import up

FIRST_OFFSET, LAST_OFFSET = 1_000, 20_000
KEPT_LOGS = ROOT / ".local" / "test-logs"
PROCESSES = 4
UNIT_TESTS = (sys.executable, "-m", "pytest", "--numprocesses=logical", "--dist=loadfile")
MORE_UNIT_TESTS = (*UNIT_TESTS, "--dynamodb=moto", "tests/unit/storage")
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


@contextmanager
def beside(command: Sequence[str]) -> Generator[None]:
    """Run a command during the block, and print what it said when both have ended.

    Raises:
        SystemExit: it failed.
    """
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield
            outcome = running.wait()
        finally:
            running.terminate()
            running.wait()
            said.seek(0)
            print(said.read().decode(errors="replace"), flush=True)
    if outcome:
        sys.exit(outcome)


def run(layout: Layout, arguments: Sequence[str]) -> int:
    """Run tests; they find the stack through the environment variable GATEHOUSE_STACK."""
    environment = os.environ | {"GATEHOUSE_STACK": str(layout.directory)}
    return subprocess.run(
        (sys.executable, "-m", "pytest", *arguments), cwd=ROOT, env=environment, check=False
    ).returncode


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
    parser.add_argument("--unit", action="store_true", help="run the unit tests until the tests in parallel begin")
    options, arguments = parser.parse_known_args()
    chosen = "(more or client)" if options.more else "not more"
    processes = os.environ.get("TEST_PROCESSES", str(PROCESSES))
    parallel = ("--numprocesses", processes, "--dist", "loadfile", "--no-loadscope-reorder")
    layout = choose_layout()
    outcome = 1
    try:
        outside.prepare(layout)
        with beside(MORE_UNIT_TESTS if options.more else UNIT_TESTS) if options.unit else nullcontext():
            up(layout)
            alone = run(layout, ["-m", f"exclusive and {chosen}", *arguments])
        outcome = combine([alone, run(layout, ["-m", f"not exclusive and {chosen}", *parallel, *arguments])])
    finally:
        if outcome and layout.logs.exists():
            shutil.copytree(layout.logs, KEPT_LOGS, dirs_exist_ok=True)
            print(f"The logs of the stack are in {KEPT_LOGS.relative_to(ROOT)}")
        reset(layout)
    sys.exit(outcome)


if __name__ == "__main__":
    main()
