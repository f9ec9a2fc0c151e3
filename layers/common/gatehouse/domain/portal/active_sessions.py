"""Where a user is signed in: browsers, and applications that hold tokens in the user's name; and ending it.

Ending changes the user's generation, or the user's generation for one client: one transaction, however many
grants there are.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import connections, sessions, users
from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.domain.accounts.password_changes import AccountStore
from gatehouse.domain.accounts.sessions import Session, SessionStore
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, NotFoundError

_ATTEMPTS = 5


class UserConnectionStore(Protocol):
    """Where the connections of one user are found and ended."""

    def find_connections_of(self, organisation: str, user_id: str) -> tuple[Connection, ...]:
        """Return at most 100 of the user's connections, however old they are."""
        ...

    def disconnect(self, organisation: str, old: User, new: User, client_id: str, entry: Entry) -> User | None:
        """Store the changed user, and forget consent to the client and the connection with it, all or nothing.

        Returns:
            The user as stored; None as `AccountStore.change_user`.
        """
        ...


class ActiveSession(msgspec.Struct, frozen=True, kw_only=True):
    """One place where the user is signed in.

    Attributes:
        session_id: Of a browser, or the id of the client that holds tokens.
        application_id: Of the client; empty for a browser, and for a registered client.
        device: What a browser called itself; it proves nothing.
        address: Where it signed in from.
        client_name: Of a registered client.
        since_ms: Since when; `used_ms` when the user signed in there last, to the day. Epoch milliseconds.
        expires_at: NumericDate at which everything there has ended, whatever happens.
    """

    session_id: str
    application_id: str = ""
    device: str = ""
    address: str = ""
    client_name: str = ""
    since_ms: int
    used_ms: int
    expires_at: int


