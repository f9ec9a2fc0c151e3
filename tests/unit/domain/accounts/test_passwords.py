"""Password hashes as production makes them; F-18."""

import base64
import hashlib
import re
import time
from typing import Any

import passlib.hash
import pytest

from gatehouse.domain.accounts import passwords
from gatehouse.domain.oauth import clients

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


def test_both_spellings_of_a_letter_are_one_password() -> None:
    composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"

    assert passwords.matches(decomposed, passwords.hash_password(composed))
    assert passwords.matches(composed, passwords.hash_password(decomposed))


def test_a_hash_that_another_system_made_of_a_decomposed_password_is_known() -> None:
    decomposed = "cafe\u0301 au lait"
    handler: Any = passlib.hash.pbkdf2_sha256
    old = handler.using(rounds=1000).hash(decomposed)

    assert passwords.matches(decomposed, old)
    better = passwords.improve(decomposed, old)
    assert better is not None
    assert passwords.matches(decomposed, better)
    assert passwords.matches("caf\u00e9 au lait", better)


def ssha(scheme: str, digest: str, salt: bytes) -> str:
    return scheme + base64.b64encode(hashlib.new(digest, PASSWORD.encode() + salt).digest() + salt).decode()


SALTED = [("{SSHA}", "sha1"), ("{ssha}", "sha1"), ("{SSHA256}", "sha256"), ("{SSHA512}", "sha512")]


@pytest.mark.parametrize("salt_bytes", [0, 1, 3, 4, 8, 16, 17, 20, 64])
@pytest.mark.parametrize(("scheme", "digest"), SALTED)
def test_a_salted_ldap_hash_has_a_salt_of_any_length(scheme: str, digest: str, salt_bytes: int) -> None:
    stored = ssha(scheme, digest, b"s" * salt_bytes)

    assert passwords.find_hash_problem(stored) == ""
    assert passwords.matches(PASSWORD, stored)
    assert not passwords.matches(PASSWORD + "x", stored)


@pytest.mark.parametrize(("scheme", "digest"), SALTED)
def test_a_salted_ldap_hash_is_improved(scheme: str, digest: str) -> None:
    assert (passwords.improve(PASSWORD, ssha(scheme, digest, b"salt")) or "").startswith("$argon2id$")


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        pytest.param("", "of no kind", id="nothing"),
        pytest.param("s3cret", "of no kind", id="a password"),
        pytest.param("$2b$12$…", "malformed bcrypt", id="a hash of a manual"),
        pytest.param("$2b$12$" + "a" * 52, "malformed bcrypt", id="bcrypt cut off"),
        pytest.param("$2b$12$" + "a" * 22, "without its checksum", id="bcrypt's salt alone"),
        pytest.param("$2b$31$" + "a" * 22 + "b" * 31, "costs more", id="bcrypt of 2^31"),
        pytest.param("$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$" + "A" * 43, "costs more", id="Argon2 in 4 GiB"),
        pytest.param("$argon2id$v=19$m=19456,t=99999,p=1$c29tZXNhbHQ$" + "A" * 43, "costs more", id="Argon2's time"),
        pytest.param("$argon2id$v=19$m=19456,t=2,p=255$c29tZXNhbHQ$" + "A" * 43, "costs more", id="Argon2's lanes"),
        pytest.param("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ", "", id="Argon2 cut off"),
        pytest.param("$pbkdf2-sha256$2147483647$c2FsdHNhbHQ$" + "A" * 43, "costs more", id="PBKDF2 of 2^31"),
        pytest.param("$pbkdf2-sha256$29000$c2FsdHNhbHQ$AAAA", "malformed", id="PBKDF2 cut off"),
        pytest.param("{SSHA}AAAA", "malformed", id="SSHA cut off"),
        pytest.param("{SSHA}not base64", "malformed", id="SSHA that is no base64"),
        pytest.param("{WSO2-SHA256}salt$short", "malformed", id="WSO2 cut off"),
    ],
)
def test_a_hash_that_nothing_can_be_checked_against_is_named(stored: str, problem: str) -> None:
    found = passwords.find_hash_problem(stored)

    assert found
    assert problem in found
    assert "$" not in found


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
