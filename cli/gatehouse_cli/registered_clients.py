"""`gatehouse registered-clients`: clients that registered themselves in an organisation."""

from typing import Annotated

import typer

from gatehouse.domain.kernel.paging import LIMIT_MAX, Window
from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.registered_clients import RegisteredClientStore
from gatehouse.domain.portal import registered_client_affairs as affairs
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName

app = typer.Typer(help="Clients that registered themselves, such as AI agents.", no_args_is_help=True)

ClientId = Annotated[str, typer.Argument(help="The id that `list` shows.")]


@app.command("list")
@output.refusing
def list_all(organisation: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List them; those that users consented to come first."""
    connected = stack.connect(name)
    page = _store(connected).find_registered_page(connected.organisation(organisation).key, Window(limit=LIMIT_MAX))
    output.rows([_row(one) for one in page.items], is_json=is_json)


@app.command()
@output.refusing
def block(organisation: str, client_id: ClientId, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Block a client; its tokens end."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    output.one(_row(affairs.block(_store(connected), caller, client_id, is_blocked=True)), is_json=is_json)


@app.command()
@output.refusing
def unblock(organisation: str, client_id: ClientId, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Let a client in again."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    output.one(_row(affairs.block(_store(connected), caller, client_id, is_blocked=False)), is_json=is_json)


@app.command()
@output.refusing
def revoke(organisation: str, client_id: ClientId, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """End a client's tokens of all users; they may consent again."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    output.one(_row(affairs.revoke(_store(connected), caller, client_id)), is_json=is_json)


@app.command()
@output.refusing
def delete(organisation: str, client_id: ClientId, *, name: StackName = "gatehouse") -> None:
    """Delete a client; its tokens end, and it may register again if policy lets it in."""
    connected = stack.connect(name)
    affairs.delete(_store(connected), connected.operator(organisation), client_id)


def _store(connected: stack.Stack) -> RegisteredClientStore:
    return DynamoDBRegisteredClients(connected.tables)


def _row(client: Client) -> output.Row:
    registration = client.registration
    return {
        "id": client.client_id,
        "client_id": client.public_id,
        "name": registered_clients.title(client),
        "used": registration is not None and registration.unused_until is None,
        "active": client.is_active,
    }
