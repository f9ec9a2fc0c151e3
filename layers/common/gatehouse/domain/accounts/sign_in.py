"""Checking a password: one rule for the password grant and the sign-in page.

Unknown user, unknown organisation, wrong password, locked and disabled account:
one answer, at one cost (RFC 6749 section 10.7).
"""

from functools import partial
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import factors, lockout, passwords, remembered_browsers, usernames
from gatehouse.domain.accounts.asking_client import AskingClient
from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.lockout import Failures, FailureStore
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.remembered_browsers import RememberedBrowser
from gatehouse.domain.accounts.usernames import Login
from gatehouse.domain.accounts.users import PasswordStore, User


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a password is checked against, read at once.

    Attributes:
        source_failures: How often the source address failed in this window.
        connection: Of the client that asks, if one does.
        browser: What is remembered of the browser that asks, of whatever user.
        browser_failures: Of that browser.
    """

    organisation: Organisation | None
    user: User | None
    connection: Connection | None = None
    failures: Failures
    source_failures: int
    browser: RememberedBrowser | None = None
    browser_failures: Failures = lockout.NONE


class SignInOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The user who proved the password, as read with its hash, and the organisation.

    Attributes:
        connection: With the client that asked, if it was asked for and there is one.
        browser: The browser, if the user had signed in there before.
    """

    user: User
    organisation: Organisation
    connection: Connection | None = None
    browser: RememberedBrowser | None = None


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
        browser: bytes = b"",
    ) -> SignIn:
        """Return everything about the attempt as it is now; the organisation may be the cache seconds old.

        What does not exist is empty. The subscriptions of the client `prefetch_for` are read by the way, if they must
        be. With a client id, the connection with this client is read too; with a browser's digest, what is remembered
        of the browser.
        """
        ...

    def replace_browser_failures(
        self, organisation: str, browser: bytes, expected: Failures, replacement: Failures
    ) -> Failures | None:
        """See `FailureStore.replace_failures`; of a browser, by its digest."""
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
        browser: The digest of the cookie of remembered browsers; empty without one.
    """

    login: Login
    password: str
    source: str
    now: int
    client_id: str = ""
    prefetch_for: AskingClient | None = None
    alone_for: AskingClient | None = None
    browser: bytes = b""


class _Count(msgspec.Struct, frozen=True, kw_only=True):
    """Where an attempt is counted, and what stands there.

    Attributes:
        browser: The known browser that it is counted for; None if it is counted for the account.
    """

    replace: lockout.Replace
    seen: Failures
    browser: RememberedBrowser | None = None


def login(typed: str, organisation: str) -> Login:
    """Return whose account of this organisation is meant; another organisation's is nobody's."""
    parsed = usernames.parse(typed, organisation)
    return parsed if parsed and parsed.organisation == organisation else usernames.nobody(typed, organisation)


def authenticate(store: SignInStore, users: PasswordStore, attempt: Attempt) -> SignInOutcome | None:
    """Return the user if everything is right; one batched read, one password hash, one write, whatever is wrong.

    The write decides: the password counts for nothing until the failures let it (`lockout.admit`). Where a second
    factor follows, they are forgiven when that is proved, too. The failures are those of the account, or of a browser
    in which the user had signed in before. If the browser is locked, those of the account count.

    Where the password alone has to be enough, a user who has or needs a second factor is refused as if the password
    were wrong: an attacker who guesses passwords learns nothing here.

    Raises:
        TooManyFailuresError: The source address failed too often.
    """
    login, now = attempt.login, attempt.now
    sign_in = store.find_sign_in(
        login.organisation,
        login.username,
        attempt.source,
        now,
        attempt.client_id,
        attempt.prefetch_for,
        attempt.browser,
    )
    if sign_in.source_failures >= lockout.SOURCE_FAILURES_MAX:
        raise lockout.too_many(f"source {attempt.source} failed {sign_in.source_failures} times", now)
    count = _count(store, login, sign_in, now)
    signed_in = _check(sign_in, attempt, count)
    if signed_in is None or not lockout.admit(count.replace, count.seen, now, forgives=not signed_in.user.factors):
        lockout.record(count.replace, count.seen, now, lockout.policy_of(sign_in.organisation))
        store.count_source_failure(attempt.source, now)
        return None
    user = signed_in.user
    better = passwords.improve(attempt.password, user.password_hash or "")
    if better is not None:
        users.replace_password_hash(user.organisation, user, better)
    return signed_in


def _count(store: SignInStore, login: Login, sign_in: SignIn, now: int) -> _Count:
    """Return where the attempt is counted: for a known browser that is not locked, else for the account."""
    user, browser, failures = sign_in.user, sign_in.browser, sign_in.browser_failures
    is_known = user is not None and browser is not None and remembered_browsers.is_known(browser, user, now)
    if browser is None or not is_known or lockout.is_locked(failures, now):
        replace = partial(store.replace_failures, login.organisation, login.username)
        return _Count(replace=replace, seen=sign_in.failures)
    replace = partial(store.replace_browser_failures, login.organisation, browser.digest)
    return _Count(replace=replace, seen=failures, browser=browser)


def _check(sign_in: SignIn, attempt: Attempt, count: _Count) -> SignInOutcome | None:
    """Return the user if everything is right; hashes once, whatever is wrong."""
    user, organisation, now, client = sign_in.user, sign_in.organisation, attempt.now, attempt.alone_for
    is_right = passwords.matches(attempt.password, user.password_hash if user else None)
    if not is_right or lockout.is_locked(count.seen, now):
        return None
    if user is None or organisation is None or not (user.is_active and organisation.is_active):
        return None
    if client is not None and factors.missing(factors.PASSWORD_ALONE, user, organisation, client, now) != "nothing":
        return None
    return SignInOutcome(user=user, organisation=organisation, connection=sign_in.connection, browser=count.browser)
