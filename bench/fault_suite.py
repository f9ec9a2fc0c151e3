"""The fault suite: how long it takes to fail every call of every flow in every way."""

import subprocess
import sys
import time
from dataclasses import dataclass

from bench.environment import HOME, ROOT

_LOG = HOME / "fault-suite.log"
_COMMAND = ("-m", "pytest", "tests/faults", "--every-fault", "--numprocesses=logical", "-q")


@dataclass(frozen=True, slots=True)
class Result:
    """`make faults`, once: its duration, and how many tests it is."""

    seconds: float
    tests: int


def measure() -> Result:
    """Run it.

    Raises:
        RuntimeError: A test failed.
    """
    started = time.monotonic()
    done = subprocess.run([sys.executable, *_COMMAND], cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    _LOG.write_text(done.stdout + done.stderr)
    if done.returncode:
        raise RuntimeError(f"the fault suite failed; see {_LOG}")
    return Result(seconds, _passed(done.stdout))


def _passed(output: str) -> int:
    """Return how many tests passed, by the last line of pytest."""
    words = output.strip().splitlines()[-1].replace(",", "").split()
    return int(words[words.index("passed") - 1])
