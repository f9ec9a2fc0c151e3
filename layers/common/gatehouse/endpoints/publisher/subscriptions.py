"""Subscriptions as an API's publisher sees them: list, block and unblock."""

from typing import Any

import msgspec

from gatehouse.domain.apis import published_apis
from gatehouse.domain.apis.published_apis import PublishedApiStore
from gatehouse.domain.portal import subscription_decisions
from gatehouse.domain.portal.subscriptions import ApplicationSubscription, SubscriptionStore
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.publisher.publish_request import SubscriptionState
from gatehouse.endpoints.publisher.scopes import BLOCK, VIEW_SUBSCRIPTIONS
from gatehouse.endpoints.rest import listings, typed_bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

view_router = OperationRouter(scopes=VIEW_SUBSCRIPTIONS)
block_router = OperationRouter(scopes=BLOCK)


class PublisherSubscriptions(msgspec.Struct, frozen=True):
    """Answers for the subscriptions to the organisation's APIs."""

    store: SubscriptionStore
    apis: PublishedApiStore

    @view_router.get("/apis/{apiId}/subscriptions", gives="ApiSubscriptionList", query=("limit", "offset", "cursor"))
    def find_page(self, call: ApiCall) -> Answer:
        """List the subscriptions to an API."""
        organisation, api_id = call.caller.organisation, call.path["apiId"]
        page = self.store.find_subscriptions_of_api(organisation, api_id, call.window)
        if not page.total:
            published_apis.find_published(self.apis, call.caller, api_id)
        found = page.holding(render(one, organisation) for one in page.items)
        return Answer(listings.paged(f"/apis/{api_id}/subscriptions", found))

    @block_router.post(
        "/subscriptions/{subscriptionId}/block", takes="SubscriptionState", gives="ApiSubscription", statuses=(200, 409)
    )
    def block(self, call: ApiCall) -> Answer:
        """Block a subscription, for production only or altogether, or unblock it."""
        state = typed_bodies.parse(call.body, SubscriptionState).state
        found = subscription_decisions.find(self.store, call.caller, call.path["subscriptionId"])
        return Answer(
            render(subscription_decisions.block(self.store, call.caller, found, state), call.caller.organisation)
        )


def render(listed: ApplicationSubscription, organisation: str) -> dict[str, Any]:
    """Render a subscription to an API of the organisation."""
    return {**rendering.subscription_of_api(listed, organisation), "applicationId": listed.application_id}
