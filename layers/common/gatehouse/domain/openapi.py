"""OpenAPI 3 documents, read for what the gate needs: resources, their scopes, and the roles behind scopes.

Scopes of an operation stand in `security: [{gatehouse: [scope, ...]}]`, or in WSO2's `x-scope`;
scopes and their roles in the OAuth flows of a security scheme, with WSO2's `x-scopes-bindings`,
or in `x-wso2-security`. Who may call stands in `x-auth-type`, or `x-wso2-disable-security`.
Whether the gate asks if a JWT was revoked stands in `x-gatehouse-check-revocation`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gatehouse.domain import names, routes, scopes
from gatehouse.domain.apis import Api, Resource, Scope, Security
from gatehouse.domain.errors import InvalidScopeError

_METHODS = {
    **{method.lower(): method for method in routes.METHODS},
    "x-amazon-apigateway-any-method": routes.ANY_METHOD,
}
_AUTH_TYPES: Mapping[str, Security] = {
    "none": "none",
    "application": "application",
    "application user": "user",
    "application & application user": "any",
    "any": "any",
}
CHECK_REVOCATION = "x-gatehouse-check-revocation"
_RESOURCES_MAX = 1000
_TITLE_MAX_CHARACTERS = 200
_REFERENCE = "#/"


class OpenApiError(ValueError):
    """The document cannot be published; the message says where and why."""


def parse(document: Mapping[str, Any], *, organisation: str, api_id: str) -> Api:
    """Return the API that the document describes.

    Raises:
        OpenApiError: It is not an OpenAPI 3 document with a title, a version and paths; or API Gateway cannot have
            its resources, or OAuth its scopes.
    """
    try:
        return _parse(document, organisation, api_id)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OpenApiError(f"not an OpenAPI 3 document: {error!r:.200}") from error


def _parse(document: Any, organisation: str, api_id: str) -> Api:
    if not str(document["openapi"]).startswith(("3.0", "3.1")):
        raise OpenApiError("only OpenAPI 3.0 and 3.1 are read")
    info = document["info"]
    default = document.get("security")
    resources = tuple(_resource(path, method, operation, default) for path, method, operation in _operations(document))
    _check(resources)
    defined = _scopes(document)
    used = sorted({scope for resource in resources for scope in resource.scopes})
    tags: Any = document.get("x-wso2-tags") or [tag["name"] for tag in document.get("tags") or ()]
    name = names.parse(str(info["title"]), _TITLE_MAX_CHARACTERS)
    if name is None:
        raise OpenApiError("the title is one line of at most 200 characters that can be seen")
    return Api(
        organisation=organisation,
        api_id=api_id,
        name=name,
        version=str(info["version"]),
        description=str(info.get("description") or ""),
        tags=frozenset(map(str, tags)),
        resources=resources,
        checks_revocation=_checks_revocation(document),
        scopes={**{scope: Scope(name=scope) for scope in used}, **defined},
    )


def _checks_revocation(document: Any) -> bool:
    found = document.get(CHECK_REVOCATION, True)
    if not isinstance(found, bool):
        raise OpenApiError(f"{CHECK_REVOCATION} is true or false")
    return found


def _members(value: Any) -> dict[str, Any]:
    """Return an object's members; none if there is no object."""
    return dict(value or {})


def _operations(document: Any) -> Iterable[tuple[str, str, Any]]:
    for path, item in _members(document.get("paths")).items():
        found = _resolve(document, item)
        for spelling, method in _METHODS.items():
            if spelling in found:
                yield str(path), method, found[spelling]


def _resolve(document: Any, item: Any) -> Any:
    """Follow a path item's reference inside the document."""
    if "$ref" not in item:
        return item
    reference = str(item["$ref"])
    if not reference.startswith(_REFERENCE):
        raise OpenApiError(f"{reference}: bundle the document, references to other files are not followed")
    found: Any = document
    for name in reference.removeprefix(_REFERENCE).split("/"):
        found = found[name.replace("~1", "/").replace("~0", "~")]
    return {**found, **{name: value for name, value in item.items() if name != "$ref"}}


