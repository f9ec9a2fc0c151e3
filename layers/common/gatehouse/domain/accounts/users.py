"""Users: the resource owners, each of one organisation; and their status, which the gate reads."""

from collections.abc import Mapping
from copy import replace
from typing import Literal, Protocol

import msgspec

from gatehouse.domain.kernel import digests, generations

DISCONNECTED_MAX = 50
"""How many clients a user can have disconnected while grants of theirs may live; one more ends everything."""

DISCONNECTED_SECONDS = 366 * 24 * 60 * 60
"""How long a disconnection is kept at least: a consent lives a year."""

type Invitation = Literal["", "pending", "expired", "accepted"]

type Block = Literal["administrator", "approval"]
"""Who blocks a user: an administrator, or that nobody has approved the account yet."""


class Disconnection(msgspec.Struct, frozen=True, kw_only=True):
    """That a user disconnected a client.

    Attributes:
        generation: What is issued to the client from then on stores it; everything else of the client is refused.
        ends_at: NumericDate from which nothing from before can be alive anyway.
    """

    generation: str
    ends_at: int


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether a user's tokens are alive, read beside the grant.

    It is a copy of part of the user, written by the same transactions.

    Attributes:
        status_id: 128 random bits, made with the user and never reused; tokens carry it. No secret, but never logged.
        blocks: Who blocks the user.
        client_generations: Disconnected clients, by client id.
        blocked_clients: What the user calls the registered clients that are not to ask again, by client id.
        revision: Of the user that it is a copy of.
    """

    status_id: str
    organisation: str
    user_id: str
    generation: str
    roles: frozenset[str]
    blocks: frozenset[str]
    client_generations: Mapping[str, Disconnection] = msgspec.field(default_factory=dict[str, Disconnection])
    revision: int

    @property
    def is_active(self) -> bool:
        """Whether nobody blocks the user."""
        return not self.blocks


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One person's account.

    Attributes:
        user_id: The `sub` of the user's tokens: random, immutable, never reused.
        username: The look-up key, in the spelling of `usernames.normalise`.
        password_hash: Modular crypt format; None if the account has no password.
        email: Where mails go; empty if unknown.
        email_verified: Whether the user once opened a link that was sent there.
        invited_until: NumericDate until which an invitation can be accepted; 0 for accounts made in another way.
        awaits_approval: Whether an administrator has still to decide about the account.
        factors: Which second factors the user has, of `totp` and `passkey`; the factors themselves are an item apart.
        blocks: Who blocks the user; each source lifts only its own block.
        generation: What everything that is issued for the user stores; a fresh one ends all of it.
        status_id: Of the user's `Status`.
        client_generations: Disconnected clients, by client id.
        revision: Raised by every change of what `Status` copies.
    """

    organisation: str
    user_id: str
    username: str
    password_hash: str | None = None
    roles: frozenset[str] = frozenset()
    display_name: str = ""
    email: str = ""
    email_verified: bool = False
    invited_until: int = 0
    awaits_approval: bool = False
    factors: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()
    generation: str = msgspec.field(default_factory=generations.fresh)
    status_id: str = msgspec.field(default_factory=digests.generate_id)
    client_generations: Mapping[str, Disconnection] = msgspec.field(default_factory=dict[str, Disconnection])
    blocked_clients: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    revision: int = 0

    @property
    def is_active(self) -> bool:
        """Whether nobody blocks the user."""
        return not self.blocks

    def invitation(self, now: int) -> Invitation:
        """Return what became of the invitation; choosing a password accepts it."""
        if not self.invited_until:
            return ""
        if self.password_hash:
            return "accepted"
        return "pending" if now < self.invited_until else "expired"

    @property
    def status(self) -> Status:
        """The user's status as it is to be stored."""
        return msgspec.convert(self, Status, from_attributes=True)


class UserStore(Protocol):
    """Where users are kept."""

    def find_user(self, organisation: str, username: str) -> User | None:
        """Return the user as they are now."""
        ...


class PasswordStore(UserStore, Protocol):
    """Where users' passwords are kept, as hashes."""

    def replace_password_hash(self, organisation: str, user: User, password_hash: str) -> None:
        """Store a better hash of the same password, unless the password changed meanwhile."""
        ...


BLOCKED_CLIENTS_MAX = 50
"""How many registered clients a user blocks at most."""


def address(user: User) -> str | None:
    """Return where the user's mails go; a username may be an address itself."""
    return user.email or (user.username if "@" in user.username else None)


def end_everything(user: User) -> User:
    """Return the user with a fresh generation: nothing that was issued before is alive."""
    return replace(user, generation=generations.fresh(), client_generations={})


def block(user: User, source: Block) -> User:
    """Return the user, blocked by the source too."""
    return replace(user, blocks=user.blocks | {source})


def unblock(user: User, source: Block) -> User:
    """Return the user without the source's block; other sources' blocks stay, and what was revoked stays revoked."""
    return replace(user, blocks=user.blocks - {source})


def disconnect(user: User, client_id: str, now: int, grant_seconds: int) -> User:
    """Return the user after disconnecting a client: nothing that was issued to it for the user is alive.

    Args:
        user: As read.
        client_id: The client's.
        now: NumericDate.
        grant_seconds: How long a grant lives at most.
    """
    kept = {key: one for key, one in user.client_generations.items() if key != client_id and now < one.ends_at}
    if len(kept) >= DISCONNECTED_MAX:
        return end_everything(user)
    ends_at = now + max(DISCONNECTED_SECONDS, grant_seconds + 24 * 60 * 60)
    made = Disconnection(generation=generations.fresh(), ends_at=ends_at)
    return replace(user, client_generations={**kept, client_id: made})


def block_client(user: User, client_id: str, name: str, now: int, grant_seconds: int) -> User | None:
    """Return the user after disconnecting a registered client that may not ask again; None if too many are blocked."""
    if client_id not in user.blocked_clients and len(user.blocked_clients) >= BLOCKED_CLIENTS_MAX:
        return None
    ended = disconnect(user, client_id, now, grant_seconds)
    return replace(ended, blocked_clients={**user.blocked_clients, client_id: name})


def unblock_client(user: User, client_id: str) -> User:
    """Return the user whom a client may ask again."""
    return replace(user, blocked_clients={key: one for key, one in user.blocked_clients.items() if key != client_id})


def connection_generation(user: User | Status, client_id: str) -> str:
    """Return what is issued to the client for the user stores: empty unless the client was once disconnected."""
    found = user.client_generations.get(client_id)
    return found.generation if found else ""


def is_connected(user: User | Status, client_id: str, generation: str) -> bool:
    """Say whether nothing disconnected the client since something was issued to it under this generation."""
    found = user.client_generations.get(client_id)
    return found is None or found.generation == generation
