"""The store's services together, and the one that needs several: generating keys."""

from collections.abc import Iterable
from copy import replace
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import jobs
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.organisations import OrganisationReader
from gatehouse.domain.accounts.users import UserStore
from gatehouse.domain.apis import apis, catalogue
from gatehouse.domain.apis.apis import Api, Application, Subscription
from gatehouse.domain.apis.attachments import Attachment
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import KeySetExistsError, UnknownTenantError
from gatehouse.domain.oauth.clients import Client, KeyType
from gatehouse.domain.oauth.grants import GrantContext, IssuedToken
from gatehouse.domain.oauth.grants.client_credentials import GRANT_TYPE
from gatehouse.domain.portal import application_tokens, key_set_inputs, key_sets, subscriptions
from gatehouse.domain.portal.account_security import AccountSecurity
from gatehouse.domain.portal.active_sessions import ActiveSessions
from gatehouse.domain.portal.application_tokens import HeldGrants, TokenOptions
from gatehouse.domain.portal.applications import ApplicationStore
from gatehouse.domain.portal.generated_tokens import GeneratedTokenStore
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse.domain.portal.key_sets import KeySetStore
from gatehouse.domain.portal.new_secrets import NewSecret
from gatehouse.domain.portal.own_account import OwnAccount
from gatehouse.domain.portal.statistics import StatisticsStore
from gatehouse.domain.portal.subscriptions import ApplicationSubscription, SubscriptionStore
from gatehouse.domain.portal.visible_apis import CatalogueStore


class PortalDirectory(CatalogueStore, UserStore, OrganisationReader, Protocol):
    """What the store reads of the organisation."""

    def find_shown_apis(self, organisation: str) -> tuple[Api, ...]:
        """Return the APIs of the organisation, by name."""
        ...

    def find_shared_apis(self, organisation: str) -> tuple[Api, ...]:
        """Return the APIs of other organisations that are shared with this one, as far as a catalogue lists them.

        They have no routes, scopes, stages and documents, and only the beginning of their descriptions.
        """
        ...

    def find_document(self, organisation: str, api_id: str) -> str | None:
        """Return the API's OpenAPI document, as JSON."""
        ...

    def find_attachment(self, organisation: str, api_id: str, name: str) -> Attachment | None:
        """Return an API's thumbnail, or a document's content."""
        ...

    def find_names(
        self, organisation: str, applications: frozenset[str], clients: frozenset[str], usernames: frozenset[str]
    ) -> dict[str, str]:
        """Return the names of applications by their ids and by their consumer keys, and of members by username."""
        ...


class Portal(msgspec.Struct, frozen=True):
    """What the pages and the JSON API work on."""

    applications: ApplicationStore
    subscriptions: SubscriptionStore
    key_sets: KeySetStore
    directory: PortalDirectory
    statistics: StatisticsStore
    context: GrantContext
    own_account: OwnAccount
    account_security: AccountSecurity
    active_sessions: ActiveSessions
    generated: GeneratedTokenStore


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request came from and arrived: the source address, and the issuer of its tokens."""

    source: str
    issuer: str

    def issuer_of(self, organisation: str) -> str:
        """Return the issuer of the tokens of an organisation's users."""
        return f"{self.issuer}/t/{organisation}"


class GeneratedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """New keys, in the one moment in which their secret can be read."""

    client: Client
    secret: NewSecret | None
    token: IssuedToken | None


def generate_keys(
    portal: Portal,
    caller: Caller,
    application: Application,
    key_type: KeyType,
    draft: KeySetInput,
    *,
    options: TokenOptions,
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
        caller,
        application,
        key_type,
        draft,
        label=label,
        secret_expires_in=secret_expires_in,
        uris_max=key_set_inputs.find_uris_max(portal.key_sets, caller, draft),
    )
    held = HeldGrants(portal.context.grants)
    token: IssuedToken | None = None
    if GRANT_TYPE in client.grant_types:
        context = replace(portal.context, grants=held)
        token = application_tokens.generate(
            context, caller, client, options, issuer=origin.issuer, source=origin.source
        )
    entry = key_sets.generation_entry(caller, client)
    if not portal.key_sets.add_key_set(caller.organisation, application, client, held.held, entry):
        raise KeySetExistsError("Key Mappings already exists")
    return GeneratedKeys(client=client, secret=secret, token=token)


def request_subscription(
    portal: Portal, caller: Caller, application: Application, api: Api, tier: str, address: str
) -> ApplicationSubscription:
    """Subscribe an application to an API, as the API's organisation approves of it; `address` is this service's.

    Raises:
        PortalError: See `subscriptions.subscribe`.
    """
    is_approved, job = _find_approval(portal, caller, api.organisation, address)
    return subscriptions.subscribe(
        portal.subscriptions, caller, application, api, tier, is_approved=is_approved, job=job
    )


def request_tier(
    portal: Portal, caller: Caller, old: ApplicationSubscription, tier: str, address: str
) -> ApplicationSubscription:
    """Ask for another tier of a subscription, as the API's organisation approves of it.

    Raises:
        PortalError: See `subscriptions.change_tier`.
    """
    organisation, api_id = old.subscription.api_organisation, old.subscription.api_id
    api = portal.directory.find_shown_api(organisation, api_id)
    is_approved, job = _find_approval(portal, caller, organisation, address)
    return subscriptions.change_tier(portal.subscriptions, caller, old, tier, api=api, is_approved=is_approved, job=job)


def _find_approval(portal: Portal, caller: Caller, api_organisation: str, address: str) -> tuple[bool, Job | None]:
    """Return whether subscriptions to an organisation's APIs work at once, and the job that tells of one that waits."""
    organisation = portal.directory.find_organisation_now(api_organisation)
    if organisation is None:
        return True, None
    return not organisation.subscription_approval, jobs.request(organisation, address, caller.at_ms)


def find_catalogue(portal: Portal, caller: Caller, tenant: str = "") -> tuple[Api, ...]:
    """Return the APIs that the store lists to the caller: those of their organisation, and what others share with it.

    Args:
        portal: Where they are.
        caller: Who asks.
        tenant: The only organisation whose APIs are wanted; empty means all.

    Raises:
        InvalidInputError: That organisation shows the caller nothing, or there is none.
    """
    own = portal.directory.find_shown_apis(caller.organisation) if tenant in {"", caller.organisation} else ()
    shared = portal.directory.find_shared_apis(caller.organisation) if tenant != caller.organisation else ()
    found = catalogue.listed((*own, *(api for api in shared if tenant in {"", api.organisation})), caller)
    if not found and tenant not in {"", caller.organisation}:
        raise UnknownTenantError("Tenant Not Found")
    return found


def find_subscribed(portal: Portal, application: Application) -> tuple[Api, ...]:
    """Return the APIs that an application subscribes to in the lives that they live now."""
    references = application.references
    found = portal.context.directory.find_apis(references) if references else ()
    return tuple(one for one in found if apis.find_subscription(application, one))


def find_seen_apis(portal: Portal, caller: Caller, subscriptions: Iterable[Subscription]) -> dict[tuple[str, str], Api]:
    """Return the APIs of subscriptions, as far as the caller sees them, by organisation and id."""
    references = frozenset((one.api_organisation, one.api_id) for one in subscriptions)
    found = portal.context.directory.find_apis(references) if references else ()
    return {(one.organisation, one.api_id): one for one in found if catalogue.is_seen(one, caller)}
