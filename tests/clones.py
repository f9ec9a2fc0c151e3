"""A clone of this repository as a newcomer has it, with the tools that this one has installed."""

import shutil
from pathlib import Path

from tests.deployed import ROOT

_FILES = (".python-version", "Makefile", "pyproject.toml", "uv.lock", "samconfig.toml", "template.yaml")
_FOLDERS = ("cli", "events", "examples", "functions", "layers", "local")
_GENERATED = shutil.ignore_patterns(".aws-sam", "__pycache__", ".venv")


def clone(folder: Path) -> Path:
    """Copy what is in version control and needed to build and deploy; nothing is built there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copy(ROOT / name, folder)
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=_GENERATED)
    (folder / ".tools").symlink_to((ROOT / ".tools").resolve())
    return folder
