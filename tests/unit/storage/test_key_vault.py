"""The signing keys' secret, asked as AWS's own client would have it: its versions, and what is refused."""

from typing import TYPE_CHECKING

import pytest

from gatehouse.domain.signing import SigningKey, SigningKeys
from gatehouse.storage.key_vault import KeyVault
from gatehouse.storage.transport import RequestRefusedError, Transport
from tests.boto_transport import BotoTransport
from tests.conftest import SIGNING_KEYS
from tests.moto_secrets import MotoSecrets

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

FIRST, SECOND = "first".ljust(32, "0"), "second".ljust(32, "0")


@pytest.fixture(params=["moto", "boto3"])
def secrets_under_test(
    request: pytest.FixtureRequest, secrets: MotoSecrets, secretsmanager: "SecretsManagerClient"
) -> Transport:
    return secrets if request.param == "moto" else BotoTransport(secretsmanager)


@pytest.fixture
def vault(secrets_under_test: Transport) -> KeyVault:
    return KeyVault(secrets_under_test, SIGNING_KEYS)


def keys_named(name: str) -> SigningKeys:
    current, following = (
        SigningKey(kid=f"{name} {which}", private_jwk="{}", published_at=1) for which in ("current", "next")
    )
    return SigningKeys(current=current, next=following)


def test_there_are_no_keys_before_the_first(vault: KeyVault) -> None:
    assert vault.find_current() is None
    assert vault.find_pending(FIRST) is None


def test_keys_that_replace_all_are_in_use_at_once(vault: KeyVault) -> None:
    vault.replace_current(FIRST, keys_named("first"))

    assert vault.find_current() == keys_named("first")


def test_a_rotations_keys_are_in_use_when_they_are_promoted_once_or_twice(vault: KeyVault) -> None:
    vault.replace_current(FIRST, keys_named("first"))
    vault.add_pending(SECOND, keys_named("second"))
    assert (vault.find_current(), vault.find_pending(SECOND)) == (keys_named("first"), keys_named("second"))

    vault.promote(SECOND)
    vault.promote(SECOND)

    assert vault.find_current() == keys_named("second")


@pytest.mark.parametrize("operation", ["GetSecretValue", "DescribeSecret"])
def test_a_secret_that_is_not_there_is_a_refusal(secrets_under_test: Transport, operation: str) -> None:
    with pytest.raises(RequestRefusedError):
        secrets_under_test.call(operation, {"SecretId": "nowhere"})
