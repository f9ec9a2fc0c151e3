"""Small fakes of the domain's ports: dictionaries, and what was asked of them."""

import base64
import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gatehouse.domain.accounts.asking_client import AskingClient
from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.lockout import NONE, Failures
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.remembered_browsers import RememberedBrowser
from gatehouse.domain.accounts.sign_in import SignIn
from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.codes import Code
from gatehouse.domain.oauth.device_requests import DeviceRequest, Poll
from gatehouse.domain.oauth.tokens import Grant, Issued


@dataclass
class FakeFailures:
    """Failures by organisation and username; `racer` changes them before each write, as another instance would."""

    failures: dict[tuple[str, str], Failures] = field(default_factory=dict[tuple[str, str], Failures])
    sources: dict[str, int] = field(default_factory=dict[str, int])
    racers: list[Failures] = field(default_factory=list[Failures])
    writes: int = 0

    def replace_failures(
        self, organisation: str, username: str, expected: Failures, replacement: Failures
    ) -> Failures | None:
        assert isinstance(expected, Failures)
        self.writes += 1
        key = (organisation, username)
        if self.racers:
            self.failures[key] = self.racers.pop(0)
        standing = self.failures.get(key, NONE)
        if standing != expected:
            return standing
        self.failures[key] = replacement
        return None

    def count_source_failure(self, source: str, now: int) -> int:
        del now
        self.sources[source] = self.sources.get(source, 0) + 1
        return self.sources[source]


@dataclass
class FakeGrants:
    """Grants by id; `racer` may change one before it is rotated, as another request would."""

    grants: dict[str, Grant] = field(default_factory=dict[str, Grant])
    racer: Callable[[Grant], Grant] | None = None

    @property
    def only(self) -> Grant:
        """The one that is stored."""
        (grant,) = self.grants.values()
        return grant

    def add_grant(self, grant: Grant) -> None:
        assert grant.grant_id not in self.grants
        self.grants[grant.grant_id] = grant

    def add_grant_once(self, grant: Grant) -> bool:
        if grant.grant_id in self.grants:
            return False
        self.grants[grant.grant_id] = grant
        return True

    def find_grant(self, grant_id: str) -> Grant | None:
        return self.grants.get(grant_id)

    def find_grant_and_status(self, grant_id: str, status_id: str | None) -> tuple[Grant | None, Status | None]:
        raise NotImplementedError

    def rotate_grant(self, grant: Grant, spent_digest: bytes, now: int) -> Grant | None:
        if self.racer is not None:
            self.grants[grant.grant_id] = self.racer(self.grants[grant.grant_id])
        standing = self.grants[grant.grant_id]
        if standing.refresh_digest != spent_digest or standing.revoked or now >= standing.ends_at:
            return standing
        self.grants[grant.grant_id] = grant
        return None

    def revoke_grant(self, grant_id: str) -> None:
        if grant_id in self.grants:
            self.grants[grant_id] = copy.replace(self.grants[grant_id], revoked=True)
        else:
            self.revoked_before.append(grant_id)

    revoked_before: list[str] = field(default_factory=list[str])
    """Ids that were revoked while no grant had them."""


@dataclass
class FakeDirectory:
    """What people made: a port of each noun over dictionaries, and the calls that were made."""

    organisations: dict[str, Organisation] = field(default_factory=dict[str, Organisation])
    users: dict[tuple[str, str], User] = field(default_factory=dict[tuple[str, str], User])
    clients: dict[str, Client] = field(default_factory=dict[str, Client])
    applications: dict[tuple[str, str], Application] = field(default_factory=dict[tuple[str, str], Application])
    published: dict[tuple[str, str], Api] = field(default_factory=dict[tuple[str, str], Api])
    connections: dict[tuple[str, str], Connection] = field(default_factory=dict[tuple[str, str], Connection])
    grants: FakeGrants = field(default_factory=FakeGrants)
    calls: list[str] = field(default_factory=list[str])
    prefetched: list[Client | None] = field(default_factory=list[Client | None])
    better_hashes: dict[str, str] = field(default_factory=dict[str, str])

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        self.calls.append("find_application")
        return self.applications.get((organisation, application_id))

    def find_api(self, organisation: str, api_id: str) -> Api | None:
        self.calls.append("find_api")
        return self.published.get((organisation, api_id))

    def find_subscriptions(self, organisation: str, application_id: str) -> tuple[Application | None, tuple[Api, ...]]:
        self.calls.append("find_subscriptions")
        if application_id == apis.REGISTERED:
            found = tuple(one for one in self.published.values() if one.organisation == organisation and one.open_tier)
            return apis.of_registered_clients(organisation, found), found
        application = self.applications.get((organisation, application_id))
        if application is None:
            return None, ()
        references = [(one.api_organisation, one.api_id) for one in application.subscriptions]
        return application, tuple(self.published[one] for one in references if one in self.published)

    def find_apis(self, references: frozenset[tuple[str, str]]) -> tuple[Api, ...]:
        self.calls.append("find_apis")
        return tuple(self.published[one] for one in sorted(references) if one in self.published)

    def find_organisation(self, organisation: str) -> Organisation | None:
        self.calls.append("find_organisation")
        return self.organisations.get(organisation)

    def find_user(self, organisation: str, username: str) -> User | None:
        self.calls.append("find_user")
        return self.users.get((organisation, username))

    def replace_password_hash(self, organisation: str, user: User, password_hash: str) -> None:
        self.better_hashes[f"{user.username}@{organisation}"] = password_hash

    def find_client(self, client_id: str) -> Client | None:
        self.calls.append("find_client")
        return self.clients.get(client_id)

    def find_cached_client(self, client_id: str) -> Client | None:
        del client_id
        return None

    def find_client_and_organisation(self, issued: Issued) -> tuple[Client | None, Organisation | None]:
        self.calls.append("find_client_and_organisation")
        return self.clients.get(issued.client_id), self.organisations.get(issued.organisation)

    def find_code_parties(
        self, code: Code
    ) -> tuple[Client | None, Organisation | None, User | None, Connection | None]:
        self.calls.append("find_code_parties")
        return (
            self.clients.get(code.client_id),
            self.organisations.get(code.organisation),
            self.users.get((code.organisation, code.username)),
            self.connections.get((code.user_id, code.client_id)),
        )

    def find_refresh(
        self, organisation: str, grant_id: str, status_id: str, prefetch_for: Client | None
    ) -> tuple[Organisation | None, Grant | None, Status | None]:
        self.calls.append("find_refresh")
        self.prefetched.append(prefetch_for)
        statuses = {one.status_id: one.status for one in self.users.values()}
        return self.organisations.get(organisation), self.grants.find_grant(grant_id), statuses.get(status_id)


