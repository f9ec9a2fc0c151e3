"""The transport of Lambda, and the stores that depend on conditions most, on moto's server: a second DynamoDB.

The server is asked over HTTP, so that the whole way is tried: signature, connection, answers. All tests of the storage
run on it as well, in a process of their own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from gatehouse.domain.kernel.refusals import ConflictError
from gatehouse.domain.portal import applications, client_secrets, key_sets
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.aws.credentials import AwsCredentials
from gatehouse.storage.aws.transport import SignedTransport, Transport
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants
from gatehouse.storage.key_sets import DynamoDBKeySets
from gatehouse.storage.replays import DynamoDBReplays
from tests import factories, integrity, template
from tests.deployed import ROOT
from tests.transport_contract import TransportContract
from tests.unit.portal import caller

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def moto_tables() -> Iterator[Tables]:
    """Both tables of the template on moto's server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys: dict[str, Any] = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    client = boto3.client("dynamodb", region_name=REGION, endpoint_url=url, **keys)
    client.create_table(TableName="directory", **template.table("DirectoryTable"))
    client.create_table(TableName="grants", **template.table("GrantsTable"))
    credentials = AwsCredentials(access_key_id="testing", secret_access_key="testing")
    transport = SignedTransport(url, REGION, lambda: credentials)
    yield Tables(transport=transport, directory="directory", grants="grants")
    transport._connection.close()
    server.stop()


@pytest.fixture
def transport_under_test(moto_tables: Tables) -> Transport:
    return moto_tables.transport


@pytest.fixture
def directory_table(moto_tables: Tables) -> str:
    return moto_tables.directory


@pytest.fixture
def grants_table(moto_tables: Tables) -> str:
    return moto_tables.grants


class TestTransportToMoto(TransportContract):
    """All of it."""


def test_grants_and_assertions_are_stored_once(moto_tables: Tables) -> None:
    grants, replays = DynamoDBGrants(moto_tables), DynamoDBReplays(moto_tables)

    assert grants.add_grant_once(factories.grant())
    assert not grants.add_grant_once(factories.grant())
    assert grants.find_grant("g" * 22) == factories.grant()
    assert replays.consume_jti("client", "jti", factories.NOW + 60, factories.NOW)
    assert not replays.consume_jti("client", "jti", factories.NOW + 60, factories.NOW)
    assert moto_tables.count_once("grants", {"pk": {"S": "COUNT"}}, factories.NOW) == 1
    assert moto_tables.count_once("grants", {"pk": {"S": "COUNT"}}, factories.NOW) == 2


def test_an_application_lives_and_ends_with_its_keys(moto_tables: Tables) -> None:
    john, store, sets = caller(), DynamoDBApplications(moto_tables), DynamoDBKeySets(moto_tables)
    made = applications.create(store, john, ApplicationInput(name="Shop"))
    draft = KeySetInput(grant_types=frozenset({"client_credentials"}))
    client, _ = key_sets.make(john, made, "PRODUCTION", draft, label="", secret_expires_in=0)
    assert sets.add_key_set("johnsorg", made, client, None, john.entry("keys.generate", client.client_id))

    with pytest.raises(ConflictError):
        applications.delete(store, john, made)

    seen = store.find_application("johnsorg", made.application_id)
    assert seen is not None
    client_secrets.add_secret(sets, john, client, "more", 0)
    with pytest.raises(ConflictError):
        key_sets.revoke_tokens(sets, john, client)
    applications.delete(store, john, seen)
    assert sets.find_client(client.client_id) is None
    answer = moto_tables.transport.call("Scan", {"TableName": "directory"})
    assert integrity.find_faults(one for one in answer["Items"] if not one["pk"]["S"].startswith("CONTRACT#")) == []


@pytest.mark.more
def test_all_tests_of_the_storage_pass_on_it() -> None:
    folder = "tests/unit/storage"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", folder, "--dynamodb=server", "--numprocesses=2", "--show-capture=no"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert done.returncode == 0, done.stdout[-3000:]
