"""What every unit test may rely on: no sockets, no AWS account, and passwords that are cheap to hash."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from gatehouse.bootstrap import keys
from gatehouse.domain.accounts import passwords
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.beginnings import Beginnings
from tests.conftest import REGION
from tests.factories import NOW
from tests.memory_secrets import MemorySecrets


@pytest.fixture(autouse=True, scope="session")
def no_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """A unit test that connects to anything fails, unless it was asked to store on a server of this process."""
    connect, is_served = socket.socket.connect, request.config.getoption("--dynamodb") == "server"

    def refuse(connecting: socket.socket, address: Any) -> None:
        if is_served and address[0] == "127.0.0.1":
            return connect(connecting, address)
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
    settings = factories.settings(signing_algorithm="ES256")
    rotation = keys.rotation(settings, roles.acting_as(tables, "Keys"), roles.RoleTransport(secrets, "Keys"))
    beginnings.put("first keys", lambda: rotation.begin("first-keys-" + "0" * 32, NOW))
    return rotation


SEEN_BY_LAMBDA = {
    "dynamodb:DescribeStream": "Lambda reads the streams",
    "dynamodb:GetRecords": "Lambda reads the streams",
    "dynamodb:GetShardIterator": "Lambda reads the streams",
    "dynamodb:ListStreams": "Lambda reads the streams",
    "sqs:SendMessage": "Lambda tells the queue what it gave up on",
    "lambda:InvokeFunction": "the fetcher is asked by another client; tests/unit/test_roles.py says by whom",
    "ses:SendEmail": "the deployed tests send mails through the local SES",
}
"""Actions that are used where the roles of the unit tests do not see it."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """After the whole suite, fail if nothing used a permission of the template."""
    if hasattr(session.config, "workerinput"):
        vars(session.config)["workeroutput"]["used_permissions"] = sorted(roles.used)
        return
    if session.exitstatus or not roles.is_whole_run(session.config):
        return
    unused = roles.unused(roles.used, SEEN_BY_LAMBDA)
    if unused:
        print("\nNothing uses these permissions of template.yaml:", *unused, sep="\n")  # noqa: T201 - pytest's report
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what another process of the same run used."""
    roles.used.update(map(tuple, getattr(node, "workeroutput", {}).get("used_permissions", ())))


_production_context = passwords._context
_production_nobodys_hash = passwords._NOBODYS_HASH


@pytest.fixture
def production_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_context", _production_context)
    monkeypatch.setattr(passwords, "_NOBODYS_HASH", _production_nobodys_hash)
