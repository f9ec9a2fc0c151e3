"""Subscriptions as an API's publisher sees them: list, block and unblock."""

from typing import Any

import msgspec

from gatehouse.domain.portal import subscription_decisions
from gatehouse.domain.portal.subscriptions import Listed, SubscriptionStore
from gatehouse.endpoints.publisher.publish_request import SubscriptionState
from gatehouse.endpoints.rest import bodies, listings, typed_bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable

BLOCK = frozenset({"apim:subscription_block", "apim:admin"})
VIEW = BLOCK | {"apim:api_view"}


class PublisherSubscriptions(msgspec.Struct, frozen=True):
    """Answers for the subscriptions to the organisation's APIs."""

    store: SubscriptionStore

    def find_page(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/subscriptions."""
        window = bodies.window(call.query)
        page = self.store.find_subscriptions_of_api(call.caller.organisation, call.path["apiId"], window)
        found = [render(one, call.caller.organisation) for one in page.items]
        return Answer(listings.listing(f"/apis/{call.path['apiId']}/subscriptions", page, found, {}))

    def block(self, call: ApiCall) -> Answer:
        """POST /subscriptions/{subscriptionId}/block: to BLOCKED, PROD_ONLY_BLOCKED or UNBLOCKED."""
        state = typed_bodies.parse(call.body, SubscriptionState).state
        found = subscription_decisions.find(self.store, call.caller, call.path["subscriptionId"])
        return Answer(
            render(subscription_decisions.block(self.store, call.caller, found, state), call.caller.organisation)
        )


def render(listed: Listed, organisation: str) -> dict[str, Any]:
    """Render a subscription with whose it is; who owns another organisation's application is that one's business."""
    return {
        "subscriptionId": listed.reference(organisation),
        "organisation": listed.organisation,
        "applicationId": listed.application_id,
        "applicationName": listed.application_name,
        "owner": listed.owner if listed.organisation == organisation else "",
        "apiId": listed.subscription.api_id,
        "tier": listed.subscription.tier,
        "requestedTier": listed.subscription.requested_tier,
        "state": listed.subscription.state,
    }


def operations(store: SubscriptionStore) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here = PublisherSubscriptions(store)
    return (
        OperationTable(scopes=VIEW).get(
            "/apis/{apiId}/subscriptions",
            "List the subscriptions to an API.",
            here.find_page,
            gives="ApiSubscriptionList",
            query=("limit", "offset", "cursor"),
        ),
        OperationTable(scopes=BLOCK).post(
            "/subscriptions/{subscriptionId}/block",
            "Block a subscription, for production only or altogether, or unblock it.",
            here.block,
            takes="SubscriptionState",
            gives="ApiSubscription",
            statuses=(200, 404, 409),
        ),
    )
