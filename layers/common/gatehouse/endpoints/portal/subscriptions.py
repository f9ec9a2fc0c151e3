"""`/subscriptions` of the Developer Portal API."""

from dataclasses import dataclass, replace
from typing import Any, cast

from gatehouse.domain.apis import Application
from gatehouse.domain.portal import applications, subscriptions
from gatehouse.domain.portal.errors import InvalidInputError
from gatehouse.domain.portal.portal import Portal, subscribes_at_once
from gatehouse.domain.portal.subscriptions import Listed
from gatehouse.endpoints.portal import bodies, conditions, rendering
from gatehouse.endpoints.portal.operations import Answer, Call, Operation

MANAGE = frozenset({"apim:subscribe", "apim:sub_manage"})
_MULTIPLE_MAX = 50
_STATES = ("UNBLOCKED", "TIER_UPDATE_PENDING")


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Lists, makes, shows, changes and ends subscriptions."""

    portal: Portal

    def find_page(self, call: Call) -> Answer:
        """GET /subscriptions: of an application, or the caller's to an API."""
        application_id, api_id = call.query.get("applicationId", ""), call.query.get("apiId", "")
        if not application_id and not api_id:
            raise InvalidInputError("Either applicationId or apiId should be available")
        window = bodies.window(call.query)
        if not api_id:
            found = subscriptions.find_of_application(self.portal.subscriptions, call.caller, application_id)
            page = rendering.slice_of(list(found), window.offset, window.limit)
            return self._list(page.items, page, {"applicationId": application_id})
        subscriptions.find_api(self.portal.directory, call.caller, api_id)
        own = self.portal.subscriptions.find_own_subscriptions_of_api(
            call.caller.organisation, call.caller.user_id, api_id, window
        )
        return self._list(own.items, own, {"apiId": api_id})

    def create(self, call: Call) -> Answer:
        """POST /subscriptions."""
        rendered = self._subscribe(call, call.body)
        return Answer(rendered, 201, f"/subscriptions/{rendered['subscriptionId']}")

    def create_several(self, call: Call) -> Answer:
        """POST /subscriptions/multiple: in order; the first failure ends it, what was made stays."""
        wanted: list[Any] = cast("list[Any]", call.body)
        if not isinstance(call.body, list) or not wanted or len(wanted) > _MULTIPLE_MAX:
            raise InvalidInputError("A list of 1 to 50 subscriptions is needed.")
        return Answer([self._subscribe(call, one) for one in wanted])

    def find(self, call: Call) -> Answer:
        """GET /subscriptions/{subscriptionId}."""
        application, found = subscriptions.find(self.portal.subscriptions, call.caller, call.path["subscriptionId"])
        return Answer(self._render(found, application))

    def change(self, call: Call) -> Answer:
        """PUT /subscriptions/{subscriptionId}: ask for another tier."""
        application, found = subscriptions.find(self.portal.subscriptions, call.caller, call.path["subscriptionId"])
        fields = bodies.parse(call.body)
        if not fields.text("status"):
            raise InvalidInputError("Request must contain status of the subscription", field="status")
        if not fields.text("apiId"):
            raise InvalidInputError("Request must contain either apiIdentifier or apiProductIdentifier", field="apiId")
        if fields.text("status") not in _STATES:
            raise InvalidInputError("Cannot update subscriptions with provided or existing status")
        tier = fields.text("requestedThrottlingPolicy") or fields.text("throttlingPolicy")
        changed = subscriptions.change_tier(
            self.portal.subscriptions,
            call.caller,
            found,
            tier,
            api=self.portal.directory.find_shown_api(call.caller.organisation, found.subscription.api_id),
            is_approved=subscribes_at_once(self.portal, call.caller),
        )
        return Answer(self._render(changed, application), location=f"/subscriptions/{changed.subscription_id}")

    def delete(self, call: Call) -> Answer:
        """DELETE /subscriptions/{subscriptionId}."""
        application, found = subscriptions.find(self.portal.subscriptions, call.caller, call.path["subscriptionId"])
        conditions.check_match(call.headers, self._render(found, application))
        subscriptions.unsubscribe(self.portal.subscriptions, call.caller, found)
        return Answer()

    def _subscribe(self, call: Call, body: Any) -> dict[str, Any]:
        fields = bodies.parse(body)
        for name in ("applicationId", "apiId", "throttlingPolicy"):
            if not fields.text(name):
                raise InvalidInputError(f"{name}: must not be null", field=name)
        application = applications.find_visible(self.portal.subscriptions, call.caller, fields.text("applicationId"))
        api = subscriptions.find_api(self.portal.directory, call.caller, fields.text("apiId"))
        made = subscriptions.subscribe(
            self.portal.subscriptions,
            call.caller,
            application,
            api,
            fields.text("throttlingPolicy"),
            is_approved=subscribes_at_once(self.portal, call.caller),
        )
        standing = replace(application, subscriptions=(*application.subscriptions, made.subscription))
        return rendering.subscription(made, api, standing)

    def _render(self, listed: Listed, application: Application | None) -> dict[str, Any]:
        one = listed.subscription
        apis = self.portal.context.directory.find_apis(frozenset({(one.api_organisation, one.api_id)}))
        return rendering.subscription(listed, next(iter(apis), None), application)

    def _list(self, items: tuple[Listed, ...], page: Any, query: dict[str, str]) -> Answer:
        references = frozenset((one.subscription.api_organisation, one.subscription.api_id) for one in items)
        found = self.portal.context.directory.find_apis(references) if references else ()
        apis = {(one.organisation, one.api_id): one for one in found}
        rendered = [
            rendering.subscription(one, apis.get((one.subscription.api_organisation, one.subscription.api_id)), None)
            for one in items
        ]
        return Answer(rendering.listing("/subscriptions", page, rendered, query))


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here, one = Subscriptions(portal), "/subscriptions/{subscriptionId}"
    return (
        Operation(
            method="GET",
            path="/subscriptions",
            scopes=MANAGE,
            summary="List the subscriptions of an application, or yours to an API.",
            run=here.find_page,
            gives="SubscriptionList",
            query=("applicationId", "apiId", "limit", "offset", "cursor"),
            statuses=(200, 400, 403, 404),
        ),
        Operation(
            method="POST",
            path="/subscriptions",
            scopes=MANAGE,
            summary="Subscribe an application to an API.",
            run=here.create,
            takes="Subscription",
            gives="Subscription",
            statuses=(201, 400, 403, 404, 409),
        ),
        Operation(
            method="POST",
            path="/subscriptions/multiple",
            scopes=MANAGE,
            summary="Subscribe to several APIs, in order.",
            run=here.create_several,
            takes="Subscriptions",
            gives="Subscriptions",
            statuses=(200, 400, 403, 404, 409),
        ),
        Operation(
            method="GET",
            path=one,
            scopes=MANAGE,
            summary="Show a subscription.",
            run=here.find,
            gives="Subscription",
            statuses=(200, 304, 403, 404),
        ),
        Operation(
            method="PUT",
            path=one,
            scopes=MANAGE,
            summary="Ask for another tier.",
            run=here.change,
            takes="Subscription",
            gives="Subscription",
            statuses=(200, 400, 403, 404, 409),
        ),
        Operation(
            method="DELETE",
            path=one,
            scopes=MANAGE,
            summary="Unsubscribe.",
            run=here.delete,
            statuses=(200, 403, 404, 412),
        ),
    )
