"""A JSON API below one base path: it routes, authorizes, runs and renders the operations of a table."""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import msgspec

from gatehouse.domain.kernel import json_texts, texts
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.errors import (
    DomainError,
    MissingTokenError,
    TemporarilyUnavailableError,
    TooManyFailuresError,
)
from gatehouse.domain.kernel.refusals import (
    BusyError,
    ConfirmationNeededError,
    FreshSignInNeededError,
    InvalidInputError,
    NotFoundError,
    PortalError,
    UnknownTenantError,
)
from gatehouse.domain.portal.services import Origin
from gatehouse.endpoints import challenges, cors, error_table, methods, paths
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.rest import bodies, conditions, json_values
from gatehouse.endpoints.rest.errors import MediaTypeError, MissingScopeError
from gatehouse.endpoints.rest.operations import FILE_MAX_BYTES, Answer, ApiCall, File, JsonText, Operation

_JSON = "application/json"
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""How JSON can spell what is no text; UTF-8 and JSON's grammar refuse it elsewhere."""
_NO_STORE = {"Content-Type": _JSON, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class JsonApi(msgspec.Struct, frozen=True):
    """Answers the requests below one base path.

    Attributes:
        find_visitor: Returns whom an operation of the catalogue takes a caller without a token for; None refuses.
    """

    base: str
    operations: Sequence[Operation]
    bearers: Bearers
    issuers: Issuers
    public: Mapping[str, Callable[[], Any]] = msgspec.field(default_factory=dict[str, Callable[[], Any]])
    find_visitor: Callable[[Request], Caller | None] = lambda _: None

    def answer(self, request: Request) -> Response:
        """Route, authorize, run and render. Scripts of any origin may read the answer.

        Raises:
            RefusalError: The answer is WSO2's error body.
        """
        try:
            return cors.allow(methods.answer_head(request, self._answer))
        except DomainError as error:
            refusal = render_error(error)
            raise RefusalError(error, cors.allow(methods.answer_head(request, lambda _: refusal))) from error

    def _answer(self, request: Request) -> Response:
        path = request.path.removeprefix(self.base)
        if path in self.public and request.method == "GET":
            return _render(200, self.public[path](), {})
        found = [(one, match(one.path, path)) for one in self.operations]
        here = [(one, parameters) for one, parameters in found if parameters is not None]
        if not here:
            raise NotFoundError("The specified resource does not exist")
        operation, parameters = next((pair for pair in here if pair[0].method == request.method), (None, None))
        known = methods.allowed({one.method for one, _ in here})
        if request.method == "OPTIONS":
            return cors.preflight(known)
        if operation is None or parameters is None:
            body = _error(405, "Method Not Allowed", "This path does not have this method.")
            return _render(405, body, {"Allow": ", ".join(known)})
        caller = self._authorize(request, operation)
        if operation.gives:
            conditions.check_accept(request.headers)
        query = bodies.query(request.query)
        answer = operation.run(
            ApiCall(
                caller=caller,
                origin=Origin(source=request.source, issuer=self.issuers.of(request, None)),
                path=parameters,
                query={name: value for name, value in query.items() if name in operation.query},
                headers=request.headers,
                body=_parse_body(request, operation.body_max_bytes) if operation.takes else None,
                tenant=_parse_tenant(request, caller, operation),
            )
        )
        return self._render(request, answer or Answer(status=operation.statuses[0]))

    def _authorize(self, request: Request, operation: Operation) -> Caller:
        if operation.is_catalogue and "authorization" not in request.headers:
            visitor = self.find_visitor(request)
            if visitor is not None:
                return visitor
        caller = self.bearers.find_caller(request)
        check_scope(caller, operation.scopes)
        return caller

    def _render(self, request: Request, answer: Answer) -> Response:
        headers = self._locate(answer.location) if answer.location else {}
        if answer.modified_at_ms:
            headers["Last-Modified"] = formatdate(answer.modified_at_ms // 1000, usegmt=True)
        if answer.body is None:
            return _render(answer.status, None, headers)
        headers["ETag"] = conditions.etag(_tagged(answer.body))
        if request.method == "GET" and answer.status == 200 and conditions.is_known(request.headers, headers["ETag"]):
            return _render(304, None, headers)
        if isinstance(answer.body, File):
            return render_file(answer.body, headers)
        if isinstance(answer.body, JsonText):
            return {**_render(answer.status, None, headers), "body": answer.body.text}
        rendered = _render(answer.status, answer.body, headers)
        if texts.carried_bytes(str(rendered["body"])) > texts.ANSWER_MAX_BYTES:
            raise InvalidInputError("The answer would be too large. Ask for a smaller limit.", field="limit")
        return rendered

    def _locate(self, location: str) -> dict[str, str]:
        return {"Location": self.base + location if location.startswith("/") else location}


def check_scope(caller: Caller, scopes: frozenset[str]) -> None:
    """Make sure that the caller's token has one of an operation's scopes; without any, every token may.

    Raises:
        MissingScopeError: It has none.
    """
    if scopes and scopes.isdisjoint(caller.scopes):
        raise MissingScopeError(f"token of {caller.username} without {' or '.join(sorted(scopes))}")


def match(template: str, path: str) -> dict[str, str] | None:
    """Return the path's variables if it is of the template; None if not."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    parameters: dict[str, str] = {}
    for name, value in zip(wanted, given, strict=True):
        if name.startswith("{") and value:
            parameters[name[1:-1]] = paths.parse(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
        elif name != value:
            return None
    return parameters


def render_error(error: DomainError) -> Response:
    """Render WSO2's `Error`; the private reason stays behind."""
    status, code, message = error_table.ROWS[type(error)]
    field = error.field if isinstance(error, PortalError) else ""
    details = [{"code": f"{status}_{field}", "message": error.description}] if field else []
    body = _error(code, message, error.description, details)
    if isinstance(error, ConfirmationNeededError):
        body["error"] = [{"code": "409_change", "message": one} for one in error.changes]
        body["confirmation"] = render_confirmation(error)
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers |= challenges.headers(f'Bearer realm="gatehouse"{_fault(error)}')
    if isinstance(error, TemporarilyUnavailableError | TooManyFailuresError | BusyError):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return _render(status, body, headers)


def render_confirmation(error: ConfirmationNeededError) -> dict[str, Any]:
    """Render what a request repeats to confirm what it does, and who may."""
    return {"digest": error.digest, "revision": error.revision, "needsAdministrator": error.needs_administrator}


def _fault(error: DomainError) -> str:
    """Return what a challenge says of the token (RFC 6750 section 3), and of the sign-in that is needed (RFC 9470).

    If no token was sent, it names no error.
    """
    if isinstance(error, MissingTokenError):
        return ""
    if not isinstance(error, FreshSignInNeededError):
        return f', error="{error.code}"'
    wanted = {
        "error": error.code,
        "error_description": error.description,
        **({"max_age": str(error.max_age_seconds)} if error.max_age_seconds else {}),
        **({"acr_values": " ".join(error.acr_values)} if error.acr_values else {}),
    }
    return "".join(f', {name}="{value}"' for name, value in wanted.items())


def _refuse(constant: str) -> None:
    """Refuse NaN and Infinity, which are no JSON (RFC 8259 section 6)."""
    raise ValueError(constant)


def _error(code: int, message: str, description: str, details: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    return {"code": code, "message": message, "description": description, "moreInfo": "", "error": list(details)}


def _parse_tenant(request: Request, caller: Caller, operation: Operation) -> str:
    tenant = request.headers.get("x-wso2-tenant", "").lower()
    if tenant not in {"", caller.organisation} and not operation.takes_tenant:
        raise UnknownTenantError("Tenant Not Found")
    return tenant


def _parse_body(request: Request, body_max_bytes: int) -> Any:
    body = request.body()
    if len(body) > body_max_bytes:
        raise InvalidInputError("The request body is too large.")
    if not body:
        return None
    if request.headers.get("content-type", _JSON).partition(";")[0].strip().lower() != _JSON:
        raise MediaTypeError("Unsupported media type")
    try:
        found = json.loads(body, parse_constant=_refuse, object_pairs_hook=json_values.unique)
    except json_values.RepeatedKeyError as error:
        raise InvalidInputError(f"Malformed request body: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("Malformed request body.") from error
    if _ESCAPED.search(body) and not texts.are_texts(found):
        raise InvalidInputError("Malformed request body: a text holds NUL or half a character (a lone surrogate).")
    return found


def _tagged(body: Any) -> Any:
    """Return what the entity tag of a body is made of."""
    if isinstance(body, File):
        return body.content
    return body.text.encode() if isinstance(body, JsonText) else body


def _render(status: int, body: Any, headers: Mapping[str, str]) -> Response:
    return {
        "statusCode": int(status),
        "headers": {**_NO_STORE, **headers},
        "body": "" if body is None else json_texts.render(body).decode(),
        "isBase64Encoded": False,
    }


def render_file(file: File, headers: Mapping[str, str]) -> Response:
    """Render a body that is not JSON.

    Raises:
        InvalidInputError: It is too large for an answer.
    """
    if len(file.content) > FILE_MAX_BYTES:
        raise InvalidInputError("The file would be too large for an answer.")
    sandbox = {"Content-Type": file.media_type, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return {
        "statusCode": 200,
        "headers": {**_NO_STORE, **headers, **sandbox},
        "body": base64.b64encode(file.content).decode(),
        "isBase64Encoded": True,
    }
