"""An identity provider to register, and a store that reads what it answers."""

from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.factories import NOW
from tests.identity_provider import CLIENT_ID, ISSUER, SECRET, FakeProvider
from tests.memory_secrets import MemorySecrets

BODY: dict[str, Any] = {
    "id": "example",
    "name": "Example",
    "issuer": ISSUER,
    "clientId": CLIENT_ID,
    "clientSecret": SECRET,
    "algorithm": "ES256",
    "scopes": ["email"],
    "createsMembers": True,
    "trustsEmail": True,
    "trustsFactors": True,
    "domains": ["example.com"],
    "requiredClaims": {"hd": "example.com"},
    "groupsClaim": "groups",
    "roleMappings": {"staff=all": ["employee", "seller"]},
    "enabled": True,
}


class BySecret:
    """Secrets Manager with the secrets of both kinds."""

    def __init__(self, *secrets: MemorySecrets) -> None:
        self._secrets: tuple[MemorySecrets, ...] = secrets

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        index = str(request["SecretId"]) == factories.settings().provider_key_secret
        return self._secrets[int(index)].call(operation, request)


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider(NOW)


@pytest.fixture
def store(
    organisations: DirectoryWriter, tables: Tables, secrets: MemorySecrets, rotation: Any, provider: FakeProvider
) -> Store:
    del organisations, rotation
    both = BySecret(secrets, MemorySecrets(factories.settings().provider_key_secret))
    return Store(factories.settings(), roles.acting_as(tables, "Store"), roles.RoleTransport(both, "Store"), provider)
