"""Operations of a JSON API: decorators of the handlers say what is routed, allowed, and in the OpenAPI document."""

from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any, TypedDict, Unpack

import msgspec

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.portal.services import Origin
from gatehouse.endpoints import decorated
from gatehouse.endpoints.decorated import Decorator
from gatehouse.endpoints.rest import bodies

FILE_MAX_BYTES = 4_500_000
"""Lambda takes 6 MB from a function, and files are in base64."""

_BODY_MAX_BYTES = 256 * 1024


class ApiCall(msgspec.Struct, frozen=True, kw_only=True):
    """One authorized call.

    Attributes:
        body: The parsed JSON, or None.
        tenant: The organisation that `X-WSO2-Tenant` names, or empty.
    """

    caller: Caller
    origin: Origin
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    tenant: str = ""

    @property
    def issuer(self) -> str:
        """The issuer of the caller's organisation."""
        return self.origin.issuer_of(self.caller.organisation)

    @property
    def window(self) -> Window:
        """Which page of a list is asked for."""
        return bodies.window(self.query)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A body that is not JSON. It comes from people, so no browser may run it."""

    media_type: str
    content: bytes


class JsonText(msgspec.Struct, frozen=True):
    """A body that is JSON already, sent as it is."""

    text: str


class Answer(msgspec.Struct, frozen=True):
    """What an operation answers; a body of None is empty. `modified_at_ms` of 0 is unknown."""

    body: Any = None
    status: int = 200
    location: str = ""
    modified_at_ms: int = 0


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method and path.

    Attributes:
        scopes: Any one of them is needed; empty takes every valid token of a user.
        takes: The name of the body's schema, or empty.
        gives: The name of the answer's schema, or empty.
        run: The handler; one that returns nothing answers the first status with an empty body.
        statuses: What it answers; the OpenAPI document adds what follows from method, path and body.
        query: The parameters of the query that the handler gets. It is described by the same names.
        body_max_bytes: How large a body is read.
        takes_tenant: Whether `X-WSO2-Tenant` may name another organisation, whose shared APIs are then meant.
        is_catalogue: Whether it is open without a token where the organisation has turned that on.
    """

    method: str
    path: str
    scopes: frozenset[str]
    summary: str
    run: Callable[[ApiCall], Answer | None]
    takes: str = ""
    gives: str = ""
    statuses: tuple[int, ...] = (200,)
    query: tuple[str, ...] = ()
    takes_tenant: bool = False
    is_catalogue: bool = False
    body_max_bytes: int = _BODY_MAX_BYTES


class OperationOptions(TypedDict, total=False):
    """What an operation may have beside its method, its path and its handler. `summary` stands for the docstring's."""

    scopes: frozenset[str]
    summary: str
    takes: str
    gives: str
    statuses: tuple[int, ...]
    query: tuple[str, ...]
    body_max_bytes: int


class OperationRouter(msgspec.Struct, frozen=True, kw_only=True):
    """Decorates the handlers of one part, which have scopes, the tenant and the openness in common.

    The first line of a handler's docstring is the operation's summary in the OpenAPI document.
    """

    scopes: frozenset[str] = frozenset()
    takes_tenant: bool = False
    is_catalogue: bool = False

    def get(self, *paths: str, **options: Unpack[OperationOptions]) -> Decorator:
        """Route GET of these paths to a handler that reads."""
        return self._route("GET", paths, options)

    def post(self, *paths: str, **options: Unpack[OperationOptions]) -> Decorator:
        """Route POST of these paths to a handler that creates or acts."""
        return self._route("POST", paths, options)

    def put(self, *paths: str, **options: Unpack[OperationOptions]) -> Decorator:
        """Route PUT of these paths to a handler that changes."""
        return self._route("PUT", paths, options)

    def delete(self, *paths: str, **options: Unpack[OperationOptions]) -> Decorator:
        """Route DELETE of these paths to a handler that deletes."""
        return self._route("DELETE", paths, options)

    def _route(self, method: str, paths: tuple[str, ...], options: OperationOptions) -> Decorator:
        return decorated.route(method, paths, {**msgspec.structs.asdict(self), **options})


def collect(*parts: object) -> tuple[Operation, ...]:
    """Return the operations whose handlers are methods of these parts, in the order of the source."""
    return tuple(_operation(handler, route) for handler, route in decorated.find_routes(*parts))


def _operation(handler: MethodType, route: dict[str, Any]) -> Operation:
    described: dict[str, Any] = {"summary": (handler.__doc__ or "").partition("\n")[0], **route}
    return Operation(run=handler, **described)
