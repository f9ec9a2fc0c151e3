"""Members with real tokens, who call the JSON APIs of the store with API Gateway's events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts.users import User
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.grants import TokenRequest, issue
from gatehouse.endpoints import requests
from tests import factories, http_events
from tests.answers import Answer
from tests.factories import NOW
from tests.refusals import answered
from tests.unit import described

BASE = "/api/am/devportal/v3"
ADMIN_BASE = "/api/am/admin/v4"
DEVELOPER = "apim:subscribe apim:app_manage apim:sub_manage"
ADMINISTRATOR = f"{DEVELOPER} apim:admin"

SIGN_IN_CLIENT = "portal-of-"


@dataclass
class Member:
    """A member with a token for the store's API."""

    store: Store
    token: str
    now_ms: int = NOW * 1000
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def call(self, method: str, path: str, **more: Any) -> Answer:
        headers = {"authorization": f"Bearer {self.token}"} | self.headers | more.pop("headers", {})
        at_ms = more.pop("at_ms", self.now_ms)
        request = requests.parse(http_events.http(method, BASE + path, headers=headers, at_ms=at_ms, **more))
        response: Any = answered(self.store.json_api.answer, request)
        described.check(self.store.json_api, method, request.path, response)
        return Answer.of(response)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.call("POST", path, json_body=body)

    def put(self, path: str, body: Any) -> Answer:
        return self.call("PUT", path, json_body=body)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def application(self, name: str = "Shop", **more: Any) -> dict[str, Any]:
        return self.post("/applications", {"name": name, "throttlingPolicy": "Unlimited", **more}).json

    def keys(self, application: Mapping[str, Any], *grants: str, **more: Any) -> Any:
        body = {"keyType": "PRODUCTION", "grantTypesToBeSupported": grants or ["client_credentials"], **more}
        return self.post(f"/applications/{application['applicationId']}/generate-keys", body).json

    def subscribe(self, application: Mapping[str, Any], tier: str = "Unlimited", api_id: str = "orders") -> Answer:
        body = {"applicationId": application["applicationId"], "apiId": api_id, "throttlingPolicy": tier}
        return self.post("/subscriptions", body)


type SignIn = Callable[[User, str], Member]
type Admin = Callable[..., Answer]


def admin_api(store: Store, member: Member) -> Admin:
    """The administrators' JSON API, called by a member: method, path, body, headers, and the query by name."""

    def call(
        method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        sent_headers = {"authorization": f"Bearer {member.token}", **(headers or {})}
        sent = http_events.http(method, ADMIN_BASE + path, headers=sent_headers, query=query, json_body=body)
        response: Any = answered(store.admin_api.answer, requests.parse(sent))
        described.check(store.admin_api, method, (ADMIN_BASE + path).partition("?")[0], response)
        return Answer.of(response)

    return call


def sign_in_client(organisation: str) -> Client:
    """The client at which tokens for the store are obtained."""
    return factories.client(
        organisation=organisation, client_id=SIGN_IN_CLIENT + organisation, application_id="app-signin"
    )


def token(store: Store, user: User, scope: str, at_ms: int = NOW * 1000) -> str:
    """An access token of the user, obtained by the password grant from a client of their organisation."""
    request = TokenRequest(
        client=sign_in_client(user.organisation),
        parameters={
            "grant_type": "password",
            "username": user.username,
            "password": factories.PASSWORD,
            "scope": scope,
        },
        arrived_at_ms=at_ms,
        source="192.0.2.1",
        issuer="https://auth.example",
    )
    return issue(store.portal.context, request).access_token
