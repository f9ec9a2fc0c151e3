"""The token endpoint and the gate on moto, called with API Gateway's events."""

import base64
import itertools
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from gatehouse.bootstrap import authorizer, token
from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.endpoints import requests, responses
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from gatehouse.endpoints.router import Router
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import ttl_cache
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.beginnings import Beginnings
from tests.factories import CLIENT_ID, NOW, SECRET
from tests.memory_secrets import MemorySecrets
from tests.unit import iam

INVALID_GRANT = (400, "invalid_grant")

type Call = Callable[..., dict[str, Any]]


def basic(client_id: str = CLIENT_ID, secret: str = SECRET) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    json: dict[str, Any]

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and error code of a refusal that has the shape of RFC 6749 section 5.2."""
        assert self.headers["Content-Type"] == "application/json"
        assert (self.headers["Cache-Control"], self.headers["Pragma"]) == ("no-store", "no-cache")
        assert self.json.keys() == {"error", "error_description"}
        assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", self.json["error_description"])
        return self.status, self.json["error"]


@dataclass
class TokenService:
    """Sends forms to the endpoint, as HTTP API events, at a time of its own."""

    router: Router
    now_ms: int = NOW * 1000
    source: str = "192.0.2.1"

    def post(
        self,
        form: Any,
        *,
        path: str = "/token",
        query: str = "",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        authorization: str | None = basic(),
        is_base64: bool = True,
    ) -> Answer:
        body: Any = form if isinstance(form, bytes | str) else urlencode(form)
        if is_base64:
            body = base64.b64encode(body if isinstance(body, bytes) else body.encode()).decode()
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
            "body": body,
            "isBase64Encoded": is_base64,
        }
        try:
            response: Any = self.router.answer(requests.parse(event))
        except OAuthError as error:
            response = responses.oauth_error(error)
        return Answer(response["statusCode"], response["headers"], json.loads(response["body"] or "null"))

    def password(self, username: str = "john@gmail.com", password: str = factories.PASSWORD, **more: str) -> Answer:
        return self.post({"grant_type": "password", "username": username, "password": password, **more})

    def client_credentials(self, **more: str) -> Answer:
        return self.post({"grant_type": "client_credentials", **more})

    def refresh(self, refresh_token: str, **more: str) -> Answer:
        return self.post({"grant_type": "refresh_token", "refresh_token": refresh_token, **more})

    def fail(self, times: int, username: str = "john@gmail.com") -> None:
        """Guess somebody's password, wrongly."""
        for _ in range(times):
            assert self.password(username, "wrong").refusal == INVALID_GRANT


@pytest.fixture
def johnsorg(registry: DirectoryWriter, beginnings: Beginnings) -> DirectoryWriter:
    """Johns Org with John, the demo application, and the orders API."""

    def fill() -> None:
        registry.save_organisation(factories.organisation())
        registry.add_user(factories.user())
        registry.save_application(factories.application())
        registry.save_client(factories.client())
        registry.save_api(factories.api())
        registry.save_deployment(factories.deployment())

    beginnings.put("johnsorg", fill)
    return registry


@pytest.fixture
def service(johnsorg: DirectoryWriter, tables: Tables, secrets: MemorySecrets, rotation: KeyRotation) -> TokenService:  # noqa: ARG001 - filled for their effect
    return TokenService(
        token.router(factories.settings(), roles.acting_as(tables, "Token"), roles.RoleTransport(secrets, "Token"))
    )


@pytest.fixture
def acme(johnsorg: DirectoryWriter) -> DirectoryWriter:
    """A second organisation with a user and an application of its own."""
    johnsorg.save_organisation(factories.organisation(key="acme", name="Acme"))
    johnsorg.add_user(factories.user(organisation="acme", user_id="user-anna", username="anna"))
    johnsorg.save_application(factories.application(organisation="acme", application_id="app-acme"))
    johnsorg.save_client(factories.client(organisation="acme", client_id="acme-client", application_id="app-acme"))
    return johnsorg


@pytest.fixture
def gate(johnsorg: DirectoryWriter, tables: Tables) -> Authorizer:  # noqa: ARG001 - filled for its effect
    return authorizer.authorizer(factories.settings(), roles.acting_as(tables, "Authorizer"))


def gate_event(headers: Mapping[str, list[str]], method: str, resource: str, **overrides: Any) -> dict[str, Any]:
    """API Gateway's REQUEST event for a call of `orders`."""
    path = resource.replace("{id}", "1")
    return {
        "type": "REQUEST",
        "methodArn": f"arn:aws:execute-api:us-east-1:000000000000:abc123/v1/{method}{path}",
        "httpMethod": method,
        "path": path,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": None,
        "requestContext": {"apiId": "abc123", "stage": "v1", "resourcePath": resource},
        **overrides,
    }


@pytest.fixture
def call(gate: Authorizer) -> Call:
    """Calls a resource of `orders` with a token; returns what the policy means for the call, and the context."""

    def call(access_token: str, method: str, resource: str, *, now: int = NOW) -> dict[str, Any]:
        event = gate_event({"Authorization": [f"Bearer {access_token}"]}, method, resource)
        policy: Any = gate.answer(event, now)
        effect = "Allow" if iam.is_allowed(policy, event["methodArn"]) else "Deny"
        return {"effect": effect, **policy["context"]}

    return call


def opens(call: Call, answer: Answer, *, now: int = NOW) -> bool:
    """Say whether the access token opens GET /orders."""
    try:
        return call(answer.json["access_token"], "GET", "/orders", now=now)["effect"] == "Allow"
    except UnauthorizedError:
        return False


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets everything end that is remembered for seconds, as often as it is called."""
    ahead = itertools.count(61, 61)

    def pass_time() -> None:
        seconds = next(ahead)
        monkeypatch.setattr(ttl_cache, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + seconds))

    return pass_time
