"""Small OpenAPI documents, and what is read of them."""

from typing import Any

from gatehouse.domain.apis import openapi
from gatehouse.domain.apis.apis import Api, Resource


def document(paths: Any, **more: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "News", "version": "1.0"}, "paths": paths, **more}


def parse(found: Any) -> Api:
    return openapi.parse(found, organisation="johnsorg", api_id="news")


def only(operation: Any, **more: Any) -> Resource:
    (resource,) = parse(document({"/news": {"get": operation}}, **more)).resources
    return resource


def oauth(*flows: Any, **scheme: Any) -> Any:
    """Return components with a scheme of these flows."""
    kinds = ("implicit", "password", "clientCredentials", "authorizationCode")
    named = dict(zip(kinds, flows, strict=False))
    return {"securitySchemes": {"default": {"type": "oauth2", "flows": named, **scheme}}}
