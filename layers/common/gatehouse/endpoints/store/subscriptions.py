"""Pages of subscriptions: those of one application, with its keys beside them."""

from collections.abc import Mapping

import msgspec

from gatehouse.domain.apis import subscription_tiers
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.refusals import NotFoundError, PortalError
from gatehouse.domain.portal import applications, subscriptions
from gatehouse.domain.portal.services import Portal, find_seen_apis, request_tier
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

TAB = "/store/applications/{applicationId}/subscriptions"
ONE = f"{TAB}/{{subscriptionId}}"

router = PageRouter()


class SubscriptionPages(msgspec.Struct, frozen=True):
    """Shows subscriptions and takes the forms about them."""

    portal: Portal

    @router.get("/store/subscriptions")
    def get_all(self, context: StorePageContext) -> Response:
        """Show the caller's applications, each with its subscriptions: one page, whatever their number."""
        page = applications.find_page(self.portal.applications, context.caller, bodies.window(context.query))
        rows = [(one, subscriptions.of_application(one)) for one in page.items]
        seen = find_seen_apis(self.portal, context.caller, (each for one in page.items for each in one.subscriptions))
        return context.show("my_subscriptions", page=page, rows=rows, seen=seen)

    @router.get(TAB)
    def get(self, context: StorePageContext) -> Response:
        """Show the tab."""
        application = applications.find_visible(self.portal.applications, context.caller, context.path["applicationId"])
        return self._show(context, application)

    @router.post(f"{ONE}/tier")
    def post_tier(self, context: StorePageContext) -> Response:
        """Ask for another tier."""
        application, found = self._find(context)
        tier = context.form.get("tier", "")
        try:
            changed = request_tier(self.portal, context.caller, found, tier, context.origin.issuer)
        except PortalError as error:
            return self._show(context.refused(error), application, {found.subscription_id: tier})
        waits = changed.subscription.state == subscriptions.TIER_UPDATE_PENDING
        return context.go(_path(application), "waiting" if waits else "saved")

    @router.post(f"{ONE}/delete")
    def post_delete(self, context: StorePageContext) -> Response:
        """Unsubscribe."""
        application, found = self._find(context)
        subscriptions.unsubscribe(self.portal.subscriptions, context.caller, found)
        return context.go(_path(application), "unsubscribed")

    def _find(self, context: StorePageContext) -> tuple[Application, ApplicationSubscription]:
        application, found = subscriptions.find(
            self.portal.subscriptions, self.portal.applications, context.caller, context.path["subscriptionId"]
        )
        if application.application_id != context.path["applicationId"]:
            raise NotFoundError("There is no subscription of that id.")
        return application, found

    def _show(
        self, context: StorePageContext, application: Application, chosen: Mapping[str, str] | None = None
    ) -> Response:
        """Show the subscriptions, each with its tier, or with the one that was chosen and refused."""
        return context.show(
            "subscriptions",
            application=application,
            listed=subscriptions.of_application(application),
            seen=find_seen_apis(self.portal, context.caller, application.subscriptions),
            tiers=subscription_tiers.find(None),
            chosen=chosen or {},
            is_owner=application.owner_id == context.caller.user_id,
        )


def _path(application: Application) -> str:
    return f"/store/applications/{application.application_id}/subscriptions"
