"""OpenAPI 3 documents, read for what the gate needs: resources, their scopes, and the roles behind scopes.

Scopes of an operation stand in `security: [{gatehouse: [scope, ...]}]`, or in WSO2's `x-scope`;
scopes and their roles in the OAuth flows of a security scheme, with WSO2's `x-scopes-bindings`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gatehouse.domain.apis import Api, Resource, Scope, Security

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class OpenApiError(ValueError):
    """The document cannot be published; the message says where and why."""


def parse(document: Mapping[str, Any], *, organisation: str, api_id: str) -> Api:
    """Return the API that the document describes.

    Raises:
        OpenApiError: It is not an OpenAPI 3 document with a title, a version and paths.
    """
    try:
        info, paths = document["info"], document["paths"]
        name, version = str(info["title"]), str(info["version"])
        operations = [
            (str(path), method, item[method]) for path, item in paths.items() for method in _METHODS if method in item
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise OpenApiError(f"not an OpenAPI document: {error!r}") from error
    default = document.get("security")
    resources = tuple(_resource(path, method, operation, default) for path, method, operation in operations)
    defined = _scopes(document)
    used = {scope for resource in resources for scope in resource.scopes}
    return Api(
        organisation=organisation,
        api_id=api_id,
        name=name,
        version=version,
        resources=resources,
        scopes={**{scope: Scope(name=scope) for scope in sorted(used)}, **defined},
    )


def _resource(path: str, method: str, operation: Mapping[str, Any], default: Any) -> Resource:
    requirements: list[Mapping[str, list[str]]] | None = operation.get("security", default)
    security: Security = "any"
    scopes = {scope for requirement in requirements or () for names in requirement.values() for scope in names}
    if "x-scope" in operation:
        scopes.update(_names(operation["x-scope"]))
    elif not requirements or not all(requirements):
        security = "none"
    return Resource(method=method.upper(), path=path, scopes=frozenset(scopes), security=security)


def _scopes(document: Mapping[str, Any]) -> dict[str, Scope]:
    """Return the scopes that the security schemes define, with the roles that WSO2's extension binds to them."""
    scopes: dict[str, Scope] = {}
    for scheme in document.get("components", {}).get("securitySchemes", {}).values():
        for flow in scheme.get("flows", {}).values():
            bindings: Mapping[str, Any] = flow.get("x-scopes-bindings") or scheme.get("x-scopes-bindings") or {}
            for name, display_name in flow.get("scopes", {}).items():
                roles = frozenset(_names(bindings.get(name, ())))
                scopes[name] = Scope(name=name, display_name=str(display_name or ""), roles=roles)
    return scopes


def _names(value: Any) -> Iterable[str]:
    """Return the names in a list, or in WSO2's comma-separated text."""
    names = value.split(",") if isinstance(value, str) else list(value)
    return [str(name).strip() for name in names if str(name).strip()]
