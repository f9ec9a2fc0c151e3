"""What every OpenAPI document of ours is made of: operations by path and method, and their responses."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

JSON = "application/json"


def document(
    version: str,
    info: Mapping[str, str],
    server: str,
    operations: Iterable[tuple[str, str, Mapping[str, Any]]],
    *,
    schemas: Mapping[str, Any],
    security_schemes: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the document of operations, each with its path and its method in lower case."""
    paths: dict[str, dict[str, Any]] = {}
    for path, method, described in operations:
        paths.setdefault(path, {})[method] = described
    return {
        "openapi": version,
        "info": info,
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security_schemes},
    }


def reference(name: str) -> dict[str, Any]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: Mapping[str, Any], media_type: str = JSON) -> dict[str, Any]:
    """Return the content of a request or a response."""
    return {"content": {media_type: {"schema": schema}}}


def response(status: int, schema: Mapping[str, Any] | None = None, media_type: str = JSON) -> dict[str, Any]:
    """Return a response, by its status and what it holds."""
    return {"description": HTTPStatus(status).phrase, **({} if schema is None else content(schema, media_type))}


def responses(statuses: Iterable[int], schema: Mapping[str, Any] | None, media_type: str = JSON) -> dict[str, Any]:
    """Return responses that hold the same, by their statuses."""
    return {str(int(status)): response(status, schema, media_type) for status in sorted(statuses)}


def parameter(name: str, place: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter of the path or the query; those of the path are required."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema}
