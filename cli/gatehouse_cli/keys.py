"""`gatehouse keys`: consumer keys of applications, and every setting of a key set."""

from pathlib import Path
from typing import Annotated, Literal, TypedDict, Unpack

import typer

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import key_set_inputs, key_sets, mapped_keys
from gatehouse.domain.portal.client_settings import ClientSettings
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse_cli import applications, arguments, commands, files, output, questions
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
    bound = mapped_keys.map_keys(
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
    entry = key_sets.generation_entry(caller, made)
    if not connected.key_sets.add_key_set(caller.organisation, application, made, None, entry):
        raise OperatorError(f"the application {application.name!r} has {key_type} keys already")
    shown = {"consumer_key": made.client_id, "consumer_secret": secret.plain if secret else "", "key_type": key_type}
    return output.Fields(shown)


@app.command()
def show(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
) -> output.Answer:
    """Show the settings of an application's keys; never a secret."""
    _, client = find(connected, organisation, application_id, key_type)
    return output.Fields(_row(client))


class KeyOptions(TypedDict, total=False):
    """The options of `configure`."""

    grant_type: Annotated[list[str], typer.Option(help=f"A grant type. {arguments.SEVERAL}")]
    callback: Annotated[list[str], typer.Option(help=f"A redirect URI. {arguments.SEVERAL}")]
    access_token_lifetime: Annotated[int, typer.Option(help="Seconds that access tokens live; 0 for the default.")]
    refresh_token_lifetime: Annotated[
        int, typer.Option(help="Seconds that refresh tokens live unused; 0 for the default.")
    ]
    pkce: Annotated[bool, typer.Option(help="Whether /authorize requires PKCE.")]
    post_logout_redirect_uri: Annotated[
        list[str], typer.Option(help=f"Where a browser may go after signing out. {arguments.SEVERAL}")
    ]
    allowed_origin: Annotated[
        list[str],
        typer.Option(help=f"An origin whose scripts may use the keys at the token endpoints. {arguments.SEVERAL}"),
    ]
    jwks: Annotated[
        Path,
        typer.Option(
            help="A file with a JWK Set of public keys: authenticate by private_key_jwt. /dev/null removes it."
        ),
    ]
    jwks_uri: Annotated[
        str,
        typer.Option(help="Where the client publishes its JWK Set, instead of --jwks. An empty text removes it."),
    ]
    second_factor: Annotated[bool, typer.Option(help="Whether it takes only users with a second factor.")]
    skip_consent: Annotated[bool, typer.Option(help="Whether users are not asked for consent.")]
    replay_window_seconds: Annotated[
        int, typer.Option(help="Seconds in which a used refresh token gets the same answer again, 0 to 60.")
    ]


@app.command()
def configure(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
    **given: Unpack[KeyOptions],
) -> output.Answer:
    """Change settings of an application's keys; those that are not named stay as they are."""
    _, client = find(connected, organisation, application_id, key_type)
    jwks = files.read_text(given["jwks"]).strip() if "jwks" in given else None
    draft = KeySetInput(
        grant_types=frozenset(filter(None, given.get("grant_type", client.grant_types))),
        redirect_uris=tuple(filter(None, given.get("callback", client.redirect_uris))),
        access_token_lifetime_seconds=given.get("access_token_lifetime", client.access_token_lifetime_seconds) or None,
        refresh_token_lifetime_seconds=(
            given.get("refresh_token_lifetime", client.refresh_token_lifetime_seconds) or None
        ),
        is_public=client.is_public,
        settings=ClientSettings(
            requires_pkce=given.get("pkce", client.requires_pkce),
            post_logout_redirect_uris=tuple(
                filter(None, given.get("post_logout_redirect_uri", client.post_logout_redirect_uris))
            ),
            allowed_origins=tuple(filter(None, given.get("allowed_origin", client.allowed_origins))),
            jwks=_either(client.jwks, jwks, given.get("jwks_uri")),
            jwks_uri=_either(client.jwks_uri, given.get("jwks_uri"), jwks),
            second_factor=given.get("second_factor", client.second_factor),
            skips_consent=given.get("skip_consent", client.skips_consent),
            replay_window_seconds=given.get("replay_window_seconds", client.replay_window_seconds),
        ),
    )
    operator = connected.operator(organisation)
    changed = key_sets.change(connected.key_sets, operator, client, draft, must_own=False)
    return output.Fields(_row(changed))


def _either(present: str, given: str | None, instead: str | None) -> str:
    """Return one of two settings that exclude each other: giving the other one takes it away."""
    if given is None:
        return "" if instead else present
    return given


def _row(client: Client) -> output.Row:
    return {
        "consumer_key": client.client_id,
        "key_type": client.key_type,
        "grant_types": sorted(client.grant_types),
        "callbacks": list(client.redirect_uris),
        "access_token_lifetime": client.access_token_lifetime_seconds or "default",
        "refresh_token_lifetime": client.refresh_token_lifetime_seconds or "default",
        "token_format": client.token_format,
        "public": client.is_public,
        "pkce": client.requires_pkce or client.is_public,
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "allowed_origins": list(client.allowed_origins),
        "jwks": client.jwks,
        "jwks_uri": client.jwks_uri,
        "skip_consent": client.skips_consent,
        "second_factor": client.second_factor,
        "replay_window_seconds": client.replay_window_seconds,
    }
