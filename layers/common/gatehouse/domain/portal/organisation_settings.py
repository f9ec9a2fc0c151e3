"""What an organisation's administrators set: who comes in, how long things live, which passwords are good, the logo.

Each setting works at once where the organisation is read strongly (passwords, refreshing, codes), and elsewhere
within the process cache's seconds.
"""

import re
from collections.abc import Mapping
from copy import replace
from typing import Any, Protocol

import msgspec

from gatehouse.domain.accounts import addresses, branding, logos
from gatehouse.domain.accounts.branding import UnreadableColourError
from gatehouse.domain.accounts.logos import Logo
from gatehouse.domain.accounts.organisations import Organisation, OrganisationReader
from gatehouse.domain.kernel import names, role_names
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotFoundError
from gatehouse.domain.oauth import registered_clients

_NAME_MAX_CHARACTERS = 100
_DAY_SECONDS = 24 * 60 * 60


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that is a whole number; `default` stands for nothing typed."""

    field: str
    minimum: int
    maximum: int
    default: int


FLAGS: Mapping[str, str] = {
    "selfSignUp": "self_sign_up",
    "signUpApproval": "sign_up_approval",
    "subscriptionApproval": "subscription_approval",
    "refuseCommonPasswords": "refuses_common_passwords",
    "anonymousCatalogue": "anonymous_catalogue",
    "deviceAuthorization": "device_authorization",
    "secondFactor": "second_factor",
}
TEXTS: Mapping[str, str] = {
    "name": "name",
    "compatibility": "compatibility",
    "accentColour": "accent_colour",
    "requestMails": "request_mails",
}
ROLES: Mapping[str, str] = {"secondFactorRoles": "second_factor_roles"}
CHOICES: Mapping[str, str] = {
    "clientMetadataDocuments": "client_documents",
    "dynamicClientRegistration": "client_registration",
}
"""Which clients may register themselves: `registered_clients.POLICIES`."""

HOSTS = "registeredClientHosts"
"""The hosts that the choice `hosts` means."""

_HOSTS_MAX = 100
_MAILS_MAX = 5
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")

NUMBERS: Mapping[str, Number] = {
    "accessTokenLifetimeSeconds": Number(field="access_token_lifetime_seconds", minimum=60, maximum=86_400, default=0),
    "refreshTokenLifetimeSeconds": Number(
        field="refresh_token_lifetime_seconds", minimum=60, maximum=31_536_000, default=0
    ),
    "lockOutFailures": Number(field="lock_out_failures", minimum=3, maximum=100, default=10),
    "lockOutMinutes": Number(field="lock_out_minutes", minimum=1, maximum=1440, default=1),
    "secondFactorGraceDays": Number(field="second_factor_grace_days", minimum=0, maximum=90, default=14),
    "rememberedBrowserDays": Number(field="remembered_browser_days", minimum=0, maximum=90, default=30),
    "federatedGrantHours": Number(field="federated_grant_hours", minimum=1, maximum=720, default=24),
    "passwordMinimumCharacters": Number(field="password_minimum_characters", minimum=8, maximum=64, default=10),
}
"""Settings by the names that the JSON API, the form and its errors use."""


class SettingsStore(OrganisationReader, Protocol):
    """Where settings are kept; every change and its audit entry are one transaction."""

    def change_organisation(self, organisation: str, old: Organisation, new: Organisation, entry: Entry) -> bool:
        """Store what differs; False if it is not of the old one's revision any more, or gone."""
        ...

    def change_logo(self, organisation: str, logo: Logo | None, entry: Entry) -> bool:
        """Store the logo and its version with the organisation, or take both away; False if it is gone."""
        ...


def find(store: SettingsStore, caller: Caller) -> Organisation:
    """Return the organisation.

    Raises:
        NotFoundError: It is gone.
    """
    found = store.find_organisation_now(caller.organisation)
    if found is None:
        raise NotFoundError("The organisation is gone.")
    return found


