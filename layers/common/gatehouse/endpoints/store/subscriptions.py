"""Pages of subscriptions: those of one application, with its keys beside them."""

import msgspec

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.refusals import NotFoundError, PortalError
from gatehouse.domain.portal import applications, subscriptions
from gatehouse.domain.portal.services import Portal, find_approval, find_seen_apis
from gatehouse.domain.portal.subscriptions import Listed
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.store.page_context import Renderer, StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

TAB = "/store/applications/{applicationId}/subscriptions"
ONE = f"{TAB}/{{subscriptionId}}"

router = PageRouter()


class SubscriptionPages(msgspec.Struct, frozen=True):
    """Shows subscriptions and takes the forms about them."""

    portal: Portal
    renderer: Renderer

    @router.get("/store/subscriptions")
    def get_all(self, visit: StorePageContext) -> Response:
        """Show the caller's applications, each with its subscriptions: one page, whatever their number."""
        page = applications.find_page(self.portal.applications, visit.caller, bodies.window(visit.query))
        rows = [(one, [subscriptions.listed(one, each) for each in one.subscriptions]) for one in page.items]
        seen = find_seen_apis(self.portal, visit.caller, (each for one in page.items for each in one.subscriptions))
        return self.renderer.show(visit, "my_subscriptions", page=page, rows=rows, seen=seen)

    @router.get(TAB)
    def get(self, visit: StorePageContext) -> Response:
        """Show the tab."""
        application = self._application(visit)
        return self._show(visit, application)

    @router.post(f"{ONE}/tier")
    def post_tier(self, visit: StorePageContext) -> Response:
        """Ask for another tier."""
        application, found = self._find(visit)
        standing = found.subscription
        api = self.portal.directory.find_shown_api(standing.api_organisation, standing.api_id)
        try:
            changed = subscriptions.change_tier(
                self.portal.subscriptions,
                visit.caller,
                found,
                visit.form.get("tier", ""),
                api=api,
                is_approved=(
                    approval := find_approval(self.portal, visit.caller, standing.api_organisation, visit.origin.issuer)
                ).is_given,
                job=approval.job,
            )
        except PortalError as error:
            return self._show(visit, application, error)
        waits = changed.subscription.state == subscriptions.TIER_UPDATE_PENDING
        return self.renderer.go(visit, _path(application), "waiting" if waits else "saved")

    @router.post(f"{ONE}/delete")
    def post_delete(self, visit: StorePageContext) -> Response:
        """Unsubscribe."""
        application, found = self._find(visit)
        subscriptions.unsubscribe(self.portal.subscriptions, visit.caller, found)
        return self.renderer.go(visit, _path(application), "unsubscribed")

    def _application(self, visit: StorePageContext) -> Application:
        return applications.find_visible(self.portal.applications, visit.caller, visit.path["applicationId"])

    def _find(self, visit: StorePageContext) -> tuple[Application, Listed]:
        application, found = subscriptions.find(
            self.portal.subscriptions, self.portal.applications, visit.caller, visit.path["subscriptionId"]
        )
        if application.application_id != visit.path["applicationId"]:
            raise NotFoundError("There is no subscription of that id.")
        return application, found

    def _show(self, visit: StorePageContext, application: Application, error: PortalError | None = None) -> Response:
        return self.renderer.show(
            visit,
            "subscriptions",
            application=application,
            listed=[subscriptions.listed(application, one) for one in application.subscriptions],
            seen=find_seen_apis(self.portal, visit.caller, application.subscriptions),
            tiers=subscriptions.tiers(None),
            error=error,
            is_owner=application.owner_id == visit.caller.user_id,
        )


def _path(application: Application) -> str:
    return f"/store/applications/{application.application_id}/subscriptions"
