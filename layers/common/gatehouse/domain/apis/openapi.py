"""OpenAPI 3 documents, read for what the gate needs: resources, their scopes, and the roles behind scopes.

Scopes of an operation stand in `security: [{gatehouse: [scope, ...]}]`, or in WSO2's `x-scope`;
scopes and their roles in the OAuth flows of a security scheme, with WSO2's `x-scopes-bindings`,
or in `x-wso2-security`. Who may call stands in `x-auth-type`, or `x-wso2-disable-security`.
Whether the gate asks if a JWT was revoked stands in `x-gatehouse-check-revocation`.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import replace
from typing import Any

from gatehouse.domain.accounts import quotas
from gatehouse.domain.apis import references, routes
from gatehouse.domain.apis.apis import Api, Resource, Security
from gatehouse.domain.kernel import names, scopes
from gatehouse.domain.kernel.scopes import Scope

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
_DISABLE = "x-wso2-disable-security"
_SAYS_WHO = frozenset({"security", "x-scope", "x-auth-type"})
RESOURCES_MAX = quotas.most("routes")
"""How many resources an API has: API Gateway has 300 in an API by default, and more on request."""

SCOPES_MAX = 1000
"""How many scopes an API has, used or defined."""

ROLES_MAX = 50
"""How many roles a document binds to a scope."""

DESCRIPTION_MAX_BYTES = quotas.most("description-bytes")
"""What the store shows of an API is in every catalogue; the document itself may say more, in each operation."""

_TITLE_MAX_CHARACTERS = 200
_VERSION_MAX_CHARACTERS = 64
_TAGS_MAX = 200
_TAG_MAX_CHARACTERS = 200
_SHOWN_CHARACTERS = 100
_ROLE_MAX_CHARACTERS = 255
_SCOPE_TEXT_MAX_CHARACTERS = 1_000
_PATH_MAX_CHARACTERS, _SEGMENTS_MAX = 1_024, 50
_WARNINGS_MAX = 10
_UNFOLLOWED = "references to other files are not followed"


class OpenApiError(ValueError):
    """The document cannot be published; the message says where and why."""


@contextmanager
def _reading(names: Iterable[str]) -> Generator[None]:
    """Name the place of a value that is not what is expected there."""
    try:
        yield
    except OpenApiError:
        raise
    except KeyError as error:
        raise OpenApiError(f"{references.place(names)}: the member {error!s:.100} is missing") from error
    except (TypeError, AttributeError, ValueError, RecursionError) as error:
        raise OpenApiError(f"{references.place(names)}: a value there is of another type than expected") from error


@_reading(())
def parse(document: Mapping[str, Any], *, organisation: str, api_id: str) -> Api:
    """Return the API that the document describes.

    Raises:
        OpenApiError: It is not an OpenAPI 3 document with a title, a version and paths; or API Gateway cannot have
            its resources, or OAuth its scopes; or it says more than the store shows.
    """
    if not str(document["openapi"]).startswith(("3.0", "3.1")):
        raise OpenApiError("/openapi: only OpenAPI 3.0 and 3.1 are read")
    resources = tuple(_resources(document))
    if document.get("paths") and not resources:
        raise OpenApiError("/paths: no path has an operation with a method that API Gateway knows")
    _check(resources)
    with _reading(("components", "securitySchemes")):
        defined = _scopes(document)
    warnings = tuple(_find_ignored(defined, resources))
    resources = tuple(replace(one, scopes=one.scopes - scopes.OPENID_CONNECT) for one in resources)
    defined = {name: one for name, one in defined.items() if name not in scopes.OPENID_CONNECT}
    for one in defined.values():
        _check_definition(one)
    used = sorted({scope for resource in resources for scope in resource.scopes})
    if len(defined.keys() | set(used)) > SCOPES_MAX:
        raise OpenApiError(f"the document: over {SCOPES_MAX} scopes; an API has at most {SCOPES_MAX}")
    with _reading(("info",)):
        name, version, description = _info(document["info"])
    with _reading(("tags",)):
        tags = _tags(document)
    return Api(
        organisation=organisation,
        api_id=api_id,
        name=name,
        version=version,
        description=description,
        tags=tags,
        resources=resources,
        checks_revocation=_checks_revocation(document),
        scopes={**{scope: Scope(name=scope) for scope in used}, **defined},
        warnings=warnings,
    )


def find_unsecured(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the method and path of each operation that is open because nothing says who may call it.

    OpenAPI 3 opens an operation without `security`. An empty list says so on purpose; nothing at all may be forgotten,
    and so may be the value of an extension, which YAML then reads as null. WSO2's switch says so if it is on.
    """
    is_secured = document.get("security") is not None
    return tuple(
        (method, path)
        for path, method, _, operation in _operations(document)
        if not is_secured
        and operation.get(_DISABLE) is not True
        and all(operation.get(one) is None for one in _SAYS_WHO)
    )


