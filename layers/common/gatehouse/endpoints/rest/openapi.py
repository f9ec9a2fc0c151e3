"""The OpenAPI 3 document of a JSON API, generated from its table of operations."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from gatehouse.endpoints import openapi
from gatehouse.endpoints.devportal import schemas
from gatehouse.endpoints.rest.operations import Operation
from gatehouse.endpoints.rest.shapes import Schema

_EVERYWHERE = (400, 401, 406, 503)
"""What any operation may answer: a wrong query or tenant, no token, an answer that the caller does not take, a
throttled table."""

_VARIABLE = re.compile(r"\{(\w+)\}")
_REFERENCE = re.compile(r"#/components/schemas/(\w+)")
_SEGMENT = r"^[^/\x00-\x1f]+$"  # one segment of a path, as gateways route it
_NUMBERS = frozenset({"limit", "offset", "days"})


def document(
    base: str, title: str, version: str, operations: Sequence[Operation], more: Mapping[str, Schema] | None = None
) -> dict[str, Any]:
    """Return the document, with those schemas that its operations name: of all APIs, and `more` of its own."""
    scopes = sorted({scope for one in operations for scope in one.scopes})
    flow: dict[str, Any] = {"tokenUrl": "/token", "scopes": dict.fromkeys(scopes, "")}
    flows = {"authorizationCode": {"authorizationUrl": "/authorize", **flow}, "password": flow}
    return openapi.document(
        "3.0.3",
        {"title": title, "version": version},
        base,
        ((one.path, one.method.lower(), _operation(one)) for one in operations),
        schemas=_reached({**schemas.SCHEMAS, **(more or {})}, operations),
        security_schemes={"gatehouse": {"type": "oauth2", "flows": flows}},
    )


def _reached(known: Mapping[str, Schema], operations: Iterable[Operation]) -> dict[str, Schema]:
    """Return the schemas that the operations name, directly or by another one."""
    reached: dict[str, Schema] = {}
    left = {"Error", *(name for one in operations for name in (one.takes, one.gives) if name)}
    while left:
        name = left.pop()
        reached[name] = known[name]
        left |= set(_REFERENCE.findall(json.dumps(known[name]))) - reached.keys()
    return {name: reached[name] for name in sorted(reached)}


def _operation(one: Operation) -> dict[str, Any]:
    variables = _VARIABLE.findall(one.path)
    parameters = [_parameter(name, "path") for name in variables] + [_parameter(name, "query") for name in one.query]
    if one.takes_tenant:
        parameters.append(_parameter("X-WSO2-Tenant", "header"))
    described: dict[str, Any] = {
        "summary": one.summary,
        "operationId": _name(one),
        "tags": [one.path.split("/")[1]],
        "parameters": parameters,
        "security": [{"gatehouse": [scope]} for scope in sorted(one.scopes)] or [{"gatehouse": []}],
        "responses": _responses(one),
    }
    if one.takes:
        described["requestBody"] = {"required": True, **openapi.content(openapi.reference(one.takes))}
    return described


def _always(one: Operation) -> tuple[int, ...]:
    """Return the statuses that follow from the method, the path and the body of an operation."""
    from_method = (304,) if one.method == "GET" else ()
    from_path = (404,) if "{" in one.path else ()
    return (*_EVERYWHERE, *from_method, *from_path, *((415,) if one.takes else ()))


def _parameter(name: str, place: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if name in _NUMBERS else "string"}
    return openapi.parameter(name, place, schema | {"pattern": _SEGMENT} if place == "path" else schema)


def _responses(one: Operation) -> dict[str, Any]:
    statuses = {*one.statuses, *_always(one)}
    refused, empty = {status for status in statuses if status >= HTTPStatus.BAD_REQUEST}, {304} & statuses
    given = openapi.reference(one.gives) if one.gives else None
    return {
        **openapi.responses(statuses - refused - empty, given),
        **openapi.responses(empty, None),
        **openapi.responses(refused, openapi.reference("Error")),
    }


def _name(one: Operation) -> str:
    words = [word for part in one.path.strip("/").split("/") for word in _VARIABLE.sub(r"by-\1", part).split("-")]
    return one.method.lower() + "".join(word[:1].upper() + word[1:] for word in words)
