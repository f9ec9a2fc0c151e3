"""Pages as responses: the templates, the assets beside them, and the headers that keep strangers out."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gatehouse.domain.apis import apis, differences
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store import filters, markdown
from gatehouse.endpoints.web import pages as web

PREFIX = "/static/store/"

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
_IMMUTABLE = "public, max-age=31536000, immutable"
_HEADERS = {"Referrer-Policy": "same-origin"}


class StorePages:
    """Renders the templates of one folder and serves its assets, under names that change with their content."""

    def __init__(self, folder: Path) -> None:
        """Name the folder's assets and prepare its templates."""
        self._assets = dict[str, Path]()
        self._names = dict[str, str]()
        for file in sorted((folder / "static").iterdir()):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
            self._names[file.name] = f"{PREFIX}{digest}/{file.name}"
            self._assets[self._names[file.name]] = file
        environment = web.environment(folder)
        environment.globals["asset"] = self.asset  # pyright: ignore[reportArgumentType]
        environment.globals["reference"] = apis.reference  # pyright: ignore[reportArgumentType]
        environment.globals["open_to"] = differences.open_to  # pyright: ignore[reportArgumentType]
        environment.filters["markdown"] = markdown.render
        environment.filters["plain"] = markdown.plain
        environment.filters["moment"] = filters.moment
        environment.filters["duration"] = filters.duration
        environment.filters["breakable"] = filters.breakable
        environment.filters["in_unit"] = filters.in_unit  # pyright: ignore[reportArgumentType]
        self._environment = environment

    def asset(self, name: str) -> str:
        """Return the address of an asset."""
        return self._names[name]

    def render(
        self,
        template: str,
        *,
        status: int = HTTPStatus.OK,
        cookies: Sequence[str] = (),
        reached: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """Return a page.

        Args:
            template: Without `.html`.
            status: Its status.
            cookies: Whole Set-Cookie values.
            reached: Addresses whose origins its script may call: the API of a try-out console.
            headers: More headers.
            values: What the template shows.
        """
        body = self._environment.get_template(f"{template}.html").render(values)
        more = {**_HEADERS, **(headers or {})}
        return web.page(body, _policy(reached), status=status, cookies=cookies, headers=more)

    def get_asset(self, request: Request) -> Response | None:
        """Return an asset, which a browser may keep for ever; None if there is none of that name."""
        file = self._assets.get(request.path)
        if file is None or request.method not in {"GET", "HEAD"}:
            return None
        content = file.read_bytes()
        kind = _TYPES[Path(request.path).suffix]
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Cache-Control": _IMMUTABLE,
            "X-Content-Type-Options": "nosniff",
        }
        return {
            "statusCode": 200,
            "headers": headers,
            "body": base64.b64encode(content).decode(),
            "isBase64Encoded": True,
        }


def redirect(location: str, cookies: Sequence[str] = ()) -> Response:
    """Send the browser elsewhere by GET."""
    return web.redirect(location, cookies, _HEADERS)


def _policy(reached: Sequence[str]) -> str:
    origins = {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, reached) if url.scheme in {"http", "https"}}
    connect = " ".join(["'self'", *sorted(origins)])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src {connect}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
