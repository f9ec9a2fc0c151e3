"""Fixtures every layer shares."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests import template
from tests.boto_transport import BotoTransport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DIRECTORY_TABLE = "directory"
GRANTS_TABLE = "grants"
REGION = "eu-west-1"


@pytest.fixture(scope="session")
def dynamodb() -> "Iterator[DynamoDBClient]":
    """One moto for the whole session, with both tables of the template: making them costs more than most tests."""
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        client = boto3.client("dynamodb", region_name=REGION)
        client.create_table(TableName=DIRECTORY_TABLE, **template.table("DirectoryTable"))
        client.create_table(TableName=GRANTS_TABLE, **template.table("GrantsTable"))
        yield client


@pytest.fixture
def aws(dynamodb: "DynamoDBClient") -> None:  # noqa: ARG001 - started for its effect
    """Other AWS services than DynamoDB, on the same moto."""


@pytest.fixture
def transport(dynamodb: "DynamoDBClient") -> BotoTransport:
    return BotoTransport(dynamodb)


@pytest.fixture
def tables(transport: BotoTransport) -> Tables:
    """Both tables, empty."""
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
    for name in (DIRECTORY_TABLE, GRANTS_TABLE):
        backend.tables[name].items.clear()
    return Tables(transport=transport, directory=DIRECTORY_TABLE, grants=GRANTS_TABLE)


@pytest.fixture
def registry(tables: Tables) -> Registry:
    return Registry(tables)
