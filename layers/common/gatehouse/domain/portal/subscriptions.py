"""Subscriptions: an application's right to call an API, with a tier and a state.

The gate reads the application's own list; the subscription's item makes it findable by id and by API.
Both change in one transaction.
"""

import uuid
from copy import replace
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.quotas import QuotaStore
from gatehouse.domain.apis import apis, subscription_tiers
from gatehouse.domain.apis.apis import Api, Application, Subscription
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import (
    ConflictError,
    InvalidInputError,
    InvalidSubscriptionStateError,
    SubscriptionExistsError,
    SubscriptionNotFoundError,
)
from gatehouse.domain.portal import applications
from gatehouse.domain.portal.applications import ApplicationStore, Outcome
from gatehouse.domain.portal.subscription_blocks import BLOCKED_STATES, Blocks, SubscriptionBlockStore

ON_HOLD = "ON_HOLD"
UNBLOCKED = "UNBLOCKED"
REJECTED = "REJECTED"
TIER_UPDATE_PENDING = "TIER_UPDATE_PENDING"

_NAMESPACE = uuid.UUID("6f4f4e0c-0d39-5f0e-9d39-6c3f3f6f1a01")
_SUBSCRIBABLE = frozenset({"PUBLISHED"})


class ApplicationSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription with whose it is.

    Attributes:
        subscription_id: Follows from application and API, so that neither can be subscribed twice.
        application: The application, where it was read along.
    """

    organisation: str
    subscription_id: str
    application_id: str
    application_name: str = ""
    owner_id: str
    owner: str = ""
    subscription: Subscription
    created_at_ms: int = 0
    application: Application | None = None

    def reference(self, organisation: str) -> str:
        """Return how an organisation names it: by its id, or `<id>@acme` if the application is acme's."""
        return (
            self.subscription_id if self.organisation == organisation else f"{self.subscription_id}@{self.organisation}"
        )


class SubscriptionStore(QuotaStore, SubscriptionBlockStore, Protocol):
    """Where subscriptions are kept; every change, the gate's list and the audit entry are one transaction."""

    def find_subscription(self, organisation: str, subscription_id: str) -> ApplicationSubscription | None:
        """Return the subscription as it is now."""
        ...

    def find_subscriptions_of_api(
        self, organisation: str, api_id: str, window: Window
    ) -> Page[ApplicationSubscription]:
        """Return a page of all subscriptions to an API, by owner and application."""
        ...

    def find_own_subscriptions_of_api(
        self, organisation: str, owner_id: str, api_id: str, window: Window
    ) -> Page[ApplicationSubscription]:
        """Return a page of the subscriptions to an API that an owner's applications have."""
        ...

    def find_waiting_subscriptions(self, organisation: str, window: Window) -> Page[ApplicationSubscription]:
        """Return a page of the subscriptions to the organisation's APIs that await a decision, oldest first."""
        ...

    def add_subscription(
        self,
        organisation: str,
        application: Application,
        new: ApplicationSubscription,
        blocks: Blocks,
        entry: Entry,
        job: Job | None = None,
    ) -> Outcome:
        """Store a new subscription, and enqueue the job.

        Returns:
            `changed` if it exists, the API's life ended, a block changed, or the application changed meanwhile; `full`
            if the organisation may have no more applications with a limited tier.
        """
        ...

    def replace_subscription(
        self, organisation: str, old: ApplicationSubscription, new: Subscription, entry: Entry, job: Job | None = None
    ) -> Outcome:
        """Store its tier and state, and enqueue the job.

        Returns:
            `changed` if the old one no longer stands, `full` as for a new one.
        """
        ...

    def delete_subscription(self, organisation: str, listed: ApplicationSubscription, entry: Entry) -> None:
        """Delete it; the gate refuses within seconds."""
        ...


def id_of(application_id: str, subscription: Subscription) -> str:
    """Return the subscription's id, a UUID."""
    parts = (application_id, subscription.api_organisation, subscription.api_id, subscription.life_id)
    text = "\0".join(parts)
    return str(uuid.uuid5(_NAMESPACE, text))


def with_application(application: Application, subscription: Subscription) -> ApplicationSubscription:
    """Return a subscription of the application's own list as one that knows whose it is."""
    return ApplicationSubscription(
        organisation=application.organisation,
        subscription_id=id_of(application.application_id, subscription),
        application_id=application.application_id,
        application_name=application.name,
        owner_id=application.owner_id,
        owner=application.owner,
        subscription=subscription,
        application=application,
    )


def find(
    store: SubscriptionStore, application_store: ApplicationStore, caller: Caller, subscription_id: str
) -> tuple[Application, ApplicationSubscription]:
    """Return a subscription of an application that the caller may use.

    Raises:
        NotFoundError: There is none in the caller's organisation.
        NotAllowedError: The application is another member's.
    """
    found = store.find_subscription(caller.organisation, subscription_id)
    if found is None:
        raise SubscriptionNotFoundError("There is no subscription of that id.")
    return applications.find_visible(application_store, caller, found.application_id), found


