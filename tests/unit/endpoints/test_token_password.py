"""Password grant statements PWD-* (RFC 6749 section 4.3), lock-out and throttling (docs: design section 6)."""

import threading
import unicodedata
from collections.abc import Callable
from typing import Any

import passlib.hash
import pytest

from gatehouse.domain import passwords
from gatehouse.storage.registry import Registry
from tests import factories
from tests.moto_transport import MotoTransport
from tests.unit.endpoints.conftest import Answer, TokenService, basic

INVALID_GRANT = (400, "invalid_grant")


def fail(service: TokenService, times: int, username: str = "john@gmail.com") -> None:
    for _ in range(times):
        assert service.password(username, "wrong").refusal == INVALID_GRANT


@pytest.mark.parametrize("missing", ["username", "password"])
def test_pwd_01_username_and_password_are_required(service: TokenService, missing: str) -> None:
    form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}
    del form[missing]

    assert service.post(form).refusal == (400, "invalid_request")


def test_pwd_02_the_client_must_authenticate(service: TokenService) -> None:
    form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}

    assert service.post(form, authorization=None).refusal == (401, "invalid_client")
    assert service.post(form, authorization=basic(secret="wrong")).refusal == (401, "invalid_client")


def test_pwd_02_the_grant_must_be_enabled_for_the_client(service: TokenService, johnsorg: Registry) -> None:
    johnsorg.save_client(factories.client(grant_types=frozenset({"refresh_token"})))

    assert service.password().refusal == (400, "unauthorized_client")


@pytest.fixture
def hopeless(acme: Registry) -> Registry:
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
    service: TokenService, hopeless: Registry, transport: MotoTransport, username: str, password: str
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
    fail(service, 9)

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


def test_pwd_04_ten_failures_lock_and_the_right_password_is_refused(service: TokenService) -> None:
    fail(service, 9)
    assert service.password().status == 200  # forgiven: they were not ten in a row

    fail(service, 10)

    assert service.password().refusal == INVALID_GRANT


def test_pwd_04_locks_end_by_themselves_and_double_up_to_15_minutes(service: TokenService) -> None:
    fail(service, 9)

    for seconds in (60, 120, 240, 480, 900, 900, 900):
        fail(service, 1)
        service.now_ms += seconds * 1000 - 1000
        assert service.password().refusal == INVALID_GRANT, seconds
        service.now_ms += 1000

    assert service.password().status == 200


def test_pwd_04_attempts_during_a_lock_do_not_prolong_it(service: TokenService) -> None:
    fail(service, 10)
    service.now_ms += 59_000
    fail(service, 20)
    service.now_ms += 1_000

    assert service.password().status == 200


def test_pwd_04_a_success_forgives_everything(service: TokenService, dump: Callable[[], list[Any]]) -> None:
    fail(service, 10)
    service.now_ms += 60_000
    assert service.password().status == 200

    fail(service, 9)

    assert service.password().status == 200
    assert not [item for item in dump() if item["pk"]["S"].startswith("FAILURES")]


def test_pwd_04_failures_are_forgotten_after_an_hour(service: TokenService) -> None:
    fail(service, 9)
    service.now_ms += 3_600_000
    fail(service, 9)

    assert service.password().status == 200


def test_pwd_04_unknown_users_are_counted_alike(service: TokenService, dump: Callable[[], list[Any]]) -> None:
    fail(service, 12, "nobody@gmail.com")
    fail(service, 12, "a@b@c@d")
    fail(service, 12)

    counters = [item for item in dump() if item["pk"]["S"].startswith("FAILURES")]
    assert [(one["count"]["N"], one["locked_until"]["N"]) for one in counters] == [
        ("10", str(factories.NOW + 60)) for _ in range(3)
    ]


@pytest.mark.parametrize("username", ["JOHN@gmail.com", "john@GMAIL.com@johnsorg", "John@Gmail.Com@JohnsOrg"])
def test_pwd_04_every_spelling_of_a_name_shares_one_counter(service: TokenService, username: str) -> None:
    fail(service, 10, username)

    assert service.password().refusal == INVALID_GRANT


def test_pwd_04_a_lock_is_one_accounts_own(service: TokenService, johnsorg: Registry) -> None:
    johnsorg.add_user(factories.user(user_id="user-mary", username="mary@gmail.com"))
    fail(service, 10)

    assert service.password("mary@gmail.com").status == 200


