"""Checking a password: one rule for the password grant and the sign-in page.

Unknown user, unknown organisation, wrong password, locked and disabled account:
one answer, at one cost (RFC 6749 section 10.7).
"""

from typing import Protocol

import msgspec

from gatehouse.domain.accounts import factors, lockout, passwords, usernames
from gatehouse.domain.accounts.asking_client import AskingClient
from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.lockout import Failures, FailureStore
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.usernames import Login
from gatehouse.domain.accounts.users import User, UserStore
from gatehouse.domain.kernel.errors import TooManyFailuresError


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a password is checked against, read at once.

    Attributes:
        source_failures: How often the source address failed in this window.
        connection: Of the client that asks, if one does.
    """

    organisation: Organisation | None
    user: User | None
    connection: Connection | None = None
    failures: Failures
    source_failures: int


class SignInOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The user who proved the password, as read with its hash, and the organisation.

    Attributes:
        connection: With the client that asked, if it was asked for and there is one.
    """

    user: User
    organisation: Organisation
    connection: Connection | None = None


class SignInStore(FailureStore, Protocol):
    """The one batched read of an attempt. As a `FailureStore` it counts wrong passwords, by username."""

    def find_sign_in(
        self,
        organisation: str,
        username: str,
        source: str,
        now: int,
        client_id: str = "",
        prefetch_for: AskingClient | None = None,
    ) -> SignIn:
        """Return everything about the attempt as it is now; the organisation may be the cache seconds old.

        What does not exist is empty. The subscriptions of the client `prefetch_for` are read by the way, if they must
        be. With a client id, the connection with this client is read too.
        """
        ...


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed.

    Attributes:
        login: Whose account is meant; see `login`.
        source: The address it came from.
        now: NumericDate.
        client_id: The client that asks, if one does.
        prefetch_for: The client whose subscriptions will be asked for next, if any.
        alone_for: The client for which the password alone has to be enough; None if other steps may follow it.
    """

    login: Login
    password: str
    source: str
    now: int
    client_id: str = ""
    prefetch_for: AskingClient | None = None
    alone_for: AskingClient | None = None


def login(typed: str, organisation: str) -> Login:
    """Return whose account of this organisation is meant; another organisation's is nobody's."""
    parsed = usernames.parse(typed, organisation)
    return parsed if parsed and parsed.organisation == organisation else usernames.nobody(typed, organisation)


def authenticate(store: SignInStore, users: UserStore, attempt: Attempt) -> SignInOutcome | None:
    """Return the user if everything is right; one batched read, one password hash, one write, whatever is wrong.

    The write decides: the password counts for nothing until the account's failures let it (`lockout.forgive`).
    Where a second factor follows, they are forgiven when that is proved, too (`lockout.admit`).

    Where the password alone has to be enough, a user who has or needs a second factor is refused as if the password
    were wrong: an attacker who guesses passwords learns nothing here.

    Raises:
        TooManyFailuresError: The source address failed too often.
    """
    login, now = attempt.login, attempt.now
    sign_in = store.find_sign_in(
        login.organisation, login.username, attempt.source, now, attempt.client_id, attempt.prefetch_for
    )
    if sign_in.source_failures >= lockout.SOURCE_FAILURES_MAX:
        raise TooManyFailuresError(
            f"source {attempt.source} failed {sign_in.source_failures} times",
            retry_after_seconds=lockout.source_window_ends_at(now) - now,
        )
    signed_in = _check(sign_in, attempt)
    if signed_in is None or not _let(store, signed_in.user, sign_in.failures, now):
        rule = lockout.lock_out(sign_in.organisation)
        lockout.record(store, login.organisation, login.username, sign_in.failures, now, rule)
        store.count_source_failure(attempt.source, now)
        return None
    user = signed_in.user
    better = passwords.improve(attempt.password, user.password_hash or "")
    if better is not None:
        users.replace_password_hash(user.organisation, user, better)
    return signed_in


def _let(store: FailureStore, user: User, seen: Failures, now: int) -> bool:
    let = lockout.admit if user.factors else lockout.forgive
    return let(store, user.organisation, user.username, seen, now)


def _check(sign_in: SignIn, attempt: Attempt) -> SignInOutcome | None:
    """Return the user if everything is right; hashes once, whatever is wrong."""
    user, organisation, now, client = sign_in.user, sign_in.organisation, attempt.now, attempt.alone_for
    is_right = passwords.matches(attempt.password, user.password_hash if user else None)
    is_open = not lockout.is_locked(lockout.current(sign_in.failures, now), now)
    if user is None or organisation is None or not (user.is_active and organisation.is_active):
        return None
    if client is not None and factors.missing(factors.PASSWORD_ALONE, user, organisation, client, now) != "nothing":
        return None
    signed_in = SignInOutcome(user=user, organisation=organisation, connection=sign_in.connection)
    return signed_in if is_right and is_open else None
