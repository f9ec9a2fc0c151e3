"""The token endpoint, the gate and the store on moto, called with API Gateway's events."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from gatehouse.bootstrap import authorizer, token
from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.endpoints import requests, responses
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from gatehouse.endpoints.router import Router
from gatehouse.endpoints.store.pages import StorePages
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.aws import clock
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys, ttl_cache
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, http_events, roles
from tests.answers import Answer
from tests.beginnings import Beginnings
from tests.clocks import AheadClock
from tests.factories import CLIENT_ID, NOW, SECRET
from tests.http_events import request_authorizer
from tests.memory_secrets import MemorySecrets
from tests.publishing_function import PublishingInProcess
from tests.template import ROOT
from tests.unit import iam
from tests.unit.endpoints import members
from tests.unit.endpoints.members import ADMINISTRATOR, DEVELOPER, Admin, Member, SignIn, admin_api

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
    ahead = AheadClock(clock.now)
    monkeypatch.setattr(ttl_cache, "clock", ahead)

    def pass_time() -> None:
        ahead.ahead_seconds += 61

    return pass_time


@pytest.fixture
def organisations(writer: DirectoryWriter, tables: Tables, beginnings: Beginnings) -> DirectoryWriter:
    """Johns Org with John, Mary (manager) and Ada (administrator), and the orders API; Acme with Alice."""

    def fill() -> None:
        for key, name in (("johnsorg", "Johns Org"), ("acme", "Acme")):
            writer.save_organisation(factories.organisation(key=key, name=name))
            application = {"organisation": key, "application_id": "app-signin", "owner_id": "nobody"}
            writer.save_application(factories.application(**application, subscriptions=()))
            writer.save_client(members.sign_in_client(key))
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
def publishing(tables: Tables) -> PublishingInProcess:
    """The function that reads documents."""
    return PublishingInProcess(tables)


@pytest.fixture
def store(
    organisations: DirectoryWriter,  # noqa: ARG001 - filled first
    tables: Tables,
    secrets: MemorySecrets,
    rotation: KeyRotation,  # noqa: ARG001 - made first
    publishing: PublishingInProcess,
) -> Store:
    return Store(
        factories.settings(mail_from="login@auth.example"),
        roles.acting_as(tables, "Store"),
        roles.RoleTransport(secrets, "Store"),
        publishing=publishing,
    )


@pytest.fixture(scope="session")
def pages() -> StorePages:
    return StorePages(ROOT / "functions" / "store")


@pytest.fixture
def site(store: Store, pages: StorePages) -> Site:
    """The store's pages."""
    return store.site(pages)


@pytest.fixture
def sign_in(store: Store, beginnings: Beginnings) -> SignIn:
    """Signs a user in, with these scopes, for the store's API."""

    def sign_in(user: User, scope: str) -> Member:
        name = f"token of {user.username}@{user.organisation} for {scope}"
        return Member(store, beginnings.put(name, lambda: members.token(store, user, scope)))

    return sign_in


@pytest.fixture
def john(sign_in: SignIn) -> Member:
    return sign_in(factories.user(), DEVELOPER)


@pytest.fixture
def mary(sign_in: SignIn) -> Member:
    return sign_in(factories.user(username="mary@gmail.com"), DEVELOPER)


@pytest.fixture
def ada(sign_in: SignIn) -> Member:
    return sign_in(factories.user(username="ada"), ADMINISTRATOR)


@pytest.fixture
def alice(sign_in: SignIn) -> Member:
    return sign_in(factories.user(organisation="acme", username="alice@gmail.com"), DEVELOPER)


@pytest.fixture
def admin(store: Store, ada: Member) -> Admin:
    """The administrators' JSON API, called by Ada."""
    return admin_api(store, ada)


@pytest.fixture
def newcomer(organisations: DirectoryWriter) -> str:
    """Somebody who signed up and awaits approval."""
    user = factories.user(user_id="user-new", username="new@x.example", is_active=False, awaits_approval=True)
    organisations.add_user(user)
    return user.username
