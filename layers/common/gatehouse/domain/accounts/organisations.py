"""Organisations: the tenants. Everything but a grant and a client is looked up inside one."""

import re
from collections.abc import Mapping
from typing import Protocol

import msgspec

from gatehouse.domain.kernel import generations
from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.domain.kernel.refusals import InvalidInputError

_KEY = r"[a-z][a-z0-9-]{1,62}"
_CHOSEN_MAX = 20


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant.

    Attributes:
        key: Its organisation key, such as `johnsorg`; lower case.
        self_sign_up: Whether people may make themselves an account.
        sign_up_approval: Whether an administrator must let in who did.
        subscription_approval: Whether an administrator must let in each subscription.
        compatibility: `wso2` for WSO2's ways where they contradict the RFCs, or empty.
        access_token_lifetime_seconds: Of clients that have none of their own; 0 is the deployment's.
        refresh_token_lifetime_seconds: Likewise.
        lock_out_failures: How many failed sign-ins in a row lock an account.
        lock_out_minutes: For how long at first.
        password_minimum_characters: Of passwords that are chosen from now on.
        refuses_common_passwords: Whether they may not be on the list of common ones.
        anonymous_catalogue: Whether the JSON API shows its unrestricted APIs without a token, as WSO2's does.
        second_factor: Whether every member has to have a second factor.
        second_factor_roles: The roles whose members have to have one.
        second_factor_grace_days: How long members have time to set one up, from the day on which it is demanded.
        second_factor_from: NumericDate from which members without one cannot continue; until then they see a notice.
        remembered_browser_days: How long a browser may skip the second factor after it was proved; 0 for never.
        federated_grant_hours: How long what was issued behind a sign-in at an identity provider lives at most: nobody
            tells us when the provider disables a person, unless it sends logout tokens.
        identity_providers: Where its members may sign in: what their buttons say, by id; empty for one that is off.
        device_authorization: Whether its applications may sign users in by a code on another device (RFC 8628).
        may_register_stages: Whether its publishers may say that an API runs on a stage that none of its APIs had.
            Nothing proves whose stage it is, so an operator decides this for organisations that anybody creates.
        shares_apis: Whether its publishers may share APIs with other organisations. What they share stands in others'
            catalogues, so an operator decides this for organisations that anybody creates.
        client_documents: Which client ID metadata documents are let in: `off`, `hosts` or `any`.
        client_registration: Which clients may register by RFC 7591, likewise.
        client_hosts: The hosts that `hosts` means.
        quotas: What an operator allows instead of the defaults of `quotas.TABLE`, by name.
        logo_version: Names the stored logo, so that a new one is fetched at once; empty if there is none.
        accent_colour: Of its buttons and links, as `#rrggbb`; empty for the pages' own.
        request_mails: Addresses that are told of requests that await a decision, separated by spaces.
        revision: How often its settings were changed; a change states the revision that it read.
        generation: What everything that is issued in the organisation stores; a fresh one ends all of it.
    """

    key: str
    name: str
    self_sign_up: bool = False
    sign_up_approval: bool = False
    compatibility: str = ""
    subscription_approval: bool = False
    access_token_lifetime_seconds: int = 0
    refresh_token_lifetime_seconds: int = 0
    lock_out_failures: int = 10
    lock_out_minutes: int = 1
    password_minimum_characters: int = 10
    refuses_common_passwords: bool = True
    anonymous_catalogue: bool = False
    second_factor: bool = False
    second_factor_roles: tuple[str, ...] = ()
    second_factor_grace_days: int = 14
    second_factor_from: int = 0
    remembered_browser_days: int = 30
    federated_grant_hours: int = 24
    identity_providers: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    device_authorization: bool = False
    may_register_stages: bool = True
    shares_apis: bool = True
    client_documents: str = "off"
    client_registration: str = "off"
    client_hosts: tuple[str, ...] = ()
    quotas: Mapping[str, int] = msgspec.field(default_factory=dict[str, int])
    logo_version: str = ""
    accent_colour: str = ""
    request_mails: str = ""
    is_active: bool = True
    revision: int = 0
    generation: str = msgspec.field(default_factory=generations.fresh)


class OrganisationReader(Protocol):
    """Where organisations are read without a cache."""

    def find_organisation_now(self, organisation: str) -> Organisation | None:
        """Return the organisation as it is now, by one strongly consistent read."""
        ...


class OrganisationStore(Protocol):
    """Where organisations are kept."""

    def find_organisation(self, organisation: str) -> Organisation | None:
        """Return the organisation, at most the cache seconds old."""
        ...


def parse_key(text: str) -> str:
    """Return the organisation key in its one spelling; keys compare case-insensitively.

    Raises:
        InvalidRequestError: Not an organisation key.
    """
    if not is_key(text):
        raise InvalidRequestError(f"organisation key {text[:80]!r}", description="The organisation key is malformed.")
    return text.lower()


def check_chosen(keys: frozenset[str]) -> frozenset[str]:
    """Return the keys of the organisations that an API is shared with, each in its one spelling.

    Raises:
        InvalidInputError: One is malformed, or there are more than 20.
    """
    if len(keys) > _CHOSEN_MAX or not all(map(is_key, keys)):
        raise InvalidInputError(f"visibleTo holds organisation keys, at most {_CHOSEN_MAX}.", field="visibleTo")
    return frozenset(map(str.lower, keys))


def is_key(text: str) -> bool:
    """Say whether the text, in any case, spells an organisation key."""
    return text.isascii() and re.fullmatch(_KEY, text.lower()) is not None
