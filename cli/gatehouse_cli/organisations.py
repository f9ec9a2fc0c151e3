"""`gatehouse organisations`: the tenants."""

from copy import replace
from pathlib import Path
from typing import Annotated, Any, TypedDict, Unpack

import typer

from gatehouse.domain.accounts import organisations, quotas
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import generations
from gatehouse.domain.oauth.registered_clients import Policy
from gatehouse.domain.portal import organisation_settings
from gatehouse.domain.portal.organisation_settings import HOSTS, NUMBERS
from gatehouse.storage.directory_writer import AlreadyExistsError
from gatehouse_cli import arguments, commands, files, output, pairs
from gatehouse_cli.errors import OperatorError, changed_meanwhile
from gatehouse_cli.stack import Stack, operator_of
from gatehouse_cli.words import camel

app = commands.Group("Organisations: the tenants.")


@app.command("list")
def list_all(connected: Stack) -> output.Answer:
    """List the organisations."""
    found = [_summary(one) for one in connected.organisations()]
    return output.Rows(found, empty="no organisations; create one by `gatehouse organisations create`")


@app.command()
def show(connected: Stack, key: arguments.Organisation) -> output.Answer:
    """Show the settings of an organisation."""
    return output.Fields(_settings(connected.organisation(key)))


@app.command()
def create(
    connected: Stack,
    key: arguments.Organisation,
    display_name: Annotated[str, typer.Option("--name", help="The name that people read; the key if not given.")] = "",
) -> output.Answer:
    """Create an organisation."""
    if not organisations.is_key(key):
        rule = "use a letter, then 1 to 62 letters, digits and hyphens"
        raise OperatorError(f"{key!r} cannot be an organisation key: {rule}")
    key = organisations.parse_key(key)
    made = Organisation(key=key, name=organisation_settings.parse_name(display_name or key))
    try:
        connected.directory_writer.add_organisation(made, operator_of(key).entry("organisation.create", key))
    except AlreadyExistsError:
        raise OperatorError(f"there is an organisation {key!r} already") from None
    return output.Fields(_row(made))


class OrganisationOptions(TypedDict, total=False):
    """The options of `configure`."""

    name: Annotated[str, typer.Option(help="The name that people read.")]
    self_sign_up: Annotated[bool, typer.Option(help="Whether people may sign up.")]
    approve_sign_ups: Annotated[bool, typer.Option(help="Whether new members await approval.")]
    approve_subscriptions: Annotated[bool, typer.Option(help="Whether subscriptions await approval.")]
    anonymous_catalogue: Annotated[
        bool, typer.Option(help="Whether the JSON API shows unrestricted APIs without a token.")
    ]
    compatibility: Annotated[
        str, typer.Option(help="`wso2` for WSO2's ways where they contradict the RFCs. An empty text for none.")
    ]
    device_authorization: Annotated[
        bool, typer.Option(help="Whether applications may sign members in by a code on another device.")
    ]
    access_token_lifetime: Annotated[
        int, typer.Option(help="Seconds that access tokens live; 0 for the deployment's default.")
    ]
    refresh_token_lifetime: Annotated[
        int, typer.Option(help="Seconds that refresh tokens live unused; 0 for the deployment's default.")
    ]
    federated_grant_hours: Annotated[
        int, typer.Option(help="Hours that tokens live at most after a sign-in at an identity provider.")
    ]
    lock_out_failures: Annotated[int, typer.Option(help="Failed sign-ins in a row that lock an account.")]
    lock_out_minutes: Annotated[int, typer.Option(help="Minutes that the first lock-out lasts.")]
    password_minimum_characters: Annotated[int, typer.Option(help="The least length of new passwords.")]
    refuse_common_passwords: Annotated[
        bool, typer.Option(help="Whether new passwords may not be on the list of common ones.")
    ]
    second_factor: Annotated[bool, typer.Option(help="Whether every member needs a second factor.")]
    second_factor_role: Annotated[
        list[str], typer.Option(help=f"A role whose members need a second factor. {arguments.SEVERAL}")
    ]
    second_factor_grace_days: Annotated[
        int, typer.Option(help="Days to set one up, from the day on which it is demanded.")
    ]
    remembered_browser_days: Annotated[
        int, typer.Option(help="Days that a browser skips the second factor; 0 for never.")
    ]
    claim_stages: Annotated[
        bool, typer.Option(help="Whether its publishers may name new stages that their APIs run on.")
    ]
    share_apis: Annotated[bool, typer.Option(help="Whether its publishers may share APIs with other organisations.")]
    client_documents: Annotated[Policy, typer.Option(help="Which client ID metadata documents are accepted.")]
    client_registration: Annotated[Policy, typer.Option(help="Which clients may register themselves (RFC 7591).")]
    client_host: Annotated[list[str], typer.Option(help=f"A host that the choice `hosts` means. {arguments.SEVERAL}")]
    request_mails: Annotated[
        str, typer.Option(help="The addresses that get mails about pending requests. Empty for none.")
    ]
    accent_colour: Annotated[
        str, typer.Option(help="The colour of buttons and links, such as '#0b57b0'. Empty for the default.")
    ]
    quota: Annotated[
        list[str], typer.Option(help="Another limit, such as applications=500. May be given several times.")
    ]
    active: Annotated[
        bool, typer.Option(help="--no-active ends everything that was issued; --active brings nothing of it back.")
    ]


