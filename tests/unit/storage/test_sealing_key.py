"""The key of sealed secrets: read rarely, taken anew when a directory moved in, and kept through an outage."""

from typing import Any

import pytest

from gatehouse.domain.kernel import sealing
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage import sealing_key
from gatehouse.storage.sealing_key import KNOWN_SECONDS, SecretsManagerSealingKey


class Vault:
    """Secrets Manager with one secret, which a test changes or puts out of reach."""

    def __init__(self) -> None:
        self.text = "of then"
        self.is_there = True
        self.calls = 0

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        assert (operation, request) == ("GetSecretValue", {"SecretId": "the-key"})
        self.calls += 1
        if not self.is_there:
            raise TemporarilyUnavailableError("throttled")
        return {"SecretString": self.text}


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(sealing_key.clock, "now", lambda: now[0])
    return now


def test_it_is_read_once_in_ten_minutes(vault: Vault, clock: list[float]) -> None:
    key = SecretsManagerSealingKey(vault, "the-key")
    first = key.find_sealing_key()

    clock[0] += KNOWN_SECONDS - 1

    assert key.find_sealing_key() == first == sealing.derive_key("of then")
    assert vault.calls == 1


def test_a_key_that_moved_in_is_taken(vault: Vault, clock: list[float]) -> None:
    key = SecretsManagerSealingKey(vault, "the-key")
    key.find_sealing_key()
    vault.text = "of another stack"

    clock[0] += KNOWN_SECONDS

    assert key.find_sealing_key() == sealing.derive_key("of another stack")


def test_the_known_key_serves_through_an_outage_which_is_not_asked_about_each_time(
    vault: Vault, clock: list[float]
) -> None:
    key = SecretsManagerSealingKey(vault, "the-key")
    key.find_sealing_key()
    vault.is_there = False

    clock[0] += KNOWN_SECONDS
    found = [key.find_sealing_key() for _ in range(3)]

    assert found == [sealing.derive_key("of then")] * 3
    assert vault.calls == 2


def test_an_outage_before_the_first_read_is_told(vault: Vault) -> None:
    vault.is_there = False

    with pytest.raises(TemporarilyUnavailableError):
        SecretsManagerSealingKey(vault, "the-key").find_sealing_key()
