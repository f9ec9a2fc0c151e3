"""Gatehouse: the handlers of `functions/token` and `functions/authorizer`, called as Lambda calls them."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.subjects import events, protocol
from gatehouse.bootstrap import tables
from gatehouse.domain import clients, passwords
from gatehouse.domain.apis import Api, Application, Deployment, Resource, Scope, Subscription
from gatehouse.domain.clients import Client, Secret
from gatehouse.domain.organisations import Organisation
from gatehouse.domain.users import User
from gatehouse.settings import Settings
from gatehouse.storage.registry import Registry

ROOT = Path(__file__).resolve().parents[2]
SECRET = "ksdSdoefDDP7wpaElfqvmjDue"
PASSWORD = "correct horse battery"
USERNAME = "john@gmail.com@johnsorg"
SCOPE = "read update"

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


def handler(function: str) -> Handler:
    """Import a function's app.py, as Lambda's init phase does."""
    spec = importlib.util.spec_from_file_location(f"{function}_app", ROOT / "functions" / function / "app.py")
    if spec is None or spec.loader is None:
        raise ImportError(function)
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def fill(client_id: str, token_format: Any) -> None:
    """Store an organisation, a user, an application that may read and update orders, and its client."""
    registry = Registry(tables.build(Settings.from_environment()))
    resources = tuple(
        Resource(method=method, path=path, scopes=frozenset(scopes))
        for path, scopes in (
            ("/orders", {"read"}),
            ("/orders/{id}", {"read", "update"}),
            ("/orders/{id}/lines", {"read"}),
        )
        for method in ("GET", "PUT", "DELETE")
    )
    scopes = {name: Scope(name=name) for name in ("read", "update", "delete")}
    registry.save_organisation(Organisation(key="johnsorg", name="Johns Org"))
    registry.save_user(
        User(
            organisation="johnsorg",
            user_id="c6af9ac67b6111e69a41",
            username="john@gmail.com",
            password_hash=passwords.hash_password(PASSWORD),
            roles=frozenset({"employee"}),
        )
    )
    registry.save_application(
        Application(
            organisation="johnsorg",
            application_id="4b6111e69a4193e8",
            name="Demo",
            owner_id="c6af9ac67b6111e69a41",
            subscriptions=(Subscription(api_organisation="johnsorg", api_id="orders"),),
        )
    )
    registry.save_client(
        Client(
            organisation="johnsorg",
            client_id=client_id,
            application_id="4b6111e69a4193e8",
            key_type="PRODUCTION",
            grant_types=frozenset({"password", "refresh_token", "client_credentials"}),
            authentication_methods=frozenset({clients.SECRET_BASIC, clients.SECRET_POST}),
            secrets=(Secret(digest=clients.secret_digest(SECRET)),),
            token_format=token_format,
        )
    )
    registry.save_api(
        Api(
            organisation="johnsorg", api_id="orders", name="orders", version="1.0.0", resources=resources, scopes=scopes
        )
    )
    registry.save_deployment(
        Deployment(
            account="000000000000",
            region="us-east-1",
            gateway_id="abc123",
            stage="v1",
            organisation="johnsorg",
            api_id="orders",
            key_types=frozenset({"PRODUCTION"}),
        )
    )


class Gatehouse:
    """One client's requests to the two handlers."""

    def __init__(self, client_id: str) -> None:
        """Import the handlers."""
        self._client_id = client_id
        self._token = handler("token")
        self._authorizer = handler("authorizer")
        self._refresh_token = ""

    def post(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        """Send a form; the answer must be a success."""
        response = self._token(events.post(path, form, self._client_id, SECRET), None)
        if response["statusCode"] != 200:
            raise RuntimeError(f"{path} {form.get('grant_type')}: {response['statusCode']} {response['body']}")
        return json.loads(response["body"]) if response["body"] else {}

    def client_credentials(self, scope: str = "") -> dict[str, Any]:
        """Get a token for the application."""
        return self.post("/token", {"grant_type": "client_credentials", **({"scope": scope} if scope else {})})

    def password(self) -> dict[str, Any]:
        """Get a token for John."""
        form = {"grant_type": "password", "username": USERNAME, "password": PASSWORD, "scope": SCOPE}
        return self.post("/token", form)

    def refresh(self) -> None:
        """Spend the refresh token that the last refresh brought."""
        if not self._refresh_token:
            self._refresh_token = self.password()["refresh_token"]
        answer = self.post("/token", {"grant_type": "refresh_token", "refresh_token": self._refresh_token})
        self._refresh_token = answer["refresh_token"]

    def gate(self, access_token: str) -> None:
        """Ask the authorizer; it must allow."""
        policy = self._authorizer(events.authorize(access_token), None)
        if policy["policyDocument"]["Statement"][0]["Effect"] != "Allow":
            raise RuntimeError(str(policy))


def scenarios(client_id: str, token_format: str) -> dict[str, protocol.Scenario]:
    """Return every request that this build can answer."""
    fill(client_id, token_format)
    service = Gatehouse(client_id)
    password_hash = passwords.hash_password(PASSWORD)
    access_token = service.password()["access_token"]
    return {
        "client_credentials": service.client_credentials,
        "client_credentials with scopes": lambda: service.client_credentials(SCOPE),
        "password": service.password,
        "refresh_token": service.refresh,
        "gate": lambda: service.gate(access_token),
        "Argon2id verify": lambda: passwords.matches(PASSWORD, password_hash),
    }


if __name__ == "__main__":
    import os

    fmt = os.environ["BENCH_TOKEN_FORMAT"]
    protocol.serve(scenarios(f"wU62DjlyDBnq87GlBwplf{fmt}", fmt))
