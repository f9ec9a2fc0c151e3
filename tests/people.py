"""People and applications made for one test, straight in the tables of a deployed stack."""

import functools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from gatehouse.domain.accounts import passwords, users
from gatehouse.domain.apis import apis
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.oauth import clients
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from tests.boto_transport import BotoTransport
from tests.deployed import (
    KEEP_EVERY_CONNECTION,
    Deployed,
    Document,
    authority_context,
    bearer,
    new_address,
    seen_within,
)

GRANT_TYPES = frozenset({"password", "refresh_token", "client_credentials"})
METHODS = frozenset({clients.SECRET_BASIC, clients.SECRET_POST})
PASSWORD = "a-test-person-types-this"
SECRET = "a-test-application-sends-this-secret"
WINDOW_SECONDS = 300
"""In which the failures of a source address are counted."""


def open_tables(deployed: Deployed) -> Tables:
    """Open the stack's tables, as only a function of it may."""
    return Tables(
        transport=BotoTransport(deployed.aws("dynamodb")),
        directory=deployed.stack["directory_table"],
        grants=deployed.stack["grants_table"],
    )


def stranger(deployed: Deployed, address: str = "") -> httpx.Client:
    """Connect from an address of its own, so that its failures are its own."""
    transport = httpx.HTTPTransport(
        verify=authority_context(str(deployed.directory / "state" / "tls" / "authority.pem")),
        local_address=address or new_address(),
        limits=KEEP_EVERY_CONNECTION,
    )
    return httpx.Client(transport=transport, timeout=40, trust_env=False)


@functools.cache
def password_hash() -> str:
    """Hash once: it is slow on purpose."""
    return passwords.hash_password(PASSWORD)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user of `johnsorg` with an application of their own that subscribes to `orders`."""

    deployed: Deployed
    http: httpx.Client
    user: users.User
    client: clients.Client
    credentials: tuple[str, str] = field(repr=False)

    def post(self, path: str, form: Any, **options: Any) -> httpx.Response:
        """Send a form, as the application."""
        options = {"auth": self.credentials, **options}
        return self.http.post(f"{self.deployed.stack['base_url']}{path}", data=form, **options)

    def sign_in(self, scope: str = "read update", password: str = PASSWORD) -> httpx.Response:
        """Use the password grant."""
        form = {"grant_type": "password", "username": self.user.username, "password": password, "scope": scope}
        return self.post("/token", form)

    def obtain(self, scope: str = "read update") -> Document:
        """Get tokens."""
        answer = self.sign_in(scope)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refresh(self, refresh_token: str, **more: str) -> httpx.Response:
        """Use the refresh token grant."""
        return self.post("/token", {"grant_type": "refresh_token", "refresh_token": refresh_token, **more})

    def call(self, access_token: str, method: str = "GET", path: str = "/orders") -> httpx.Response:
        """Call the orders API."""
        options: dict[str, Any] = {"json": {}} if method == "POST" else {}
        url = f"{self.deployed.stack['orders_url']}{path}"
        return self.http.request(method, url, headers=bearer(access_token), **options)

    def is_refused_within(self, access_token: str, seconds: float) -> bool:
        """Call until the gate refuses, or the time is over."""
        return seen_within(seconds, lambda: self.call(access_token).status_code, 401)


def publisher() -> Caller:
    """Somebody who may publish in `johnsorg`."""
    return Caller(
        organisation="johnsorg",
        user_id="test",
        username="test",
        roles=frozenset({"publisher"}),
        scopes=frozenset(),
        at_ms=time.time_ns() // 1_000_000,
    )


def address(given: str) -> str:
    """Return an e-mail address that nobody else has, and that looks like somebody's in a picture."""
    family = "".join(secrets.choice("bdfgklmnprstvz") + secrets.choice("aeiou") for _ in range(6))
    return f"{given.lower()}.{family}@example.com"


def person(
    deployed: Deployed,
    tables: Tables,
    http: httpx.Client,
    *,
    given: str = "",
    application: str = "",
    organisation: str = "johnsorg",
    roles: frozenset[str] = frozenset({"employee"}),
    **of_client: Any,
) -> Person:
    """Make somebody whom no other test knows; with a given name, somebody for a picture."""
    writer, name = DirectoryWriter(tables), address(given) if given else f"user-{secrets.token_hex(8)}"
    user = users.User(
        organisation=organisation,
        user_id=secrets.token_hex(16),
        username=name,
        password_hash=password_hash(),
        roles=roles,
        display_name=given,
    )
    made = apis.Application(
        organisation=organisation,
        application_id=secrets.token_hex(16),
        name=application or f"application of {name}",
        owner_id=user.user_id,
        owner=name,
        subscriptions=(apis.Subscription(api_organisation="johnsorg", api_id="orders"),),
    )
    fields: dict[str, Any] = {
        "organisation": organisation,
        "client_id": f"client-{secrets.token_hex(8)}",
        "application_id": made.application_id,
        "key_type": "PRODUCTION",
        "grant_types": GRANT_TYPES,
        "authentication_methods": METHODS,
        "secrets": (clients.Secret(digest=clients.secret_digest(SECRET)),),
    }
    client = clients.Client(**(fields | of_client))
    writer.add_user(user)
    writer.save_application(made)
    writer.save_client(client)
    return Person(deployed=deployed, http=http, user=user, client=client, credentials=(client.client_id, SECRET))


def let_have_failed(tables: Tables, address: str, count: int) -> None:
    """Write down that the address failed this often in the present and in the next window."""
    this = int(time.time()) // WINDOW_SECONDS
    for window in (this, this + 1):
        end = {"N": str((window + 1) * WINDOW_SECONDS)}
        item = {**keys.source_failures(address, window), "count": {"N": str(count)}, "expires_at": end}
        tables.put(tables.grants, item)
