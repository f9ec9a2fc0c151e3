"""The tools of the local stack, each in an environment of its own under `.tools`, at the versions `make lock` wrote."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from local import fingerprints
from local.layout import ROOT

TOOLS = (ROOT / ".tools").resolve()  # programs there name their folder, so a link to it must not become its name
PINS = ROOT / "local" / "tools"


@contextmanager
def locked(file: Path) -> Generator[None]:
    """Let one `make` at a time do what follows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure(name: str) -> Path:
    """Install a tool unless exactly its pinned requirements are there; return its `bin` folder.

    The Python is the project's own, so nothing downloads another.
    """
    environment, pins = TOOLS / name, PINS / f"{name}.txt"
    marker = environment / ".installed"
    with locked(TOOLS / ".lock"):
        wanted = fingerprints.of([pins], sys.version)
        if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
            print(f"Installing {name} into {environment.relative_to(TOOLS.parent)} ...", flush=True)
            uv = os.environ["UV"]  # set by `uv run`
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, environment], check=True)
            python = environment / "bin" / "python"
            subprocess.run([uv, "pip", "sync", "--quiet", "--python", python, pins], check=True)
            marker.write_text(wanted, encoding="utf-8")
    return environment / "bin"


def ensure_npm(folder: Path) -> None:
    """Install what the lock file of a folder of Node programs names, unless that was done."""
    done = folder / "node_modules" / ".installed-lock.json"
    with locked(ROOT / ".local" / f"npm-{folder.name}.lock"):
        wanted = (folder / "package-lock.json").read_text(encoding="utf-8")
        if not done.exists() or done.read_text(encoding="utf-8") != wanted:
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
            done.write_text(wanted, encoding="utf-8")