def test_pwd_04_a_lock_does_not_end_tokens(service: TokenService) -> None:
    issued = service.password().json
    fail(service, 10)

    assert service.refresh(issued["refresh_token"]).status == 200


def test_pwd_04_parallel_failures_are_all_counted(service: TokenService, dump: Callable[[], list[Any]]) -> None:
    barrier = threading.Barrier(8)

    def guess() -> None:
        barrier.wait()
        service.password(password="wrong")

    guessers = [threading.Thread(target=guess) for _ in range(8)]
    for one in guessers:
        one.start()
    for one in guessers:
        one.join()

    counters = {item["pk"]["S"].partition("#")[0]: item["count"]["N"] for item in dump() if "count" in item}
    assert counters == {"FAILURES": "8", "SOURCE": "8"}


@pytest.mark.parametrize("seen", [0, 5, 9])
def test_pwd_04_a_right_password_that_comes_while_the_account_locks_is_refused(
    service: TokenService, transport: MotoTransport, seen: int
) -> None:
    fail(service, seen)
    transport.before("DeleteItem", lambda: fail(service, 10 - seen))

    assert service.password().refusal == INVALID_GRANT


def test_pwd_04_a_right_password_that_comes_among_nine_wrong_ones_is_taken(
    service: TokenService, transport: MotoTransport, dump: Callable[[], list[Any]]
) -> None:
    transport.before("DeleteItem", lambda: fail(service, 9))

    assert service.password().status == 200
    assert not [item for item in dump() if item["pk"]["S"].startswith("FAILURES")]


def test_pwd_04_a_burst_of_guesses_locks_as_if_they_came_one_by_one(
    service: TokenService, dump: Callable[[], list[Any]]
) -> None:
    barrier = threading.Barrier(25)
    refused: list[int] = []

    def guess(password: str) -> None:
        barrier.wait()
        answer = service.password(password=password)
        refused.append(answer.status)

    guessers = [threading.Thread(target=guess, args=(f"wrong {number}",)) for number in range(25)]
    for one in guessers:
        one.start()
    for one in guessers:
        one.join()

    counted = [item["count"]["N"] for item in dump() if item["pk"]["S"].startswith("FAILURES")]
    assert (refused, counted) == ([400] * 25, ["10"])
    assert service.password().refusal == INVALID_GRANT


def test_pwd_04_a_source_is_slowed_after_100_failures(service: TokenService, johnsorg: Registry) -> None:
    for number in range(100):
        fail(service, 1, f"user{number}@gmail.com")

    throttled = service.password()

    assert throttled.refusal == (429, "temporarily_unavailable")
    assert 0 < int(throttled.headers["Retry-After"]) <= 300
    assert service.client_credentials().status == 200
    service.source = "192.0.2.2"
    assert service.password().status == 200
    service.source = "192.0.2.1"
    service.now_ms += int(throttled.headers["Retry-After"]) * 1000
    assert service.password().status == 200
    del johnsorg


@pytest.mark.parametrize(
    ("other", "status"),
    [
        pytest.param("2001:db8:0:1::2", 429, id="its own network"),
        pytest.param("2001:db8:0:1:ffff:ffff:ffff:ffff", 429, id="the end of its network"),
        pytest.param("2001:db8:0:2::1", 200, id="another network"),
        pytest.param("::ffff:192.0.2.7", 200, id="IPv4 in the clothes of IPv6"),
    ],
)
def test_pwd_04_an_ipv6_source_is_its_network(service: TokenService, other: str, status: int) -> None:
    for number in range(100):
        service.source = f"2001:db8:0:1::{number + 16:x}"
        fail(service, 1, f"user{number}@gmail.com")

    service.source = other

    assert service.password().status == status


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
def test_pwd_05_a_password_is_taken_as_it_is(service: TokenService, johnsorg: Registry, password: str) -> None:
    johnsorg.save_user(factories.user(password_hash=passwords.hash_password(password)))

    assert service.password(password=password).status == 200
    assert service.password(password=password[:-1]).refusal == INVALID_GRANT


def test_pwd_05_bytes_beyond_72_count(service: TokenService, johnsorg: Registry) -> None:
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
def test_pwd_06_unusual_names_sign_in(service: TokenService, johnsorg: Registry, stored: str, typed: str) -> None:
    johnsorg.add_user(factories.user(user_id="user-2", username=stored))

    assert service.password(typed).status == 200


