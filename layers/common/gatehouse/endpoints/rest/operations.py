"""Operations of a JSON API: one table says what is routed, what is allowed, and what the OpenAPI document holds."""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict, Unpack

import msgspec

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal.services import Origin

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
        statuses: What it answers; the OpenAPI document adds what follows from method, body and query.
        body_max_bytes: How large a body is read.
        takes_tenant: Whether `X-WSO2-Tenant` may name another organisation, whose shared APIs are then meant.
        is_catalogue: Whether it is open without a token where the organisation has turned that on.
    """

    method: str
    path: str
    scopes: frozenset[str]
    summary: str
    run: Callable[[ApiCall], Answer]
    takes: str = ""
    gives: str = ""
    statuses: tuple[int, ...] = (200,)
    query: tuple[str, ...] = ()
    takes_tenant: bool = False
    is_catalogue: bool = False
    body_max_bytes: int = _BODY_MAX_BYTES


class OperationOptions(TypedDict, total=False):
    """What an operation may have beside its method, path, summary and handler."""

    scopes: frozenset[str]
    takes: str
    gives: str
    statuses: tuple[int, ...]
    query: tuple[str, ...]
    body_max_bytes: int


class OperationTable(msgspec.Struct, frozen=True, kw_only=True):
    """Makes the operations of one part, which have scopes, the tenant and the openness in common."""

    scopes: frozenset[str] = frozenset()
    takes_tenant: bool = False
    is_catalogue: bool = False

    def get(
        self, path: str, summary: str, run: Callable[[ApiCall], Answer], **options: Unpack[OperationOptions]
    ) -> Operation:
        """Return an operation that reads."""
        return self._make("GET", path, summary, run, options)

    def post(
        self, path: str, summary: str, run: Callable[[ApiCall], Answer], **options: Unpack[OperationOptions]
    ) -> Operation:
        """Return an operation that creates or acts."""
        return self._make("POST", path, summary, run, options)

    def put(
        self, path: str, summary: str, run: Callable[[ApiCall], Answer], **options: Unpack[OperationOptions]
    ) -> Operation:
        """Return an operation that changes."""
        return self._make("PUT", path, summary, run, options)

    def delete(
        self, path: str, summary: str, run: Callable[[ApiCall], Answer], **options: Unpack[OperationOptions]
    ) -> Operation:
        """Return an operation that deletes."""
        return self._make("DELETE", path, summary, run, options)

    def _make(
        self, method: str, path: str, summary: str, run: Callable[[ApiCall], Answer], options: OperationOptions
    ) -> Operation:
        more: dict[str, Any] = {
            "scopes": self.scopes,
            "takes_tenant": self.takes_tenant,
            "is_catalogue": self.is_catalogue,
            **options,
        }
        return Operation(method=method, path=path, summary=summary, run=run, **more)
