"""Failed sign-ins: when an account locks, for how long, and who may count at once."""

from functools import partial

import pytest

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.lockout import DEFAULT, NONE, Failures, LockoutPolicy
from tests import factories
from tests.factories import NOW
from tests.unit.domain.fakes import FakeFailures

JOHN = ("johnsorg", "john@gmail.com")
LOCKED = Failures(count=10, locked_until=NOW + 60, expires_at=NOW + 3660)


def of_john(store: FakeFailures) -> lockout.Replace:
    return partial(store.replace_failures, *JOHN)


def locks(policy: LockoutPolicy, times: int) -> list[int]:
    """Return for how long each failure locks, each at the end of the lock before."""
    state, now, found = NONE, NOW, list[int]()
    for _ in range(times):
        state = lockout.after_failure(state, now, policy)
        found.append(max(state.locked_until - now, 0))
        now = max(now, state.locked_until)
    return found


def test_locks_begin_with_the_tenth_failure_and_double_up_to_15_minutes() -> None:
    assert locks(DEFAULT, 16) == [0] * 9 + [60, 120, 240, 480, 900, 900, 900]


def test_an_organisation_decides_when_locks_begin_and_how_long_the_first_is() -> None:
    policy = lockout.policy_of(factories.organisation(lock_out_failures=3, lock_out_minutes=5))

    assert policy == LockoutPolicy(failures=3, seconds=300)
    assert locks(policy, 6) == [0, 0, 300, 600, 900, 900]


def test_a_first_lock_that_is_longer_than_15_minutes_stays_as_long() -> None:
    assert locks(LockoutPolicy(failures=1, seconds=3600), 3) == [3600, 3600, 3600]


def test_an_organisation_that_does_not_exist_locks_as_others_do() -> None:
    assert lockout.policy_of(None) == DEFAULT == LockoutPolicy(failures=10, seconds=60, longest_seconds=900)


def test_the_rule_is_the_usual_one_unless_another_is_given() -> None:
    assert lockout.after_failure(Failures(count=9, expires_at=NOW + 1), NOW).locked_until == NOW + 60


def test_a_thousand_failures_still_count() -> None:
    state = lockout.after_failure(Failures(count=10_000, expires_at=NOW + 1), NOW, LockoutPolicy(longest_seconds=10**6))

    assert state == Failures(count=10_001, locked_until=NOW + 60 * 2**10, expires_at=NOW + 60 * 2**10 + 3600)


def test_failures_are_forgotten_an_hour_after_the_last_one_or_its_lock() -> None:
    first, tenth = lockout.after_failure(NONE, NOW), lockout.after_failure(Failures(count=9, expires_at=NOW + 1), NOW)

    assert first == Failures(count=1, locked_until=0, expires_at=NOW + 3600)
    assert tenth == Failures(count=10, locked_until=NOW + 60, expires_at=NOW + 3660)
    assert lockout.after_failure(first, NOW + 3599).count == 2
    assert lockout.after_failure(first, NOW + 3600).count == 1


def test_a_lock_ends_with_its_second() -> None:
    assert lockout.is_locked(LOCKED, NOW + 59)
    assert not lockout.is_locked(LOCKED, NOW + 60)
    assert not lockout.is_locked(NONE, 0)


@pytest.mark.parametrize(("now", "end"), [(0, 300), (1, 300), (299, 300), (300, 600), (NOW, NOW + 300)])
def test_a_source_window_ends_every_five_minutes(now: int, end: int) -> None:
    assert lockout.source_window_ends_at(now) == end


def test_a_failure_is_counted() -> None:
    store = FakeFailures()

    lockout.record(of_john(store), NONE, NOW)

    assert store.failures == {JOHN: lockout.after_failure(NONE, NOW)}
    assert store.writes == 1


def test_a_failure_is_counted_by_the_rule_that_is_given() -> None:
    store, policy = FakeFailures(), LockoutPolicy(failures=1, seconds=7)

    lockout.record(of_john(store), NONE, NOW, policy)

    assert store.failures[JOHN].locked_until == NOW + 7


