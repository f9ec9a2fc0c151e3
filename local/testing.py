"""`make test`: run pytest against a stack of its own, which nothing else uses and which is gone afterwards."""

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

from local.layout import ROOT, Layout
from local.reset import reset
from local.up import up

FIRST_OFFSET, LAST_OFFSET = 1_000, 20_000
KEPT_LOGS = ROOT / ".local" / "test-logs"


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


def run(layout: Layout, paths: Sequence[str]) -> int:
    """Run the tests; they find the stack through the environment variable GATEHOUSE_STACK."""
    environment = os.environ | {"GATEHOUSE_STACK": str(layout.directory)}
    command = (sys.executable, "-m", "pytest", *paths)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Let the clean-up run when somebody ends us."""
    sys.exit(1)


def main() -> None:
    """Bring a stack up, test it, and take it down whatever happened; the logs of a failure are kept."""
    signal.signal(signal.SIGTERM, interrupt)
    layout = choose_layout()
    outcome = 1
    try:
        up(layout)
        outcome = run(layout, sys.argv[1:])
    finally:
        if outcome and layout.logs.exists():
            shutil.copytree(layout.logs, KEPT_LOGS, dirs_exist_ok=True)
            print(f"The logs of the stack are in {KEPT_LOGS.relative_to(ROOT)}")
        reset(layout)
    sys.exit(outcome)


if __name__ == "__main__":
    main()
