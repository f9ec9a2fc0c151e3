"""`gatehouse backups restore` from the table of another stack: what was sealed there can be opened here."""

from collections.abc import Iterator
from copy import replace
from typing import Any

import boto3
import pytest
from gatehouse_cli import connections

from gatehouse.domain.accounts import second_factors
from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.kernel import plain_values, sealing
from gatehouse.storage.dynamodb import attribute_values, keys
from tests.conftest import DIRECTORY_TABLE, REGION
from tests.recording_transport import RecordingTransport
from tests.unit.cli.conftest import Operator

THEN, NOW = {"factor": "factor-then", "provider": "provider-then"}, {"factor": "factor-now", "provider": "provider-now"}
FACTORS = SecondFactors(organisation="johnsorg", user_id="u1")
PROVIDER = IdentityProvider(
    organisation="johnsorg",
    provider_id="p1",
    name="Staff",
    issuer="https://idp.example",
    client_id="gatehouse",
    authorization_endpoint="https://idp.example/authorize",
    token_endpoint="https://idp.example/token",
    jwks_uri="https://idp.example/jwks",
)


@pytest.fixture
def vault(moto: None) -> Iterator[Any]:
    """Secrets Manager with the secrets of the stack that was deleted and of the one that is there."""
    del moto
    client = boto3.client("secretsmanager", region_name=REGION)
    for name in (*THEN.values(), *NOW.values()):
        client.create_secret(Name=name, SecretString=f"of {name}")
    yield client
    for name in (*THEN.values(), *NOW.values()):
        client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def moving(johnsorg: Operator, vault: Any, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator of a stack whose outputs name its own secrets."""
    del vault
    outputs = {"FactorKeySecret": NOW["factor"], "ProviderKeySecret": NOW["provider"]}
    found = replace(connections.connect("gatehouse"), outputs=outputs)
    monkeypatch.setattr(connections, "connect", lambda _name: found)
    return johnsorg


def key_of(secret: str) -> bytes:
    return sealing.derive_key(f"of {secret}")


@pytest.fixture
def left(another_table: str, moving: Operator, transport: RecordingTransport) -> str:
    """The table of the stack that was deleted, with an authenticator app and a client secret."""
    app = sealing.seal(key_of(THEN["factor"]), b"app", second_factors.context(FACTORS))
    secret = sealing.seal(key_of(THEN["provider"]), b"secret", PROVIDER.sealing_context)
    items = [
        *transport.call("Scan", {"TableName": DIRECTORY_TABLE})["Items"],
        {**keys.public_keys(), "keys": {"S": "of then"}},
        {
            **keys.factors("johnsorg", "u1"),
            **attribute_values.render(plain_values.of(replace(FACTORS, app_secret=app))),
        },
        {
            **keys.identity_provider("johnsorg", "p1"),
            **attribute_values.render(plain_values.of(replace(PROVIDER, sealed_secret=secret))),
        },
    ]
    for item in items:
        transport.call("PutItem", {"TableName": another_table, "Item": item})
    assert moving.json("organisations", "list")
    return another_table


def test_the_keys_of_the_other_stack_become_those_of_this_one(moving: Operator, left: str, vault: Any) -> None:
    told = moving.run(
        "backups", "restore", left, "--yes", "--factor-key", THEN["factor"], "--provider-key", THEN["provider"]
    )

    assert (told.exit_code, told.stderr) == (0, "")
    for kind, own in NOW.items():
        assert vault.get_secret_value(SecretId=own)["SecretString"] == f"of {THEN[kind]}"


def test_the_same_command_can_be_repeated(moving: Operator, left: str, vault: Any) -> None:
    command = ("backups", "restore", left, "--yes", "--factor-key", THEN["factor"])
    moving.done(*command)
    versions = len(vault.list_secret_version_ids(SecretId=NOW["factor"], IncludeDeprecated=True)["Versions"])

    moving.done(*command)

    again = vault.list_secret_version_ids(SecretId=NOW["factor"], IncludeDeprecated=True)["Versions"]
    assert len(again) == versions


def test_without_them_it_says_what_cannot_be_opened_and_what_to_do(moving: Operator, left: str, vault: Any) -> None:
    told = moving.run("backups", "restore", left, "--yes")

    assert told.exit_code == 0
    apps, providers = told.stderr.splitlines()
    assert apps.startswith("warning: 1 items hold authenticator apps that this stack cannot open")
    assert providers.startswith(
        "warning: 1 items hold client secrets of identity providers that this stack cannot open"
    )
    assert ("--factor-key" in apps, "--provider-key" in providers) == (True, True)
    assert vault.get_secret_value(SecretId=NOW["factor"])["SecretString"] == f"of {NOW['factor']}"


def test_a_copy_of_the_same_stack_opens_without_a_word(moving: Operator, left: str, vault: Any) -> None:
    for kind, own in NOW.items():
        vault.put_secret_value(SecretId=own, SecretString=f"of {THEN[kind]}")

    assert moving.run("backups", "restore", left, "--yes").stderr == ""


def test_a_secret_that_is_not_there_changes_nothing(moving: Operator, left: str) -> None:
    moving.done("organisations", "create", "later")

    refused = moving.refused("backups", "restore", left, "--yes", "--factor-key", "nowhere")

    assert "GetSecretValue" in refused
    assert "later" in [one["key"] for one in moving.json("organisations", "list")]


def test_a_stack_that_names_no_secret_is_deployed_again_first(
    moving: Operator, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = replace(connections.connect("gatehouse"), outputs={})
    monkeypatch.setattr(connections, "connect", lambda _name: older)

    refused = moving.refused("backups", "restore", left, "--yes", "--provider-key", THEN["provider"])

    assert "this stack has no output ProviderKeySecret: deploy it again" in refused
