"""The transport contract by the transport that runs in Lambda, on the deployed stack's tables."""

from collections.abc import Iterator

import pytest

from gatehouse.storage.aws.credentials import AwsCredentials
from gatehouse.storage.aws.transport import SignedTransport, Transport
from tests.deployed import Deployed
from tests.transport_contract import TransportContract


@pytest.fixture
def transport_under_test(deployed: Deployed) -> Iterator[Transport]:
    credentials = AwsCredentials(access_key_id="local", secret_access_key="local")
    signed = SignedTransport(deployed.stack["aws_endpoint_url"], deployed.stack["region"], lambda: credentials)
    yield signed
    signed._connection.close()


@pytest.fixture
def directory_table(deployed: Deployed) -> str:
    return deployed.stack["directory_table"]


@pytest.fixture
def grants_table(deployed: Deployed) -> str:
    return deployed.stack["grants_table"]


class TestTransport(TransportContract):
    """All of it."""