def _find_ignored(defined: Mapping[str, Scope], resources: tuple[Resource, ...]) -> Iterator[str]:
    """Return a warning for each use of OpenID Connect's scopes: generated documents list them with their own.

    They never become scopes of the API: a user who grants `email` has not granted an operation.
    """
    names = sorted(defined.keys() & scopes.OPENID_CONNECT)
    if names:
        yield f"{', '.join(names)}: scopes of OpenID Connect; what the document says about them is ignored."
    demanding = [one for one in resources if one.scopes & scopes.OPENID_CONNECT]
    for one in demanding[:_WARNINGS_MAX]:
        ignored = ", ".join(sorted(one.scopes & scopes.OPENID_CONNECT))
        yield f"{one.method} {one.path}: {ignored} is ignored, and only the scopes of the API open it."
    if len(demanding) > _WARNINGS_MAX:
        yield f"{len(demanding) - _WARNINGS_MAX} more operations like these."


def _info(info: Any) -> tuple[str, str, str]:
    name = names.parse(str(info["title"]), _TITLE_MAX_CHARACTERS)
    if name is None:
        raise OpenApiError(f"/info/title: the title is one visible line of 1 to {_TITLE_MAX_CHARACTERS} characters")
    version = names.parse(str(info["version"]), _VERSION_MAX_CHARACTERS)
    if version is None:
        raise OpenApiError(f"/info/version: a version is one visible line of 1 to {_VERSION_MAX_CHARACTERS} characters")
    description = str(info.get("description") or "")
    if len(description.encode()) > DESCRIPTION_MAX_BYTES or "\0" in description:
        raise OpenApiError(
            f"/info/description: it has {len(description.encode())} bytes; the store shows at most "
            f"{DESCRIPTION_MAX_BYTES}, without NUL. Attach longer texts as documents."
        )
    return name, version, description


def _tags(document: Any) -> frozenset[str]:
    found: Any = document.get("x-wso2-tags") or [tag["name"] for tag in document.get("tags") or ()]
    tags = frozenset(map(str, found))
    if len(tags) > _TAGS_MAX or any(names.parse(tag, _TAG_MAX_CHARACTERS) is None for tag in tags):
        raise OpenApiError(
            f"/tags: at most {_TAGS_MAX}, each one visible line of 1 to {_TAG_MAX_CHARACTERS} characters"
        )
    return tags


def _checks_revocation(document: Any) -> bool:
    found = document.get(CHECK_REVOCATION, True)
    if not isinstance(found, bool):
        raise OpenApiError(f"{CHECK_REVOCATION} is true or false")
    return found


def _members(value: Any) -> dict[str, Any]:
    """Return an object's members; none if there is no object."""
    return dict(value or {})


def _resources(document: Any) -> Iterator[Resource]:
    """Return the resources.

    Raises:
        OpenApiError: There are more than are published; those beyond are not looked at.
    """
    default = document.get("security")
    for count, (path, method, spelling, operation) in enumerate(_operations(document)):
        if count == RESOURCES_MAX:
            raise OpenApiError(f"/paths: over {RESOURCES_MAX} operations; an API has at most {RESOURCES_MAX} resources")
        with _reading(("paths", path, spelling)):
            yield _resource(path, method, operation, default)


def _operations(document: Any) -> Iterator[tuple[str, str, str, Any]]:
    """Return each operation with its path, its method, and how the document spells that."""
    known: dict[str, dict[str, Any]] = {}
    with _reading(("paths",)):
        paths = _members(document.get("paths"))
    for path, item in paths.items():
        if str(path).startswith("x-"):
            continue
        with _reading(("paths", str(path))):
            found = _resolve(document, item, known)
        for spelling, method in _METHODS.items():
            if spelling in found:
                yield str(path), method, spelling, found[spelling]


