"""Half-finished sign-ins: a user proved the first factor, and a second one is still missing. Not a session.

One user, one browser and one request, for ten minutes and five tries. The browser holds 256 random bits in a cookie of
its own; only their digest is stored.
"""

import hmac
from typing import Protocol

import msgspec

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests

LIFETIME_SECONDS = 600
TRIES_MAX = 5


class PendingSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What was proved so far.

    Attributes:
        digest: SHA-256 of the cookie's value.
        generation: The user's, of the read that held what the first proof was checked against.
        methods: What was proved: see `factors`.
        authenticated_at_ms: When, if it was in an earlier session; 0 if it was just now.
        query: Digest of the request that the sign-in is for.
        tries: How often a second factor was tried.
        challenge: Of a passkey, random; empty before the page asked for one.
        expires_at: NumericDate; also the TTL attribute.
    """

    digest: bytes
    organisation: str
    user_id: str
    username: str
    generation: str
    organisation_generation: str
    methods: frozenset[str]
    authenticated_at_ms: int = 0
    query: bytes
    tries: int = 0
    challenge: bytes = b""
    expires_at: int


class PendingSignInStore(Protocol):
    """Where they are kept."""

    def add_pending(self, organisation: str, pending: PendingSignIn) -> None:
        """Store a new one."""
        ...

    def find_pending(self, organisation: str, digest: bytes) -> PendingSignIn | None:
        """Return it as it is now, however old it is."""
        ...

    def replace_pending(self, organisation: str, old: PendingSignIn, new: PendingSignIn) -> bool:
        """Store the new one in place of the old one; False if that changed or is gone."""
        ...

    def end_pending(self, organisation: str, digest: bytes) -> None:
        """Forget it."""
        ...


def start(
    user: User,
    organisation: Organisation,
    secret: str,
    *,
    methods: frozenset[str],
    query: str,
    now: int,
    authenticated_at_ms: int = 0,
) -> PendingSignIn:
    """Return the half-finished sign-in of a user, as read with what the proof was checked against."""
    return PendingSignIn(
        digest=digests.digest(secret),
        organisation=user.organisation,
        user_id=user.user_id,
        username=user.username,
        generation=user.generation,
        organisation_generation=organisation.generation,
        methods=methods,
        authenticated_at_ms=authenticated_at_ms,
        query=digests.digest(query),
        expires_at=now + LIFETIME_SECONDS,
    )


def is_recent(pending: PendingSignIn, now: int) -> bool:
    """Say whether its first proof is minutes old, not that of an earlier session."""
    return not pending.authenticated_at_ms or now - pending.authenticated_at_ms // 1000 <= LIFETIME_SECONDS


def is_alive(pending: PendingSignIn, organisation: Organisation, user: User, query: str | None, now: int) -> bool:
    """Say whether the sign-in may continue, for this request; None for any."""
    if user.user_id != pending.user_id or now >= pending.expires_at or not user.is_active:
        return False
    is_current = (pending.generation, pending.organisation_generation) == (user.generation, organisation.generation)
    return is_current and (query is None or hmac.compare_digest(pending.query, digests.digest(query)))
