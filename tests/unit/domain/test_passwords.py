"""Password hashes as production makes them; F-18."""

import re
import time
from typing import Any

import passlib.hash
import pytest

from gatehouse.domain import clients, passwords

pytestmark = pytest.mark.usefixtures("production_passwords")

PASSWORD = "пароль 🔑 correct"


def test_a_hash_is_argon2id_with_owasps_parameters() -> None:
    assert passwords.hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_is_salted() -> None:
    assert passwords.hash_password(PASSWORD) != passwords.hash_password(PASSWORD)


def test_a_hash_knows_its_password_and_no_other() -> None:
    made = passwords.hash_password(PASSWORD)

    assert passwords.matches(PASSWORD, made)
    assert not passwords.matches(PASSWORD + " ", made)
    assert not passwords.matches(PASSWORD + "\0", made)
    assert passwords.improve(PASSWORD, made) is None


def test_nobodys_hash_is_as_strong_as_a_real_one_and_nobody_has_it() -> None:
    real = re.match(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$", passwords.hash_password(PASSWORD))

    assert real is not None
    assert passwords._NOBODYS_HASH.startswith(real[0])
    assert passwords._context().verify("", passwords._NOBODYS_HASH) is False
    assert not passwords.matches("", None)
    assert not passwords.matches("", "")


def test_a_weaker_argon2_hash_is_improved() -> None:
    handler: Any = passlib.hash.argon2
    weak = handler.using(type="ID", memory_cost=1024, rounds=1, parallelism=1).hash(PASSWORD)

    assert passwords.matches(PASSWORD, weak)
    better = passwords.improve(PASSWORD, weak)
    assert better is not None
    assert better.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["x" * 4097, "é" * 2049, "a\0b"], ids=["bytes", "characters", "NUL"])
def test_what_cannot_be_hashed_whole_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="4096 bytes"):
        passwords.hash_password(password)


def test_f_18_passwords_are_slow_and_client_secrets_fast() -> None:
    made = passwords.hash_password(PASSWORD)

    begun = time.perf_counter()
    passwords.matches("wrong", made)
    slow = time.perf_counter() - begun
    begun = time.perf_counter()
    for _ in range(100):
        clients.secret_digest("ksdSdoefDDP7wpaElfqvmjDue")
    fast = (time.perf_counter() - begun) / 100

    assert slow > 0.005
    assert fast < slow / 50
