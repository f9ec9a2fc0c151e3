"""Routes that decorators write at the handlers, which are methods of the parts of an interface."""

from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any, Protocol

_ROUTES = "routes"
"""The attribute of a handler that holds what its decorators say."""


class Decorator(Protocol):
    """Writes routes at a handler, and returns it."""

    def __call__[H: Callable[..., Any]](self, handler: H, /) -> H:
        """Return the handler."""
        ...


def route(method: str, paths: tuple[str, ...], options: dict[str, Any]) -> Decorator:
    """Return a decorator that writes a route for each path."""

    def decorate[H: Callable[..., Any]](handler: H) -> H:
        routes: list[dict[str, Any]] = vars(handler).setdefault(_ROUTES, [])
        routes += [{"method": method, "path": path, **options} for path in paths]
        return handler

    return decorate


def find_routes(*parts: object) -> Iterator[tuple[MethodType, dict[str, Any]]]:
    """Yield the handlers of these parts with what their decorators say, in the order of the source."""
    for part in parts:
        for handler in vars(type(part)).values():
            for one in getattr(handler, _ROUTES, ()):
                yield MethodType(handler, part), one
