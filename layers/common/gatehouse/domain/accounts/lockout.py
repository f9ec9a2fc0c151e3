"""Failed sign-ins: when an account locks, and for how long. Unknown accounts count like known ones."""

from typing import Protocol

import msgspec

from gatehouse.domain.accounts.organisations import Organisation

SOURCE_WINDOW_SECONDS = 300
SOURCE_FAILURES_MAX = 100


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive failures of one account.

    Attributes:
        locked_until: NumericDate until which even the right password is refused; 0 if never locked.
        expires_at: NumericDate from which the failures are forgotten.
    """

    count: int = 0
    locked_until: int = 0
    expires_at: int = 0


NONE = Failures()


class LockOut(msgspec.Struct, frozen=True, kw_only=True):
    """When an account locks, and for how long.

    Attributes:
        failures: How many in a row lock it.
        seconds: For how long the first time; each further failure doubles it.
        longest_seconds: For how long at most.
        memory_seconds: When failures are forgotten after the last one, or after its lock.
    """

    failures: int = 10
    seconds: int = 60
    longest_seconds: int = 15 * 60
    memory_seconds: int = 60 * 60


DEFAULT = LockOut()


class FailureStore(Protocol):
    """Where failures are counted, for all function instances together."""

    def replace_failures(
        self, organisation: str, username: str, expected: Failures, replacement: Failures
    ) -> Failures | None:
        """Store the replacement if the expected failures still stand; else return what stands now."""
        ...

    def count_source_failure(self, source: str, now: int) -> int:
        """Count one failure of a source address; return how many it has in this window."""
        ...


def is_locked(failures: Failures, now: int) -> bool:
    """Say whether the account refuses every password at this moment."""
    return now < failures.locked_until


def current(failures: Failures, now: int) -> Failures:
    """Return the failures that still count."""
    return failures if now < failures.expires_at else NONE


def lock_out(organisation: Organisation | None) -> LockOut:
    """Return the rule of an organisation; of one that does not exist, the usual one."""
    if organisation is None:
        return DEFAULT
    return LockOut(failures=organisation.lock_out_failures, seconds=organisation.lock_out_minutes * 60)


def after_failure(failures: Failures, now: int, rule: LockOut = DEFAULT) -> Failures:
    """Return the state after one more failure: a lock that doubles with each more, up to 15 min or its first time."""
    count = current(failures, now).count + 1
    excess = min(count - rule.failures, 10)
    longest = max(rule.seconds, rule.longest_seconds)
    lock_seconds = 0 if excess < 0 else min(rule.seconds * 2**excess, longest)
    return Failures(
        count=count,
        locked_until=now + lock_seconds if lock_seconds else 0,
        expires_at=now + lock_seconds + rule.memory_seconds,
    )


def record(
    store: FailureStore, organisation: str, username: str, seen: Failures, now: int, rule: LockOut = DEFAULT
) -> None:
    """Count one failure, whatever other instances count meanwhile; a lock that stands already is not prolonged."""
    while not is_locked(current(seen, now), now):
        standing = store.replace_failures(organisation, username, seen, after_failure(seen, now, rule))
        if standing is None:
            return
        seen = standing


def forgive(store: FailureStore, organisation: str, username: str, seen: Failures, now: int) -> bool:
    """Let a success stand and forget the failures; False if the account was locked meanwhile, so it is refused.

    It is one conditional write even if no failure was seen: guesses that ran beside this one may have failed since.
    Right and wrong guesses take their turns at the same item, so of any number at once, ten have a say.
    """
    while not is_locked(current(seen, now), now):
        standing = store.replace_failures(organisation, username, seen, NONE)
        if standing is None or standing == NONE:
            return True
        seen = standing
    return False


def admit(store: FailureStore, organisation: str, username: str, seen: Failures, now: int) -> bool:
    """Let a success take its turn and keep the failures as they are; False if the account was locked meanwhile."""
    while not is_locked(current(seen, now), now):
        standing = store.replace_failures(organisation, username, seen, seen)
        if standing is None or standing == seen:
            return True
        seen = standing
    return False


def source_window_ends_at(now: int) -> int:
    """Return when the present window of source failures ends."""
    return now - now % SOURCE_WINDOW_SECONDS + SOURCE_WINDOW_SECONDS
