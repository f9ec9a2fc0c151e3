"""Failed sign-ins: when an account locks, and for how long. Unknown accounts count like known ones."""

from collections.abc import Callable
from typing import LiteralString, Protocol

import msgspec

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel.errors import TooManyFailuresError

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


class LockoutPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When an account locks, and for how long.

    Attributes:
        failures: How many in a row lock it.
        seconds: For how long the first time; each further failure doubles it.
        longest_seconds: For how long at most.
        reset_after_seconds: When failures are forgotten after the last one, or after its lock.
    """

    failures: int = 10
    seconds: int = 60
    longest_seconds: int = 15 * 60
    reset_after_seconds: int = 60 * 60


DEFAULT = LockoutPolicy()


type Replace = Callable[[Failures, Failures], Failures | None]
"""Stores the second failures if the first ones still stand, of one account or browser; else returns what stands now."""


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


def policy_of(organisation: Organisation | None) -> LockoutPolicy:
    """Return the policy of an organisation; of one that does not exist, the default."""
    if organisation is None:
        return DEFAULT
    return LockoutPolicy(failures=organisation.lock_out_failures, seconds=organisation.lock_out_minutes * 60)


def after_failure(failures: Failures, now: int, policy: LockoutPolicy = DEFAULT) -> Failures:
    """Return the state after one more failure: a lock that doubles with each more, up to 15 min or its first time."""
    count = failures.count + 1 if now < failures.expires_at else 1
    excess = min(count - policy.failures, 10)
    longest = max(policy.seconds, policy.longest_seconds)
    lock_seconds = 0 if excess < 0 else min(policy.seconds * 2**excess, longest)
    return Failures(
        count=count,
        locked_until=now + lock_seconds if lock_seconds else 0,
        expires_at=now + lock_seconds + policy.reset_after_seconds,
    )


def record(replace: Replace, seen: Failures, now: int, policy: LockoutPolicy = DEFAULT) -> None:
    """Count one failure, whatever other instances count meanwhile; a lock that stands already is not prolonged."""
    while not is_locked(seen, now):
        standing = replace(seen, after_failure(seen, now, policy))
        if standing is None:
            return
        seen = standing


def admit(replace: Replace, seen: Failures, now: int, *, forgives: bool) -> bool:
    """Let a success take its turn; False if the account was locked meanwhile, so it is refused.

    It is one conditional write even if no failure was seen: guesses that ran beside this one may have failed since.
    Right and wrong guesses take their turns at the same item, so of any number at once, ten have a say.

    Args:
        replace: Where the failures stand.
        seen: The failures as they were read.
        now: NumericDate.
        forgives: Whether the failures are forgotten; else they stay as they are.
    """
    while not is_locked(seen, now):
        left = NONE if forgives else seen
        standing = replace(seen, left)
        if standing is None or standing == left:
            return True
        seen = standing
    return False


def source_window_ends_at(now: int) -> int:
    """Return when the present window of source failures ends."""
    return now - now % SOURCE_WINDOW_SECONDS + SOURCE_WINDOW_SECONDS


def too_many(reason: str, now: int, description: LiteralString | None = None) -> TooManyFailuresError:
    """Return the refusal of what a source address did too often in the present window."""
    wait = source_window_ends_at(now) - now
    return TooManyFailuresError(reason, retry_after_seconds=wait, description=description)