def _resolve(document: Any, item: Any, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the operations of a path item, with those of the one that it refers to, over any number of hops.

    Args:
        known: The items that references named so far; each reference is followed once.
    """
    hops: dict[str, dict[str, Any]] = {}
    found = _operations_of(item)
    reference = item.get("$ref")
    passed: list[dict[str, Any]] = [found]
    while reference is not None and reference not in known:
        if reference in hops:
            raise OpenApiError(f"{str(reference)[:_SHOWN_CHARACTERS]}: the references lead back to where they began")
        if not str(reference).startswith(references.INSIDE):
            raise OpenApiError(f"{str(reference)[:_SHOWN_CHARACTERS]}: bundle the document, {_UNFOLLOWED}")
        try:
            named: Any = references.find(document, str(reference))
        except LookupError:
            raise OpenApiError(f"{str(reference)[:_SHOWN_CHARACTERS]}: nothing is at that place") from None
        hops[reference] = _operations_of(named)
        passed.append(hops[reference])
        reference = named.get("$ref")
    beyond: dict[str, Any] = known[reference] if reference is not None else {}
    for name, own in zip([*reversed(hops), None], reversed(passed), strict=True):
        beyond = {**beyond, **own}
        if name is not None:
            known[name] = beyond
    return beyond


def _operations_of(item: Any) -> dict[str, Any]:
    return {spelling: item[spelling] for spelling in _METHODS if spelling in item}


def _resource(path: str, method: str, operation: Any, default: Any) -> Resource:
    requirements: Any = operation.get("security", default)
    names = {str(name) for requirement in requirements or () for found in requirement.values() for name in found}
    security: Security = "any" if requirements and all(requirements) else "none"
    if operation.get("x-scope") is not None:
        stated = set(_names(operation["x-scope"]))
        if "security" in operation and names and names != stated:
            raise OpenApiError(f"{method} {path}: x-scope and security name different scopes")
        names, security = stated, "any"
    if operation.get("x-auth-type") is not None:
        security = _auth_type(path, operation["x-auth-type"])
    if operation.get(_DISABLE) is True:
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
    seen: dict[tuple[str, routes.Template], str] = {}
    for resource in resources:
        place = references.place(("paths", resource.path))
        if len(resource.path) > _PATH_MAX_CHARACTERS or resource.path.count("/") > _SEGMENTS_MAX:
            raise OpenApiError(
                f"{place}: a path has at most {_PATH_MAX_CHARACTERS} characters in {_SEGMENTS_MAX} segments"
            )
        try:
            template = routes.parse(resource.path)
        except ValueError as error:
            raise OpenApiError(f"{place}: {error}") from error
        where = f"{place}: {resource.method}"
        _check_scopes(resource.scopes, where)
        _check_demand(resource.scopes, where)
        other = seen.setdefault((resource.method, template), resource.path)
        if other != resource.path:
            raise OpenApiError(
                f"{where}: {other} is the same route, since API Gateway does not look at the names of variables: "
                "give one of them another path"
            )


def _check_scopes(found: Iterable[str], where: str) -> None:
    for one in found:
        if not scopes.is_scope(one):
            raise OpenApiError(
                f"{where}: {one[:_SHOWN_CHARACTERS]!r} is no scope: a scope has 1 to 255 printable ASCII characters, "
                'no blank, no " and no \\ (RFC 6749 section 3.3)'
            )
    if len(list(found)) > scopes.SCOPES_MAX:
        raise OpenApiError(f"{where}: at most {scopes.SCOPES_MAX} scopes open a resource")


def _check_definition(scope: Scope) -> None:
    where = f"the scope {scope.name[:_SHOWN_CHARACTERS]!r}"
    _check_scopes((scope.name,), where)
    if len(scope.display_name) > _SCOPE_TEXT_MAX_CHARACTERS or "\0" in scope.display_name:
        raise OpenApiError(f"{where}: its text has at most {_SCOPE_TEXT_MAX_CHARACTERS} characters, without NUL")
    if len(scope.roles) > ROLES_MAX or any(names.parse(one, _ROLE_MAX_CHARACTERS) is None for one in scope.roles):
        raise OpenApiError(
            f"{where}: it is bound to at most {ROLES_MAX} roles, each one visible line of 1 to {_ROLE_MAX_CHARACTERS} "
            "characters"
        )


def _check_demand(found: frozenset[str], where: str) -> None:
    """Refuse an operation that no scope of the API could open.

    To leave OpenID Connect's scopes out of such a list would open the operation to every subscribed token.
    """
    reserved = sorted(filter(scopes.is_reserved, found))
    if reserved:
        raise OpenApiError(f"{where}: the scope {reserved[0]!r} is reserved for Gatehouse; no API can demand it")
    if found and found <= scopes.OPENID_CONNECT:
        raise OpenApiError(
            f"{where}: it demands only {', '.join(sorted(found))}, which is for signing in and opens no operation. "
            "Name a scope of the API, or no scope where every subscribed application may call"
        )


def _scopes(document: Any) -> dict[str, Scope]:
    """Return the scopes that the document defines, with the roles that WSO2's extensions bind to them.

    A scope may be defined in several places, as in each flow of a scheme; every place must bind it to the same roles.

    Raises:
        OpenApiError: A name is reserved; or two places contradict each other, and the looser one would open what the
            other closes.
    """
    found: dict[str, Scope] = {}
    for name, display_name, roles in _definitions(document):
        if scopes.is_reserved(name):
            raise OpenApiError(f"the scope {name[:80]!r} is reserved for Gatehouse: no API can define it")
        known = found.get(name)
        if known is not None and known.roles != roles and name not in scopes.OPENID_CONNECT:
            raise OpenApiError(
                f"the scope {name[:80]!r} is defined twice, for {_list(known.roles)} and for {_list(roles)}: "
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


def _list(roles: frozenset[str]) -> str:
    return ", ".join(sorted(roles)) or "everybody"


def _names(value: Any) -> list[str]:
    """Return the names in a list, or in WSO2's comma-separated text."""
    names: Any = value.split(",") if isinstance(value, str) else value
    return [str(name).strip() for name in names if str(name).strip()]
