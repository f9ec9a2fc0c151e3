"""`gatehouse identity-providers`: where an organisation's members may sign in."""

from copy import replace
from pathlib import Path
from typing import Annotated

import typer

from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.portal.identity_providers import ProviderInput
from gatehouse_cli import arguments, commands, files, output
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("Identity providers at which members may sign in.")

Organisation = Annotated[str, typer.Argument(help="The organisation key.")]
ProviderId = Annotated[str, typer.Argument(help="The provider's id, such as google.")]
_SOURCE = "operator"


@app.command("list")
def find_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List an organisation's identity providers."""
    caller = connected.operator(organisation)
    found = connected.identity_providers.store.find_providers(caller.organisation)
    return output.Rows([_row(connected, one) for one in found], empty=f"{organisation} has no identity providers")


@app.command()
def configure(
    connected: Stack,
    organisation: Organisation,
    provider_id: ProviderId,
    *,
    display_name: Annotated[str | None, typer.Option("--name", help="What the button says.")] = None,
    issuer: Annotated[str | None, typer.Option(help="The issuer, exactly as the provider spells it.")] = None,
    client_id: Annotated[str | None, typer.Option(help="The client id at the provider.")] = None,
    client_secret: Annotated[
        Path | None, typer.Option(help="A file with the client secret, such as /dev/stdin. /dev/null removes it.")
    ] = None,
    algorithm: Annotated[str | None, typer.Option(help="The algorithm of its ID tokens.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help=f"A scope besides openid. {arguments.SEVERAL}")] = None,
    make_members: Annotated[
        bool | None, typer.Option(help="Whether a person without an account gets one at the first sign-in.")
    ] = None,
    trust_mail: Annotated[
        bool | None, typer.Option(help="Whether its addresses count as verified though it does not say so.")
    ] = None,
    trust_factors: Annotated[
        bool | None, typer.Option(help="Whether its amr says when a second factor was used.")
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option(help=f"A domain of mail addresses that may sign in. {arguments.SEVERAL}")
    ] = None,
    required_claim: Annotated[
        list[str] | None, typer.Option(help=f"What ID tokens must say, such as hd=example.com. {arguments.SEVERAL}")
    ] = None,
    groups_claim: Annotated[str | None, typer.Option(help="The claim with groups; an empty text for none.")] = None,
    role_mapping: Annotated[
        list[str] | None,
        typer.Option(help=f"A group and its roles, such as staff=employee,seller. {arguments.SEVERAL}"),
    ] = None,
    enabled: Annotated[bool | None, typer.Option(help="Whether the sign-in page offers it.")] = None,
) -> output.Answer:
    """Register an identity provider, or change one; what is not named stays as it is."""
    caller, affairs = connected.operator(organisation), connected.identity_providers
    found = affairs.store.find_provider(caller.organisation, provider_id)
    present = _input(found) if found else ProviderInput(name=provider_id, issuer="", client_id="")
    given = {
        "name": display_name,
        "issuer": issuer,
        "client_id": client_id,
        "client_secret": None if client_secret is None else files.read_text(client_secret).strip(),
        "algorithm": algorithm,
        "scopes": _given(scope),
        "makes_members": make_members,
        "trusts_mail": trust_mail,
        "trusts_factors": trust_factors,
        "domains": _given(domain),
        "required_claims": None if required_claim is None else dict(_pairs(required_claim)),
        "groups_claim": groups_claim,
        "roles": None
        if role_mapping is None
        else {group: tuple(roles.split(",")) for group, roles in _pairs(role_mapping)},
        "is_enabled": enabled,
    }
    wanted = replace(present, **{field: value for field, value in given.items() if value is not None})
    made = (
        affairs.change(caller, found, wanted, _SOURCE) if found else affairs.add(caller, provider_id, wanted, _SOURCE)
    )
    return output.Fields(_row(connected, made))


@app.command("test")
def try_out(connected: Stack, organisation: Organisation, provider_id: ProviderId) -> output.Answer:
    """Try metadata, keys, client id and secret; say what is wrong."""
    caller, affairs = connected.operator(organisation), connected.identity_providers
    found = affairs.find(caller, provider_id)
    checks = affairs.test(caller, found, _redirect_uri(connected, found), _SOURCE)
    rows = [{"step": one.step, "right": one.is_right, "message": one.message} for one in checks]
    return output.Rows(rows, status=0 if all(one.is_right for one in checks) else 1)


@app.command()
def delete(connected: Stack, organisation: Organisation, provider_id: ProviderId) -> output.Answer:
    """Delete an identity provider; members can no longer sign in there."""
    caller, affairs = connected.operator(organisation), connected.identity_providers
    affairs.remove(caller, affairs.find(caller, provider_id))
    return output.Fields({"id": provider_id, "deleted": True})


def _redirect_uri(connected: Stack, provider: IdentityProvider) -> str:
    base = f"{connected.public_url}/t/{provider.organisation}"
    return f"{base}/federated/{provider.provider_id}/callback"


def _input(found: IdentityProvider) -> ProviderInput:
    names = set(ProviderInput.__struct_fields__) - ProviderInput.SECRETS
    return ProviderInput(**{name: getattr(found, name) for name in names})


def _row(connected: Stack, one: IdentityProvider) -> output.Row:
    return {
        "id": one.provider_id,
        "name": one.name,
        "issuer": one.issuer,
        "client_id": one.client_id,
        "has_client_secret": bool(one.sealed_secret),
        "algorithm": one.algorithm,
        "scopes": list(one.scopes),
        "make_members": one.makes_members,
        "trust_mail": one.trusts_mail,
        "trust_factors": one.trusts_factors,
        "domains": list(one.domains),
        "required_claims": [f"{name}={value}" for name, value in one.required_claims.items()],
        "groups_claim": one.groups_claim,
        "role_mappings": [f"{group}={','.join(roles)}" for group, roles in one.roles.items()],
        "enabled": one.is_enabled,
        "redirect_uri": _redirect_uri(connected, one),
    }


def _given(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(one for one in values if one)


def _pairs(values: list[str]) -> list[tuple[str, str]]:
    pairs = [one.rpartition("=") for one in values if one]
    if not all(sign for _, sign, _ in pairs):
        raise OperatorError("a pair is NAME=VALUE")
    return [(left, right) for left, _, right in pairs]
