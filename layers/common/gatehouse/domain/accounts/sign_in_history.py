"""A user's sign-ins of the last 90 days, so that they see one that was not theirs. Nothing is decided by them."""

from typing import Protocol

import msgspec

from gatehouse.domain.accounts.sessions import Session

SHOWN_MAX = 20

_KEPT_SECONDS = 90 * 24 * 60 * 60


class SignInRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in.

    Attributes:
        at_ms: Epoch milliseconds.
        session_id: Of the session that began, so that it is recorded once.
        device: What the browser called itself.
        source: The address that it came from.
        methods: What was proved: see `factors`.
        expires_at: NumericDate; also the TTL attribute.
    """

    organisation: str
    user_id: str
    at_ms: int
    session_id: str
    device: str
    source: str
    methods: frozenset[str]
    expires_at: int

    @property
    def at(self) -> int:
        """The sign-in as NumericDate."""
        return self.at_ms // 1000


class SignInHistoryStore(Protocol):
    """Where sign-ins are recorded."""

    def add_sign_in(self, organisation: str, record: SignInRecord) -> None:
        """Store it; a repetition changes nothing."""
        ...

    def find_sign_ins(self, organisation: str, user_id: str) -> tuple[SignInRecord, ...]:
        """Return the user's last 20, the newest first; seconds late at most."""
        ...


def record(session: Session, now: int) -> SignInRecord:
    """Return the record of the sign-in that begins a session."""
    return SignInRecord(
        organisation=session.organisation,
        user_id=session.user_id,
        at_ms=now * 1000 + session.authenticated_at_ms % 1000,
        session_id=session.session_id,
        device=session.device,
        source=session.source,
        methods=session.methods,
        expires_at=now + _KEPT_SECONDS,
    )
