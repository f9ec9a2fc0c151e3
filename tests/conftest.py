"""Fixtures every layer shares."""

from collections.abc import Iterator

import boto3
import pytest
from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables
from moto import mock_aws

from tests import template
from tests.boto_transport import BotoTransport

DIRECTORY_TABLE = "directory"
GRANTS_TABLE = "grants"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield


@pytest.fixture
def transport(aws: None) -> BotoTransport:  # noqa: ARG001 - started for its effect
    return BotoTransport(boto3.client("dynamodb"))


@pytest.fixture
def tables(aws: None, transport: BotoTransport) -> Tables:  # noqa: ARG001 - started for its effect
    client = boto3.client("dynamodb")
    client.create_table(TableName=DIRECTORY_TABLE, **template.table("DirectoryTable"))
    client.create_table(TableName=GRANTS_TABLE, **template.table("GrantsTable"))
    return Tables(transport=transport, directory=DIRECTORY_TABLE, grants=GRANTS_TABLE)


@pytest.fixture
def registry(tables: Tables) -> Registry:
    return Registry(tables)
