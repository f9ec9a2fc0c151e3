"""Where somebody is signed in: browsers, and applications that hold tokens in his name; and ending it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gatehouse.domain import errands
from gatehouse.domain.audit import Entry
from gatehouse.domain.errands import Errand, ErrandStore
from gatehouse.domain.portal.errors import NotFoundError
from gatehouse.domain.portal.people import Caller
from gatehouse.domain.sessions import Session
from gatehouse.domain.tokens import Grant
from gatehouse.domain.users import User

SHOWN_MAX = 100
"""Of how many sessions and grants a page knows; ending everything ends them all."""

_BROWSER = "browser-"


class OwnSessionStore(Protocol):
    """Where sessions and grants of one user are found and ended."""

    def find_user(self, organisation: str, username: str) -> User | None:
        """Return the user as he is now."""
        ...

    def find_sessions_of(self, organisation: str, user_id: str) -> tuple[Session, ...]:
        """Return at most 100 of the user's sessions, however old they are."""
        ...

    def find_grants_of(self, organisation: str, user_id: str) -> tuple[Grant, ...]:
        """Return at most 100 of the user's grants, however old they are."""
        ...

    def end_session(self, organisation: str, digest: bytes) -> None:
        """Forget the session."""
        ...

    def sweep_user(self, organisation: str, user_id: str, issued_before_ms: int, client_id: str = "") -> None:
        """Revoke the user's grants, all or those of one client."""
        ...

    def revoke_everything(self, organisation: str, user: User, before_ms: int, entry: Entry) -> bool:
        """Let nothing that was issued to the user before the moment count; False if he is another one by now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """One place where the user is signed in.

    Attributes:
        session_id: Of a browser, or the id of the client that holds tokens.
        application_id: Of the client; empty for a browser.
        grants: How many grants the client holds.
        since_ms: Since when; `used_ms` when tokens were issued last. Epoch milliseconds.
        expires_at: NumericDate of its end, whatever happens.
    """

    session_id: str
    application_id: str = ""
    grants: int = 0
    since_ms: int
    used_ms: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class OwnSessions:
    """Shows and ends sessions of whoever calls."""

    store: OwnSessionStore
    errands: ErrandStore

    def find_all(self, caller: Caller) -> tuple[SignedIn, ...]:
        """Return where the caller is signed in, the newest first.

        Raises:
            NotFoundError: He is gone.
        """
        user = self._user(caller)
        browsers = [_browser(one) for one in self._sessions(caller, user)]
        clients: dict[str, list[Grant]] = {}
        for one in self.store.find_grants_of(caller.organisation, caller.user_id):
            if not one.revoked and one.expires_at > caller.now and one.issued_at_ms >= user.revoked_before_ms:
                clients.setdefault(one.client_id, []).append(one)
        found = [*browsers, *(_client(key, held) for key, held in clients.items())]
        return tuple(sorted(found, key=lambda one: -one.used_ms))

    def end(self, caller: Caller, session_id: str) -> None:
        """End one of them.

        Raises:
            NotFoundError: The caller is not signed in there.
        """
        user = self._user(caller)
        for one in self._sessions(caller, user):
            if _browser(one).session_id == session_id:
                self.store.end_session(caller.organisation, one.digest)
                return
        if not any(one.session_id == session_id for one in self.find_all(caller)):
            raise NotFoundError("You are not signed in there.")
        self.store.sweep_user(caller.organisation, caller.user_id, caller.at_ms + 1, session_id)

    def end_all(self, caller: Caller) -> None:
        """End every session and every token of the caller, now and for what is being issued meanwhile.

        Raises:
            NotFoundError: He is gone.
        """
        user, before_ms = self._user(caller), caller.at_ms + 1
        entry = caller.entry("member.sign-out", caller.username)
        if not self.store.revoke_everything(caller.organisation, user, before_ms, entry):
            raise NotFoundError("You are gone.")
        self.store.sweep_user(caller.organisation, caller.user_id, before_ms)
        self.errands.add_errand(
            caller.organisation,
            Errand(
                errand_id=errands.generate_id(),
                kind="sweep",
                organisation=caller.organisation,
                user_id=caller.user_id,
                created_at_ms=before_ms,
                expires_at=errands.expires_at(caller.now),
            ),
        )

    def _user(self, caller: Caller) -> User:
        user = self.store.find_user(caller.organisation, caller.username)
        if user is None or user.user_id != caller.user_id:
            raise NotFoundError("You are gone.")
        return user

    def _sessions(self, caller: Caller, user: User) -> list[Session]:
        found = self.store.find_sessions_of(caller.organisation, caller.user_id)
        return [
            one for one in found if one.expires_at > caller.now and one.authenticated_at_ms >= user.revoked_before_ms
        ]


def name_of(one: SignedIn, names: Mapping[str, str]) -> str:
    """Return what a person calls it; `names` are applications' by id."""
    return names.get(one.application_id, "An application") if one.application_id else "A browser"


def _browser(session: Session) -> SignedIn:
    return SignedIn(
        session_id=_BROWSER + session.digest.hex()[:16],
        since_ms=session.authenticated_at_ms,
        used_ms=session.authenticated_at_ms,
        expires_at=session.expires_at,
    )


def _client(client_id: str, held: list[Grant]) -> SignedIn:
    return SignedIn(
        session_id=client_id,
        application_id=held[0].application_id,
        grants=len(held),
        since_ms=min(one.issued_at_ms for one in held),
        used_ms=max(one.rotated_at_ms or one.issued_at_ms for one in held),
        expires_at=max(one.expires_at for one in held),
    )