@dataclass
class FakeSignIns(FakeFailures):
    """What a password is checked against, from a directory, with what was asked."""

    directory: FakeDirectory = field(default_factory=FakeDirectory)
    asked: list[tuple[str, str, str, int, str, AskingClient | None]] = field(
        default_factory=list[tuple[str, str, str, int, str, AskingClient | None]]
    )
    browsers: dict[bytes, RememberedBrowser] = field(default_factory=dict[bytes, RememberedBrowser])

    def find_sign_in(
        self,
        organisation: str,
        username: str,
        source: str,
        now: int,
        client_id: str = "",
        prefetch_for: AskingClient | None = None,
        browser: bytes = b"",
    ) -> SignIn:
        self.asked.append((organisation, username, source, now, client_id, prefetch_for))
        user = self.directory.users.get((organisation, username))
        return SignIn(
            organisation=self.directory.organisations.get(organisation),
            user=user,
            connection=self.directory.connections.get((user.user_id, client_id)) if user else None,
            failures=self.failures.get((organisation, username), NONE),
            source_failures=self.sources.get(source, 0),
            browser=self.browsers.get(browser),
            browser_failures=self.failures.get((organisation, browser.hex()), NONE),
        )

    def replace_browser_failures(
        self, organisation: str, browser: bytes, expected: Failures, replacement: Failures
    ) -> Failures | None:
        return self.replace_failures(organisation, browser.hex(), expected, replacement)


@dataclass
class FakeCodes:
    """Codes by their digests."""

    codes: dict[tuple[str, bytes], Code] = field(default_factory=dict[tuple[str, bytes], Code])

    def add_code(self, organisation: str, code: Code) -> None:
        self.codes[organisation, code.digest] = code

    def find_code(self, organisation: str, digest: bytes) -> Code | None:
        return self.codes.get((organisation, digest))


@dataclass
class FakeConnections:
    """The connections that were stored, in order."""

    saved: list[tuple[str, Connection]] = field(default_factory=list[tuple[str, Connection]])

    def save_connection(self, organisation: str, connection: Connection) -> None:
        self.saved.append((organisation, connection))


@dataclass
class FakeSigner:
    """Signs by saying what it was told, readable for a test: three parts in base64url."""

    kid: str = "key-2"
    derives_with: str = "key-1"

    def current_kid(self) -> str:
        return self.kid

    def find_algorithm(self, kid: str) -> str:
        assert kid == self.kid
        return "ES256"

    def derivation_kid(self) -> str:
        return self.derives_with

    def find_derivation_key(self, kid: str) -> bytes:
        return f"secret of {kid}".encode()

    def sign(self, claims: Mapping[str, Any], *, typ: str, kid: str) -> str:
        parts = ({"typ": typ, "kid": kid}, dict(claims))
        return ".".join([*(_base64url(json.dumps(one).encode()) for one in parts), _base64url(b"signature")])


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def read_jwt(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of what `FakeSigner` signed."""
    header, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(claims)


@dataclass
class FakeDevices:
    """One device's request; `raised` or `standing` is what a poll gets."""

    standing: DeviceRequest | None = None
    raised: Exception | None = None
    polls: list[tuple[str, Poll]] = field(default_factory=list[tuple[str, Poll]])

    def add_request(self, organisation: str, request: DeviceRequest, now: int) -> bool:
        raise NotImplementedError

    def find_request(self, organisation: str, code_digest: bytes) -> DeviceRequest | None:
        raise NotImplementedError

    def poll_request(self, organisation: str, poll: Poll) -> DeviceRequest | None:
        self.polls.append((organisation, poll))
        if self.raised:
            raise self.raised
        return self.standing

    def decide_request(self, organisation: str, decided: DeviceRequest, now: int, entry: Entry) -> bool:
        raise NotImplementedError

    def count_entry(self, organisation: str, user_id: str, window: int) -> int:
        raise NotImplementedError