def test_a_failure_is_counted_on_top_of_what_others_counted_meanwhile() -> None:
    others = Failures(count=5, expires_at=NOW + 3600)
    store = FakeFailures(racers=[others])

    lockout.record(of_john(store), NONE, NOW)

    assert store.failures[JOHN].count == 6
    assert store.writes == 2


def test_a_failure_does_not_prolong_a_lock() -> None:
    store, seen = FakeFailures({JOHN: LOCKED}), FakeFailures(racers=[LOCKED])

    lockout.record(of_john(store), LOCKED, NOW)
    lockout.record(of_john(seen), NONE, NOW)

    assert (store.failures[JOHN], store.writes) == (LOCKED, 0)
    assert (seen.failures[JOHN], seen.writes) == (LOCKED, 1)


def test_a_failure_after_a_lock_that_is_over_counts_again() -> None:
    store = FakeFailures({JOHN: LOCKED})

    lockout.record(of_john(store), LOCKED, NOW + 60)

    assert store.failures[JOHN].locked_until == NOW + 60 + 120


ADMISSIONS = pytest.mark.parametrize("forgives", [True, False], ids=["forgive", "admit"])


@ADMISSIONS
def test_a_success_takes_its_turn_by_one_write(*, forgives: bool) -> None:
    store = FakeFailures()

    assert lockout.admit(of_john(store), NONE, NOW, forgives=forgives) is True
    assert store.writes == 1


@ADMISSIONS
def test_a_success_is_refused_where_others_locked_the_account_meanwhile(*, forgives: bool) -> None:
    seen, raced = FakeFailures({JOHN: LOCKED}), FakeFailures(racers=[LOCKED])

    assert lockout.admit(of_john(seen), LOCKED, NOW, forgives=forgives) is False
    assert lockout.admit(of_john(raced), NONE, NOW, forgives=forgives) is False
    assert (seen.writes, raced.writes) == (0, 1)
    assert raced.failures[JOHN] == LOCKED


@ADMISSIONS
def test_a_success_counts_though_others_failed_meanwhile(*, forgives: bool) -> None:
    others = Failures(count=3, expires_at=NOW + 3600)
    store = FakeFailures(racers=[others])

    assert lockout.admit(of_john(store), NONE, NOW, forgives=forgives) is True
    assert store.writes == 2
    assert store.failures[JOHN] == (NONE if forgives else others)


@ADMISSIONS
def test_a_success_counts_once_a_lock_is_over(*, forgives: bool) -> None:
    store = FakeFailures({JOHN: LOCKED})

    assert lockout.admit(of_john(store), LOCKED, NOW + 60, forgives=forgives) is True


def test_a_success_that_others_had_before_is_not_written_again() -> None:
    """What stands is what was to be stored, so another write would change nothing."""
    few = Failures(count=2, expires_at=NOW + 3600)
    forgiven, admitted = FakeFailures({JOHN: few}, racers=[NONE]), FakeFailures()
    admitted.replace_failures = lambda *_arguments: few  # type: ignore[method-assign]

    assert lockout.admit(of_john(forgiven), few, NOW, forgives=True) is True
    assert lockout.admit(of_john(admitted), few, NOW, forgives=False) is True
    assert (forgiven.failures[JOHN], forgiven.writes) == (NONE, 1)


def test_a_success_forgets_or_keeps_the_failures() -> None:
    few = Failures(count=2, expires_at=NOW + 3600)
    forgiven, admitted = FakeFailures({JOHN: few}), FakeFailures({JOHN: few})

    assert lockout.admit(of_john(forgiven), few, NOW, forgives=True) is True
    assert lockout.admit(of_john(admitted), few, NOW, forgives=False) is True
    assert (forgiven.failures[JOHN], admitted.failures[JOHN]) == (NONE, few)


def test_failures_of_one_account_are_nothing_to_another() -> None:
    store = FakeFailures({("acme", JOHN[1]): LOCKED, (JOHN[0], "mary"): LOCKED})

    lockout.record(of_john(store), NONE, NOW)

    assert store.failures[JOHN].count == 1
    assert store.failures["acme", JOHN[1]] == LOCKED
