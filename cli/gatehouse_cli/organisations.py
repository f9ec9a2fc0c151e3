"""`gatehouse organisations`: the tenants."""

from dataclasses import replace
from typing import Annotated

import typer

from gatehouse.domain.accounts import organisations, quotas
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import generations, role_names
from gatehouse.domain.oauth.registered_clients import Policy
from gatehouse.domain.portal import organisation_settings
from gatehouse.storage.directory_writer import AlreadyExistsError
from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName

app = typer.Typer(help="Organisations: the tenants.", no_args_is_help=True)


@app.command("list")
@output.refusing
def list_all(*, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the organisations."""
    output.rows([_row(one) for one in stack.connect(name).organisations()], is_json=is_json)


@app.command()
@output.refusing
def create(
    key: Annotated[str, typer.Argument(help="The organisation key, such as johnsorg.")],
    display_name: Annotated[str, typer.Option("--name", help="What people read.")] = "",
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Make an organisation."""
    connected = stack.connect(name)
    key = organisations.parse_key(key)
    made = Organisation(key=key, name=display_name or key)
    try:
        connected.registry.add_organisation(made)
    except AlreadyExistsError:
        raise stack.OperatorError(f"there is an organisation {key!r} already") from None
    output.one(_row(made), is_json=is_json)


@app.command()
@output.refusing
def configure(
    key: str,
    *,
    self_sign_up: Annotated[bool | None, typer.Option(help="Whether people may make themselves an account.")] = None,
    approve_subscriptions: Annotated[bool | None, typer.Option(help="Whether subscriptions await approval.")] = None,
    anonymous_catalogue: Annotated[
        bool | None, typer.Option(help="Whether the JSON API shows unrestricted APIs without a token.")
    ] = None,
    device_authorization: Annotated[
        bool | None, typer.Option(help="Whether applications may sign members in by a code on another device.")
    ] = None,
    second_factor: Annotated[bool | None, typer.Option(help="Whether every member needs a second factor.")] = None,
    second_factor_role: Annotated[
        list[str] | None, typer.Option(help="All roles that need a second factor; may be repeated. `none` for none.")
    ] = None,
    second_factor_grace_days: Annotated[
        int | None, typer.Option(min=0, max=90, help="Days to set one up, from the day on which it is demanded.")
    ] = None,
    remembered_browser_days: Annotated[
        int | None, typer.Option(min=0, max=90, help="Days that a browser skips the second factor; 0 for never.")
    ] = None,
    claim_stages: Annotated[
        bool | None, typer.Option(help="Whether its publishers may name new stages that their APIs run on.")
    ] = None,
    share_apis: Annotated[
        bool | None, typer.Option(help="Whether its publishers may share APIs with other organisations.")
    ] = None,
    client_documents: Annotated[
        Policy | None, typer.Option(help="Which client ID metadata documents are let in.")
    ] = None,
    client_registration: Annotated[
        Policy | None, typer.Option(help="Which clients may register themselves by RFC 7591.")
    ] = None,
    client_host: Annotated[
        list[str] | None, typer.Option(help="A host that 'hosts' means; may be repeated; '' for none.")
    ] = None,
    quota: Annotated[
        list[str] | None,
        typer.Option(help="Another limit, such as applications=500; may be repeated."),
    ] = None,
    active: Annotated[
        bool | None,
        typer.Option(help="--no-active ends everything that was issued; --active brings nothing of it back."),
    ] = None,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Change what an organisation allows."""
    connected = stack.connect(name)
    old = connected.organisation(key)
    try:
        overridden = dict(quotas.parse(one) for one in quota or ())
    except ValueError as error:
        raise stack.OperatorError(str(error)) from None
    new = replace(
        old,
        self_sign_up=old.self_sign_up if self_sign_up is None else self_sign_up,
        subscription_approval=old.subscription_approval if approve_subscriptions is None else approve_subscriptions,
        anonymous_catalogue=old.anonymous_catalogue if anonymous_catalogue is None else anonymous_catalogue,
        device_authorization=old.device_authorization if device_authorization is None else device_authorization,
        second_factor=old.second_factor if second_factor is None else second_factor,
        second_factor_roles=_roles(old, second_factor_role),
        second_factor_grace_days=(
            old.second_factor_grace_days if second_factor_grace_days is None else second_factor_grace_days
        ),
        remembered_browser_days=(
            old.remembered_browser_days if remembered_browser_days is None else remembered_browser_days
        ),
        may_register_stages=old.may_register_stages if claim_stages is None else claim_stages,
        shares_apis=old.shares_apis if share_apis is None else share_apis,
        client_documents=client_documents or old.client_documents,
        client_registration=client_registration or old.client_registration,
        client_hosts=old.client_hosts if client_host is None else tuple(sorted(filter(None, client_host))),
        quotas={**old.quotas, **overridden},
        is_active=old.is_active if active is None else active,
        generation=generations.fresh() if active is False else old.generation,
    )
    now = stack.now_ms() // 1000
    new = replace(new, second_factor_from=organisation_settings.second_factor_from(old, new, now))
    if new != old and not connected.registry.replace_organisation(old, new):
        raise stack.OperatorError(f"the organisation {old.key!r} was changed meanwhile: run the command again")
    shown = _second_factor(new) if _second_factor(new) != _second_factor(old) else {}
    output.one(_row(new) | shown, is_json=is_json)


def _roles(old: Organisation, chosen: list[str] | None) -> tuple[str, ...]:
    """Return the roles that need a second factor; the word `none` alone stands for none."""
    if chosen is None:
        return old.second_factor_roles
    return tuple(sorted(role_names.check_roles(frozenset(chosen) - {"none"})))


def _row(one: Organisation) -> output.Row:
    return {
        "key": one.key,
        "name": one.name,
        "active": one.is_active,
        "self_sign_up": one.self_sign_up,
        "approve_subscriptions": one.subscription_approval,
        "anonymous_catalogue": one.anonymous_catalogue,
        "device_authorization": one.device_authorization,
        "claim_stages": one.may_register_stages,
        "share_apis": one.shares_apis,
        "client_documents": one.client_documents,
        "client_registration": one.client_registration,
        "client_hosts": " ".join(one.client_hosts),
        "quotas": " ".join(f"{name}={most}" for name, most in sorted(one.quotas.items())),
    }


def _second_factor(one: Organisation) -> output.Row:
    """Return who needs a second factor, which is shown when it changes: a list has no room for it."""
    return {
        "second_factor": one.second_factor,
        "second_factor_roles": " ".join(one.second_factor_roles),
        "second_factor_grace_days": one.second_factor_grace_days,
        "remembered_browser_days": one.remembered_browser_days,
    }
