"""Rename `WWW-Authenticate` of a Lambda function, and map response headers as an HTTP API does.

AWS documents the renaming for REST APIs; of HTTP APIs it is reported, so that is a choice (`choices.py`). MiniStack
does neither. A mapping belongs to one status; it reads the function's own answer, whatever another one of it changes.
A source that is absent takes the destination away.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from collections.abc import Iterator
from typing import Any

from local.emulator import choices
from local.emulator.patching import AnyCallable, Document, Emulator, around

PREFIX = "x-amzn-Remapped-"
REMAPPED = ("www-authenticate",)
SOURCE = "$response.header."

type Answer = tuple[int, Document, bytes]


def rename(headers: Document) -> Document:
    """Return the headers as API Gateway passes them on."""
    return {PREFIX + name if name.lower() in REMAPPED else name: value for name, value in headers.items()}


def mappings(integration: Document, status: int) -> Iterator[tuple[str, str, str]]:
    """Yield action, header and source of a status, as CloudFormation or the API spells them."""
    all_of_them: Document = integration.get("responseParameters") or {}
    said: Document = all_of_them.get(str(status)) or {}
    listed: list[Document] = said.get("ResponseParameters") or []
    of_template: dict[str, str] = {one["Destination"]: one["Source"] for one in listed}
    of_api: dict[str, str] = said
    for destination, source in (of_template or of_api).items():
        action, _, target = destination.partition(":header.")
        yield action, target, source


def map_headers(headers: Document, original: Document, integration: Document, status: int) -> Document:
    """Return the headers as the integration's mapping leaves them."""
    found = dict(headers)
    for action, target, source in mappings(integration, status):
        before = [value for name, value in found.items() if name.lower() == target.lower()]
        found = {name: value for name, value in found.items() if name.lower() != target.lower()}
        name = source.removeprefix(SOURCE).lower()
        values = [value for one, value in original.items() if one.lower() == name]
        value = values[0] if source.startswith(SOURCE) and values else None
        if action == "append" and value is not None:
            value = ",".join([*before, value])
        if action != "remove" and value is not None:
            found[target] = value
    return found


def install(emulator: Emulator) -> None:
    """Close the gap."""
    is_renamed = choices.read()["challenge"] == "renamed"

    @around(emulator.http_api, "_invoke_lambda_proxy")
    async def answer_http(original: AnyCallable, integration: Document, *request: Any, **named: Any) -> Answer:
        status, headers, body = await original(integration, *request, **named)
        passed_on = rename(headers) if is_renamed else headers
        return status, map_headers(passed_on, headers, integration, status), body

    @around(emulator.rest_api, "_invoke_lambda_proxy_v1")
    async def answer_rest(original: AnyCallable, *request: Any, **named: Any) -> Answer:
        status, headers, body = await original(*request, **named)
        return status, rename(headers), body
