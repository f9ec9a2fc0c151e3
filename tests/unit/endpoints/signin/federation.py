"""A provider, its registration, and a browser that signs in there."""

import json
from copy import replace
from dataclasses import dataclass
from typing import Any

import pytest

from gatehouse.bootstrap import federation, signin
from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal.identity_providers import IdentityProviderAdministration, ProviderInput
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.organisation_settings import DynamoDBSettings
from tests import factories, roles
from tests.answers import Answer
from tests.factories import NOW
from tests.identity_provider import CLIENT_ID, ISSUER, SECRET, FakeProvider
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.signin.browser import Browser

ADA = Caller(
    organisation="johnsorg",
    user_id="user-ada",
    username="ada",
    roles=frozenset({"admin"}),
    scopes=frozenset(),
    at_ms=NOW * 1000,
)
INPUT = ProviderInput(
    name="Example", issuer=ISSUER, client_id=CLIENT_ID, client_secret=SECRET, algorithm="ES256", creates_members=True
)
SIGN_IN = "/t/johnsorg/signin"
ES256 = frozenset({"ES256"})


@dataclass
class FederationScene:
    """A browser, the provider, and the administrator."""

    browser: Browser
    provider: FakeProvider
    administration: IdentityProviderAdministration
    tables: Tables
    writer: DirectoryWriter

    def register(self, provider_id: str = "example", **given: Any) -> IdentityProvider:
        return self.administration.add(ADA, provider_id, replace(INPUT, **given), "192.0.2.9")

    def change(self, **given: Any) -> None:
        found = self.administration.find(ADA, "example")
        self.administration.change(ADA, found, replace(INPUT, client_secret=None, **given), "192.0.2.9")

    def start(self, query: str = "", provider_id: str = "example") -> str:
        """Press the button; return where the provider is."""
        return self.browser.get(f"/t/johnsorg/federated/{provider_id}/start{query}").location

    def sign_in(self, query: str = "", **answer: str | None) -> Answer:
        return self.browser.get(self.provider.authorize(self.start(query), **answer))

    def account(self) -> Answer:
        return self.browser.get("/t/johnsorg/account")

    def link_john(self) -> Answer:
        """Sign in by password, and link the provider's person to John."""
        self.browser.submit(self.browser.get(SIGN_IN), username="john@gmail.com", password=factories.PASSWORD)
        location = self.browser.get("/t/johnsorg/federated/example/link").location
        return self.browser.submit(self.browser.get(self.provider.authorize(location)))

    def forget(self) -> None:
        """Use a browser that nobody signed in to."""
        self.browser.cookies.clear()

    def john(self) -> User:
        found = DynamoDBAccounts(self.tables).find_user("johnsorg", "john@gmail.com")
        assert found
        return found

    def organisation(self) -> Organisation:
        found = DynamoDBSettings(self.tables).find_organisation_now("johnsorg")
        assert found
        return found


@pytest.fixture
def scene(web: DirectoryWriter, tables: Tables, pages: SignInPages) -> FederationScene:
    provider, settings = FakeProvider(NOW), factories.settings(mail_from="login@auth.example")
    secrets = MemorySecrets(settings.provider_key_secret)
    router = signin.router(
        settings, pages, roles.acting_as(tables, "Signin"), roles.RoleTransport(secrets, "Signin"), provider
    )
    administration = federation.administration(
        settings, roles.acting_as(tables, "Store"), roles.RoleTransport(secrets, "Store"), provider
    )
    return FederationScene(Browser(router, pages), provider, administration, tables, web)


def signed_by_another(claims: dict[str, Any]) -> str:
    return jose.sign(json.dumps(jose.generate("ES256", "one")), claims, typ="JWT")