def test_pwd_06_names_that_could_collide_in_a_key_are_different_users(
    service: TokenService, johnsorg: Registry
) -> None:
    johnsorg.add_user(factories.user(user_id="user-2", username="a#b", password_hash=passwords.hash_password("first")))
    johnsorg.add_user(
        factories.user(user_id="user-3", username="a%23b", password_hash=passwords.hash_password("second"))
    )

    assert service.password("a#b", "first").status == 200
    assert service.password("a%23b", "second").status == 200
    assert service.password("a%23b", "first").refusal == INVALID_GRANT


def test_pwd_06_a_user_of_one_organisation_never_signs_in_through_anothers_client(
    service: TokenService, acme: Registry
) -> None:
    del acme
    form = {"grant_type": "password", "username": "john@gmail.com@johnsorg", "password": factories.PASSWORD}

    assert service.post(form, authorization=basic("acme-client")).refusal == INVALID_GRANT
    assert service.post(form, authorization=basic("acme-client"), path="/t/acme/token").refusal == INVALID_GRANT
    through_the_path = service.post(form, authorization=basic("acme-client"), path="/t/johnsorg/token")
    assert through_the_path.refusal == (401, "invalid_client")


def test_pwd_06_guesses_through_another_organisations_client_lock_nobody(service: TokenService, acme: Registry) -> None:
    del acme
    form = {"grant_type": "password", "username": "john@gmail.com@johnsorg", "password": "wrong"}
    for _ in range(12):
        service.post(form, authorization=basic("acme-client"))

    assert service.password().status == 200


def test_pwd_06_an_organisation_in_the_path_needs_no_suffix(service: TokenService) -> None:
    form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}

    assert service.post(form, path="/t/johnsorg/token").status == 200
    assert service.post({**form, "username": "john@gmail.com@johnsorg"}, path="/t/johnsorg/token").status == 200


def test_pwd_06_a_disabled_organisation_lets_nobody_in(service: TokenService, johnsorg: Registry) -> None:
    johnsorg.save_organisation(factories.organisation(is_active=False))

    assert service.password().refusal == INVALID_GRANT


def test_pwd_08_a_refresh_token_comes_only_if_the_client_may_refresh(service: TokenService, johnsorg: Registry) -> None:
    assert "refresh_token" in service.password().json
    johnsorg.save_client(factories.client(grant_types=frozenset({"password"})))

    assert "refresh_token" not in service.password().json


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
    service: TokenService, johnsorg: Registry, dump: Callable[[], list[Any]], scheme: str
) -> None:
    johnsorg.save_user(factories.user(password_hash=IMPORTED[scheme]))

    assert service.password(password="wrong").refusal == INVALID_GRANT
    assert service.password().status == 200

    stored = next(item["password_hash"]["S"] for item in dump() if "password_hash" in item)
    assert stored.startswith("$argon2id$")
    assert count_hashes(lambda: service.password()) == 1  # and not again


@pytest.mark.parametrize("scheme", IMPORTED)
def test_a_wrong_password_for_an_imported_hash_costs_an_argon2_too(
    service: TokenService, johnsorg: Registry, scheme: str
) -> None:
    johnsorg.save_user(factories.user(password_hash=IMPORTED[scheme]))

    assert count_hashes(lambda: service.password(password="wrong")) == 1


def test_bcrypt_never_sees_what_it_would_cut_off(service: TokenService, johnsorg: Registry) -> None:
    johnsorg.save_user(factories.user(password_hash=_bcrypt.hash("x" * 72)))

    assert service.password(password="x" * 73).refusal == INVALID_GRANT
    assert service.password(password="x" * 72).status == 200


def test_an_upgrade_never_undoes_a_changed_password(
    service: TokenService, johnsorg: Registry, transport: MotoTransport
) -> None:
    changed = passwords.hash_password("changed")
    johnsorg.save_user(factories.user(password_hash=IMPORTED["bcrypt"]))
    transport.before("UpdateItem", lambda: johnsorg.save_user(factories.user(password_hash=changed)))

    service.password()

    assert service.password(password="changed").status == 200
    assert service.password().refusal == INVALID_GRANT
