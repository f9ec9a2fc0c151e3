"""`gatehouse sessions`: where members are signed in, and which clients act for them."""

from typing import Annotated

import typer

from gatehouse.domain.portal.active_sessions import ActiveSession, ActiveSessions
from gatehouse.storage.active_sessions import DynamoDBActiveSessions
from gatehouse_cli import output, stack
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import Stack

app = typer.Typer(help="Active sessions of members: browsers, and clients that act for them.", no_args_is_help=True)

SessionId = Annotated[str, typer.Argument(help="The session's id, as `sessions list` shows it.")]

_GRANT_SECONDS_DEFAULT = 2_592_000


@app.command("list")
@output.refusing
def list_all(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """List the active sessions of a member."""
    connected = stack.connect(name)
    found = _sessions(connected).find_all(connected.owner(organisation, username))
    output.rows([_row(one) for one in found], is_json=is_json, empty=f"{username} has no active sessions")


@app.command()
@output.refusing
def end(
    organisation: Organisation,
    username: Username,
    session_id: SessionId,
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """End a session of a member: a browser signs in again, a client asks for consent again."""
    connected = stack.connect(name)
    _sessions(connected).end(connected.owner(organisation, username), session_id)
    output.one({"session_id": session_id, "ended": True}, is_json=is_json)


@app.command("end-all")
@output.refusing
def end_all(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """End every session and every token of a member."""
    connected = stack.connect(name)
    _sessions(connected).end_all(connected.owner(organisation, username))
    output.one({"username": username, "ended": True}, is_json=is_json)


@app.command("block-client")
@output.refusing
def block_client(
    organisation: Organisation,
    username: Username,
    session_id: SessionId,
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """End the session of a registered client, which may not ask the member again."""
    connected = stack.connect(name)
    _sessions(connected).block(connected.owner(organisation, username), session_id)
    output.one({"session_id": session_id, "blocked": True}, is_json=is_json)


@app.command("list-blocked-clients")
@output.refusing
def list_blocked_clients(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """List the registered clients that a member blocks."""
    connected = stack.connect(name)
    found = _sessions(connected).find_blocked(connected.owner(organisation, username))
    rows = [{"client_id": client_id, "name": title} for client_id, title in sorted(found.items())]
    output.rows(rows, is_json=is_json, empty=f"{username} blocks no clients")


@app.command("unblock-client")
@output.refusing
def unblock_client(
    organisation: Organisation,
    username: Username,
    client_id: Annotated[str, typer.Argument(help="The client's id, as `sessions list-blocked-clients` shows it.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Allow a registered client to ask a member again."""
    connected = stack.connect(name)
    _sessions(connected).unblock(connected.owner(organisation, username), client_id)
    output.one({"client_id": client_id, "blocked": False}, is_json=is_json)


def _sessions(connected: Stack) -> ActiveSessions:
    lifetime = int(connected.parameters.get("GrantLifetimeSeconds", _GRANT_SECONDS_DEFAULT))
    return ActiveSessions(DynamoDBActiveSessions(connected.tables), lifetime)


def _row(one: ActiveSession) -> output.Row:
    return {
        "session_id": one.session_id,
        "kind": "client" if one.application_id or one.client_name else "browser",
        "name": one.client_name or one.device or one.application_id,
        "address": one.address,
        "since": stack.moment(one.since_ms),
        "used": stack.moment(one.used_ms),
        "expires": stack.moment(one.expires_at * 1000),
    }