def change(
    store: SettingsStore, caller: Caller, values: Mapping[str, Any], found: Organisation | None = None
) -> Organisation:
    """Change the settings that are named; a number of None becomes its default.

    With the organisation as it was found, nobody may have changed it since.

    Raises:
        InvalidInputError: A value is wrong.
        ConflictError: The settings changed meanwhile, or the organisation is gone.
    """
    old = found or find(store, caller)
    changes = {field: values[name] for name, field in {**FLAGS, **TEXTS}.items() if name in values}
    changes |= _clients(values)
    changes |= {one.field: _number(name, one, values[name]) for name, one in NUMBERS.items() if name in values}
    changes |= {field: _roles(values[name], name) for name, field in ROLES.items() if name in values}
    name = parse_name(str(changes.get("name", old.name)))
    new = replace(old, **changes | {"name": name} | _colour(values) | _mails(values))
    if new.compatibility not in {"", "wso2"}:
        raise InvalidInputError("The compatibility is wso2 or nothing.", field="compatibility")
    new = replace(new, second_factor_from=second_factor_from(old, new, caller.now))
    changed = sorted(name for name in changes if getattr(old, name) != getattr(new, name))
    told = " ".join(f"{name}={getattr(new, name)}" if name != "name" else name for name in changed)
    entry = caller.entry("settings.update", caller.organisation, told)
    new = replace(new, revision=old.revision + 1)
    if changed and not store.change_organisation(caller.organisation, old, new, entry):
        raise ConflictError("The settings changed meanwhile. Look at them again.")
    return new


def parse_name(typed: str) -> str:
    """Return the name of an organisation.

    Raises:
        InvalidInputError: It is empty, too long, or has characters that nobody sees.
    """
    name = names.parse(typed, _NAME_MAX_CHARACTERS)
    if name is None:
        raise InvalidInputError("The name has 1 to 100 characters, and none that nobody sees.", field="name")
    return name


def change_logo(store: SettingsStore, caller: Caller, content: bytes) -> Logo:
    """Show this picture on the organisation's pages from now on.

    Raises:
        InvalidInputError: It is no PNG, JPEG, WebP or GIF, or too large.
        ConflictError: The organisation is gone.
    """
    logo = logos.parse(content)
    if logo is None:
        raise InvalidInputError(f"The logo is {logos.LIMITS}.", field="logo")
    entry = caller.entry("settings.logo", caller.organisation, f"{logo.media_type} of {len(content)} bytes")
    if not store.change_logo(caller.organisation, logo, entry):
        raise ConflictError("The organisation is gone.")
    return logo


def remove_logo(store: SettingsStore, caller: Caller) -> None:
    """Show the name alone.

    Raises:
        ConflictError: The organisation is gone.
    """
    if not store.change_logo(caller.organisation, None, caller.entry("settings.logo", caller.organisation, "removed")):
        raise ConflictError("The organisation is gone.")


def _roles(typed: frozenset[str], name: str) -> tuple[str, ...]:
    return tuple(sorted(role_names.check_roles(typed, name)))


def second_factor_from(old: Organisation, new: Organisation, now: int) -> int:
    """Return from when a second factor is demanded: members get time when that begins, or when the time is changed."""
    demands = [one.second_factor or bool(one.second_factor_roles) for one in (old, new)]
    is_kept = demands == [True, True] and old.second_factor_grace_days == new.second_factor_grace_days
    if is_kept or not demands[1]:
        return old.second_factor_from
    return now + new.second_factor_grace_days * _DAY_SECONDS


def _colour(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the accent colour in its one spelling, if it is changed."""
    if "accentColour" not in values:
        return {}
    try:
        return {"accent_colour": branding.parse(str(values["accentColour"]))}
    except UnreadableColourError as error:
        raise InvalidInputError(str(error), field="accentColour") from error


def _mails(values: Mapping[str, Any]) -> dict[str, str]:
    """Return who is told of requests, if that is changed."""
    if "requestMails" not in values:
        return {}
    found = str(values["requestMails"]).replace(",", " ").split()
    if len(found) > _MAILS_MAX or not all(map(addresses.is_address, found)):
        raise InvalidInputError("At most 5 e-mail addresses, separated by spaces.", field="requestMails")
    return {"request_mails": " ".join(found)}


def _clients(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is changed about clients that register themselves."""
    changes: dict[str, Any] = {}
    for name, field in CHOICES.items():
        if name in values:
            if values[name] not in registered_clients.POLICIES:
                raise InvalidInputError(f"One of {', '.join(registered_clients.POLICIES)}.", field=name)
            changes[field] = values[name]
    if HOSTS in values:
        hosts = tuple(sorted({one.lower() for one in values[HOSTS]}))
        if len(hosts) > _HOSTS_MAX or not all(map(_HOST.fullmatch, hosts)):
            raise InvalidInputError(
                "At most 100 hosts such as agent.example.com, or localhost for programs on users' devices.", field=HOSTS
            )
        changes["client_hosts"] = hosts
    return changes


def _number(name: str, rule: Number, value: int | None) -> int:
    if value is None or value == rule.default:
        return rule.default
    if not rule.minimum <= value <= rule.maximum:
        bounds = f"{rule.minimum} to {rule.maximum}"
        said = f"From {bounds} seconds." if name.endswith("Seconds") else f"A whole number from {bounds}."
        raise InvalidInputError(said, field=name)
    return value
