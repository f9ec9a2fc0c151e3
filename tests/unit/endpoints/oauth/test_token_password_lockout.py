"""Guessing passwords: an account locks, and a source is slowed: statement PWD-04."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService


def test_pwd_04_ten_failures_lock_and_the_right_password_is_refused(service: TokenService) -> None:
    service.fail(9)
    assert service.password().status == 200  # forgiven: they were not ten in a row

    service.fail(10)

    assert service.password().refusal == INVALID_GRANT


def test_pwd_04_locks_end_by_themselves_and_double_up_to_15_minutes(service: TokenService) -> None:
    service.fail(9)

    for seconds in (60, 120, 240, 480, 900, 900, 900):
        service.fail(1)
        service.now_ms += seconds * 1000 - 1000
        assert service.password().refusal == INVALID_GRANT, seconds
        service.now_ms += 1000

    assert service.password().status == 200


def test_pwd_04_attempts_during_a_lock_do_not_prolong_it(service: TokenService) -> None:
    service.fail(10)
    service.now_ms += 59_000
    service.fail(20)
    service.now_ms += 1_000

    assert service.password().status == 200


def test_pwd_04_a_success_forgives_everything(service: TokenService, dump: Callable[[], list[Any]]) -> None:
    service.fail(10)
    service.now_ms += 60_000
    assert service.password().status == 200

    service.fail(9)

    assert service.password().status == 200
    assert not [item for item in dump() if item["pk"]["S"].startswith("FAILURES")]


def test_pwd_04_failures_are_forgotten_after_an_hour(service: TokenService) -> None:
    service.fail(9)
    service.now_ms += 3_600_000
    service.fail(9)

    assert service.password().status == 200


def test_pwd_04_unknown_users_are_counted_alike(service: TokenService, dump: Callable[[], list[Any]]) -> None:
    service.fail(12, "nobody@gmail.com")
    service.fail(12, "a@b@c@d")
    service.fail(12)

    counters = [item for item in dump() if item["pk"]["S"].startswith("FAILURES")]
    assert [(one["count"]["N"], one["locked_until"]["N"]) for one in counters] == [
        ("10", str(factories.NOW + 60)) for _ in range(3)
    ]


@pytest.mark.parametrize("username", ["JOHN@gmail.com", "john@GMAIL.com@johnsorg", "John@Gmail.Com@JohnsOrg"])
def test_pwd_04_every_spelling_of_a_name_shares_one_counter(service: TokenService, username: str) -> None:
    service.fail(10, username)

    assert service.password().refusal == INVALID_GRANT


def test_pwd_04_a_lock_is_one_accounts_own(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.add_user(factories.user(user_id="user-mary", username="mary@gmail.com"))
    service.fail(10)

    assert service.password("mary@gmail.com").status == 200


def test_pwd_04_a_lock_does_not_end_tokens(service: TokenService) -> None:
    issued = service.password().json
    service.fail(10)

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
    service: TokenService, transport: RecordingTransport, seen: int
) -> None:
    service.fail(seen)
    transport.before("DeleteItem", lambda: service.fail(10 - seen))

    assert service.password().refusal == INVALID_GRANT


def test_pwd_04_a_right_password_that_comes_among_nine_wrong_ones_is_taken(
    service: TokenService, transport: RecordingTransport, dump: Callable[[], list[Any]]
) -> None:
    transport.before("DeleteItem", lambda: service.fail(9))

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


def test_pwd_04_a_source_is_slowed_after_100_failures(service: TokenService, johnsorg: DirectoryWriter) -> None:
    for number in range(100):
        service.fail(1, f"user{number}@gmail.com")

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
        service.fail(1, f"user{number}@gmail.com")

    service.source = other

    assert service.password().status == status
