"""Archives whose bytes depend on the names and contents of their files alone."""

import hashlib
import zipfile
from pathlib import Path

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold
_MODE = 0o100644 << 16
_UNIX = 3


def pack(folder: Path, file: Path) -> None:
    """Pack a folder, with its files in the order of their names and no dates."""
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


def sums(folder: Path) -> str:
    """Return the SHA-256 of each file of a folder, as `sha256sum --check` reads it."""
    files = sorted(one for one in folder.iterdir() if one.is_file())
    return "".join(f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in files)
