"""What a caller of one operation needs: its address, the scope that opens it, and programs that call it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gatehouse.domain.apis import api_reference, routes, stage_urls
from gatehouse.domain.apis.api_reference import OperationReference
from gatehouse.domain.apis.apis import Api, Application, Resource, find_resource
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.oauth.clients import KeyType
from gatehouse.domain.portal.services import PortalDirectory
from gatehouse.endpoints.devportal import code_samples
from gatehouse.endpoints.devportal.code_samples import CodeSample

PLACEHOLDER = "https://api.example.com"
"""The address in programs of an API whose publisher did not say where it runs."""

_NO_KEY = "<your consumer key>"
_KINDS: tuple[KeyType, ...] = ("PRODUCTION", "SANDBOX")


def urls(api: Api, key_type: KeyType = "PRODUCTION") -> list[str]:
    """Return where the API runs, as far as anybody knows; what takes keys of the type goes first."""
    known = sorted(stage_urls.fill_in(api.deployments), key=lambda one: key_type not in one.key_types)
    return [one.url.rstrip("/") for one in known if one.url]


def choose(api: Api, name: str) -> Resource | None:
    """Return the resource of a name such as `GET /orders`, else one to begin with: a GET that needs a scope."""
    named = next((one for one in api.resources if f"{one.method} {one.path}" == name), None)
    protected = (one for one in api.resources if one.method == "GET" and one.scopes)
    return named or next(protected, next(iter(api.resources), None))


def offered(api: Api, organisation: str) -> list[str]:
    """Return the scopes that members of an organisation may ask for; bound ones are for the API's own, and go last."""
    known = sorted(api.scopes.items(), key=lambda item: (item[1].is_bound, item[0]))
    return [name for name, one in known if api.organisation == organisation or not one.is_bound]


def needed(resource: Resource | None, known: Sequence[str]) -> frozenset[str]:
    """Return the one scope to ask for, the first that is known: any of a resource's scopes opens it."""
    found = [name for name in known if resource and name in resource.scopes]
    return frozenset(found[:1])


def needs_role(api: Api, resource: Resource | None) -> bool:
    """Say whether every scope of a resource is bound to roles: an application has none of them by itself."""
    bound = {name for name, one in api.scopes.items() if one.is_bound}
    return resource is not None and bool(resource.scopes) and resource.scopes <= bound


def samples(
    api: Api,
    operation: OperationReference,
    resource: Resource | None,
    organisation: str,
    issuer: str,
    key_type: KeyType = "PRODUCTION",
) -> tuple[CodeSample, ...]:
    """Return programs that call an operation with the token URL, the address and the scope of this deployment."""
    scope = "".join(needed(resource, offered(api, organisation)))
    is_open = resource is not None and resource.security == "none"
    base = next(iter(urls(api, key_type)), PLACEHOLDER)
    token_url = "" if is_open else f"{issuer}/token"
    return code_samples.find_all(code_samples.call(operation, base, scope, token_url))


def samples_of(
    api: Api, resource: Resource, organisation: str, issuer: str, key_type: KeyType = "PRODUCTION"
) -> tuple[CodeSample, ...]:
    """Return programs that call a resource without anything that its document says beyond the path."""
    method = "GET" if resource.method == routes.ANY_METHOD else resource.method
    bare: Mapping[str, Any] = {"paths": {resource.path: {method.lower(): {"parameters": _variables(resource.path)}}}}
    found = api_reference.find_operation(bare, f"{method} {resource.path}")
    return samples(api, found, resource, organisation, issuer, key_type) if found else ()


def credentials(subscribed: Sequence[Application]) -> tuple[str, KeyType]:
    """Return the commands that set the credentials of the first application with keys, and the type of these keys."""
    for one in subscribed:
        for kind in _KINDS:
            if kind in one.client_ids:
                return code_samples.credentials(one.client_ids[kind]), kind
    return code_samples.credentials(_NO_KEY), "PRODUCTION"


def _variables(path: str) -> list[dict[str, Any]]:
    names = (part[1:-1].rstrip("+") for part in path.split("/") if part.startswith("{") and part.endswith("}"))
    return [{"name": one, "in": "path", "schema": {"type": "integer"}} for one in names]


def find_samples(
    directory: PortalDirectory, api: Api, name: str, organisation: str, issuer: str
) -> tuple[CodeSample, ...]:
    """Return programs that call the operation of a name such as `GET /orders`; of an empty one, the first to try.

    Raises:
        NotFoundError: The API has no such operation.
    """
    document = json.loads(directory.find_document(api.organisation, api.api_id) or "{}")
    resource = choose(api, name)
    asked = name or (f"{resource.method} {resource.path}" if resource else "")
    operation = api_reference.find_operation(document, asked)
    if operation is not None:
        return samples(api, operation, find_resource(api, *asked.split(" ", 1)), organisation, issuer)
    if resource is None or asked != f"{resource.method} {resource.path}":
        raise NotFoundError("The API has no such operation. Name it as in GET /orders.")
    return samples_of(api, resource, organisation, issuer)
