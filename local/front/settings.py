"""What the front is told by the file that `make up` writes for it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A base path and the stage of an API behind it; the empty path takes what no other route does."""

    base_path: str
    api_id: str
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where to listen, what to present there, and where everything goes."""

    tls_port: int
    plain_port: int
    certificate: str
    private_key: str
    upstream_port: int
    routes: tuple[Route, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the settings from a JSON file."""
        values = json.loads(file.read_text(encoding="utf-8"))
        routes = tuple(Route(**route) for route in values.pop("routes"))
        return cls(routes=routes, **values)