JSON_NAMES = {
    "approve_sign_ups": "signUpApproval",
    "approve_subscriptions": "subscriptionApproval",
    "access_token_lifetime": "accessTokenLifetimeSeconds",
    "refresh_token_lifetime": "refreshTokenLifetimeSeconds",
    "second_factor_role": "secondFactorRoles",
    "client_documents": "clientMetadataDocuments",
    "client_registration": "dynamicClientRegistration",
    "client_host": HOSTS,
}
"""What the JSON API calls settings, where it is not the option's name."""

_OPERATORS_ALONE = {"claim_stages": "may_register_stages", "share_apis": "shares_apis", "active": "is_active"}


@app.command()
def configure(connected: Stack, key: arguments.Organisation, **given: Unpack[OrganisationOptions]) -> output.Answer:
    """Change settings of an organisation; those that are not named stay as they are."""
    values: dict[str, Any] = dict(given)
    for option in values.keys() & {"second_factor_role", "client_host"}:
        values[option] = frozenset[str](values[option]) - {""}
    try:
        overridden = pairs.unique(map(quotas.parse, values.pop("quota", ())))
    except ValueError as error:
        raise OperatorError(str(error)) from None
    allowed = {field: values.pop(option) for option, field in _OPERATORS_ALONE.items() if option in values}
    named = {JSON_NAMES.get(option) or camel(option): value for option, value in values.items()}
    found = connected.organisation(key)
    if named:
        found = organisation_settings.change(connected.settings, connected.operator(found.key), named, found)
    return output.Fields(_settings(_allow(connected, found, allowed, overridden)))


@app.command("set-logo")
def set_logo(
    connected: Stack,
    key: arguments.Organisation,
    picture: Annotated[Path, typer.Argument(help="A PNG, JPEG, WebP or GIF file of at most 64 KiB.")],
) -> output.Answer:
    """Show a logo on the pages of an organisation."""
    logo = organisation_settings.change_logo(connected.settings, connected.operator(key), files.read(picture))
    return output.Fields({"key": key, "media_type": logo.media_type, "version": logo.version})


@app.command("remove-logo")
def remove_logo(connected: Stack, key: arguments.Organisation) -> output.Answer:
    """Show the name of an organisation instead of a logo."""
    organisation_settings.remove_logo(connected.settings, connected.operator(key))
    return output.Fields({"key": key, "logo": "removed"})


def _allow(connected: Stack, old: Organisation, allowed: dict[str, bool], overridden: dict[str, int]) -> Organisation:
    """Change what only operators may change, and write what changed to the audit log."""
    fresh = {"generation": generations.fresh()} if allowed.get("is_active") is False else {}
    new = replace(old, quotas={**old.quotas, **overridden}, **allowed, **fresh)
    if new == old:
        return old
    given = {**allowed, **{f"quota {name}": most for name, most in overridden.items()}}
    told = " ".join(f"{name}={value}" for name, value in sorted(given.items()))
    entry = operator_of(old.key).entry("settings.update", old.key, told)
    new = replace(new, revision=old.revision + 1)
    if not connected.settings.change_organisation(old.key, old, new, entry):
        raise changed_meanwhile(f"the organisation {old.key!r}")
    return new


def _summary(one: Organisation) -> output.Row:
    """Return what a list shows, in the width of a terminal; `show` has the rest."""
    shown = _row(one)
    return {name: shown[name] for name in ("key", "name", "active", "self_sign_up", "claim_stages")}


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
        "client_hosts": list(one.client_hosts),
        "quotas": [f"{name}={most}" for name, most in sorted(one.quotas.items())],
    }


def _settings(one: Organisation) -> output.Row:
    """Return every setting, by the names of the options of `configure`."""
    numbers = {number.field: getattr(one, number.field) for number in NUMBERS.values()}
    return {
        **_row(one),
        "approve_sign_ups": one.sign_up_approval,
        "compatibility": one.compatibility,
        "accent_colour": one.accent_colour,
        "request_mails": one.request_mails,
        "refuse_common_passwords": one.refuses_common_passwords,
        "second_factor": one.second_factor,
        "second_factor_roles": list(one.second_factor_roles),
        **{field.removesuffix("_seconds"): value for field, value in numbers.items()},
        "logo": one.logo_version,
    }
