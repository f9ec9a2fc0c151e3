"""Tell by content, not by date, whether something has to be done again."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

IGNORED = {"__pycache__", ".aws-sam"}


def files_of(path: Path) -> list[Path]:
    """List a file, or every file below a folder that is not generated, in a stable order."""
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not IGNORED & set(file.parts))


def of(paths: Iterable[Path], *values: object) -> str:
    """Digest the names and contents of files, and values beside them."""
    digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode())
    for path in paths:
        for file in files_of(path):
            digest.update(f"\0{file.relative_to(path.parent)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
