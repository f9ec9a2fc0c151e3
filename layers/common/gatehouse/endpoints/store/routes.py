"""Routes of the store's pages: decorators of the handlers say what is routed, and what a form may hold."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypedDict, Unpack

import msgspec

from gatehouse.domain.kernel.refusals import PortalError
from gatehouse.endpoints import decorated
from gatehouse.endpoints.decorated import Decorator
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.page_context import StorePageContext

type Handler = Callable[[StorePageContext], Response]
type PageMethod = Callable[[Any, StorePageContext], Response]
"""A handler as the class of a part defines it."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One page or form.

    Attributes:
        scope: What it needs beyond being signed in.
        takes_files: Whether its form is multipart.
        body_max_bytes: How large a multipart form may be.
        fields_max: How many fields another form may have.
        text_of_file: The field that holds the text of the uploaded file where the form has to be shown again.
    """

    method: str
    path: str
    run: Handler
    scope: str = ""
    takes_files: bool = False
    body_max_bytes: int = 512 * 1024
    fields_max: int = 64
    text_of_file: str = ""


class FormOptions(TypedDict, total=False):
    """What the route of a form may have; see `Route`."""

    takes_files: bool
    body_max_bytes: int
    fields_max: int
    text_of_file: str


class PageRouter(msgspec.Struct, frozen=True):
    """Decorates the handlers of one part, which need the same scope."""

    scope: str = ""

    def get(self, *paths: str) -> Decorator:
        """Route GET of these paths to a handler that shows a page."""
        return decorated.route("GET", paths, {"scope": self.scope})

    def post(
        self, path: str, *, again: PageMethod | None = None, **options: Unpack[FormOptions]
    ) -> Callable[[PageMethod], PageMethod]:
        """Route POST of a path to a handler that takes a form; `again` shows the form again where it is refused."""
        route = decorated.route("POST", (path,), {"scope": self.scope, **options})

        def decorate(handler: PageMethod) -> PageMethod:
            return route(handler if again is None else _show_again(handler, again))

        return decorate


def _show_again(handler: PageMethod, page: PageMethod) -> PageMethod:
    @wraps(handler)
    def run(part: Any, context: StorePageContext) -> Response:
        try:
            return handler(part, context)
        except PortalError as error:
            return page(part, context.refused(error))

    return run


def collect(*parts: object) -> tuple[Route, ...]:
    """Return the routes whose handlers are methods of these parts, in the order of the source."""
    return tuple(Route(run=handler, **route) for handler, route in decorated.find_routes(*parts))
