"""Operations of a JSON API: one table says what is routed, what is allowed, and what the OpenAPI document holds."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from gatehouse.domain.errors import InvalidRequestError, TemporarilyUnavailableError
from gatehouse.domain.portal.errors import (
    InvalidInputError,
    NotFoundError,
    PortalError,
    PreconditionError,
    UnauthenticatedError,
)
from gatehouse.domain.portal.people import Caller
from gatehouse.domain.portal.portal import Origin
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

_BODY_MAX_BYTES = 256 * 1024
_PARAMETERS_MAX = 32
_TENANT_NOT_FOUND = 901300

_NO_STORE = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authorized call. `body` is the parsed JSON, or None."""

    caller: Caller
    origin: Origin
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers; a body of None is empty."""

    body: Any = None
    status: int = 200
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method and path.

    Attributes:
        scopes: Any one of them is needed; empty takes every valid token of a user.
        takes: The name of the body's schema, or empty.
        gives: The name of the answer's schema, or empty.
    """

    method: str
    path: str
    scopes: frozenset[str]
    summary: str
    run: Callable[[Call], Answer]
    takes: str = ""
    gives: str = ""
    statuses: tuple[int, ...] = (200,)
    query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonApi:
    """Answers the requests below one base path."""

    base: str
    operations: Sequence[Operation]
    bearers: Bearers
    issuers: Issuers
    public: Mapping[str, Callable[[], Any]] = field(default_factory=dict[str, Callable[[], Any]])

    def answer(self, request: Request) -> Response:
        """Route, authorize, run and render; a refusal becomes WSO2's error body."""
        try:
            return self._answer(request)
        except PortalError as error:
            return render_error(error)
        except InvalidRequestError as error:
            return render_error(InvalidInputError(error.description))
        except TemporarilyUnavailableError as error:
            body = {"code": 503, "message": "Service Unavailable", "description": error.description}
            return _render(503, body, {"Retry-After": str(error.retry_after_seconds)})

    def _answer(self, request: Request) -> Response:
        path = request.path.removeprefix(self.base)
        if path in self.public and request.method == "GET":
            return _render(200, self.public[path](), {})
        found = [(one, match(one.path, path)) for one in self.operations]
        here = [(one, parameters) for one, parameters in found if parameters is not None]
        if not here:
            raise NotFoundError("The specified resource does not exist")
        operation, parameters = next((pair for pair in here if pair[0].method == request.method), (None, None))
        if operation is None or parameters is None:
            allowed = ", ".join(sorted({one.method for one, _ in here}))
            body = {"code": 405, "message": "Method Not Allowed", "description": "This path does not have this method."}
            return _render(405, body, {"Allow": allowed})
        caller = self._authorize(request, operation)
        query = dict(parse_qsl(request.query, keep_blank_values=True, max_num_fields=_PARAMETERS_MAX))
        _check_tenant(request, caller)
        answer = operation.run(
            Call(
                caller=caller,
                origin=Origin(source=request.source, issuer=self.issuers.of(request, None)),
                path=parameters,
                query=query,
                headers=request.headers,
                body=_parse_body(request) if operation.takes else None,
            )
        )
        return self._render(request, answer)

    def _authorize(self, request: Request, operation: Operation) -> Caller:
        caller = self.bearers.find_caller(request)
        if operation.scopes and operation.scopes.isdisjoint(caller.scopes):
            raise UnauthenticatedError("Unauthenticated request")
        return caller

    def _render(self, request: Request, answer: Answer) -> Response:
        if answer.body is None:
            return _render(answer.status, None, {"Location": answer.location} if answer.location else {})
        headers = {"ETag": etag(answer.body)}
        if answer.location:
            headers["Location"] = self.base + answer.location
        is_known = request.headers.get("if-none-match") == headers["ETag"]
        if request.method == "GET" and answer.status == 200 and is_known:
            return _render(304, None, headers)
        return _render(answer.status, answer.body, headers)


def match(template: str, path: str) -> dict[str, str] | None:
    """Return the path's variables if it is of the template; None if not."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    parameters: dict[str, str] = {}
    for name, value in zip(wanted, given, strict=True):
        if name.startswith("{") and value:
            parameters[name[1:-1]] = unquote(value)
        elif name != value:
            return None
    return parameters


def etag(body: Any) -> str:
    """Return the entity tag of a representation (RFC 9110 section 8.8.3)."""
    return f'"{hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]}"'


def check_match(call: Call, current: Any) -> None:
    """Refuse if the caller's If-Match names another representation.

    Raises:
        PreconditionError: It changed since.
    """
    wanted = call.headers.get("if-match")
    if wanted not in {None, "*", etag(current)}:
        raise PreconditionError("The resource changed since you read it.")


def render_error(error: PortalError) -> Response:
    """Render WSO2's `Error`."""
    details = [{"code": f"{error.status}_{error.field}", "message": error.description}] if error.field else []
    body = {
        "code": error.code,
        "message": error.message,
        "description": error.description,
        "moreInfo": "",
        "error": details,
    }
    is_401 = isinstance(error, UnauthenticatedError)
    return _render(error.status, body, {"WWW-Authenticate": 'Bearer realm="gatehouse"'} if is_401 else {})


def _check_tenant(request: Request, caller: Caller) -> None:
    tenant = request.headers.get("x-wso2-tenant", "")
    if tenant and tenant.lower() != caller.organisation:
        raise InvalidInputError("Tenant Not Found", code=_TENANT_NOT_FOUND)


def _parse_body(request: Request) -> Any:
    body = request.body()
    if len(body) > _BODY_MAX_BYTES:
        raise InvalidInputError("The request body is too large.")
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("Malformed request body.") from error


def _render(status: int, body: Any, headers: Mapping[str, str]) -> Response:
    return {
        "statusCode": status,
        "headers": {**_NO_STORE, **headers},
        "body": "" if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
