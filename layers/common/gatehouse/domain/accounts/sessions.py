"""Sessions: that a browser has signed in to an organisation.

The browser holds 256 random bits in a cookie; only their digest is stored.
"""

import hmac
from collections.abc import Sequence
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import factors, quotas
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import audit, digests
from gatehouse.domain.kernel.audit import Entry

_FRESH_SECONDS = 300
_BROWSER = "browser-"
_ENDED_AT_ONCE = 25
_ATTEMPTS = 3
RECENT_SECONDS = 600
"""How old a sign-in may be for a change of the account."""

FOUND_MAX = 100
"""How many sessions of a user are looked at; ending everything ends them all."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One signed-in browser.

    Attributes:
        digest: SHA-256 of the cookie's value.
        authenticated_at_ms: When the user signed in, epoch milliseconds.
        proved_at: NumericDate of the proof behind the sign-in, if an identity provider says that it is older.
        methods: What was proved, and how: see `factors`.
        device: What the browser called itself; it proves nothing.
        source: The address that it came from.
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
    proved_at: int | None = None
    methods: frozenset[str]
    device: str = ""
    source: str = ""
    generation: str
    organisation_generation: str
    authenticated_for: bytes = b""
    expires_at: int

    @property
    def session_id(self) -> str:
        """What names it in lists and in the audit log; nobody can sign in with it."""
        return _BROWSER + self.digest.hex()[:16]

    @property
    def authenticated_at(self) -> int:
        """The sign-in as NumericDate."""
        return self.authenticated_at_ms // 1000

    @property
    def auth_time(self) -> int:
        """When the user proved who they are, as NumericDate: the `auth_time` of ID tokens."""
        return self.proved_at or self.authenticated_at


class SessionStore(Protocol):
    """Where sessions are kept."""

    def add_session(self, organisation: str, session: Session) -> None:
        """Store a new session."""
        ...

    def find_session(self, organisation: str, digest: bytes) -> Session | None:
        """Return the session, read strongly, however old it is."""
        ...

    def holds_sessions(self, organisation: str, user_id: str, count: int) -> bool:
        """Say whether so many sessions of the user are stored, however old they are; seconds late at most."""
        ...

    def find_sessions_of(self, organisation: str, user_id: str) -> tuple[Session, ...]:
        """Return at most 100 of the user's sessions, however old they are."""
        ...

    def forget_session(self, organisation: str, digest: bytes) -> None:
        """Forget the session of a browser that signs in again."""
        ...

    def end_session(self, organisation: str, session: Session, entry: Entry) -> bool:
        """Forget the session; that and its audit entry are one transaction. False if it had ended already."""
        ...

    def end_sessions(self, organisation: str, ended: Sequence[Session], entries: Sequence[Entry]) -> bool:
        """Forget sessions, and write the lines about them, in one transaction. False if one of them ended meanwhile."""
        ...


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
        user: The user who signed in, as read together with what the proof was checked against.
        organisation: The user's.
        secret: The cookie's value.
        now_ms: Epoch milliseconds.
        lifetime_seconds: When it ends, whatever happens.
        methods: What was proved: see `factors`.
        authenticated_for: The query of the authorization request that led here.
    """
    return Session(
        digest=digests.digest(secret),
        organisation=user.organisation,
        user_id=user.user_id,
        username=user.username,
        authenticated_at_ms=now_ms,
        methods=methods,
        generation=user.generation,
        organisation_generation=organisation.generation,
        authenticated_for=digests.digest(authenticated_for) if authenticated_for else b"",
        expires_at=now_ms // 1000 + lifetime_seconds,
    )


def end(store: SessionStore, session: Session, at_ms: int) -> None:
    """End a session, as the browser's user asked."""
    store.end_session(session.organisation, session, _entry(session, at_ms, session.session_id))


def make_room(store: SessionStore, user: User, organisation: Organisation, now_ms: int) -> None:
    """End the oldest sessions of a user who is signed in at as many browsers as they may be.

    One count, and reads only if there are as many. The count is seconds late at most, and so are the sessions: a burst
    of sign-ins may leave some more, which the next one ends.
    """
    most, now = quotas.most("sessions", organisation), now_ms // 1000
    if not store.holds_sessions(user.organisation, user.user_id, most):
        return
    for _ in range(_ATTEMPTS):
        found = store.find_sessions_of(user.organisation, user.user_id)
        by_age = sorted(found, key=lambda one: (is_alive(one, organisation, user, now), one.authenticated_at_ms))
        ended = by_age[: max(len(by_age) - most + 1, 0)][:_ENDED_AT_ONCE]
        told = [one for one in ended if is_alive(one, organisation, user, now)]
        entries = [_entry(one, now_ms, f"{one.session_id}, the oldest of {most}") for one in told]
        if not ended or store.end_sessions(user.organisation, ended, entries):
            return


def _entry(session: Session, at_ms: int, detail: str) -> Entry:
    return audit.own_entry(session.organisation, session.username, "member.end-session", at_ms, detail)


def is_alive(session: Session, organisation: Organisation | None, user: User | None, now: int) -> bool:
    """Say whether the session still stands for the user: neither it nor the user nor the organisation ended.

    One that began at an identity provider ends with what may be issued behind it.
    """
    if organisation is None or user is None or user.user_id != session.user_id or now >= session.expires_at:
        return False
    if factors.FEDERATED in session.methods and now >= factors.federated_end(session.authenticated_at, organisation):
        return False
    is_current = (session.generation, session.organisation_generation) == (user.generation, organisation.generation)
    return user.is_active and organisation.is_active and is_current


def is_recent(session: Session, now: int) -> bool:
    """Say whether the user proved who they are minutes ago, as changes of the account demand."""
    return now - session.auth_time <= RECENT_SECONDS


def is_fresh_for(session: Session, query: str, now: int) -> bool:
    """Say whether the password was typed for this very authorization request, minutes ago."""
    is_recent = now - session.authenticated_at <= _FRESH_SECONDS
    return is_recent and hmac.compare_digest(session.authenticated_for, digests.digest(query))
