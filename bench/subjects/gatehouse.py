"""Gatehouse: the handlers of `functions/token` and `functions/authorizer`, called as Lambda calls them."""

import functools
import importlib.util
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.subjects import events, protocol, stream
from gatehouse.bootstrap import tables
from gatehouse.domain.accounts import passwords
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis.apis import Api, Application, Deployment, Resource, Subscription
from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.domain.oauth import clients, signing
from gatehouse.domain.oauth.clients import Client, Secret
from gatehouse.domain.oauth.signing import SigningKey, SigningKeys
from gatehouse.settings import Settings
from gatehouse.storage.aws import clock
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys, ttl_cache
from tests.clocks import AheadClock

ROOT = Path(__file__).resolve().parents[2]
SECRET = "ksdSdoefDDP7wpaElfqvmjDue"
PASSWORD = "correct horse battery"
USERNAME = "john@gmail.com@johnsorg"
SCOPE = "read update"
CLIENTS: dict[Any, str] = {"opaque": "wU62DjlyDBnq87GlBwplfqvmAbAa", "jwt": "jU62DjlyDBnq87GlBwplfqvmAbAj"}
APIS = {"orders": "abc123", "unchecked": "def456"}
"""The ids of the published APIs, each with its API Gateway id."""

_GENERATION, _STATUS_ID = "1" * 16, "2" * 22
"""The same in every process: a fresh one would end the tokens of the others, which share the tables under load."""

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


def handler(function: str) -> Handler:
    """Import a function's app.py, as Lambda's init phase does."""
    spec = importlib.util.spec_from_file_location(f"{function}_app", ROOT / "functions" / function / "app.py")
    if spec is None or spec.loader is None:
        raise ImportError(function)
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def fill() -> None:
    """Store an organisation, a user, an application that may read and update orders, its clients, and signing keys."""
    settings = Settings.from_environment()
    writer = DirectoryWriter(tables.build(settings))
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
    writer.save_organisation(Organisation(key="johnsorg", name="Johns Org", generation=_GENERATION))
    writer.save_user(
        User(
            organisation="johnsorg",
            user_id="c6af9ac67b6111e69a41",
            username="john@gmail.com",
            password_hash=passwords.hash_password(PASSWORD),
            roles=frozenset({"employee"}),
            generation=_GENERATION,
            status_id=_STATUS_ID,
        )
    )
    writer.save_application(
        Application(
            organisation="johnsorg",
            application_id="4b6111e69a4193e8",
            name="Demo",
            owner_id="c6af9ac67b6111e69a41",
            subscriptions=tuple(Subscription(api_organisation="johnsorg", api_id=api_id) for api_id in APIS),
        )
    )
    for token_format, client_id in CLIENTS.items():
        writer.save_client(
            Client(
                organisation="johnsorg",
                client_id=client_id,
                application_id="4b6111e69a4193e8",
                key_type="PRODUCTION",
                grant_types=frozenset({"password", "refresh_token", "client_credentials"}),
                authentication_methods=frozenset({clients.SECRET_BASIC, clients.SECRET_POST}),
                secrets=(Secret(digest=clients.secret_digest(SECRET)),),
                token_format=token_format,
                generation=_GENERATION,
                credential_generation=_GENERATION,
            )
        )
    current, following = (
        SigningKey(kid=kid, private_jwk=json.dumps(jose.generate("RS256", kid)), published_at=0) for kid in ("1", "2")
    )
    secret = signing.render(SigningKeys(current=current, next=following))
    version = {"SecretId": settings.signing_keys_secret, "ClientRequestToken": "0" * 32, "SecretString": secret}
    tables.secrets(settings).call("PutSecretValue", version)
    for api_id, gateway_id in APIS.items():
        writer.save_api(
            Api(
                organisation="johnsorg",
                api_id=api_id,
                name=api_id,
                version="1.0.0",
                resources=resources,
                scopes=scopes,
                checks_revocation=api_id != "unchecked",
            )
        )
        writer.save_deployment(
            Deployment(
                account="000000000000",
                region="us-east-1",
                gateway_id=gateway_id,
                stage="v1",
                organisation="johnsorg",
                api_id=api_id,
                key_types=frozenset({"PRODUCTION"}),
            )
        )
    writer.save_public_keys(json.dumps({"keys": [jose.public(json.loads(current.private_jwk))]}))


