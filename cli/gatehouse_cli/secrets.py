"""`gatehouse secrets`: the secrets of consumer keys."""

from typing import Annotated

import typer

from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import client_secrets
from gatehouse.domain.portal.key_sets import NewSecret
from gatehouse_cli import keys, output, stack
from gatehouse_cli.arguments import ApplicationId, Organisation
from gatehouse_cli.keys import KeyType
from gatehouse_cli.output import Json, StackName

app = typer.Typer(help="Secrets of an application's keys.", no_args_is_help=True)


@app.command("list")
@output.refusing
def list_all(
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """List the secrets of an application's keys, without their values."""
    connected = stack.connect(name)
    _, client = keys.find(connected, organisation, application_id, key_type)
    found = [
        {
            "secret_id": client_secrets.id_of(one),
            "label": one.label,
            "created_at": one.created_at,
            "expires_at": one.expires_at or "never",
        }
        for one in client.secrets
    ]
    output.rows(found, is_json=is_json, empty=f"{client.client_id} has no secrets")


@app.command()
@output.refusing
def create(
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
    label: Annotated[str, typer.Option(help="What the secret is for.")] = "",
    expires_in: Annotated[int, typer.Option(min=0, help="Seconds until it expires; 0 for never.")] = 0,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Create a secret beside the others, and show it once."""
    connected = stack.connect(name)
    application, client = keys.find(connected, organisation, application_id, key_type)
    owner = connected.acting_for(application)
    made = client_secrets.add_secret(connected.key_sets, owner, client, label, expires_in)
    output.one(_row(client, made), is_json=is_json)


@app.command()
@output.refusing
def regenerate(
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Replace all secrets of an application's keys by a new one, and show it once; access tokens end."""
    connected = stack.connect(name)
    application, client = keys.find(connected, organisation, application_id, key_type)
    owner = connected.acting_for(application)
    output.one(_row(client, client_secrets.regenerate_secret(connected.key_sets, owner, client)), is_json=is_json)


@app.command()
@output.refusing
def revoke(
    organisation: Organisation,
    application_id: ApplicationId,
    secret_id: Annotated[str, typer.Argument(help="The secret's id, as `secrets list` shows it.")],
    *,
    key_type: KeyType = "PRODUCTION",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Revoke a secret, but not the newest; access tokens end."""
    connected = stack.connect(name)
    application, client = keys.find(connected, organisation, application_id, key_type)
    owner = connected.acting_for(application)
    client_secrets.revoke_secret(connected.key_sets, owner, client, secret_id)
    output.one({"secret_id": secret_id, "revoked": True}, is_json=is_json)


def _row(client: Client, made: NewSecret) -> output.Row:
    return {
        "consumer_key": client.client_id,
        "consumer_secret": made.plain,
        "secret_id": client_secrets.id_of(made.stored),
    }
