"""The peers and the tools of `make bench`, in environments of their own under `.tools/bench`, at pinned versions."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".tools" / "bench"
PINS = ROOT / "bench" / "tools"
LAYER = ROOT / "layers" / "common"


def python() -> Path:
    """Return the Python that has the layer's packages and the peers of PyPI."""
    environment = HOME / "python"
    wanted = [PINS / "python.txt"]
    if not _is_current(environment, wanted):
        print("Installing the Python peers into .tools/bench/python ...", flush=True)
        uv = os.environ.get("UV", str(ROOT / ".tools" / "uv" / "bin" / "uv"))
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, environment], check=True)
        interpreter = environment / "bin" / "python"
        subprocess.run([uv, "pip", "sync", "-q", "--compile-bytecode", "--python", interpreter, *wanted], check=True)
        _mark(environment, wanted)
    return environment / "bin" / "python"


def node() -> Path | None:
    """Return the folder that has the peers of npm, or None where there is no Node.js."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    folder, wanted = HOME / "node", [PINS / "package.json", PINS / "package-lock.json"]
    if not _is_current(folder, wanted):
        print("Installing the Node.js peers into .tools/bench/node ...", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        for file in wanted:
            shutil.copy(file, folder)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
        _mark(folder, wanted)
    return folder


@contextmanager
def only_one() -> Generator[None]:
    """Let one benchmark at a time run: two would measure each other."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(files: list[Path]) -> str:
    return hashlib.sha256(sys.version.encode() + b"".join(file.read_bytes() for file in files)).hexdigest()


def _is_current(folder: Path, files: list[Path]) -> bool:
    marker = folder / ".installed"
    return marker.exists() and marker.read_text() == _digest(files)


def _mark(folder: Path, files: list[Path]) -> None:
    (folder / ".installed").write_text(_digest(files))
