"""An API's document for other tools: OpenAPI and a Postman collection, with the addresses of this deployment filled in.

https://schema.postman.com/json/collection/v2.1.0/docs/index.html
"""

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from gatehouse.domain.apis import api_reference
from gatehouse.domain.apis.api_reference import OperationReference, ParameterReference
from gatehouse.domain.apis.apis import Api, find_resource
from gatehouse.domain.kernel import json_texts, json_values, scopes
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal.services import PortalDirectory
from gatehouse.endpoints.devportal import code_samples, programs
from gatehouse.endpoints.rest.operations import FILE_MAX_BYTES

FORMATS = ("openapi", "postman")
SCHEME = "gatehouse"

_COLLECTION = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_METHODS = frozenset(one.lower() for one in ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"))
_OPERATIONS_MAX = 1_000


def make(directory: PortalDirectory, api: Api, kind: str, issuer: str, organisation: str) -> bytes:
    """Return the export of a format as a file, for members of an organisation.

    Raises:
        NotFoundError: There is no such format, or the API has no document.
    """
    text = directory.find_document(api.organisation, api.api_id) if kind in FORMATS else None
    if text is None:
        raise NotFoundError(f"An API with an OpenAPI document is exported as {' or '.join(FORMATS)}.")
    document = json.loads(text)
    if kind == "openapi":
        return _render(openapi(document, api, issuer))
    return _render(postman(document, api, issuer, programs.offered(api, organisation)))


def openapi(document: Mapping[str, Any], api: Api, issuer: str) -> dict[str, Any]:
    """Return the document with the API's addresses as its servers, and this deployment's in its OAuth schemes.

    Operations that say nothing of `security` (WSO2's documents have `x-scope` instead) get what the gate demands.
    """
    made: dict[str, Any] = copy.deepcopy(dict(document))
    urls = programs.urls(api)
    if urls:
        made["servers"] = [{"url": url} for url in dict.fromkeys(urls)]
    known = _object(_object(made, "components"), "securitySchemes")
    oauth = [cast("dict[str, Any]", one) for one in known.values() if _is_oauth(one)]
    if not oauth:
        known[SCHEME] = {"type": "oauth2", "flows": {"clientCredentials": {"scopes": _scopes(api)}}}
        oauth = [known[SCHEME]]
        _secure(made, api)
    for one in oauth:
        _fill_in(one, issuer)
    return made


def postman(document: Mapping[str, Any], api: Api, issuer: str, names: Sequence[str]) -> dict[str, Any]:
    """Return a collection: a folder for each tag, OAuth by client credentials, and variables for what differs."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for one in api_reference.find_requests(document, _OPERATIONS_MAX):
        folders.setdefault(one.summary.tag, []).append(_item(one, api))
    items = [item for name, found in folders.items() for item in ([{"name": name, "item": found}] if name else found)]
    base = next(iter(programs.urls(api)), "")
    token = {
        "accessTokenUrl": f"{issuer}/token",
        "grant_type": "client_credentials",
        "client_authentication": "header",
        "clientId": "{{consumerKey}}",
        "clientSecret": "{{consumerSecret}}",
        "scope": " ".join(names[: scopes.SCOPES_MAX]),  # a request that names more is refused as a whole
        "addTokenTo": "header",
    }
    return {
        "info": {"name": f"{api.name} {api.version}", "description": api.description, "schema": _COLLECTION},
        "auth": {"type": "oauth2", "oauth2": _variables(token)},
        "variable": _variables({"baseUrl": base, "consumerKey": "", "consumerSecret": ""}),
        "item": items,
    }


def _variables(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": value, "type": "string"} for name, value in values.items()]


def _render(made: Mapping[str, Any]) -> bytes:
    """Return a file that people can read, unless only its values fit into an answer."""
    content = json.dumps(made, ensure_ascii=False, indent=1).encode()
    return content if len(content) <= FILE_MAX_BYTES else json_texts.render(made)


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a member that is an object, made where there is none."""
    if not isinstance(holder.get(name), dict):
        holder[name] = dict[str, Any]()
    return holder[name]


def _is_oauth(scheme: Any) -> bool:
    return json_values.members(scheme).get("type") == "oauth2"


def _scopes(api: Api) -> dict[str, str]:
    return {name: one.display_name or name for name, one in sorted(api.scopes.items())}


def _fill_in(scheme: dict[str, Any], issuer: str) -> None:
    for flow in json_values.members(scheme.get("flows")).values():
        if not isinstance(flow, dict):
            continue
        known = cast("dict[str, Any]", flow)
        if "authorizationUrl" in known:
            known["authorizationUrl"] = f"{issuer}/authorize"
        if "authorizationUrl" not in known or "tokenUrl" in known:
            known["tokenUrl"] = f"{issuer}/token"
        known.pop("refreshUrl", None)


def _secure(document: dict[str, Any], api: Api) -> None:
    """Say of each operation that is silent which scopes open it."""
    for path, item in json_values.members(document.get("paths")).items():
        for method, operation in json_values.members(item).items():
            resource = find_resource(api, method, path) if method in _METHODS and isinstance(operation, dict) else None
            if resource is None or "security" in operation:
                continue
            one_of: list[list[str]] = [[name] for name in sorted(resource.scopes)] or [[]]
            is_open = resource.security == "none"
            operation["security"] = [] if is_open else [{SCHEME: names} for names in one_of]


def _item(operation: OperationReference, api: Api) -> dict[str, Any]:
    summary = operation.summary
    segments = [
        f":{one[1:-1].rstrip('+')}" if one.startswith("{") else one for one in summary.path.strip("/").split("/")
    ]
    parameters = operation.parameters
    query = [each for one in parameters if one.place == "query" for each in _optional(one)]
    headers = [each for one in parameters if one.place == "header" for each in _optional(one)]
    body = next((one for one in operation.body if "json" in one.media_type.lower()), None)
    request: dict[str, Any] = {
        "method": summary.sent_method,
        "header": [*headers, *([{"key": "Content-Type", "value": body.media_type}] if body else [])],
        "url": {
            "raw": f"{{{{baseUrl}}}}/{'/'.join(segments)}",
            "host": ["{{baseUrl}}"],
            "path": segments,
            "query": query,
            "variable": [_parameter(one) for one in parameters if one.place == "path"],
        },
        "description": operation.description,
    }
    if body:
        request["body"] = {"mode": "raw", "raw": body.example, "options": {"raw": {"language": "json"}}}
    resource = find_resource(api, summary.method, summary.path)
    if resource is not None and resource.security == "none":
        request["auth"] = {"type": "noauth"}
    return {"name": summary.summary or summary.name, "request": request, "response": []}


def _optional(one: ParameterReference) -> list[dict[str, Any]]:
    """Return a parameter that may be left out; an array in the query repeats its name."""
    if one.place == "header" and not code_samples.is_header(one.name):
        return []
    if one.place == "header":
        given = [code_samples.header_value(one)]
    else:
        given = code_samples.texts("" if one.example is None else one.example)
    return [{**_parameter(one), "value": value, "disabled": not one.is_required} for value in given]


def _parameter(one: ParameterReference) -> dict[str, Any]:
    value = "" if one.example is None else code_samples.text(one.example)
    return {"key": one.name, "value": value, "description": one.description}
