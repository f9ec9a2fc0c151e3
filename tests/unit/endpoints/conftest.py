"""The token endpoint and the gate on moto, called with API Gateway's events."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from gatehouse.bootstrap import authorizer, token
from gatehouse.domain.errors import OAuthError
from gatehouse.endpoints import requests, responses
from gatehouse.endpoints.authorizer import Authorizer
from gatehouse.endpoints.router import Router
from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables

from tests import factories
from tests.factories import CLIENT_ID, NOW, SECRET


def basic(client_id: str = CLIENT_ID, secret: str = SECRET) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    json: dict[str, Any]


@dataclass
class TokenService:
    """Sends forms to the endpoint, as HTTP API events, at a time of its own."""

    router: Router
    now_ms: int = NOW * 1000
    source: str = "192.0.2.1"
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def post(
        self,
        form: Any,
        *,
        path: str = "/token",
        query: str = "",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        authorization: str | None = basic(),
    ) -> Answer:
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {
                "content-type": "application/x-www-form-urlencoded",
                **({} if authorization is None else {"authorization": authorization}),
                **(headers or {}),
            },
            "requestContext": {
                "domainName": "auth.example",
                "http": {"method": method, "path": path, "sourceIp": self.source},
                "timeEpoch": self.now_ms,
            },
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        try:
            response: Any = self.router.answer(requests.parse(event))
        except OAuthError as error:
            response = responses.oauth_error(error)
        return Answer(response["statusCode"], response["headers"], json.loads(response["body"]))

    def password(self, username: str = "john@gmail.com", password: str = factories.PASSWORD, **more: str) -> Answer:
        return self.post({"grant_type": "password", "username": username, "password": password, **more})

    def client_credentials(self, **more: str) -> Answer:
        return self.post({"grant_type": "client_credentials", **more})

    def refresh(self, refresh_token: str, **more: str) -> Answer:
        return self.post({"grant_type": "refresh_token", "refresh_token": refresh_token, **more})


@pytest.fixture
def johnsorg(registry: Registry) -> Registry:
    """Johns Org with John, the demo application, and the orders API."""
    registry.save_organisation(factories.organisation())
    registry.add_user(factories.user())
    registry.save_application(factories.application())
    registry.save_client(factories.client())
    registry.save_api(factories.api())
    registry.save_deployment(factories.deployment())
    return registry


@pytest.fixture
def service(johnsorg: Registry, tables: Tables) -> TokenService:  # noqa: ARG001 - filled for its effect
    return TokenService(token.router(factories.settings(), tables))


@pytest.fixture
def gate(johnsorg: Registry, tables: Tables) -> Authorizer:  # noqa: ARG001 - filled for its effect
    return authorizer.authorizer(factories.settings(), tables)


@pytest.fixture
def call(gate: Authorizer) -> Callable[..., dict[str, Any]]:
    """Calls a resource of `orders` with a token; returns the policy's effect and context."""

    def call(access_token: str, method: str, resource: str, *, now: int = NOW) -> dict[str, Any]:
        arn = f"arn:aws:execute-api:us-east-1:000000000000:abc123/v1/{method}{resource.replace('{id}', '1')}"
        policy: Any = gate.answer(
            {
                "type": "REQUEST",
                "methodArn": arn,
                "httpMethod": method,
                "multiValueHeaders": {"Authorization": [f"Bearer {access_token}"]},
                "requestContext": {"apiId": "abc123", "stage": "v1", "resourcePath": resource},
            },
            now,
        )
        statement = policy["policyDocument"]["Statement"][0]
        return {"effect": statement["Effect"], "resource": statement["Resource"], **policy["context"]}

    return call