class Gatehouse:
    """One client's requests to the two handlers."""

    def __init__(self, client_id: str, token: Handler, authorizer: Handler) -> None:
        """Keep the handlers."""
        self._client_id = client_id
        self._token = token
        self._authorizer = authorizer
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

    def password_without_its_hash(self) -> protocol.Excluded:
        """Get a token for John; what his hash takes does not count."""
        matches, spent = passwords.matches, 0.0

        def timed(*arguments: Any) -> bool:
            nonlocal spent
            started = time.process_time()
            answer = matches(*arguments)
            spent += time.process_time() - started
            return answer

        passwords.matches = timed
        try:
            self.password()
        finally:
            passwords.matches = matches
        return protocol.Excluded(spent)

    def refresh(self) -> None:
        """Spend the refresh token that the last refresh brought."""
        if not self._refresh_token:
            self._refresh_token = self.password()["refresh_token"]
        answer = self.post("/token", {"grant_type": "refresh_token", "refresh_token": self._refresh_token})
        self._refresh_token = answer["refresh_token"]

    def introspect(self, access_token: str) -> None:
        """Ask about a token; it must live."""
        if not self.post("/introspect", {"token": access_token})["active"]:
            raise RuntimeError("not active")

    def gate(self, access_token: str, gateway_id: str = APIS["orders"]) -> None:
        """Ask the authorizer; it must allow."""
        policy = self._authorizer(events.authorize(access_token, gateway_id), None)
        if policy["policyDocument"]["Statement"][0]["Effect"] != "Allow":
            raise RuntimeError(str(policy))


def stored_grant(service: Gatehouse) -> dict[str, Any]:
    """Return the item of a fresh grant."""
    settings = Settings.from_environment()
    grant_id = service.client_credentials(SCOPE)["access_token"].removeprefix("gha_").partition(".")[0]
    request = {"TableName": settings.grants_table, "Key": keys.grant(grant_id), "ConsistentRead": True}
    return tables.build(settings).transport.call("GetItem", request)["Item"]


def space(requests: dict[str, protocol.Scenario], seconds: float) -> dict[str, protocol.Scenario]:
    """Return the same requests, so many seconds apart by the clock of what is remembered."""
    ahead = AheadClock(clock.now)
    ttl_cache.clock = ahead  # type: ignore[assignment]

    def spaced(scenario: protocol.Scenario) -> object:
        ahead.ahead_seconds += seconds
        return scenario()

    return {name: functools.partial(spaced, scenario) for name, scenario in requests.items()}


def scenarios() -> tuple[dict[str, protocol.Scenario], dict[str, object]]:
    """Return every request, and what a request from outside needs."""
    fill()
    handlers = handler("token"), handler("authorizer")
    opaque, jwt = (Gatehouse(CLIENTS[token_format], *handlers) for token_format in ("opaque", "jwt"))
    password_hash = passwords.hash_password(PASSWORD)
    access_token, signed_token = opaque.password()["access_token"], jwt.password()["access_token"]
    requests: dict[str, protocol.Scenario] = {
        "client_credentials": opaque.client_credentials,
        "client_credentials with scopes": lambda: opaque.client_credentials(SCOPE),
        "client_credentials, JWT": jwt.client_credentials,
        "password": opaque.password,
        "password, beyond its hash": opaque.password_without_its_hash,
        "refresh_token": opaque.refresh,
        "refresh_token, JWT": jwt.refresh,
        "introspection": lambda: opaque.introspect(access_token),
        "gate": lambda: opaque.gate(access_token),
        "gate, JWT": lambda: jwt.gate(signed_token),
        "gate, JWT, revocation not checked": lambda: jwt.gate(signed_token, APIS["unchecked"]),
    }
    seconds = float(os.environ.get("BENCH_SECONDS_BETWEEN", "0"))
    if seconds:
        requests = space(requests, seconds)
    else:  # what follows remembers nothing of that kind
        requests |= stream.scenarios(handler("events"), stored_grant(opaque))
        requests["Argon2id verify alone"] = lambda: passwords.matches(PASSWORD, password_hash)
    post = {"grant_type": "client_credentials", "scope": SCOPE}
    return requests, {
        "token event": events.post("/token", post, CLIENTS["opaque"], SECRET),
        "password event": events.post(
            "/token", {"grant_type": "password", "username": USERNAME, "password": PASSWORD}, CLIENTS["opaque"], SECRET
        ),
        "authorizer event": events.authorize(access_token),
        "signin event": events.get("/t/johnsorg/recover"),
        "store event": events.get("/store/signin"),
    }


if __name__ == "__main__":
    protocol.serve(*scenarios())
