"""The password grant lets the right people in: PWD-01, -02, -05, -06 and -08 (RFC 6749 section 4.3)."""

import unicodedata

import pytest

from gatehouse.domain.accounts import passwords
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService, basic


@pytest.mark.parametrize("missing", ["username", "password"])
def test_pwd_01_username_and_password_are_required(service: TokenService, missing: str) -> None:
    form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}
    del form[missing]

    assert service.post(form).refusal == (400, "invalid_request")


def test_pwd_02_the_client_must_authenticate(service: TokenService) -> None:
    form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}

    assert service.post(form, authorization=None).refusal == (401, "invalid_client")
    assert service.post(form, authorization=basic(secret="wrong")).refusal == (401, "invalid_client")


def test_pwd_02_the_grant_must_be_enabled_for_the_client(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_client(factories.client(grant_types=frozenset({"refresh_token"})))

    assert service.password().refusal == (400, "unauthorized_client")


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("пароль-密码-🔑", id="non-ASCII"),
        pytest.param("0123456789" * 10, id="100 characters"),
        pytest.param("x" * 4096, id="4096 bytes"),
        pytest.param("  spaces kept  ", id="spaces at both ends"),
        pytest.param("a+b&c=d%20e;f", id="what forms escape"),
    ],
)
def test_pwd_05_a_password_is_taken_as_it_is(service: TokenService, johnsorg: DirectoryWriter, password: str) -> None:
    johnsorg.save_user(factories.user(password_hash=passwords.hash_password(password)))

    assert service.password(password=password).status == 200
    assert service.password(password=password[:-1]).refusal == INVALID_GRANT


def test_pwd_05_bytes_beyond_72_count(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_user(factories.user(password_hash=passwords.hash_password("x" * 80 + "a")))

    assert service.password(password="x" * 80 + "b").refusal == INVALID_GRANT


def test_pwd_05_nul_is_refused_in_a_password(service: TokenService) -> None:
    assert service.password(password=factories.PASSWORD + "\0").refusal == (400, "invalid_request")


@pytest.mark.parametrize(
    "typed",
    [
        "john@gmail.com@johnsorg",
        "john@gmail.com@JohnsOrg",
        "john@gmail.com",
        "JOHN@GMAIL.COM",
    ],
)
def test_pwd_06_john_signs_in_by_every_spelling_of_his_name(service: TokenService, typed: str) -> None:
    assert service.password(typed).status == 200


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        pytest.param("peter", "peter@johnsorg", id="plain name with organisation"),
        pytest.param("peter", "Peter", id="plain name without"),
        pytest.param("a#b", "a#b", id="hash sign"),
        pytest.param("a|b", "a|b@johnsorg", id="pipe"),
        pytest.param("a%23b", "a%23b", id="percent"),
        pytest.param("😀", "😀@johnsorg", id="emoji"),
        pytest.param("josé", unicodedata.normalize("NFD", "JOSÉ"), id="decomposed"),
        pytest.param("strasse", "Straße", id="sharp s"),
    ],
)
def test_pwd_06_unusual_names_sign_in(
    service: TokenService, johnsorg: DirectoryWriter, stored: str, typed: str
) -> None:
    johnsorg.add_user(factories.user(user_id="user-2", username=stored))

    assert service.password(typed).status == 200


def test_pwd_06_names_that_could_collide_in_a_key_are_different_users(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    johnsorg.add_user(factories.user(user_id="user-2", username="a#b", password_hash=passwords.hash_password("first")))
    johnsorg.add_user(
        factories.user(user_id="user-3", username="a%23b", password_hash=passwords.hash_password("second"))
    )

    assert service.password("a#b", "first").status == 200
    assert service.password("a%23b", "second").status == 200
    assert service.password("a%23b", "first").refusal == INVALID_GRANT


def test_pwd_06_a_user_of_one_organisation_never_signs_in_through_anothers_client(
    service: TokenService, acme: DirectoryWriter
) -> None:
    del acme
    form = {"grant_type": "password", "username": "john@gmail.com@johnsorg", "password": factories.PASSWORD}

    assert service.post(form, authorization=basic("acme-client")).refusal == INVALID_GRANT
    assert service.post(form, authorization=basic("acme-client"), path="/t/acme/token").refusal == INVALID_GRANT
    through_the_path = service.post(form, authorization=basic("acme-client"), path="/t/johnsorg/token")
    assert through_the_path.refusal == (401, "invalid_client")


def test_pwd_06_guesses_through_another_organisations_client_lock_nobody(
    service: TokenService, acme: DirectoryWriter
) -> None:
    del acme
    form = {"grant_type": "password", "username": "john@gmail.com@johnsorg", "password": "wrong"}
    for _ in range(12):
        service.post(form, authorization=basic("acme-client"))

    assert service.password().status == 200


def test_pwd_06_an_organisation_in_the_path_needs_no_suffix(service: TokenService) -> None:
    form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}

    assert service.post(form, path="/t/johnsorg/token").status == 200
    assert service.post({**form, "username": "john@gmail.com@johnsorg"}, path="/t/johnsorg/token").status == 200


def test_pwd_06_a_disabled_organisation_lets_nobody_in(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_organisation(factories.organisation(is_active=False))

    assert service.password().refusal == INVALID_GRANT


def test_pwd_08_a_refresh_token_comes_only_if_the_client_may_refresh(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    assert "refresh_token" in service.password().json
    johnsorg.save_client(factories.client(grant_types=frozenset({"password"})))

    assert "refresh_token" not in service.password().json
