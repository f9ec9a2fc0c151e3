"""The signing keys' secret, asked as AWS's own client would have it: its versions, and what is refused."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from gatehouse.domain.oauth.signing import SigningKey, SigningKeys
from gatehouse.storage.aws.transport import RequestRefusedError, Transport
from gatehouse.storage.key_vault import SecretsManagerKeyVault
from tests.boto_transport import BotoTransport
from tests.conftest import REGION, SIGNING_KEYS
from tests.faulty_transport import Fault, FaultyTransport
from tests.memory_secrets import MemorySecrets

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

FIRST, SECOND = "first".ljust(32, "0"), "second".ljust(32, "0")


@pytest.fixture(params=["memory", "boto3"])
def secrets_under_test(request: pytest.FixtureRequest, secrets: MemorySecrets, moto: None) -> Iterator[Transport]:
    """The secret as the stack makes it: in memory, and on moto."""
    del moto
    if request.param == "memory":
        yield secrets
        return
    client: SecretsManagerClient = boto3.client("secretsmanager", region_name=REGION)
    client.create_secret(Name=SIGNING_KEYS, SecretString="{}")
    yield BotoTransport(client)
    client.delete_secret(SecretId=SIGNING_KEYS, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def vault(secrets_under_test: Transport) -> SecretsManagerKeyVault:
    return SecretsManagerKeyVault(secrets_under_test, SIGNING_KEYS)


def keys_named(name: str) -> SigningKeys:
    current, following = (
        SigningKey(kid=f"{name} {which}", private_jwk="{}", published_at=1) for which in ("current", "next")
    )
    return SigningKeys(current=current, next=following)


def keys_after(before: SigningKeys, name: str) -> SigningKeys:
    return SigningKeys(current=before.next, next=keys_named(name).next, previous=(before.current,))


def test_there_are_no_keys_before_the_first(vault: SecretsManagerKeyVault) -> None:
    assert vault.find_current() is None
    assert vault.find_pending(FIRST) is None


def test_keys_that_replace_all_are_in_use_at_once(vault: SecretsManagerKeyVault) -> None:
    vault.replace_current(FIRST, keys_named("first"))

    assert vault.find_current() == keys_named("first")


def test_a_rotations_keys_are_in_use_when_they_are_promoted_once_or_twice(vault: SecretsManagerKeyVault) -> None:
    vault.replace_current(FIRST, keys_named("first"))
    vault.add_pending(SECOND, keys_after(keys_named("first"), "second"))
    assert (vault.find_current(), vault.find_pending(SECOND)) == (
        keys_named("first"),
        keys_after(keys_named("first"), "second"),
    )

    vault.promote(SECOND)
    vault.promote(SECOND)

    assert vault.find_current() == keys_after(keys_named("first"), "second")


def test_a_rotation_that_does_not_follow_the_keys_in_use_is_not_promoted(vault: SecretsManagerKeyVault) -> None:
    """It was made of keys that an emergency replaced meanwhile, which would come back with it."""
    leaked = keys_named("leaked")
    vault.replace_current(FIRST, keys_named("first"))
    vault.add_pending(SECOND, keys_after(leaked, "second"))

    with pytest.raises(LookupError, match="does not follow"):
        vault.promote(SECOND)
    assert vault.find_current() == keys_named("first")


def test_a_rotation_that_secrets_manager_has_begun_has_no_keys_yet(secrets: MemorySecrets) -> None:
    vault = SecretsManagerKeyVault(secrets, SIGNING_KEYS)

    secrets.begin_rotation(SECOND)

    assert vault.find_pending(SECOND) is None
    assert vault.is_pending(SECOND)
    assert not vault.is_pending(FIRST)


def test_only_the_rotation_that_is_named_is_dropped(vault: SecretsManagerKeyVault) -> None:
    vault.replace_current(FIRST, keys_named("first"))
    vault.add_pending(SECOND, keys_named("second"))

    vault.drop_pending("another".ljust(32, "0"))
    assert vault.find_pending(SECOND) == keys_named("second")

    vault.drop_pending(SECOND)
    assert not vault.is_pending(SECOND)


@pytest.mark.parametrize("operation", ["GetSecretValue", "DescribeSecret"])
def test_a_secret_that_is_not_there_is_a_refusal(secrets_under_test: Transport, operation: str) -> None:
    with pytest.raises(RequestRefusedError):
        secrets_under_test.call(operation, {"SecretId": "nowhere"})


@pytest.mark.parametrize("act", ["promoted", "dropped"])
def test_a_stage_that_is_moved_twice_because_an_answer_was_lost_is_moved(secrets: MemorySecrets, act: str) -> None:
    faulty = FaultyTransport(secrets)
    vault = SecretsManagerKeyVault(faulty, SIGNING_KEYS)
    vault.replace_current(FIRST, keys_named("first"))
    vault.add_pending(SECOND, keys_after(keys_named("first"), "second"))
    faulty.fail_next("UpdateSecretVersionStage", Fault.SENT_TWICE)

    if act == "dropped":
        vault.drop_pending()
    else:
        vault.promote(SECOND)

    first = keys_named("first")
    assert vault.find_current() == (first if act == "dropped" else keys_after(first, "second"))


def test_a_stage_that_is_somewhere_else_is_a_refusal(secrets: MemorySecrets) -> None:
    vault = SecretsManagerKeyVault(secrets, SIGNING_KEYS)
    vault.replace_current(FIRST, keys_named("first"))

    with pytest.raises(RequestRefusedError):
        vault._move("AWSCURRENT", MoveToVersionId=SECOND, RemoveFromVersionId=SECOND)
