"""Sessions: that a browser has signed in to an organisation.

The browser holds 256 random bits in a cookie; only their digest is stored.
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Protocol

from gatehouse.domain import tokens
from gatehouse.domain.organisations import Organisation
from gatehouse.domain.users import User

_SECRET_BYTES = 32
_FRESH_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser.

    Attributes:
        digest: SHA-256 of the cookie's value.
        authenticated_at_ms: When the user proved who they are, epoch milliseconds.
        methods: What was proved, and how: see `factors`.
        generation: The user's, of the read that held the password's hash.
        organisation_generation: The organisation's.
        authenticated_for: Digest of the authorization request that asked for it; empty if none did.
        expires_at: NumericDate; also the TTL attribute.
    """

    digest: bytes
    organisation: str
    user_id: str
    username: str
    authenticated_at_ms: int
    methods: frozenset[str]
    generation: str
    organisation_generation: str
    authenticated_for: bytes = b""
    expires_at: int

    @property
    def authenticated_at(self) -> int:
        """The sign-in as NumericDate."""
        return self.authenticated_at_ms // 1000


class SessionStore(Protocol):
    """Where sessions are kept."""

    def add_session(self, organisation: str, session: Session) -> None:
        """Store a new session."""
        ...

    def find_session(self, organisation: str, digest: bytes) -> Session | None:
        """Return the session, read strongly, however old it is."""
        ...

    def end_session(self, organisation: str, digest: bytes) -> None:
        """Forget the session."""
        ...


def generate_secret() -> str:
    """Return what the cookie holds: 256 random bits."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def start(
    user: User,
    organisation: Organisation,
    secret: str,
    *,
    now_ms: int,
    lifetime_seconds: int,
    methods: frozenset[str],
    authenticated_for: str = "",
) -> Session:
    """Return the session of a user who has just proved to be that user.

    Args:
        user: Whoever signed in, as read together with what the proof was checked against.
        organisation: The user's.
        secret: The cookie's value.
        now_ms: Epoch milliseconds.
        lifetime_seconds: When it ends, whatever happens.
        methods: What was proved: see `factors`.
        authenticated_for: The query of the authorization request that led here.
    """
    return Session(
        digest=tokens.digest(secret),
        organisation=user.organisation,
        user_id=user.user_id,
        username=user.username,
        authenticated_at_ms=now_ms,
        methods=methods,
        generation=user.generation,
        organisation_generation=organisation.generation,
        authenticated_for=tokens.digest(authenticated_for) if authenticated_for else b"",
        expires_at=now_ms // 1000 + lifetime_seconds,
    )


def is_alive(session: Session, organisation: Organisation | None, user: User | None, now: int) -> bool:
    """Say whether the session still stands for the user: neither it nor the user nor the organisation ended."""
    if organisation is None or user is None or user.user_id != session.user_id or now >= session.expires_at:
        return False
    is_current = (session.generation, session.organisation_generation) == (user.generation, organisation.generation)
    return user.is_active and organisation.is_active and is_current


def is_fresh_for(session: Session, query: str, now: int) -> bool:
    """Say whether the password was typed for this very authorization request, minutes ago."""
    is_recent = now - session.authenticated_at <= _FRESH_SECONDS
    return is_recent and hmac.compare_digest(session.authenticated_for, tokens.digest(query))
