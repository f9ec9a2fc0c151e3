"""Pages as responses: the templates, the assets beside them, and the headers that keep strangers out."""

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from gatehouse.domain.apis import apis, differences
from gatehouse.endpoints import paths
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store import filters, markdown
from gatehouse.endpoints.web import pages as web
from gatehouse.endpoints.web.assets import Assets

_HEADERS = {"Referrer-Policy": "same-origin"}


class StorePages:
    """Renders the templates of one folder and serves its assets, under names that change with their content."""

    def __init__(self, folder: Path) -> None:
        """Name the folder's assets and prepare its templates."""
        self.assets = Assets(folder, "/static/store/")
        environment = web.environment(folder)
        environment.globals["asset"] = self.assets.path  # pyright: ignore[reportArgumentType]
        environment.globals["reference"] = apis.reference  # pyright: ignore[reportArgumentType]
        environment.globals["open_to"] = differences.open_to  # pyright: ignore[reportArgumentType]
        environment.filters["urlencode"] = partial(quote, safe="")  # Jinja's own leaves a slash as it is
        environment.filters["segment"] = paths.segment
        environment.filters["markdown"] = markdown.render
        environment.filters["plain"] = markdown.plain
        environment.filters["moment"] = filters.moment
        environment.filters["duration"] = filters.duration
        environment.filters["in_unit"] = filters.in_unit  # pyright: ignore[reportArgumentType]
        self._environment = environment

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


def redirect(location: str, cookies: Sequence[str] = ()) -> Response:
    """Send the browser elsewhere by GET."""
    return web.redirect(location, cookies, _HEADERS)


def _policy(reached: Sequence[str]) -> str:
    origins = {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, reached) if url.scheme in {"http", "https"}}
    return web.policy(
        script="'self'",
        style="'self'",
        img="'self' data:",
        font="'self'",
        connect=" ".join(["'self'", *sorted(origins)]),
    )
