"""What a user changes about the own account: the password, by one write that also ends everything issued before."""

from copy import replace
from typing import Literal, Protocol

import msgspec

from gatehouse.domain.accounts import passwords, users
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.links import Use
from gatehouse.domain.accounts.users import User, UserStore
from gatehouse.domain.kernel import audit
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import PasswordUncertainError, TemporarilyUnavailableError

_ATTEMPTS = 3


class AccountStore(UserStore, Protocol):
    """Where accounts are changed."""

    def change_user(
        self,
        organisation: str,
        old: User,
        new: User,
        entry: Entry,
        used: Use | None = None,
        job: Job | None = None,
    ) -> User | None:
        """Store the changed user, the status, the audit line, the use of a link and a job, all or nothing.

        Returns:
            The user as stored; None if generation, roles, blocks or disconnections changed since `old` was read, or if
            the link was used.
        """
        ...

    def create_user(
        self, organisation: str, user: User, entry: Entry, used: Use | None = None, job: Job | None = None
    ) -> bool:
        """Store a new user with the status unless the username is taken, or the link is used; say if it was stored."""
        ...


type Way = Literal["password.change", "password.reset"]
"""How a person came to another password: knowing the old one, or by a link in a mail."""


class NewPassword(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose.

    Attributes:
        way: What the audit log calls it.
        detail: What else the audit log says.
        at_ms: Epoch milliseconds.
        used: The link that allowed it, if it was one.
        job: The mail that says so.
    """

    password: str
    way: Way
    detail: str = ""
    at_ms: int
    used: Use | None = None
    job: Job | None = None


def sign_up(store: AccountStore, user: User, used: Use, at_ms: int, job: Job | None = None) -> bool:
    """Store a person who signed up by a mailed link; say if the name was free and the link unused.

    The job tells administrators, if they have to decide.
    """
    detail = "awaits approval" if user.awaits_approval else ""
    entry = audit.own_entry(user.organisation, user.username, "member.sign-up", at_ms, detail)
    return store.create_user(user.organisation, user, entry, used, job if user.awaits_approval else None)


def change_password(store: AccountStore, user: User, chosen: NewPassword) -> User | None:
    """Give the user this password, and let nothing be alive that was issued before: one transaction, whatever there is.

    A link proves the mailbox that it was sent to, if the user still has that address.

    Args:
        store: Where accounts are.
        user: As the read says that held the hash of the present password, or the generation that a link proves.
        chosen: The new one.

    Returns:
        The user as stored; None if the proof holds no longer, and nothing was changed.

    Raises:
        PasswordUncertainError: The answer of the tables was lost; the password may be stored.
    """
    entry = audit.own_entry(user.organisation, user.username, chosen.way, chosen.at_ms, chosen.detail)
    password_hash = passwords.hash_password(chosen.password)
    found: User | None = user
    for _ in range(_ATTEMPTS):  # roles or blocks may change meanwhile; what the proof is about must not
        if found is None or (found.user_id, found.generation) != (user.user_id, user.generation):
            return None
        is_verified = found.email_verified or (chosen.used is not None and chosen.used.link.email == found.email)
        new = replace(users.end_everything(found), password_hash=password_hash, email_verified=is_verified)
        try:
            stored = store.change_user(user.organisation, found, new, entry, chosen.used, chosen.job)
        except TemporarilyUnavailableError as error:
            raise PasswordUncertainError(error.reason) from error
        if stored is not None:
            return stored
        found = store.find_user(user.organisation, user.username)
    return None
