"""The store's services together, and the one that needs several: generating keys."""

from dataclasses import dataclass, replace
from typing import Protocol

from gatehouse.domain import usernames
from gatehouse.domain.apis import Api, Application
from gatehouse.domain.clients import Client, KeyType
from gatehouse.domain.grants import GrantContext, IssuedToken
from gatehouse.domain.grants.client_credentials import GRANT_TYPE
from gatehouse.domain.organisations import Organisation
from gatehouse.domain.portal import application_tokens, applications, key_sets
from gatehouse.domain.portal.application_tokens import HeldGrants, Wish
from gatehouse.domain.portal.errors import ConflictError, InvalidInputError
from gatehouse.domain.portal.key_sets import Draft, KeySetStore, NewSecret
from gatehouse.domain.portal.own_account import OwnAccount
from gatehouse.domain.portal.people import Caller
from gatehouse.domain.portal.statistics import StatisticsStore
from gatehouse.domain.portal.subscriptions import Catalogue, SubscriptionStore
from gatehouse.domain.users import User


class PortalDirectory(Catalogue, Protocol):
    """What the store reads of the organisation."""

    def find_shown_apis(self, organisation: str) -> tuple[Api, ...]:
        """Return the APIs of the organisation, by name."""
        ...

    def find_document(self, organisation: str, api_id: str) -> str | None:
        """Return the API's OpenAPI document, as JSON."""
        ...

    def find_organisation_now(self, organisation: str) -> Organisation | None:
        """Return the organisation as it is now."""
        ...

    def find_user(self, organisation: str, username: str) -> User | None:
        """Return the user as he is now."""
        ...


@dataclass(frozen=True, slots=True)
class Portal:
    """What the pages and the JSON API work on."""

    subscriptions: SubscriptionStore
    key_sets: KeySetStore
    directory: PortalDirectory
    statistics: StatisticsStore
    context: GrantContext
    own_account: OwnAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request came from and arrived: the source address, and the issuer of its tokens."""

    source: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedKeys:
    """New keys, in the one moment in which their secret can be read."""

    client: Client
    secret: NewSecret | None
    token: IssuedToken | None


def generate_keys(
    portal: Portal,
    caller: Caller,
    application: Application,
    key_type: KeyType,
    draft: Draft,
    *,
    wish: Wish,
    origin: Origin,
    label: str = "",
    secret_expires_in: int = 0,
) -> GeneratedKeys:
    """Make a key set with its first secret and, where the grant types allow it, its first token: all or nothing.

    Raises:
        InvalidInputError: The draft is wrong.
        ConflictError: The application has keys of that type.
    """
    client, secret = key_sets.make(
        caller, application, key_type, draft, label=label, secret_expires_in=secret_expires_in
    )
    held = HeldGrants(portal.context.grants)
    token: IssuedToken | None = None
    if GRANT_TYPE in client.grant_types:
        context = replace(portal.context, grants=held)
        token = application_tokens.generate(context, caller, client, wish, issuer=origin.issuer, source=origin.source)
    entry = caller.entry("keys.generate", client.client_id, f"{key_type}: {' '.join(sorted(draft.grant_types))}")
    if not portal.key_sets.add_key_set(caller.organisation, application, client, held.held, entry):
        raise ConflictError("Key Mappings already exists", code=key_sets.KEYS_EXIST)
    return GeneratedKeys(client=client, secret=secret, token=token)


def hand_over(portal: Portal, caller: Caller, application: Application, typed: str) -> Application:
    """Make another member of the organisation the owner, by the username that was typed.

    Raises:
        InvalidInputError: There is no such member.
        ConflictError: He has an application of that name, or it changed meanwhile.
    """
    login = usernames.parse(typed, caller.organisation)
    is_ours = login is not None and login.organisation == caller.organisation
    user = portal.directory.find_user(caller.organisation, login.username) if login and is_ours else None
    if user is None or not user.is_active:
        raise InvalidInputError("There is no such member of your organisation.", field="owner")
    return applications.hand_over(portal.subscriptions, caller, application, user.user_id, user.username)


def subscribes_at_once(portal: Portal, caller: Caller) -> bool:
    """Say whether new subscriptions work at once in the caller's organisation."""
    organisation = portal.directory.find_organisation_now(caller.organisation)
    return organisation is None or not organisation.subscription_approval
