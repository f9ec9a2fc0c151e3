"""The OpenAPI description is made from the code, and agrees with the routes."""

import re
from typing import Any

from gatehouse.domain.kernel import errors
from gatehouse.domain.oauth.grants import GRANTS
from tests.unit.endpoints.conftest import TokenService


def describe(service: TokenService, path: str = "/openapi.json") -> dict[str, Any]:
    return service.post(b"", path=path, method="GET", authorization=None).json


def test_every_route_is_described_and_every_description_has_a_route(service: TokenService) -> None:
    aliases = re.compile(r"/|/oauth2/.*|/openapi.json|/.well-known/oauth-protected-resource")  # the last is a prefix
    routed = {
        (path, method.lower())
        for path, methods in service.router.routes.items()
        for method in methods
        if not aliases.fullmatch(path)
    }

    described = {(path, method) for path, item in describe(service)["paths"].items() for method in item}

    assert described >= routed


def test_every_grant_and_every_error_is_described(service: TokenService) -> None:
    document = describe(service)

    form = document["paths"]["/token"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert form["properties"]["grant_type"]["enum"] == sorted(GRANTS)
    codes = document["components"]["schemas"]["Error"]["properties"]["error"]["enum"]
    assert {error.code for error in errors.OAuthError.__subclasses__()} <= set(codes)


def test_the_server_is_the_issuer_that_was_asked(service: TokenService) -> None:
    assert describe(service, "/t/johnsorg/openapi.json")["servers"] == [{"url": "https://auth.example/t/johnsorg"}]
