"""What a user changes about the own account: the password, by one write that also ends everything issued before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from gatehouse.domain import errands, passwords
from gatehouse.domain.audit import Entry
from gatehouse.domain.errands import Errand, ErrandStore
from gatehouse.domain.links import Use
from gatehouse.domain.users import User

type Clock = Callable[[], int]
"""Tells the present moment, epoch milliseconds."""


class AccountStore(Protocol):
    """Where accounts are changed."""

    def replace_password(
        self,
        organisation: str,
        user: User,
        password_hash: str,
        revoked_before_ms: int,
        entry: Entry,
        used: Use | None = None,
    ) -> bool:
        """Store the hash and end what was issued before, if the user is still the same; say whether it was stored.

        The line of the audit log, and the use of a link, are stored with it, or nothing is.
        """
        ...

    def end_issued_before(self, organisation: str, user: User, revoked_before_ms: int) -> None:
        """Let nothing that was issued to the user before the moment count, if he is still the same."""
        ...

    def create_user(self, organisation: str, user: User, used: Use | None = None) -> bool:
        """Store a new user unless the username is taken, or the link is used; say whether it was stored."""
        ...


class Sweeper(Protocol):
    """Marks grants one by one: the gate reads the grant alone."""

    def sweep_user(self, organisation: str, user_id: str, issued_before_ms: int) -> None:
        """Revoke every grant of the user that the index shows and that was asked for before the moment."""
        ...


type Way = Literal["password.change", "password.reset"]
"""How a person came to another password: knowing the old one, or by a link in a mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """What a person chose.

    Attributes:
        way: What the audit log calls it.
        detail: What else the audit log says.
        at_ms: Epoch milliseconds; what was issued before is dead.
        used: The link that allowed it, if it was one.
    """

    password: str
    way: Way
    detail: str = ""
    at_ms: int
    used: Use | None = None


def change_password(
    store: AccountStore, sweeper: Sweeper, errand_store: ErrandStore, clock: Clock, user: User, chosen: NewPassword
) -> int | None:
    """Give the user this password; return the moment before which everything that was issued is dead.

    It is a moment at which the new password stands already: until then the old one was taken, also from whoever
    arrived later than this request. None if the user is another one by now, and nothing was changed.
    The second sweep comes ten seconds later, for grants that were being issued meanwhile.
    """
    entry = Entry(
        organisation=user.organisation,
        at_ms=chosen.at_ms,
        actor=user.username,
        action=chosen.way,
        target=user.username,
        detail=chosen.detail,
    )
    password_hash = passwords.hash_password(chosen.password)
    if not store.replace_password(user.organisation, user, password_hash, chosen.at_ms, entry, chosen.used):
        return None
    now_ms = max(clock(), chosen.at_ms)
    store.end_issued_before(user.organisation, user, now_ms)
    sweeper.sweep_user(user.organisation, user.user_id, now_ms)
    errand_store.add_errand(
        user.organisation,
        Errand(
            errand_id=errands.generate_id(),
            kind="sweep",
            organisation=user.organisation,
            user_id=user.user_id,
            created_at_ms=now_ms,
            expires_at=errands.expires_at(now_ms // 1000),
        ),
    )
    return now_ms
