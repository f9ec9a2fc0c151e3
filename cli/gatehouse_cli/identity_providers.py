"""`gatehouse identity-providers`: where an organisation's members may sign in."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypedDict, Unpack

import typer

from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.portal.identity_providers import ProviderInput
from gatehouse_cli import commands, files, output, pairs
from gatehouse_cli.arguments import SEVERAL, Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("Identity providers at which members may sign in.")

ProviderId = Annotated[str, typer.Argument(help="The provider's id, such as google.")]
_SOURCE = "operator"


@app.command("list")
def find_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List an organisation's identity providers."""
    caller = connected.operator(organisation)
    found = connected.identity_providers.store.find_providers(caller.organisation)
    return output.Rows([_row(connected, one) for one in found], empty=f"{organisation} has no identity providers")


class ProviderOptions(TypedDict, total=False):
    """The options of `configure`."""

    name: Annotated[str, typer.Option(help="What the button says.")]
    issuer: Annotated[str, typer.Option(help="The issuer, exactly as the provider spells it.")]
    client_id: Annotated[str, typer.Option(help="The client id at the provider.")]
    client_secret: Annotated[
        Path, typer.Option(help="A file with the client secret, such as /dev/stdin. /dev/null removes it.")
    ]
    algorithm: Annotated[str, typer.Option(help="The algorithm of its ID tokens.")]
    scope: Annotated[list[str], typer.Option(help=f"A scope besides openid. {SEVERAL}")]
    create_members: Annotated[
        bool, typer.Option(help="Whether a person without an account gets one at the first sign-in.")
    ]
    trust_email: Annotated[
        bool, typer.Option(help="Whether its addresses count as verified though it does not say so.")
    ]
    trust_factors: Annotated[bool, typer.Option(help="Whether its amr says when a second factor was used.")]
    domain: Annotated[list[str], typer.Option(help=f"A domain of mail addresses that may sign in. {SEVERAL}")]
    required_claim: Annotated[
        list[str], typer.Option(help=f"What ID tokens must say, such as hd=example.com. {SEVERAL}")
    ]
    groups_claim: Annotated[str, typer.Option(help="The claim with groups; an empty text for none.")]
    role_mapping: Annotated[
        list[str],
        typer.Option(help=f"A group and its roles, such as staff=employee,seller. {SEVERAL}"),
    ]
    enabled: Annotated[bool, typer.Option(help="Whether the sign-in page offers it.")]


@app.command()
def configure(
    connected: Stack, organisation: Organisation, provider_id: ProviderId, **given: Unpack[ProviderOptions]
) -> output.Answer:
    """Register an identity provider, or change one; what is not named stays as it is."""
    caller, administration = connected.operator(organisation), connected.identity_providers
    found = administration.store.find_provider(caller.organisation, provider_id)
    present = found or ProviderInput(name=provider_id, issuer="", client_id="")
    roles = {
        group: tuple(names.split(",")) for group, names in _pairs(given.get("role_mapping", []), str.rpartition).items()
    }
    wanted = ProviderInput(
        name=given.get("name", present.name),
        issuer=given.get("issuer", present.issuer),
        client_id=given.get("client_id", present.client_id),
        client_secret=files.read_text(given["client_secret"]).strip() if "client_secret" in given else None,
        algorithm=given.get("algorithm", present.algorithm),
        scopes=tuple(filter(None, given.get("scope", present.scopes))),
        creates_members=given.get("create_members", present.creates_members),
        trusts_email=given.get("trust_email", present.trusts_email),
        trusts_factors=given.get("trust_factors", present.trusts_factors),
        domains=tuple(filter(None, given.get("domain", present.domains))),
        required_claims=_pairs(given["required_claim"], str.partition)
        if "required_claim" in given
        else present.required_claims,
        groups_claim=given.get("groups_claim", present.groups_claim),
        roles=roles if "role_mapping" in given else present.roles,
        is_enabled=given.get("enabled", present.is_enabled),
    )
    made = (
        administration.change(caller, found, wanted, _SOURCE)
        if found
        else administration.add(caller, provider_id, wanted, _SOURCE)
    )
    return output.Fields(_row(connected, made))


@app.command("test")
def try_out(connected: Stack, organisation: Organisation, provider_id: ProviderId) -> output.Answer:
    """Try metadata, keys, client id and secret; say what is wrong."""
    caller, administration = connected.operator(organisation), connected.identity_providers
    found = administration.find(caller, provider_id)
    checks = administration.test(caller, found, _redirect_uri(connected, found), _SOURCE)
    rows = [{"step": one.step, "right": one.is_right, "message": one.message} for one in checks]
    return output.Rows(rows, status=0 if all(one.is_right for one in checks) else 1)


@app.command()
def delete(connected: Stack, organisation: Organisation, provider_id: ProviderId) -> output.Answer:
    """Delete an identity provider; members can no longer sign in there."""
    caller, administration = connected.operator(organisation), connected.identity_providers
    administration.remove(caller, administration.find(caller, provider_id))
    return output.Fields({"id": provider_id, "deleted": True})


def _redirect_uri(connected: Stack, provider: IdentityProvider) -> str:
    return f"{connected.issuer(provider.organisation)}/federated/{provider.provider_id}/callback"


def _row(connected: Stack, one: IdentityProvider) -> output.Row:
    return {
        "id": one.provider_id,
        "name": one.name,
        "issuer": one.issuer,
        "client_id": one.client_id,
        "has_client_secret": bool(one.sealed_secret),
        "algorithm": one.algorithm,
        "scopes": list(one.scopes),
        "create_members": one.creates_members,
        "trust_email": one.trusts_email,
        "trust_factors": one.trusts_factors,
        "domains": list(one.domains),
        "required_claims": [f"{name}={value}" for name, value in one.required_claims.items()],
        "groups_claim": one.groups_claim,
        "role_mappings": [f"{group}={','.join(roles)}" for group, roles in one.roles.items()],
        "enabled": one.is_enabled,
        "redirect_uri": _redirect_uri(connected, one),
    }


def _pairs(values: list[str], split: Callable[[str, str], tuple[str, str, str]]) -> dict[str, str]:
    """Split at the sign that neither a role nor the name of a claim holds: groups and values of claims may."""
    parts = [split(one, "=") for one in values if one]
    if not all(sign for _, sign, _ in parts):
        raise OperatorError("a pair is NAME=VALUE")
    return pairs.unique((left, right) for left, _, right in parts)
