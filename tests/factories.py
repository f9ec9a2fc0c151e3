"""Valid domain objects; a test names only what it is about."""

import hashlib
from functools import cache
from typing import Any

from gatehouse.domain.accounts import passwords
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis.apis import Api, Application, Deployment, Resource, Subscription
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Client, Registration, Secret
from gatehouse.domain.oauth.tokens import Grant
from gatehouse.settings import Settings
from tests.clocks import NOW as NOW

CLIENT_ID = "wU62DjlyDBnq87GlBwplfqvmAbAa"
SECRET = "ksdSdoefDDP7wpaElfqvmjDue"
PASSWORD = "correct horse battery"
ALL_GRANTS = frozenset({"password", "refresh_token", "client_credentials"})


@cache
def password_hash() -> str:
    """Made once, when first needed: hashing is slow on purpose."""
    return passwords.hash_password(PASSWORD)


def organisation(**overrides: Any) -> Organisation:
    fields: dict[str, Any] = {"key": "johnsorg", "name": "Johns Org", "generation": "of the organisation"}
    return Organisation(**(fields | overrides))


def user(**overrides: Any) -> User:
    """A user whose generation and status id are always the same; `is_active=False` blocks them."""
    if not overrides.pop("is_active", True):
        overrides["blocks"] = frozenset({"approval" if overrides.get("awaits_approval") else "administrator"})
    fields: dict[str, Any] = {
        "organisation": "johnsorg",
        "user_id": "user-john",
        "username": "john@gmail.com",
        "password_hash": password_hash(),
        "roles": frozenset({"employee"}),
        "generation": "of the user",
    }
    fields |= overrides
    fields.setdefault("status_id", status_id(fields["organisation"], fields["user_id"]))
    return User(**fields)


def status_id(organisation: str, user_id: str) -> str:
    """The status id of a user of these."""
    return hashlib.sha256(f"{organisation} {user_id}".encode()).hexdigest()[:22]


def client(**overrides: Any) -> Client:
    fields: dict[str, Any] = {
        "organisation": "johnsorg",
        "client_id": CLIENT_ID,
        "application_id": "app-1",
        "key_type": "PRODUCTION",
        "grant_types": ALL_GRANTS,
        "authentication_methods": frozenset({"client_secret_basic", "client_secret_post"}),
        "secrets": (Secret(digest=clients.secret_digest(SECRET)),),
        "generation": "of the client",
        "credential_generation": "of its credentials",
    }
    return Client(**(fields | overrides))


def registration(**overrides: Any) -> Registration:
    fields: dict[str, Any] = {"kind": "dynamic", "name": "Agent", "created_at": NOW}
    return Registration(**(fields | overrides))


def registered_client(**overrides: Any) -> Client:
    """A client that registered itself: public, of no application, for the authorization code grant."""
    fields: dict[str, Any] = {
        "client_id": "dyn.agent",
        "application_id": "",
        "grant_types": frozenset({"authorization_code", "refresh_token"}),
        "authentication_methods": frozenset({"none"}),
        "secrets": (),
        "redirect_uris": ("http://127.0.0.1/callback",),
        "registration": registration(),
    }
    return client(**(fields | overrides))


def application(**overrides: Any) -> Application:
    fields: dict[str, Any] = {
        "organisation": "johnsorg",
        "application_id": "app-1",
        "name": "Demo",
        "owner_id": "user-john",
        "subscriptions": (Subscription(api_organisation="johnsorg", api_id="orders"),),
    }
    return Application(**(fields | overrides))


def api(**overrides: Any) -> Api:
    fields: dict[str, Any] = {
        "organisation": "johnsorg",
        "api_id": "orders",
        "name": "orders",
        "version": "1.0.0",
        "resources": (
            Resource(method="GET", path="/orders", scopes=frozenset({"read"})),
            Resource(method="POST", path="/orders", scopes=frozenset({"update"})),
            Resource(method="GET", path="/orders/{id}", scopes=frozenset({"read", "update"})),
            Resource(method="DELETE", path="/orders/{id}", scopes=frozenset({"delete"})),
        ),
        "scopes": {
            "read": Scope(name="read"),
            "update": Scope(name="update"),
            "delete": Scope(name="delete", roles=frozenset({"manager"})),
        },
    }
    return Api(**(fields | overrides))


def grant(**overrides: Any) -> Grant:
    fields: dict[str, Any] = {
        "grant_id": "g" * 22,
        "organisation": "johnsorg",
        "client_id": CLIENT_ID,
        "application_id": "app-1",
        "key_type": "PRODUCTION",
        "grant_type": "password",
        "user_id": "user-john",
        "username": "john@gmail.com",
        "status_id": status_id("johnsorg", "user-john"),
        "generation": "of the user",
        "client_generation": "of the client",
        "credential_generation": "of its credentials",
        "organisation_generation": "of the organisation",
        "scopes": frozenset({"read"}),
        "issued_at_ms": NOW * 1000,
        "access_digest": b"digest",
        "access_scopes": frozenset({"read"}),
        "access_expires_at": NOW + 3600,
        "ends_at": NOW + 86400,
        "expires_at": NOW + 3600,
    }
    return Grant(**(fields | overrides))


def deployment(**overrides: Any) -> Deployment:
    fields: dict[str, Any] = {
        "account": "000000000000",
        "region": "us-east-1",
        "gateway_id": "abc123",
        "stage": "v1",
        "organisation": "johnsorg",
        "api_id": "orders",
        "key_types": frozenset({"PRODUCTION"}),
    }
    return Deployment(**(fields | overrides))


def entry(**overrides: Any) -> Entry:
    """A line of the audit log, for a test of something else."""
    fields: dict[str, Any] = {
        "organisation": "johnsorg",
        "at_ms": NOW * 1000,
        "actor": "operator",
        "action": "member.delete",
        "target": "john@gmail.com",
    }
    return Entry(**(fields | overrides))


def settings(**overrides: Any) -> Settings:
    fields: dict[str, Any] = {
        "directory_table": "directory",
        "grants_table": "grants",
        "public_url": "",
        "process_cache_seconds": 0,
        "access_token_lifetime_seconds": 3600,
        "refresh_token_lifetime_seconds": 86400,
        "grant_lifetime_seconds": 2592000,
        "region": "us-east-1",
        "endpoint_url": "",
        "access_key_id": "testing",
        "secret_access_key": "testing",
        "session_token": "",
        "container_credentials_url": "",
        "container_authorization_token": "",
        "signing_keys_secret": "signing-keys",
        "factor_key_secret": "factor-key",
        "provider_key_secret": "provider-key",
        "signing_algorithm": "RS256",
        "log_level": "INFO",
    }
    return Settings(**(fields | overrides))
