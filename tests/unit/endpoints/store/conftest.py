"""The store on moto, called with API Gateway's events by people with real tokens."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from gatehouse.bootstrap import store as bootstrap
from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts.users import User
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.grants import TokenRequest, issue
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.endpoints import requests
from gatehouse.endpoints.store.pages import StorePages
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, http_events, roles
from tests.answers import Answer
from tests.beginnings import Beginnings
from tests.factories import NOW
from tests.memory_secrets import MemorySecrets
from tests.refusals import answered
from tests.template import ROOT
from tests.unit import described

BASE = "/api/am/devportal/v3"
ADMIN_BASE = "/api/am/admin/v4"
DEVELOPER = "apim:subscribe apim:app_manage apim:sub_manage"
ADMINISTRATOR = f"{DEVELOPER} apim:admin"

SIGN_IN_CLIENT = "portal-of-"


@dataclass
class Person:
    """Somebody with a token for the store's API."""

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


type SignIn = Callable[[User, str], Person]
type Admin = Callable[..., Answer]


def admin_api(store: Store, person: Person) -> Admin:
    """The administrators' JSON API, called by somebody: method, path, body, headers, and the query by name."""

    def call(
        method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        sent_headers = {"authorization": f"Bearer {person.token}", **(headers or {})}
        sent = http_events.http(method, ADMIN_BASE + path, headers=sent_headers, query=query, json_body=body)
        response: Any = answered(store.admin_api.answer, requests.parse(sent))
        described.check(store.admin_api, method, (ADMIN_BASE + path).partition("?")[0], response)
        return Answer.of(response)

    return call


def _sign_in_client(organisation: str) -> Client:
    return factories.client(
        organisation=organisation, client_id=SIGN_IN_CLIENT + organisation, application_id="app-signin"
    )


def token(store: Store, user: User, scope: str, at_ms: int = NOW * 1000) -> str:
    """An access token of the user, got by the password grant from a client of his organisation's."""
    request = TokenRequest(
        client=_sign_in_client(user.organisation),
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


@pytest.fixture
def organisations(writer: DirectoryWriter, tables: Tables, beginnings: Beginnings) -> DirectoryWriter:
    """Johns Org with John, Mary (manager) and Ada (administrator), and the orders API; Acme with Alice."""

    def fill() -> None:
        for key, name in (("johnsorg", "Johns Org"), ("acme", "Acme")):
            writer.save_organisation(factories.organisation(key=key, name=name))
            application = {"organisation": key, "application_id": "app-signin", "owner_id": "nobody"}
            writer.save_application(factories.application(**application, subscriptions=()))
            writer.save_client(_sign_in_client(key))
        writer.add_user(factories.user())
        writer.add_user(
            factories.user(user_id="user-mary", username="mary@gmail.com", roles=frozenset({"employee", "manager"}))
        )
        writer.add_user(factories.user(user_id="user-ada", username="ada", roles=frozenset({"admin"})))
        writer.add_user(factories.user(organisation="acme", user_id="user-alice", username="alice@gmail.com"))
        writer.add_user(
            factories.user(organisation="acme", user_id="user-root", username="root", roles=frozenset({"admin"}))
        )
        writer.save_api(factories.api(description="Orders of the shop", tags=frozenset({"shop", "demo"})))
        document = {"openapi": "3.0.3", "info": {"title": "orders", "version": "1.0.0"}, "paths": {}}
        key = keys.api_document("johnsorg", "orders")
        tables.put(tables.directory, {**key, **attribute_values.render({"document": json.dumps(document)})})

    beginnings.put("organisations", fill)
    return writer


@pytest.fixture
def store(organisations: DirectoryWriter, tables: Tables, secrets: MemorySecrets, rotation: KeyRotation) -> Store:  # noqa: ARG001 - filled first
    return bootstrap.store(
        factories.settings(), roles.acting_as(tables, "Store"), roles.RoleTransport(secrets, "Store")
    )


@pytest.fixture(scope="session")
def pages() -> StorePages:
    return StorePages(ROOT / "functions" / "store")


@pytest.fixture
def site(store: Store, pages: StorePages, tables: Tables) -> Site:
    """The store's pages."""
    return store.site(pages, roles.acting_as(tables, "Store"))


@pytest.fixture
def sign_in(store: Store, beginnings: Beginnings) -> SignIn:
    """Signs a user in, with these scopes, for the store's API."""

    def sign_in(user: User, scope: str) -> Person:
        name = f"token of {user.username}@{user.organisation} for {scope}"
        return Person(store, beginnings.put(name, lambda: token(store, user, scope)))

    return sign_in


@pytest.fixture
def john(sign_in: SignIn) -> Person:
    return sign_in(factories.user(), DEVELOPER)


@pytest.fixture
def mary(sign_in: SignIn) -> Person:
    return sign_in(factories.user(username="mary@gmail.com"), DEVELOPER)


@pytest.fixture
def ada(sign_in: SignIn) -> Person:
    return sign_in(factories.user(username="ada"), ADMINISTRATOR)


@pytest.fixture
def alice(sign_in: SignIn) -> Person:
    return sign_in(factories.user(organisation="acme", username="alice@gmail.com"), DEVELOPER)
