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
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.output import Json, StackName

app = typer.Typer(help="Clients that registered themselves, such as AI agents.", no_args_is_help=True)

ClientId = Annotated[str, typer.Argument(help="The id that `list` shows.")]


@app.command("list")
@output.refusing
def list_all(organisation: Organisation, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the registered clients; those that users consented to come first."""
    connected = stack.connect(name)
    page = _store(connected).find_registered_page(connected.organisation(organisation).key, Window(limit=LIMIT_MAX))
    output.rows([_row(one) for one in page.items], is_json=is_json, empty=f"{organisation} has no registered clients")


@app.command()
@output.refusing
def block(
    organisation: Organisation, client_id: ClientId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Block a registered client; its tokens end."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    output.one(_row(affairs.block(_store(connected), caller, client_id, is_blocked=True)), is_json=is_json)


@app.command()
@output.refusing
def unblock(
    organisation: Organisation, client_id: ClientId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Unblock a registered client."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    output.one(_row(affairs.block(_store(connected), caller, client_id, is_blocked=False)), is_json=is_json)


@app.command()
@output.refusing
def revoke(
    organisation: Organisation, client_id: ClientId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Revoke the tokens of a registered client for all users, who may consent again."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    output.one(_row(affairs.revoke(_store(connected), caller, client_id)), is_json=is_json)


@app.command()
@output.refusing
def delete(
    organisation: Organisation, client_id: ClientId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Delete a registered client; its tokens end, and it may register again if the policy allows it."""
    connected = stack.connect(name)
    affairs.delete(_store(connected), connected.operator(organisation), client_id)
    output.one({"id": client_id, "deleted": True}, is_json=is_json)


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
