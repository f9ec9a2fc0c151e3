"""`gatehouse keys`: consumer keys of applications."""

from typing import Annotated, Literal

import typer

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import key_set_inputs, key_sets, mapped_keys
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse_cli import applications, commands, output, questions
from gatehouse_cli.arguments import ApplicationId, Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

type KeyTypeName = Literal["PRODUCTION", "SANDBOX"]

KeyType = Annotated[KeyTypeName, typer.Option(help="Which keys of the application.")]

app = commands.Group("Keys of an application: consumer keys and their settings.")


def find(connected: Stack, organisation: str, application_id: str, key_type: KeyTypeName) -> tuple[Application, Client]:
    """Return an application and its keys of a type.

    Raises:
        OperatorError: There is no such application, or it has no such keys.
    """
    application = applications.find(connected, organisation, application_id)
    found = [one for one in key_sets.find_all(connected.key_sets, application) if one.key_type == key_type]
    if not found:
        raise OperatorError(f"the application {application.name!r} has no {key_type} keys")
    return application, found[0]


@app.command("list")
def list_keys(connected: Stack, organisation: Organisation, application_id: ApplicationId) -> output.Answer:
    """List an application's keys; a secret is shown once, when it is created."""
    found = key_sets.find_all(connected.key_sets, applications.find(connected, organisation, application_id))
    return output.Rows(
        [
            {
                "key_type": one.key_type,
                "consumer_key": one.client_id,
                "grant_types": sorted(one.grant_types),
                "secrets": len(one.secrets),
                "active": one.is_active,
            }
            for one in found
        ],
        empty=f"{application_id} has no keys; create them by `gatehouse keys generate`",
    )


@app.command("delete")
def delete_keys(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType,
) -> output.Answer:
    """Delete one key set of an application; its tokens are refused within seconds."""
    application, client = find(connected, organisation, application_id, key_type)
    key_sets.delete(connected.key_sets, connected.operator(organisation), application, client)
    return output.Fields({"consumer_key": client.client_id, "deleted": True})


@app.command("revoke-tokens")
def revoke_tokens(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
) -> output.Answer:
    """Revoke every token that the keys of an application got so far."""
    application, client = find(connected, organisation, application_id, key_type)
    key_sets.revoke_tokens(connected.key_sets, connected.acting_for(application), client)
    return output.Fields({"consumer_key": client.client_id, "revoked": True})


@app.command("map")
def bind(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    consumer_key: Annotated[str, typer.Argument(help="The consumer key, of another application of the same owner.")],
    *,
    secret: Annotated[
        str,
        typer.Option(envvar="GATEHOUSE_CONSUMER_SECRET", help="The consumer secret; asked for if not given."),
    ] = "",
    key_type: KeyType = "PRODUCTION",
) -> output.Answer:
    """Move existing keys to another application of the same owner; tokens that they got end.

    The secret is asked for, or taken from GATEHOUSE_CONSUMER_SECRET.
    """
    application = applications.find(connected, organisation, application_id)
    owner = connected.acting_for(application)
    secret = questions.secret(secret, "consumer secret", "GATEHOUSE_CONSUMER_SECRET")
    bound = mapped_keys.bind(
        connected.key_sets, connected.applications, owner, application, key_type, consumer_key, secret
    )
    return output.Fields({"consumer_key": bound.client_id, "key_type": bound.key_type})


@app.command()
def generate(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
    grant_type: Annotated[
        list[str] | None,
        typer.Option(help="A grant type; client_credentials if not given. May be given several times."),
    ] = None,
    callback: Annotated[list[str] | None, typer.Option(help="A redirect URI. May be given several times.")] = None,
    public: Annotated[bool, typer.Option(help="Create a public client: no secret, always PKCE.")] = False,
) -> output.Answer:
    """Create keys of an application, and show the secret once."""
    application = applications.find(connected, organisation, application_id)
    caller = connected.operator(organisation)
    draft = KeySetInput(
        grant_types=frozenset(grant_type or ("client_credentials",)),
        redirect_uris=tuple(callback or ()),
        is_public=public,
    )
    uris_max = key_set_inputs.find_uris_max(connected.key_sets, caller, draft)
    if key_type in application.client_ids:
        raise OperatorError(
            f"the application {application.name!r} has {key_type} keys already; see `gatehouse keys show`"
        )
    made, secret = key_sets.make(caller, application, key_type, draft, label="", secret_expires_in=0, uris_max=uris_max)
    entry = caller.entry("keys.generate", made.client_id, key_type)
    if not connected.key_sets.add_key_set(caller.organisation, application, made, None, entry):
        raise OperatorError(f"the application {application.name!r} has {key_type} keys already")
    shown = {"consumer_key": made.client_id, "consumer_secret": secret.plain if secret else "", "key_type": key_type}
    return output.Fields(shown)
