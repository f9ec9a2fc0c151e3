"""What every unit test may rely on: no sockets, no AWS account, and passwords that are cheap to hash."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from gatehouse.bootstrap import keys
from gatehouse.domain import passwords
from gatehouse.domain.key_rotation import KeyRotation
from gatehouse.storage.tables import Tables
from tests import factories
from tests.beginnings import Beginnings
from tests.conftest import REGION
from tests.factories import NOW
from tests.memory_secrets import MemorySecrets


@pytest.fixture(autouse=True, scope="session")
def no_sockets() -> Iterator[None]:
    """A unit test that connects to anything fails."""

    def refuse(_socket: socket.socket, address: Any) -> None:
        raise AssertionError(f"a unit test connects to {address}")

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(socket.socket, "connect", refuse)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_account() -> Iterator[None]:
    """AWS's clients have credentials, and they are nobody's."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        yield


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> Iterator[None]:
    """Hash with a thousandth of production's memory; `production_passwords` undoes it."""
    context = passwords._context().copy(argon2__memory_cost=8, argon2__rounds=1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(passwords, "_context", lambda: context)
        monkeypatch.setattr(passwords, "_NOBODYS_HASH", context.hash("nobody's password"))
        factories.password_hash.cache_clear()  # modules may have asked while they were collected
        factories.password_hash()
        yield


@pytest.fixture
def rotation(tables: Tables, secrets: MemorySecrets, beginnings: Beginnings) -> KeyRotation:
    """The rotation of the signing keys; the first keys are made. ES256, since RSA keys take a while to make."""
    rotation = keys.rotation(factories.settings(signing_algorithm="ES256"), tables, secrets)
    beginnings.put("first keys", lambda: rotation.begin("first-keys-" + "0" * 32, NOW))
    return rotation


_production_context = passwords._context
_production_nobodys_hash = passwords._NOBODYS_HASH


@pytest.fixture
def production_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_context", _production_context)
    monkeypatch.setattr(passwords, "_NOBODYS_HASH", _production_nobodys_hash)