def of_application(application: Application) -> tuple[ApplicationSubscription, ...]:
    """Return all subscriptions of an application."""
    return tuple(with_application(application, one) for one in application.subscriptions)


def subscribe(
    store: SubscriptionStore,
    caller: Caller,
    application: Application,
    api: Api,
    tier: str,
    *,
    is_approved: bool,
    job: Job | None = None,
) -> ApplicationSubscription:
    """Subscribe an application to an API.

    Args:
        store: Where it is kept.
        caller: Who subscribes.
        application: One that the caller may use.
        api: One that the caller sees.
        tier: A subscription-level policy that the API offers.
        is_approved: Whether it works at once; else it is ON_HOLD until an administrator approved it. An application
            that is blocked at the API stays so; another one of its owner is on hold in any case.
        job: Tells administrators, and is enqueued if it is on hold.

    Raises:
        InvalidInputError: The API takes no new subscriptions, or the application has too many.
        NotAllowedError: There is no such tier.
        ConflictError: It is subscribed already.
    """
    if api.lifecycle not in _SUBSCRIBABLE:
        raise InvalidInputError("The API takes no new subscriptions.", field="apiId")
    wanted = len(application.subscriptions) + 1
    most = quotas.allowed(store, caller.organisation, "subscriptions", wanted)
    if wanted > most:
        raise InvalidInputError(f"An application has at most {most} subscriptions.", field="apiId")
    subscription_tiers.check(tier, api)
    blocks = store.find_blocks(caller.organisation, application, api)
    new = Subscription(
        api_organisation=api.organisation,
        api_id=api.api_id,
        life_id=api.life_id,
        tier=tier,
        state=blocks.own or (UNBLOCKED if is_approved and not blocks.others else ON_HOLD),
    )
    made = replace(with_application(application, new), created_at_ms=caller.at_ms)
    entry = caller.entry("subscription.create", made.subscription_id, f"{application.name} to {api.name}, {tier}")
    outcome = (
        "changed"
        if apis.find_subscription(application, api)
        else store.add_subscription(
            caller.organisation, application, made, blocks, entry, job if new.state == ON_HOLD else None
        )
    )
    _refuse_if_full(outcome)
    if outcome != "stored":
        raise SubscriptionExistsError(
            f"Specified subscription already exists for API {api.api_id}, for application {application.application_id}",
        )
    return made


def change_tier(
    store: SubscriptionStore,
    caller: Caller,
    old: ApplicationSubscription,
    tier: str,
    *,
    api: Api | None,
    is_approved: bool,
    job: Job | None = None,
) -> ApplicationSubscription:
    """Ask for another tier; the old one stays in force until it is approved.

    Args:
        store: Where it is kept.
        caller: Who asks.
        old: A subscription of an application that the caller may use.
        tier: A subscription-level policy.
        api: What it subscribes to, as far as the caller sees it.
        is_approved: Whether the new tier is in force at once.
        job: Tells administrators, and is enqueued if it is not.

    Raises:
        InvalidInputError: It is blocked, on hold or rejected.
        NotAllowedError: There is no such tier.
        ConflictError: It changed meanwhile.
    """
    subscription_tiers.check(tier, api)
    standing = old.subscription
    if standing.state in BLOCKED_STATES | {ON_HOLD, REJECTED}:
        raise InvalidSubscriptionStateError("Cannot update subscriptions with provided or existing status")
    new = (
        replace(standing, tier=tier, state=UNBLOCKED, requested_tier="")
        if is_approved
        else replace(standing, state=TIER_UPDATE_PENDING, requested_tier=tier)
    )
    return replace_state(store, caller, old, new, "subscription.tier", tier, None if is_approved else job)


def unsubscribe(store: SubscriptionStore, caller: Caller, old: ApplicationSubscription) -> None:
    """End a subscription."""
    entry = caller.entry(
        "subscription.delete", old.subscription_id, f"{old.application_name}, {old.subscription.api_id}"
    )
    store.delete_subscription(caller.organisation, old, entry)


def replace_state(
    store: SubscriptionStore,
    caller: Caller,
    old: ApplicationSubscription,
    new: Subscription,
    action: str,
    detail: str,
    job: Job | None = None,
) -> ApplicationSubscription:
    """Store another tier or state of a subscription.

    Raises:
        ConflictError: It changed meanwhile, or the organisation may have no more applications with a limited tier.
    """
    entry = caller.entry(action, old.subscription_id, detail)
    outcome = store.replace_subscription(old.organisation, old, new, entry, job)
    _refuse_if_full(outcome)
    if outcome != "stored":
        raise ConflictError("The subscription changed meanwhile. Look at it again.")
    return replace(old, subscription=new)


def _refuse_if_full(outcome: Outcome) -> None:
    if outcome == "full":
        raise ConflictError(
            "Your organisation has as many applications with a limited tier as it may have. Choose the tier Unlimited, "
            "or ask an operator for more."
        )
