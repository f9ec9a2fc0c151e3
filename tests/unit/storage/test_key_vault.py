"""The signing keys' secret, asked as AWS's own client would have it: its versions, and what is refused."""

from typing import TYPE_CHECKING, Any

import pytest

from gatehouse.domain.signing import SigningKey, SigningKeys
from gatehouse.storage.key_vault import KeyVault
from gatehouse.storage.transport import RequestRefusedError, Transport
from tests.boto_transport import BotoTransport
from tests.conftest import REGION, SIGNING_KEYS
from tests.faulty_transport import Fault, FaultyTransport
from tests.moto_secrets import MotoSecrets, begin_rotation

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


def test_a_rotation_that_secrets_manager_has_begun_has_no_keys_yet(vault: KeyVault) -> None:
    begin_rotation(REGION, SIGNING_KEYS, SECOND)

    assert vault.find_pending(SECOND) is None
    assert vault.is_pending(SECOND)
    assert not vault.is_pending(FIRST)


def test_only_the_rotation_that_is_named_is_dropped(vault: KeyVault) -> None:
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
def test_a_stage_that_is_moved_twice_because_an_answer_was_lost_is_moved(secrets: MotoSecrets, act: str) -> None:
    faulty = FaultyTransport(RefusingRepetitions(secrets))
    vault = KeyVault(faulty, SIGNING_KEYS)
    vault.replace_current(FIRST, keys_named("first"))
    vault.add_pending(SECOND, keys_named("second"))
    faulty.fail_next("UpdateSecretVersionStage", Fault.SENT_TWICE)

    if act == "dropped":
        vault.drop_pending()
    else:
        vault.promote(SECOND)

    assert vault.find_current() == keys_named("first" if act == "dropped" else "second")


def test_a_stage_that_is_somewhere_else_is_a_refusal(secrets: MotoSecrets) -> None:
    vault = KeyVault(RefusingRepetitions(secrets), SIGNING_KEYS)
    vault.replace_current(FIRST, keys_named("first"))

    with pytest.raises(RequestRefusedError):
        vault._move("AWSCURRENT", MoveToVersionId=SECOND, RemoveFromVersionId=SECOND)


class RefusingRepetitions:
    """Refuses to move a stage from where it is not, as AWS does and moto does not."""

    def __init__(self, inner: MotoSecrets) -> None:
        self._inner = inner

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "UpdateSecretVersionStage":
            stages = self._inner.call("DescribeSecret", {"SecretId": request["SecretId"]})["VersionIdsToStages"]
            if request["VersionStage"] not in stages.get(request["RemoveFromVersionId"], []):
                raise RequestRefusedError("400 InvalidParameterException")
        return self._inner.call(operation, request)
