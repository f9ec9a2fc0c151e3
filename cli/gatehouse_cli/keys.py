"""`gatehouse keys`: consumer keys of applications."""

from typing import Annotated, Literal

import typer

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import key_sets, mapped_keys
from gatehouse_cli import applications, output, stack
from gatehouse_cli.arguments import ApplicationId, Organisation
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack

type KeyTypeName = Literal["PRODUCTION", "SANDBOX"]

KeyType = Annotated[KeyTypeName, typer.Option(help="Which keys of the application.")]

app = typer.Typer(help="Keys of an application: consumer keys and their settings.", no_args_is_help=True)


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
@output.refusing
def list_keys(
    organisation: Organisation, application_id: ApplicationId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """List an application's keys; a secret is shown once, when it is created."""
    connected = stack.connect(name)
    found = key_sets.find_all(connected.key_sets, applications.find(connected, organisation, application_id))
    output.rows(
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
        is_json=is_json,
        empty=f"{application_id} has no keys; create them by `gatehouse keys generate`",
    )


@app.command("delete")
@output.refusing
def delete_keys(
    organisation: Organisation,
    application_id: ApplicationId,
    key_type: Annotated[KeyTypeName, typer.Argument(help="Which keys of the application.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Delete one key set of an application; its tokens are refused within seconds."""
    connected = stack.connect(name)
    application, client = find(connected, organisation, application_id, key_type)
    key_sets.delete(connected.key_sets, connected.operator(organisation), application, client)
    output.one({"consumer_key": client.client_id, "deleted": True}, is_json=is_json)


@app.command("revoke-tokens")
@output.refusing
def revoke_tokens(
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Revoke every token that the keys of an application got so far."""
    connected = stack.connect(name)
    application, client = find(connected, organisation, application_id, key_type)
    key_sets.revoke_tokens(connected.key_sets, connected.acting_for(application), client)
    output.one({"consumer_key": client.client_id, "revoked": True}, is_json=is_json)


@app.command("map")
@output.refusing
def bind(
    organisation: Organisation,
    application_id: ApplicationId,
    consumer_key: Annotated[str, typer.Argument(help="The consumer key, of another application of the same owner.")],
    *,
    secret: Annotated[
        str,
        typer.Option(
            prompt="Consumer secret", hide_input=True, envvar="GATEHOUSE_CONSUMER_SECRET", help="The consumer secret."
        ),
    ],
    key_type: KeyType = "PRODUCTION",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Move existing keys to another application of the same owner; tokens that they got end.

    The secret is asked for, or taken from GATEHOUSE_CONSUMER_SECRET.
    """
    connected = stack.connect(name)
    application = applications.find(connected, organisation, application_id)
    owner = connected.acting_for(application)
    bound = mapped_keys.bind(
        connected.key_sets, connected.applications, owner, application, key_type, consumer_key, secret
    )
    output.one({"consumer_key": bound.client_id, "key_type": bound.key_type}, is_json=is_json)


@app.command()
@output.refusing
def generate(
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
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Create keys of an application, and show the secret once."""
    connected = stack.connect(name)
    application = applications.find(connected, organisation, application_id)
    caller = connected.operator(organisation)
    draft = key_sets.KeySetInput(
        grant_types=frozenset(grant_type or ("client_credentials",)),
        redirect_uris=tuple(callback or ()),
        is_public=public,
    )
    uris_max = key_sets.find_uris_max(connected.key_sets, caller, draft)
    made, secret = key_sets.make(caller, application, key_type, draft, label="", secret_expires_in=0, uris_max=uris_max)
    entry = caller.entry("keys.generate", made.client_id, key_type)
    if not connected.key_sets.add_key_set(caller.organisation, application, made, None, entry):
        raise OperatorError(f"the application {application.name!r} has {key_type} keys already")
    shown = {"consumer_key": made.client_id, "consumer_secret": secret.plain if secret else "", "key_type": key_type}
    output.one(shown, is_json=is_json)