def _resource(path: str, method: str, operation: Any, default: Any) -> Resource:
    requirements: Any = operation.get("security", default)
    names = {str(name) for requirement in requirements or () for found in requirement.values() for name in found}
    security: Security = "any" if requirements and all(requirements) else "none"
    if "x-scope" in operation:
        stated = set(_names(operation["x-scope"]))
        if "security" in operation and names and names != stated:
            raise OpenApiError(f"{method} {path}: x-scope and security name different scopes")
        names, security = stated, "any"
    if "x-auth-type" in operation:
        security = _auth_type(path, operation["x-auth-type"])
    if operation.get("x-wso2-disable-security") is True:
        security = "none"
    return Resource(
        method=method, path=path, scopes=frozenset(names) if security != "none" else frozenset(), security=security
    )


def _auth_type(path: str, value: object) -> Security:
    security = _AUTH_TYPES.get(str(value).strip().lower())
    if security is None:
        raise OpenApiError(f"{path}: x-auth-type {str(value)[:80]!r} is none of WSO2's")
    return security


def _check(resources: tuple[Resource, ...]) -> None:
    if len(resources) > _RESOURCES_MAX:
        raise OpenApiError(f"{len(resources)} resources; at most {_RESOURCES_MAX} are published")
    seen: dict[tuple[str, routes.Template], str] = {}
    for resource in resources:
        try:
            template = routes.parse(resource.path)
            scopes.parse(scopes.render(resource.scopes) or scopes.DEFAULT)
        except (ValueError, InvalidScopeError) as error:
            raise OpenApiError(f"{resource.method} {resource.path}: {error}") from error
        other = seen.setdefault((resource.method, template), resource.path)
        if other != resource.path:
            raise OpenApiError(f"{resource.path} and {other} are the same route")


def _scopes(document: Any) -> dict[str, Scope]:
    """Return the scopes that the document defines, with the roles that WSO2's extensions bind to them.

    A scope may be defined in several places, as in each flow of a scheme; every place must bind it to the same roles.

    Raises:
        OpenApiError: Two places contradict each other, and the looser one would open what the other closes.
    """
    found: dict[str, Scope] = {}
    for name, display_name, roles in _definitions(document):
        known = found.get(name)
        if known is not None and known.roles != roles:
            raise OpenApiError(
                f"the scope {name[:80]!r} is defined twice, for {_spell(known.roles)} and for {_spell(roles)}: "
                "bind it to the same roles wherever it is defined"
            )
        found[name] = (
            known
            if known is not None and known.display_name
            else Scope(name=name, display_name=display_name, roles=roles)
        )
    return found


def _definitions(document: Any) -> Iterable[tuple[str, str, frozenset[str]]]:
    """Return each definition of a scope: its name, its display name and its roles."""
    for scheme in _members(_members(document.get("components")).get("securitySchemes")).values():
        of_scheme = _bindings(scheme)
        flows = _members(scheme.get("flows"))
        for flow in flows.values():
            of_flow, defined = _bindings(flow), _members(flow.get("scopes"))
            for name in of_flow.keys() & of_scheme.keys():
                if of_flow[name] != of_scheme[name]:
                    raise OpenApiError(f"the scope {name[:80]!r} is bound to other roles in a flow than in its scheme")
            bound = of_scheme | of_flow
            for name in [*defined, *(one for one in of_flow if one not in defined)]:
                yield str(name), str(defined.get(name) or ""), bound.get(str(name), frozenset())
        flowing = {str(name) for flow in flows.values() for name in _members(flow.get("scopes"))}
        yield from ((name, "", roles) for name, roles in of_scheme.items() if name not in flowing)
    apim = _members(_members(document.get("x-wso2-security")).get("apim"))
    for one in apim.get("x-wso2-scopes") or ():
        roles = frozenset(_names(one.get("roles") or ()))
        yield str(one["key"]), str(one.get("name") or one.get("description") or ""), roles


def _bindings(holder: Any) -> dict[str, frozenset[str]]:
    """Return the roles of each scope that a flow or a scheme binds."""
    bound = _members(holder.get("x-scopes-bindings"))
    return {str(name): frozenset(_names(roles or ())) for name, roles in bound.items()}


def _spell(roles: frozenset[str]) -> str:
    return ", ".join(sorted(roles)) or "everybody"


def _names(value: Any) -> list[str]:
    """Return the names in a list, or in WSO2's comma-separated text."""
    names: Any = value.split(",") if isinstance(value, str) else value
    return [str(name).strip() for name in names if str(name).strip()]
