"""`gatehouse registered-clients`: clients that registered themselves in an organisation."""

from functools import partial
from typing import Annotated

import typer

from gatehouse.domain.kernel import paging
from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import registered_client_administration as administration
from gatehouse_cli import commands, output
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.stack import Stack

app = commands.Group("Clients that registered themselves, such as AI agents.")

ClientId = Annotated[str, typer.Argument(help="The id that `list` shows.")]


@app.command("list")
def list_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List the registered clients; those that users consented to come first."""
    key = connected.organisation(organisation).key
    found = paging.read_all(partial(connected.registered_clients.find_registered_page, key))
    return output.Rows([_row(one) for one in found], empty=f"{organisation} has no registered clients")


@app.command()
def block(connected: Stack, organisation: Organisation, client_id: ClientId) -> output.Answer:
    """Block a registered client; its tokens end."""
    caller = connected.operator(organisation)
    return output.Fields(_row(administration.block(connected.registered_clients, caller, client_id, is_blocked=True)))


@app.command()
def unblock(connected: Stack, organisation: Organisation, client_id: ClientId) -> output.Answer:
    """Unblock a registered client."""
    caller = connected.operator(organisation)
    return output.Fields(_row(administration.block(connected.registered_clients, caller, client_id, is_blocked=False)))


@app.command()
def revoke(connected: Stack, organisation: Organisation, client_id: ClientId) -> output.Answer:
    """Revoke the tokens of a registered client for all users, who may consent again."""
    caller = connected.operator(organisation)
    return output.Fields(_row(administration.revoke(connected.registered_clients, caller, client_id)))


@app.command()
def delete(connected: Stack, organisation: Organisation, client_id: ClientId) -> output.Answer:
    """Delete a registered client; its tokens end, and it may register again if the policy allows it."""
    administration.delete(connected.registered_clients, connected.operator(organisation), client_id)
    return output.Fields({"id": client_id, "deleted": True})


def _row(client: Client) -> output.Row:
    registration = client.registration
    return {
        "id": client.client_id,
        "client_id": client.external_client_id,
        "name": registered_clients.title(client),
        "used": registration is not None and registration.unused_until is None,
        "active": client.is_active,
    }
