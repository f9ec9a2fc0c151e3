"""The token endpoint and the gate on moto, called with API Gateway's events."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from tests import factories, http_events, roles
from tests.answers import Answer
from tests.beginnings import Beginnings
from tests.clocks import AheadClock
from tests.factories import CLIENT_ID, NOW, SECRET
from tests.http_events import request_authorizer
from tests.memory_secrets import MemorySecrets
from tests.unit import iam

INVALID_GRANT = (400, "invalid_grant")

type Call = Callable[..., dict[str, Any]]


def basic(client_id: str = CLIENT_ID, secret: str = SECRET) -> str:
    return http_events.basic(client_id, secret)


@dataclass
class TokenService:
    """Sends forms to the endpoint, as HTTP API events, at a time of its own."""

    router: Router
    now_ms: int = NOW * 1000
    source: str = http_events.SOURCE

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
        encoded = body.encode() if is_base64 and isinstance(body, str) else body
        sent = {"content-type": http_events.FORM, **({} if authorization is None else {"authorization": authorization})}
        event = http_events.http(
            method,
            path,
            query=query,
            headers={**sent, **(headers or {})},
            body=encoded,
            source=self.source,
            at_ms=self.now_ms,
        )
        try:
            return Answer.of(self.router.answer(requests.parse(event)))
        except OAuthError as error:
            return Answer.of(responses.oauth_error(error))

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
def johnsorg(writer: DirectoryWriter, beginnings: Beginnings) -> DirectoryWriter:
    """Johns Org with John, the demo application, and the orders API."""

    def fill() -> None:
        writer.save_organisation(factories.organisation())
        writer.add_user(factories.user())
        writer.save_application(factories.application())
        writer.save_client(factories.client())
        writer.save_api(factories.api())
        writer.save_deployment(factories.deployment())

    beginnings.put("johnsorg", fill)
    return writer


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


@pytest.fixture
def call(gate: Authorizer) -> Call:
    """Calls a resource of `orders` with a token; returns what the policy means for the call, and the context."""

    def call(access_token: str, method: str, resource: str, *, now: int = NOW) -> dict[str, Any]:
        event = request_authorizer(f"Bearer {access_token}", method, resource)
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
    clock = AheadClock(time.monotonic)
    monkeypatch.setattr(ttl_cache, "time", clock)

    def pass_time() -> None:
        clock.ahead_seconds += 61

    return pass_time
