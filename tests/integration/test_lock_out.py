"""Guessing is limited, seen from outside (RFC 6749 section 10.7); the counters are shared by all instances."""

import time
from concurrent.futures import ThreadPoolExecutor
from copy import replace

import httpx
import pytest

from gatehouse.domain.accounts import users
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.deployed import Deployed, new_address
from tests.people import Person

FAILURES_BEFORE_LOCK = 10
BURST = 25
SOURCE_FAILURES_MAX = 100


@pytest.fixture
def victim(deployed: Deployed, tables: Tables, stranger: httpx.Client) -> Person:
    return people.person(deployed, tables, stranger)


@pytest.fixture
def locked(victim: Person) -> Person:
    """A person at whose password somebody guessed ten times."""
    for _ in range(FAILURES_BEFORE_LOCK):
        assert victim.sign_in(password="a wrong guess").json()["error"] == "invalid_grant"
    return victim


def test_pwd_04_the_right_password_is_refused_while_the_account_is_locked(locked: Person, http: httpx.Client) -> None:
    elsewhere = replace(locked, http=http)

    answers = [locked.sign_in(password="a wrong guess"), locked.sign_in(), elsewhere.sign_in()]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert len({answer.content for answer in answers}) == 1


def test_pwd_04_a_burst_of_guesses_is_counted_as_if_they_came_one_by_one(victim: Person, tables: Tables) -> None:
    with ThreadPoolExecutor(BURST) as pool:
        answers = list(pool.map(lambda number: victim.sign_in(password=f"guess {number}"), range(BURST)))

    assert {answer.json()["error"] for answer in answers} == {"invalid_grant"}
    counted = tables.get(tables.grants, keys.failures("johnsorg", victim.user.username))
    assert counted is not None
    assert counted["count"] == FAILURES_BEFORE_LOCK
    assert victim.sign_in().json()["error"] == "invalid_grant"


def test_pwd_04_f_10_the_lock_ends_by_itself_though_its_item_is_still_there(locked: Person, tables: Tables) -> None:
    key = keys.failures("johnsorg", locked.user.username)
    past = {"N": str(int(time.time()) - 1)}
    tables.update(
        tables.grants,
        key,
        UpdateExpression="SET locked_until = :past",
        ExpressionAttributeValues={":past": past},
    )

    answer = locked.sign_in()

    assert answer.status_code == 200


def test_a_lock_logs_nobody_out(victim: Person) -> None:
    issued = victim.obtain()
    for _ in range(FAILURES_BEFORE_LOCK):
        victim.sign_in(password="a wrong guess")

    assert victim.sign_in().status_code == 400
    assert victim.call(issued["access_token"]).status_code == 200
    assert victim.refresh(issued["refresh_token"]).status_code == 200


def test_nine_failures_lock_nobody_and_a_success_forgets_them(victim: Person) -> None:
    for _ in range(2):
        for _ in range(FAILURES_BEFORE_LOCK - 1):
            victim.sign_in(password="a wrong guess")
        assert victim.sign_in().status_code == 200


def test_pwd_03_every_kind_of_failure_is_the_same_answer(
    deployed: Deployed, tables: Tables, stranger: httpx.Client, victim: Person
) -> None:
    disabled = people.person(deployed, tables, stranger).user
    DirectoryWriter(tables).save_user(users.block(disabled, "administrator"))

    def attempt(username: str) -> httpx.Response:
        form = {"grant_type": "password", "username": username, "password": "a wrong guess"}
        return victim.post("/token", form)

    answers = [
        attempt(victim.user.username),
        victim.post("/token", {"grant_type": "password", "username": disabled.username, "password": people.PASSWORD}),
        attempt("nobody-of-that-name"),
        attempt(f"{victim.user.username}@acme"),
        attempt(f"{victim.user.username}@no-such-organisation"),
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1


def test_tok_15_tok_20_a_source_that_failed_a_hundred_times_is_throttled_and_others_are_not(
    deployed: Deployed, tables: Tables
) -> None:
    address = new_address()
    with people.stranger(deployed, address) as guesser, people.stranger(deployed) as bystander:
        victim = people.person(deployed, tables, guesser)
        people.let_have_failed(tables, address, SOURCE_FAILURES_MAX)

        guess = victim.post("/token", {"grant_type": "client_credentials"}, auth=("nobody", "x"))
        as_user = victim.sign_in()
        as_application = victim.post("/token", {"grant_type": "client_credentials"})
        elsewhere = replace(victim, http=bystander).sign_in()

    assert (guess.status_code, guess.json()["error"]) == (429, "temporarily_unavailable")
    assert 1 <= int(guess.headers["retry-after"]) <= people.WINDOW_SECONDS
    assert [one.status_code for one in (as_user, as_application, elsewhere)] == [429, 200, 200]


def test_tok_15_a_failure_is_counted_at_the_address_it_came_from(deployed: Deployed, tables: Tables) -> None:
    address, now = new_address(), int(time.time())
    with people.stranger(deployed, address) as guesser:
        for _ in range(3):
            form = {"grant_type": "client_credentials"}
            assert guesser.post(deployed.stack["token_url"], data=form, auth=("nobody", "x")).status_code == 401

    windows = {now // people.WINDOW_SECONDS, int(time.time()) // people.WINDOW_SECONDS}
    counted = [tables.get(tables.grants, keys.source_failures(address, window)) for window in windows]
    assert sum(one["count"] for one in counted if one) == 3