class ActiveSessions(msgspec.Struct, frozen=True):
    """Shows and ends the caller's sessions. A grant lives `grant_seconds` at most."""

    accounts: AccountStore
    organisations: OrganisationStore
    sessions: SessionStore
    connections: UserConnectionStore
    grant_seconds: int

    def find_all(self, caller: Caller) -> tuple[ActiveSession, ...]:
        """Return where the caller is signed in, the newest first.

        Raises:
            NotFoundError: The account does not exist any more.
        """
        user, organisation = self._user(caller), self.organisations.find_organisation(caller.organisation)
        browsers = [_browser(one) for one in self._sessions(caller, user, organisation)]
        clients = [_client(one) for one in self._connections(caller, user, organisation)]
        return tuple(sorted([*browsers, *clients], key=lambda one: -one.used_ms))

    def end(self, caller: Caller, session_id: str) -> None:
        """End one of them: a browser's session, or everything that an application holds.

        Raises:
            NotFoundError: The caller is not signed in there.
            ConflictError: The account changed all the time.
        """
        user, organisation = self._user(caller), self.organisations.find_organisation(caller.organisation)
        for one in self._sessions(caller, user, organisation):
            if one.session_id == session_id:
                entry = caller.entry("member.end-session", caller.username, session_id)
                if self.sessions.end_session(caller.organisation, one, entry):
                    return
        if not any(one.client_id == session_id for one in self._connections(caller, user, organisation)):
            raise NotFoundError("You are not signed in there.")

        def disconnect(user: User) -> User | None:
            new = users.disconnect(user, session_id, caller.now, self.grant_seconds)
            entry = caller.entry("member.disconnect", caller.username, session_id)
            return self.connections.disconnect(caller.organisation, user, new, session_id, entry)

        self._change(caller, user, disconnect)

    def block(self, caller: Caller, session_id: str) -> None:
        """End everything that a registered client holds; it may not ask the caller again.

        Raises:
            NotFoundError: No registered client of that id holds tokens of the caller.
            ConflictError: The caller blocks too many, or the account changed all the time.
        """
        user, organisation = self._user(caller), self.organisations.find_organisation(caller.organisation)
        connected = self._connections(caller, user, organisation)
        found = [one for one in connected if one.client_id == session_id and one.client_name]
        if not found:
            raise NotFoundError("No client of that id that registered itself holds tokens of yours.")
        name = found[0].client_name

        def block(user: User) -> User | None:
            new = users.block_client(user, session_id, name, caller.now, self.grant_seconds)
            if new is None:
                raise ConflictError(f"You block at most {users.BLOCKED_CLIENTS_MAX} clients. Unblock one first.")
            entry = caller.entry("member.block-client", caller.username, session_id)
            return self.connections.disconnect(caller.organisation, user, new, session_id, entry)

        self._change(caller, user, block)

    def find_blocked(self, caller: Caller) -> Mapping[str, str]:
        """Return what the caller calls the blocked clients, by client id.

        Raises:
            NotFoundError: The account does not exist any more.
        """
        return self._user(caller).blocked_clients

    def unblock(self, caller: Caller, client_id: str) -> None:
        """Let a client ask the caller again.

        Raises:
            NotFoundError: It is not blocked.
            ConflictError: The account changed all the time.
        """
        user = self._user(caller)
        if client_id not in user.blocked_clients:
            raise NotFoundError("You do not block a client of that id.")

        def unblock(user: User) -> User | None:
            entry = caller.entry("member.unblock-client", caller.username, client_id)
            return self.accounts.change_user(caller.organisation, user, users.unblock_client(user, client_id), entry)

        self._change(caller, user, unblock)

    def end_all(self, caller: Caller) -> None:
        """End every session and every token of the caller, also what is being issued meanwhile.

        Raises:
            NotFoundError: The account does not exist any more.
            ConflictError: The account changed all the time.
        """

        def end(user: User) -> User | None:
            entry = caller.entry("member.sign-out", caller.username)
            return self.accounts.change_user(caller.organisation, user, users.end_everything(user), entry)

        self._change(caller, self._user(caller), end)

    def _change(self, caller: Caller, user: User, change: Callable[[User], User | None]) -> None:
        """Change the user as read; if something else changed meanwhile, read again and do it all the same."""
        for _ in range(_ATTEMPTS):
            if change(user) is not None:
                return
            user = self._user(caller)
        raise ConflictError("Your account changed meanwhile. Try again.")

    def _user(self, caller: Caller) -> User:
        user = self.accounts.find_user(caller.organisation, caller.username)
        if user is None or user.user_id != caller.user_id:
            raise NotFoundError("Your account does not exist any more.")
        return user

    def _sessions(self, caller: Caller, user: User, organisation: Organisation | None) -> list[Session]:
        found = self.sessions.find_sessions_of(caller.organisation, caller.user_id)
        return [one for one in found if sessions.is_alive(one, organisation, user, caller.now)]

    def _connections(self, caller: Caller, user: User, organisation: Organisation | None) -> list[Connection]:
        found = self.connections.find_connections_of(caller.organisation, caller.user_id)
        return [one for one in found if organisation and connections.is_alive(one, user, organisation, caller.now)]


def name_of(one: ActiveSession, names: Mapping[str, str]) -> str:
    """Return what a person calls it; `names` are applications' by id."""
    if one.client_name:
        return one.client_name
    return names.get(one.application_id, "An application") if one.application_id else one.device or "A browser"


def _browser(session: Session) -> ActiveSession:
    return ActiveSession(
        session_id=session.session_id,
        device=session.device,
        address=session.source,
        since_ms=session.authenticated_at_ms,
        used_ms=session.authenticated_at_ms,
        expires_at=session.expires_at,
    )


def _client(connection: Connection) -> ActiveSession:
    return ActiveSession(
        session_id=connection.client_id,
        application_id=connection.application_id,
        client_name=connection.client_name,
        since_ms=connection.since_ms,
        used_ms=connection.used_ms,
        expires_at=connection.expires_at,
    )
