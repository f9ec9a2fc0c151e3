"""Checking a password: one rule for the password grant and the sign-in page.

Unknown user, unknown organisation, wrong password, locked and disabled account:
one answer, at one cost (RFC 6749 section 10.7).
"""

from dataclasses import dataclass
from typing import Protocol

from gatehouse.domain import failures, passwords, usernames
from gatehouse.domain.errors import TooManyFailuresError
from gatehouse.domain.failures import Failures, FailureStore
from gatehouse.domain.organisations import Organisation
from gatehouse.domain.usernames import Login
from gatehouse.domain.users import User, UserStore


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What a password is checked against, read at once.

    Attributes:
        source_failures: How often the source address failed in this window.
    """

    organisation: Organisation | None
    user: User | None
    failures: Failures
    source_failures: int


class SignInStore(Protocol):
    """The one batched read of an attempt."""

    def find_sign_in(self, organisation: str, username: str, source: str, now: int) -> SignIn:
        """Return everything about the attempt, read strongly; what does not exist is empty."""
        ...


class SignIns(SignInStore, FailureStore, Protocol):
    """Attempts to sign in. Implemented by `storage.sign_ins`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody typed.

    Attributes:
        login: Whose account is meant; see `login`.
        source: The address it came from.
        now: NumericDate.
    """

    login: Login
    password: str
    source: str
    now: int


def login(typed: str, organisation: str) -> Login:
    """Return whose account of this organisation is meant; another organisation's is nobody's."""
    parsed = usernames.parse(typed, organisation)
    return parsed if parsed and parsed.organisation == organisation else usernames.nobody(typed, organisation)


def authenticate(store: SignIns, users: UserStore, attempt: Attempt) -> User | None:
    """Return the user if everything is right; one batched read, one password hash, one write, whatever is wrong.

    The write decides: the password counts for nothing until the account's failures let it (`failures.forgive`).

    Raises:
        TooManyFailuresError: The source address failed too often.
    """
    login, now = attempt.login, attempt.now
    sign_in = store.find_sign_in(login.organisation, login.username, attempt.source, now)
    if sign_in.source_failures >= failures.SOURCE_FAILURES_MAX:
        raise TooManyFailuresError(
            f"source {attempt.source} failed {sign_in.source_failures} times",
            retry_after_seconds=failures.source_window_ends_at(now) - now,
        )
    user = _check(sign_in, attempt.password, now)
    if user is None or not failures.forgive(store, login.organisation, login.username, sign_in.failures, now):
        failures.record(store, login.organisation, login.username, sign_in.failures, now)
        store.count_source_failure(attempt.source, now)
        return None
    better = passwords.improve(attempt.password, user.password_hash or "")
    if better is not None:
        users.replace_password_hash(user.organisation, user, better)
    return user


def _check(sign_in: SignIn, password: str, now: int) -> User | None:
    """Return the user if everything is right; hashes once, whatever is wrong."""
    user = sign_in.user
    is_right = passwords.matches(password, user.password_hash if user else None)
    is_open = not failures.is_locked(failures.current(sign_in.failures, now), now)
    is_active = (
        user is not None and user.is_active and sign_in.organisation is not None and sign_in.organisation.is_active
    )
    return user if is_right and is_open and is_active else None
