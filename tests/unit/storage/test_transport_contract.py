"""The transport contract in memory, and on moto over boto3."""

from typing import TYPE_CHECKING

import pytest

from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.dynamodb.tables import Tables
from tests.boto_transport import BotoTransport
from tests.memory_transport import MemoryDynamoDB, MemoryTransport
from tests.transport_contract import TransportContract

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture(params=["memory", "boto3"])
def transport_under_test(
    request: pytest.FixtureRequest, memory: MemoryDynamoDB, dynamodb: "DynamoDBClient"
) -> Transport:
    memory.clear()
    return MemoryTransport(memory) if request.param == "memory" else BotoTransport(dynamodb)


@pytest.fixture
def directory_table(tables: Tables) -> str:
    return tables.directory


@pytest.fixture
def grants_table(tables: Tables) -> str:
    return tables.grants


class TestTransport(TransportContract):
    """All of it."""
