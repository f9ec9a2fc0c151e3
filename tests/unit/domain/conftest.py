"""A world of values: Johns Org with John, a client and the orders API, behind fakes of the ports."""

import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.codes import Code
from gatehouse.domain.oauth.grants import GrantContext, IssuedToken, Lifetimes, TokenRequest, issue
from gatehouse.domain.oauth.tokens import Grant
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.fakes import (
    FakeCodes,
    FakeConnections,
    FakeDevices,
    FakeDirectory,
    FakeGrants,
    FakeSigner,
    FakeSignIns,
)

ISSUER = "https://auth.example"
LIFETIMES = Lifetimes(access_token_seconds=3600, refresh_token_seconds=86_400, grant_seconds=2_592_000)


@dataclass
class GrantWorld:
    """The ports of the grants, and requests to them."""

    directory: FakeDirectory = field(default_factory=FakeDirectory)
    codes: FakeCodes = field(default_factory=FakeCodes)
    connections: FakeConnections = field(default_factory=FakeConnections)
    signer: FakeSigner = field(default_factory=FakeSigner)
    devices: FakeDevices = field(default_factory=FakeDevices)
    now_ms: int = NOW * 1000 + 123
    sign_ins: FakeSignIns = field(init=False)

    def __post_init__(self) -> None:
        self.sign_ins = FakeSignIns(directory=self.directory)

    @property
    def grants(self) -> FakeGrants:
        return self.directory.grants

    @property
    def grant(self) -> Grant:
        """The only grant that is stored."""
        return self.grants.only

    @property
    def context(self) -> GrantContext:
        return GrantContext(
            self.directory,
            self.grants,
            self.codes,
            self.connections,
            self.sign_ins,
            self.signer,
            LIFETIMES,
            lambda: self.devices,
        )

    @property
    def client(self) -> Client:
        return self.directory.clients[CLIENT_ID]

    @property
    def user(self) -> User:
        return self.directory.users["johnsorg", "john@gmail.com"]

    @property
    def organisation(self) -> Organisation:
        return self.directory.organisations["johnsorg"]

    @property
    def application(self) -> Application:
        return self.directory.applications["johnsorg", "app-1"]

    @property
    def api(self) -> Api:
        return self.directory.published["johnsorg", "orders"]

    def change_client(self, **changes: Any) -> Client:
        self.directory.clients[CLIENT_ID] = copy.replace(self.client, **changes)
        return self.client

    def change_user(self, **changes: Any) -> User:
        self.directory.users["johnsorg", "john@gmail.com"] = copy.replace(self.user, **changes)
        return self.user

    def change_organisation(self, **changes: Any) -> Organisation:
        self.directory.organisations["johnsorg"] = copy.replace(self.organisation, **changes)
        return self.organisation

    def change_application(self, **changes: Any) -> Application:
        self.directory.applications["johnsorg", "app-1"] = copy.replace(self.application, **changes)
        return self.application

    def change_api(self, **changes: Any) -> Api:
        self.directory.published["johnsorg", "orders"] = copy.replace(self.api, **changes)
        return self.api

    def change_grant(self, **changes: Any) -> Grant:
        changed = copy.replace(self.grant, **changes)
        self.grants.grants[changed.grant_id] = changed
        return changed

    def add_code(self, code: Code) -> Code:
        self.codes.add_code("johnsorg", code)
        return code

    def request(self, **parameters: str) -> TokenRequest:
        return TokenRequest(
            client=self.client, parameters=parameters, arrived_at_ms=self.now_ms, source="192.0.2.1", issuer=ISSUER
        )

    def issue(self, grant_type: str, **parameters: str) -> IssuedToken:
        return issue(self.context, self.request(grant_type=grant_type, **parameters))

    def later(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


@pytest.fixture
def world() -> GrantWorld:
    made = GrantWorld()
    client = factories.client(grant_types=factories.ALL_GRANTS | {"authorization_code"})
    made.directory.clients[CLIENT_ID] = client
    made.directory.organisations["johnsorg"] = factories.organisation()
    made.directory.users["johnsorg", "john@gmail.com"] = factories.user()
    made.directory.applications["johnsorg", "app-1"] = factories.application()
    made.directory.published["johnsorg", "orders"] = factories.api()
    return made
