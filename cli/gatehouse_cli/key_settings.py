"""`gatehouse keys configure` and `gatehouse keys show`: every setting of a key set."""

from copy import replace
from pathlib import Path
from typing import Annotated

import typer

from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import client_settings, key_sets
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse_cli import arguments, files, output
from gatehouse_cli.arguments import ApplicationId, Organisation
from gatehouse_cli.keys import KeyType, find
from gatehouse_cli.stack import Stack


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


def configure(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    key_type: KeyType = "PRODUCTION",
    grant_type: Annotated[list[str] | None, typer.Option(help=f"A grant type. {arguments.SEVERAL}")] = None,
    callback: Annotated[list[str] | None, typer.Option(help=f"A redirect URI. {arguments.SEVERAL}")] = None,
    access_token_lifetime: Annotated[
        int | None, typer.Option(help="Seconds that access tokens live; 0 for the default.")
    ] = None,
    refresh_token_lifetime: Annotated[
        int | None, typer.Option(help="Seconds that refresh tokens live unused; 0 for the default.")
    ] = None,
    pkce: Annotated[bool | None, typer.Option(help="Whether /authorize requires PKCE.")] = None,
    post_logout_redirect_uri: Annotated[
        list[str] | None, typer.Option(help=f"Where a browser may go after signing out. {arguments.SEVERAL}")
    ] = None,
    allowed_origin: Annotated[
        list[str] | None,
        typer.Option(help=f"An origin whose scripts may use the keys at the token endpoints. {arguments.SEVERAL}"),
    ] = None,
    jwks: Annotated[
        Path | None,
        typer.Option(
            help="A file with a JWK Set of public keys: authenticate by private_key_jwt. /dev/null removes it."
        ),
    ] = None,
    jwks_uri: Annotated[
        str | None,
        typer.Option(help="Where the client publishes its JWK Set, instead of --jwks. An empty text removes it."),
    ] = None,
    second_factor: Annotated[
        bool | None, typer.Option(help="Whether it takes only users with a second factor.")
    ] = None,
    skip_consent: Annotated[bool | None, typer.Option(help="Whether users are not asked for consent.")] = None,
    replay_window_seconds: Annotated[
        int | None, typer.Option(help="Seconds in which a used refresh token gets the same answer again, 0 to 60.")
    ] = None,
) -> output.Answer:
    """Change settings of an application's keys; those that are not named stay as they are."""
    _, client = find(connected, organisation, application_id, key_type)
    present = client_settings.of(client)
    draft = KeySetInput(
        grant_types=client.grant_types if grant_type is None else frozenset(_given(grant_type)),
        redirect_uris=client.redirect_uris if callback is None else _given(callback),
        access_token_lifetime_seconds=_seconds(access_token_lifetime, client.access_token_lifetime_seconds),
        refresh_token_lifetime_seconds=_seconds(refresh_token_lifetime, client.refresh_token_lifetime_seconds),
        is_public=client.is_public,
        settings=replace(
            present,
            requires_pkce=present.requires_pkce if pkce is None else pkce,
            post_logout_redirect_uris=(
                present.post_logout_redirect_uris
                if post_logout_redirect_uri is None
                else _given(post_logout_redirect_uri)
            ),
            allowed_origins=present.allowed_origins if allowed_origin is None else _given(allowed_origin),
            jwks=_either(present.jwks, None if jwks is None else files.read_text(jwks).strip(), jwks_uri),
            jwks_uri=_either(present.jwks_uri, jwks_uri, None if jwks is None else files.read_text(jwks).strip()),
            second_factor=present.second_factor if second_factor is None else second_factor,
            skips_consent=present.skips_consent if skip_consent is None else skip_consent,
            replay_window_seconds=(
                present.replay_window_seconds if replay_window_seconds is None else replay_window_seconds
            ),
        ),
    )
    operator = connected.operator(organisation)
    changed = key_sets.change(connected.key_sets, operator, client, draft, must_own=False)
    return output.Fields(_row(changed))


def _given(values: list[str]) -> tuple[str, ...]:
    return tuple(one for one in values if one)


def _either(present: str, given: str | None, instead: str | None) -> str:
    """Return one of two settings that exclude each other: giving the other one takes it away."""
    if given is None:
        return "" if instead else present
    return given


def _seconds(given: int | None, present: int | None) -> int | None:
    return present if given is None else given or None


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
