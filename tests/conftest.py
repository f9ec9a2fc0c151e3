"""Fixtures every layer shares."""

import gc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models.dynamo_type import LimitedSizeDict

from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables
from tests import template
from tests.beginnings import Beginnings
from tests.boto_transport import to_boto
from tests.moto_secrets import MotoSecrets
from tests.moto_transport import MotoTransport
from tests.strict_transport import StrictMotoTransport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

DIRECTORY_TABLE = "directory"
GRANTS_TABLE = "grants"
REGION = "eu-west-1"
SIGNING_KEYS = "signing-keys"


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking again and again at modules and tests, which stay to the end."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files with long tests start first, so that no process is left alone with one at the end."""
    long = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def dynamodb() -> "Iterator[DynamoDBClient]":
    """One moto for the whole session, with both tables of the template: making them costs more than most tests."""
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setattr(LimitedSizeDict, "__setitem__", dict[str, Any].__setitem__)  # adds up the item each time
        client = boto3.client("dynamodb", region_name=REGION)
        client.create_table(TableName=DIRECTORY_TABLE, **template.table("DirectoryTable"))
        client.create_table(TableName=GRANTS_TABLE, **template.table("GrantsTable"))
        yield client


@pytest.fixture
def aws(dynamodb: "DynamoDBClient") -> None:
    """Other AWS services than DynamoDB, on the same moto."""


@pytest.fixture
def transport(dynamodb: "DynamoDBClient") -> MotoTransport:  # noqa: ARG001 - started for its effect
    return StrictMotoTransport(REGION)


@pytest.fixture(scope="session")
def beginnings(dynamodb: "DynamoDBClient") -> Beginnings:  # noqa: ARG001 - started for its effect
    return Beginnings(REGION)


@pytest.fixture
def tables(transport: MotoTransport, beginnings: Beginnings) -> Tables:
    """Both tables, empty."""
    beginnings.clear(DIRECTORY_TABLE, GRANTS_TABLE)
    return Tables(transport=transport, directory=DIRECTORY_TABLE, grants=GRANTS_TABLE)


@pytest.fixture
def dump(transport: MotoTransport) -> Callable[..., list[dict[str, Any]]]:  # noqa: ARG001 - started for its effect
    """Reads all that is stored, or one table, as an attacker with a backup would."""
    reader = MotoTransport(REGION)

    def dump(*tables: str) -> list[dict[str, Any]]:
        answers = (reader.call("Scan", {"TableName": name}) for name in tables or (DIRECTORY_TABLE, GRANTS_TABLE))
        return [item for answer in answers for item in to_boto(answer)["Items"]]

    return dump


@pytest.fixture(scope="session")
def secretsmanager(dynamodb: "DynamoDBClient") -> "SecretsManagerClient":  # noqa: ARG001 - started for its effect
    return boto3.client("secretsmanager", region_name=REGION)


@pytest.fixture
def secrets(secretsmanager: "SecretsManagerClient", beginnings: Beginnings) -> MotoSecrets:
    """Secrets Manager with the signing keys' secret, as the stack makes it: empty."""
    beginnings.put("secret", lambda: secretsmanager.create_secret(Name=SIGNING_KEYS, SecretString="{}"))
    return MotoSecrets(REGION)


@pytest.fixture
def registry(tables: Tables) -> Registry:
    return Registry(tables)
