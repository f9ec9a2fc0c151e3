"""`gatehouse secrets`: the secrets of consumer keys."""

from typing import Annotated

import typer

from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import client_secrets
from gatehouse.domain.portal.new_secrets import NewSecret
from gatehouse_cli import commands, keys, moments, output
from gatehouse_cli.arguments import ApplicationId, Organisation
from gatehouse_cli.keys import KeyType
from gatehouse_cli.stack import Stack

app = commands.Group("Secrets of an application's keys.")


@app.command("list")
def list_all(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
) -> output.Answer:
    """List the secrets of an application's keys, without their values."""
    _, client = keys.find(connected, organisation, application_id, key_type)
    found = [
        {
            "secret_id": client_secrets.id_of(one),
            "label": one.label,
            "created_at": moments.moment(one.created_at * 1000),
            "expires_at": moments.moment(one.expires_at * 1000) if one.expires_at else "never",
        }
        for one in client.secrets
    ]
    return output.Rows(found, empty=f"{client.client_id} has no secrets")


@app.command()
def create(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
    label: Annotated[str, typer.Option(help="What the secret is for.")] = "",
    expires_in: Annotated[int, typer.Option(min=0, help="Seconds until it expires; 0 for never.")] = 0,
) -> output.Answer:
    """Create a secret beside the others, and show it once."""
    application, client = keys.find(connected, organisation, application_id, key_type)
    owner = connected.acting_for(application)
    made = client_secrets.add_secret(connected.key_sets, owner, client, label, expires_in)
    return output.Fields(_row(client, made))


@app.command()
def regenerate(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
) -> output.Answer:
    """Replace all secrets of an application's keys by a new one, and show it once; access tokens end."""
    application, client = keys.find(connected, organisation, application_id, key_type)
    owner = connected.acting_for(application)
    return output.Fields(_row(client, client_secrets.regenerate_secret(connected.key_sets, owner, client)))


@app.command()
def revoke(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    secret_id: Annotated[str, typer.Argument(help="The secret's id, as `secrets list` shows it.")],
    *,
    key_type: KeyType = "PRODUCTION",
) -> output.Answer:
    """Revoke a secret, but not the newest; access tokens end."""
    application, client = keys.find(connected, organisation, application_id, key_type)
    owner = connected.acting_for(application)
    client_secrets.revoke_secret(connected.key_sets, owner, client, secret_id)
    return output.Fields({"secret_id": secret_id, "revoked": True})


def _row(client: Client, made: NewSecret) -> output.Row:
    return {
        "consumer_key": client.client_id,
        "consumer_secret": made.plain,
        "secret_id": client_secrets.id_of(made.stored),
    }
