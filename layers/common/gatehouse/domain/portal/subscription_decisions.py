"""What administrators decide about subscriptions to their APIs: approve, reject, block and unblock."""

from copy import replace

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import InvalidSubscriptionStateError, SubscriptionNotFoundError
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.subscription_blocks import BLOCKED_STATES
from gatehouse.domain.portal.subscriptions import (
    ON_HOLD,
    REJECTED,
    TIER_UPDATE_PENDING,
    UNBLOCKED,
    ApplicationSubscription,
    SubscriptionStore,
)


def find(store: SubscriptionStore, caller: Caller, named: str) -> ApplicationSubscription:
    """Return a subscription to an API of the caller's organisation, of any organisation's application.

    Raises:
        NotFoundError: There is none to an API of this organisation.
    """
    subscription_id, _, organisation = named.partition("@")
    found = store.find_subscription(organisation or caller.organisation, subscription_id)
    if found is None or found.subscription.api_organisation != caller.organisation:
        raise SubscriptionNotFoundError("There is no subscription of that id.")
    return found


def block(
    store: SubscriptionStore, caller: Caller, old: ApplicationSubscription, state: str
) -> ApplicationSubscription:
    """Block or unblock a subscription, as an administrator. Another tier that was asked for awaits approval again.

    Raises:
        InvalidInputError: There is no such state, or it awaits approval.
        ConflictError: It changed meanwhile.
    """
    if state not in BLOCKED_STATES | {UNBLOCKED} or old.subscription.state in {ON_HOLD, REJECTED}:
        raise InvalidSubscriptionStateError("A subscription is UNBLOCKED, BLOCKED or PROD_ONLY_BLOCKED.")
    if state == UNBLOCKED and old.subscription.requested_tier:
        state = TIER_UPDATE_PENDING
    detail = f"{old.application_name} at {old.subscription.api_id}: {old.subscription.state} to {state}"
    return subscriptions.replace_state(
        store, caller, old, replace(old.subscription, state=state), "subscription.state", detail
    )


def decide(
    store: SubscriptionStore, caller: Caller, old: ApplicationSubscription, *, is_approved: bool
) -> ApplicationSubscription:
    """Approve or reject what awaits a decision, as an administrator.

    Raises:
        InvalidInputError: Nothing awaits a decision.
        ConflictError: It changed meanwhile.
    """
    standing = old.subscription
    if standing.state == TIER_UPDATE_PENDING:
        tier = standing.requested_tier if is_approved else standing.tier
        new = replace(standing, tier=tier, requested_tier="", state=UNBLOCKED)
    elif standing.state == ON_HOLD:
        new = replace(standing, state=UNBLOCKED if is_approved else REJECTED)
    else:
        raise InvalidSubscriptionStateError("Nothing awaits a decision here.")
    action = "subscription.approve" if is_approved else "subscription.reject"
    return subscriptions.replace_state(store, caller, old, new, action, old.application_name)
