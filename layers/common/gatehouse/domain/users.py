"""Users: the resource owners, each of one organisation."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person's account.

    Attributes:
        user_id: The `sub` of the user's tokens: random, immutable, never reused.
        username: The look-up key, in the spelling of `usernames.normalise`.
        password_hash: Modular crypt format; None if the account has no password.
        email: Where mails go; empty if unknown.
        email_verified: Whether the user once opened a link that was sent there.
        awaits_approval: Whether the account was made by its owner, and nobody has let it in yet.
        revoked_before_ms: Grants issued before this moment (epoch milliseconds) are dead.
    """

    organisation: str
    user_id: str
    username: str
    password_hash: str | None
    roles: frozenset[str] = frozenset()
    display_name: str = ""
    email: str = ""
    email_verified: bool = False
    awaits_approval: bool = False
    is_active: bool = True
    revoked_before_ms: int = 0


class UserStore(Protocol):
    """Where users are kept."""

    def find_user(self, organisation: str, username: str) -> User | None:
        """Return the user, read strongly."""
        ...

    def replace_password_hash(self, organisation: str, user: User, password_hash: str) -> None:
        """Store a better hash of the same password, unless the password changed meanwhile."""
        ...
