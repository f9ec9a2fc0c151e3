"""`/subscriptions` of the Developer Portal API."""

from copy import replace
from typing import Any, cast

import msgspec

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.kernel.paging import Page
from gatehouse.domain.kernel.refusals import InvalidInputError, SubscriptionExistsError
from gatehouse.domain.portal import applications, subscriptions, visible_apis
from gatehouse.domain.portal.services import Portal, find_seen_apis, request_subscription, request_tier
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import bodies, conditions, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

MANAGE = frozenset({"apim:subscribe", "apim:sub_manage"})
_MULTIPLE_MAX = 50
_STATES = ("UNBLOCKED", "TIER_UPDATE_PENDING")

router = OperationRouter(scopes=MANAGE, takes_tenant=True)


class DevportalSubscriptions(msgspec.Struct, frozen=True):
    """Lists, creates, shows, changes and deletes subscriptions."""

    portal: Portal

    @router.get(
        "/subscriptions",
        gives="SubscriptionList",
        query=("applicationId", "apiId", "limit", "offset", "cursor"),
        statuses=(200, 403, 404),
    )
    def find_page(self, call: ApiCall) -> Answer:
        """List the subscriptions of an application, or yours to an API."""
        application_id, api_id = call.query.get("applicationId", ""), call.query.get("apiId", "")
        if not application_id and not api_id:
            raise InvalidInputError("Either applicationId or apiId should be available")
        if not api_id:
            application = applications.find_visible(self.portal.applications, call.caller, application_id)
            page = listings.slice_of(subscriptions.of_application(application), call.window)
            return self._list(call, page, {"applicationId": application_id})
        api = visible_apis.find(self.portal.directory, call.caller, api_id, call.tenant)
        own = self.portal.subscriptions.find_own_subscriptions_of_api(
            api.organisation, call.caller.user_id, api.api_id, call.window
        )
        return self._list(call, own, {"apiId": api_id})

    @router.post("/subscriptions", takes="Subscription", gives="Subscription", statuses=(201, 403, 404, 409))
    def create(self, call: ApiCall) -> Answer:
        """Subscribe an application to an API."""
        rendered = self._subscribe(call, *self._wanted(call, call.body))
        return Answer(rendered, 201, f"/subscriptions/{rendered['subscriptionId']}")

    @router.post("/subscriptions/multiple", takes="Subscriptions", gives="Subscriptions", statuses=(200, 403, 404, 409))
    def create_several(self, call: ApiCall) -> Answer:
        """Subscribe to several APIs, in order.

        What exists is answered as it stands, so that the same list can be sent again; 409 if all of it exists.
        """
        wanted: list[Any] = cast("list[Any]", call.body)
        if not isinstance(call.body, list) or not wanted or len(wanted) > _MULTIPLE_MAX:
            raise InvalidInputError("A list of 1 to 50 subscriptions is needed.")
        rendered: list[dict[str, Any]] = []
        is_new = False
        for one in wanted:
            fields, application, api = self._wanted(call, one)
            standing = apis.find_subscription(application, api)
            if standing is None:
                is_new = True
                rendered.append(self._subscribe(call, fields, application, api))
            else:
                listed = subscriptions.with_application(application, standing)
                rendered.append(rendering.subscription(listed, api, application, call.caller.organisation))
        if not is_new:
            raise SubscriptionExistsError("The specified subscriptions exist already")
        return Answer(rendered)

    @router.get("/subscriptions/{subscriptionId}", gives="Subscription", statuses=(200, 403))
    def find(self, call: ApiCall) -> Answer:
        """Show a subscription."""
        application, found = self._find(call)
        return Answer(self._render(call, found, application))

    @router.put(
        "/subscriptions/{subscriptionId}", takes="Subscription", gives="Subscription", statuses=(200, 403, 409, 412)
    )
    def change(self, call: ApiCall) -> Answer:
        """Ask for another tier."""
        application, found = self._find(call)
        api = self._find_seen(call, found)
        conditions.check_match(call.headers, rendering.subscription(found, api, application, call.caller.organisation))
        fields = bodies.parse(call.body)
        if not fields.text("status"):
            raise InvalidInputError("Request must contain status of the subscription", field="status")
        if not fields.text("apiId"):
            raise InvalidInputError("Request must contain either apiIdentifier or apiProductIdentifier", field="apiId")
        if fields.text("status") not in _STATES:
            raise InvalidInputError("Cannot update subscriptions with provided or existing status")
        tier = fields.text("requestedThrottlingPolicy") or fields.text("throttlingPolicy")
        changed = request_tier(self.portal, call.caller, found, tier, call.origin.issuer)
        rendered = rendering.subscription(changed, api, application, call.caller.organisation)
        return Answer(rendered, location=f"/subscriptions/{changed.subscription_id}")

    @router.delete("/subscriptions/{subscriptionId}", statuses=(200, 403, 412))
    def delete(self, call: ApiCall) -> None:
        """Unsubscribe."""
        application, found = self._find(call)
        conditions.check_match(call.headers, self._render(call, found, application))
        subscriptions.unsubscribe(self.portal.subscriptions, call.caller, found)

    def _find(self, call: ApiCall) -> tuple[Application, ApplicationSubscription]:
        subscription_id = call.path["subscriptionId"]
        return subscriptions.find(self.portal.subscriptions, self.portal.applications, call.caller, subscription_id)

    def _wanted(self, call: ApiCall, body: Any) -> tuple[bodies.Fields, Application, Api]:
        fields = bodies.parse(body)
        for name in ("applicationId", "apiId", "throttlingPolicy"):
            if not fields.text(name):
                raise InvalidInputError(f"{name}: must not be null", field=name)
        application = applications.find_visible(self.portal.applications, call.caller, fields.text("applicationId"))
        api = visible_apis.find(self.portal.directory, call.caller, fields.text("apiId"), call.tenant)
        return fields, application, api

    def _subscribe(self, call: ApiCall, fields: bodies.Fields, application: Application, api: Api) -> dict[str, Any]:
        tier, address = fields.text("throttlingPolicy"), call.origin.issuer
        made = request_subscription(self.portal, call.caller, application, api, tier, address)
        standing = replace(application, subscriptions=(*application.subscriptions, made.subscription))
        return rendering.subscription(made, api, standing, call.caller.organisation)

    def _render(
        self, call: ApiCall, listed: ApplicationSubscription, application: Application | None
    ) -> dict[str, Any]:
        api = self._find_seen(call, listed)
        return rendering.subscription(listed, api, application, call.caller.organisation)

    def _find_seen(self, call: ApiCall, listed: ApplicationSubscription) -> Api | None:
        return next(iter(find_seen_apis(self.portal, call.caller, (listed.subscription,)).values()), None)

    def _list(self, call: ApiCall, page: Page[ApplicationSubscription], query: dict[str, str]) -> Answer:
        seen = find_seen_apis(self.portal, call.caller, (one.subscription for one in page.items))
        rendered = page.holding(
            rendering.subscription(
                one,
                seen.get((one.subscription.api_organisation, one.subscription.api_id)),
                one.application,
                call.caller.organisation,
            )
            for one in page.items
        )
        return Answer(listings.paged("/subscriptions", rendered, query))
