"""What a user changes about the own account: the password, by one write that also ends everything issued before."""

from typing import Protocol

from gatehouse.domain import errands, passwords
from gatehouse.domain.errands import Errand, ErrandStore
from gatehouse.domain.users import User


class AccountStore(Protocol):
    """Where accounts are changed."""

    def replace_password(self, organisation: str, user: User, password_hash: str, revoked_before_ms: int) -> bool:
        """Store the hash and end what was issued before, if the user is still the same; say whether it was stored."""
        ...

    def create_user(self, organisation: str, user: User) -> bool:
        """Store a new user unless the username is taken; say whether it was stored."""
        ...


class Sweeper(Protocol):
    """Marks grants one by one: the gate reads the grant alone."""

    def sweep_user(self, organisation: str, user_id: str, issued_before_ms: int) -> None:
        """Revoke every grant of the user that the index shows and that was asked for before the moment."""
        ...


def change_password(
    store: AccountStore, sweeper: Sweeper, errand_store: ErrandStore, user: User, password: str, now_ms: int
) -> bool:
    """Give the user this password; everything that was issued before is dead, now and for what races with it.

    The second sweep comes ten seconds later, for grants that were being issued meanwhile.
    """
    if not store.replace_password(user.organisation, user, passwords.hash_password(password), now_ms):
        return False
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
    return True
