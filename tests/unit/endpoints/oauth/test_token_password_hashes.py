"""What checking a password costs, whoever asks and however it was hashed: statement PWD-03, and imported hashes."""

from collections.abc import Callable
from typing import Any

import passlib.hash
import pytest

from gatehouse.domain.accounts import passwords
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService


@pytest.fixture
def hopeless(acme: DirectoryWriter) -> DirectoryWriter:
    """Everybody who cannot sign in at Johns Org, whatever the password."""
    for name, overrides in {
        "disabled": {"is_active": False},
        "federated": {"password_hash": None},
        "broken": {"password_hash": "$2b$04$short"},
        "unhashed": {"password_hash": factories.PASSWORD},
    }.items():
        acme.add_user(factories.user(user_id=f"user-{name}", username=name, **overrides))
    return acme


HOPELESS = [
    pytest.param("john@gmail.com", "wrong", id="wrong password"),
    pytest.param("john@gmail.com", factories.PASSWORD + " ", id="a space too many"),
    pytest.param("john@gmail.com", factories.PASSWORD + "\n", id="a line feed too many"),
    pytest.param("john@gmail.com", "x" * 5000, id="over 4096 bytes"),
    pytest.param("nobody@gmail.com", factories.PASSWORD, id="unknown user"),
    pytest.param("john@gmail.com@ghost", factories.PASSWORD, id="unknown organisation"),
    pytest.param("anna@acme", factories.PASSWORD, id="user of another organisation"),
    pytest.param("anna", factories.PASSWORD, id="name of another organisation's user"),
    pytest.param("disabled", factories.PASSWORD, id="disabled user"),
    pytest.param("federated", " ", id="user without a password, a space"),
    pytest.param("federated", factories.PASSWORD, id="user without a password"),
    pytest.param("broken", factories.PASSWORD, id="a broken hash"),
    pytest.param("unhashed", factories.PASSWORD, id="a password stored in clear"),
    pytest.param("@", factories.PASSWORD, id="only an at sign"),
    pytest.param("john@@johnsorg", factories.PASSWORD, id="two at signs in a row"),
    pytest.param("@johnsorg", factories.PASSWORD, id="no username"),
    pytest.param("a@b@c@johnsorg", factories.PASSWORD, id="four segments"),
    pytest.param("john@gmail.com@9lives", factories.PASSWORD, id="impossible organisation"),
    pytest.param("john#gmail.com", factories.PASSWORD, id="hash sign"),
    pytest.param("john|gmail.com", factories.PASSWORD, id="pipe"),
    pytest.param("x" * 1000, factories.PASSWORD, id="1,000 characters"),
    pytest.param("😀" * 500, factories.PASSWORD, id="500 emoji"),
    pytest.param("john\u202egmail", factories.PASSWORD, id="bidirectional override"),
]


@pytest.mark.parametrize(("username", "password"), HOPELESS)
def test_pwd_03_whatever_is_wrong_the_answer_and_its_cost_are_the_same(
    service: TokenService, hopeless: DirectoryWriter, transport: RecordingTransport, username: str, password: str
) -> None:
    del hopeless
    hashes = count_hashes(lambda: service.password("stranger@example.com", "wrong"))
    transport.operations.clear()
    reference = service.password("stranger@example.com", "wrong")
    operations = list(transport.operations)
    transport.operations.clear()
    answers: list[Answer] = []

    counted = count_hashes(lambda: answers.append(service.password(username, password)))

    assert answers == [reference]
    assert transport.operations == operations
    assert counted == hashes == 1


def test_pwd_03_a_locked_account_answers_the_same(service: TokenService) -> None:
    wrong = service.password(password="wrong")
    service.fail(9)

    assert service.password() == wrong
    assert count_hashes(service.password) == 1


def count_hashes(run: Callable[[], Any]) -> int:
    """Count the Argon2id computations: what passlib is asked to make or to check."""
    context, count = passwords._context(), 0

    class Counting:
        needs_update = staticmethod(context.needs_update)

        def verify(self, password: str, password_hash: str) -> bool:
            nonlocal count
            count += password_hash.startswith("$argon2id$v=")
            return context.verify(password, password_hash)

        def hash(self, password: str) -> str:
            nonlocal count
            count += 1
            return context.hash(password)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(passwords, "_context", Counting)
        run()
    return count


# base64(SHA-256("correct horse battery" + "c2FsdA==")), as WSO2's JDBC user store keeps it.
_WSO2 = "{WSO2-SHA256}c2FsdA==$ixP/4OrIoT201crpoSzMZkzi2rbe2OeYDVYh4xBkJf4="
_handlers: Any = passlib.hash
_bcrypt = _handlers.bcrypt.using(rounds=4)
IMPORTED: dict[str, str] = {
    "bcrypt": _bcrypt.hash(factories.PASSWORD),
    "pbkdf2_sha256": _handlers.pbkdf2_sha256.using(rounds=10).hash(factories.PASSWORD),
    "pbkdf2_sha512": _handlers.pbkdf2_sha512.using(rounds=10).hash(factories.PASSWORD),
    "ldap_salted_sha1": _handlers.ldap_salted_sha1.hash(factories.PASSWORD),
    "ldap_salted_sha256": _handlers.ldap_salted_sha256.hash(factories.PASSWORD),
    "ldap_salted_sha512": _handlers.ldap_salted_sha512.hash(factories.PASSWORD),
    "wso2_sha256": _WSO2,
}


@pytest.mark.parametrize("scheme", IMPORTED)
def test_an_imported_hash_signs_in_and_is_upgraded(
    service: TokenService, johnsorg: DirectoryWriter, dump: Callable[[], list[Any]], scheme: str
) -> None:
    johnsorg.save_user(factories.user(password_hash=IMPORTED[scheme]))

    assert service.password(password="wrong").refusal == INVALID_GRANT
    assert service.password().status == 200

    stored = next(item["password_hash"]["S"] for item in dump() if "password_hash" in item)
    assert stored.startswith("$argon2id$")
    assert count_hashes(lambda: service.password()) == 1  # and not again


@pytest.mark.parametrize("scheme", IMPORTED)
def test_a_wrong_password_for_an_imported_hash_costs_an_argon2_too(
    service: TokenService, johnsorg: DirectoryWriter, scheme: str
) -> None:
    johnsorg.save_user(factories.user(password_hash=IMPORTED[scheme]))

    assert count_hashes(lambda: service.password(password="wrong")) == 1


def test_bcrypt_never_sees_what_it_would_cut_off(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_user(factories.user(password_hash=_bcrypt.hash("x" * 72)))

    assert service.password(password="x" * 73).refusal == INVALID_GRANT
    assert service.password(password="x" * 72).status == 200


def test_an_upgrade_never_undoes_a_changed_password(
    service: TokenService, johnsorg: DirectoryWriter, transport: RecordingTransport
) -> None:
    changed = passwords.hash_password("changed")
    johnsorg.save_user(factories.user(password_hash=IMPORTED["bcrypt"]))
    transport.before("UpdateItem", lambda: johnsorg.save_user(factories.user(password_hash=changed)))

    service.password()

    assert service.password(password="changed").status == 200
    assert service.password().refusal == INVALID_GRANT
