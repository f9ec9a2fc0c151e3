"""`gatehouse sessions`: where members are signed in, and which clients act for them."""

from typing import Annotated

import typer

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal.active_sessions import ActiveSession, ActiveSessions
from gatehouse_cli import commands, moments, output
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("Active sessions of members: browsers, and clients that act for them.")

SessionId = Annotated[str, typer.Argument(help="The session's id, as `sessions list` shows it.")]

_GRANT_SECONDS_DEFAULT = 2_592_000


@app.command("list")
def list_all(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List the active sessions of a member."""
    found = _sessions(connected).find_all(connected.owner(organisation, username))
    return output.Rows([_row(one) for one in found], empty=f"{username} has no active sessions")


@app.command()
def end(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    session_id: SessionId,
) -> output.Answer:
    """End a session of a member: a browser signs in again, a client asks for consent again."""
    _sessions(connected).end(_member(connected, organisation, username, session_id), session_id)
    return output.Fields({"session_id": session_id, "ended": True})


@app.command("end-all")
def end_all(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """End every session and every token of a member."""
    _sessions(connected).end_all(connected.owner(organisation, username))
    return output.Fields({"username": username, "ended": True})


@app.command("block-client")
def block_client(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    session_id: SessionId,
) -> output.Answer:
    """End the session of a registered client, which may not ask the member again."""
    _sessions(connected).block(_member(connected, organisation, username, session_id), session_id)
    return output.Fields({"session_id": session_id, "blocked": True})


@app.command("list-blocked-clients")
def list_blocked_clients(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List the registered clients that a member blocks."""
    found = _sessions(connected).find_blocked(connected.owner(organisation, username))
    rows = [{"client_id": client_id, "name": title} for client_id, title in sorted(found.items())]
    return output.Rows(rows, empty=f"{username} blocks no clients")


@app.command("unblock-client")
def unblock_client(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    client_id: Annotated[str, typer.Argument(help="The client's id, as `sessions list-blocked-clients` shows it.")],
) -> output.Answer:
    """Allow a registered client to ask a member again."""
    member = connected.owner(organisation, username)
    if client_id not in _sessions(connected).find_blocked(member):
        raise OperatorError(
            f"{username} does not block a client {client_id!r}; see `gatehouse sessions list-blocked-clients`"
        )
    _sessions(connected).unblock(member, client_id)
    return output.Fields({"client_id": client_id, "blocked": False})


def _sessions(connected: Stack) -> ActiveSessions:
    lifetime = int(connected.parameters.get("GrantLifetimeSeconds", _GRANT_SECONDS_DEFAULT))
    return ActiveSessions(
        connected.accounts, connected.directory, connected.sessions, connected.user_connections, lifetime
    )


def _member(connected: Stack, organisation: str, username: str, session_id: str) -> Caller:
    """Return the member, who has to have the session: the domain's refusals speak to members themselves."""
    member = connected.owner(organisation, username)
    if session_id not in {one.session_id for one in _sessions(connected).find_all(member)}:
        raise OperatorError(f"{username} has no session {session_id!r}; see `gatehouse sessions list`")
    return member


def _row(one: ActiveSession) -> output.Row:
    return {
        "session_id": one.session_id,
        "kind": "client" if one.application_id or one.client_name else "browser",
        "name": one.client_name or one.device or one.application_id,
        "address": one.address,
        "since": moments.moment(one.since_ms),
        "used": moments.moment(one.used_ms),
        "expires": moments.moment(one.expires_at * 1000),
    }
