"""Files that pages refer to, under addresses that change with their content, so that browsers keep them for good."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from gatehouse.endpoints import responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
_HEADERS: Mapping[str, str] = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
"""The policy is for an icon that is opened by itself: a picture with styles of its own, and no script."""


class Assets:
    """The files of the folder `static` beside the templates, all of them text."""

    def __init__(self, folder: Path, prefix: str) -> None:
        """Name the files by their content, below the prefix."""
        self._paths = dict[str, str]()
        self._files = dict[str, Path]()
        for file in sorted((folder / "static").iterdir()):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
            self._paths[file.name] = f"{prefix}{digest}/{file.name}"
            self._files[self._paths[file.name]] = file

    @property
    def paths(self) -> frozenset[str]:
        """The addresses of all files."""
        return frozenset(self._files)

    def path(self, name: str) -> str:
        """Return the address of a file."""
        return self._paths[name]

    def endpoint(self, path: str) -> Callable[[Request, str | None], Response]:
        """Return what answers the file at one address."""
        file = self._files[path]
        return lambda _request, _organisation: self._render(file)

    def answer(self, path: str) -> Response | None:
        """Return the file at an address; None if there is none."""
        file = self._files.get(path)
        return None if file is None else self._render(file)

    def _render(self, file: Path) -> Response:
        headers = {"Content-Type": f"{_TYPES[file.suffix]}; charset=utf-8", **_HEADERS}
        return responses.text(200, headers, file.read_text(encoding="utf-8"))
