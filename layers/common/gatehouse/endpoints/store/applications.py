"""Pages of applications: the list, one application, sharing, transferring, deleting."""

from collections.abc import Mapping
from copy import replace

import msgspec

from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.refusals import NotFoundError, PortalError
from gatehouse.domain.portal import applications, transfers
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

ONE = "/store/applications/{applicationId}"

router = PageRouter()


class ApplicationPages(msgspec.Struct, frozen=True):
    """Shows and takes the forms about applications."""

    portal: Portal

    @router.get("/store/applications")
    def get_list(self, context: StorePageContext) -> Response:
        """Show the caller's applications with those that are offered, or those shared with one of their roles."""
        group, window = context.query.get("group", ""), bodies.window(context.query)
        first = replace(window, offset=0, cursor="")
        is_of_offered = context.query.get("list") == "offered"
        page = applications.find_page(
            self.portal.applications, context.caller, first if is_of_offered else window, group
        )
        offered = (
            transfers.find_offered(self.portal.applications, context.caller, window if is_of_offered else first)
            if not group
            else None
        )
        return context.show("applications", page=page, group=group, offered=offered)

    @router.post(f"{ONE}/transfer")
    def post_transfer(self, context: StorePageContext) -> Response:
        """Accept or decline an application that is offered, or withdraw the offer."""
        answers = {"accept": transfers.accept, "decline": transfers.decline}
        answer = context.form.get("answer", "")
        if answer not in answers:
            raise NotFoundError("There is no such answer.")
        answers[answer](self.portal.applications, context.caller, context.path["applicationId"])
        return context.go("/store/applications", "accepted" if answer == "accept" else "declined")

    @router.get("/store/applications/new")
    def get_new(self, context: StorePageContext) -> Response:
        """Show the empty form."""
        empty = {"throttling_policy": throttling_policies.UNLIMITED, "token_format": "opaque"}
        return self._form(context, None, context.form or empty)

    @router.post("/store/applications", again=get_new)
    def post_new(self, context: StorePageContext) -> Response:
        """Create an application."""
        made = applications.create(self.portal.applications, context.caller, _draft(context))
        return context.go(f"/store/applications/{made.application_id}/keys/production", "created")

    @router.get(ONE)
    def get_one(self, context: StorePageContext) -> Response:
        """Show one application, with the form to change it for its owner."""
        found = applications.find_visible(self.portal.applications, context.caller, context.path["applicationId"])
        return self._form(context, found, _values(found))

    @router.post(ONE)
    def post_one(self, context: StorePageContext) -> Response:
        """Change an application."""
        found = applications.find_own(self.portal.applications, context.caller, context.path["applicationId"])
        try:
            context.check_seen(found.updated_at_ms)
            draft = replace(_draft(context), attributes=found.attributes)  # which the form does not show
            applications.change(self.portal.applications, context.caller, found, draft)
        except PortalError as error:
            return self._form(context.refused(error), found, context.form)
        return context.go(f"/store/applications/{found.application_id}", "saved")

    @router.post(f"{ONE}/owner")
    def post_owner(self, context: StorePageContext) -> Response:
        """Offer an application to another member."""
        found = applications.find_own(self.portal.applications, context.caller, context.path["applicationId"])
        try:
            transfers.offer(
                self.portal.applications,
                self.portal.directory,
                context.caller,
                found,
                context.form.get("owner", "").strip(),
            )
        except PortalError as error:
            values = _values(found) | {"owner": context.form.get("owner", "")}
            return self._form(context.refused(error), found, values)
        return context.go(f"/store/applications/{found.application_id}", "offered")

    @router.get(f"{ONE}/delete")
    def get_delete(self, context: StorePageContext) -> Response:
        """Ask before deleting."""
        found = applications.find_own(self.portal.applications, context.caller, context.path["applicationId"])
        return context.show(
            "confirm",
            title=f"Delete {found.name}?",
            message="Its keys and subscriptions are deleted, and its tokens are revoked. This cannot be undone.",
            button="Delete the application",
            back=f"/store/applications/{found.application_id}",
        )

    @router.post(f"{ONE}/delete")
    def post_delete(self, context: StorePageContext) -> Response:
        """Delete an application."""
        found = applications.find_own(self.portal.applications, context.caller, context.path["applicationId"])
        applications.delete(self.portal.applications, context.caller, found)
        return context.go("/store/applications", "deleted")

    def _form(self, context: StorePageContext, application: Application | None, values: Mapping[str, str]) -> Response:
        kept = application.groups if application else frozenset[str]()
        return context.show(
            "application",
            application=application,
            values=values,
            policies=list(throttling_policies.APPLICATION.values()),
            groups=sorted(context.caller.groups | kept),
            is_owner=application is None or application.owner_id == context.caller.user_id,
        )


def _values(application: Application) -> dict[str, str]:
    return {
        "name": application.name,
        "description": application.description,
        "throttling_policy": application.throttling_policy,
        "token_format": application.token_format,
        **{f"group {name}": "on" for name in application.groups},
    }


def _draft(context: StorePageContext) -> ApplicationInput:
    form = context.form
    return ApplicationInput(
        name=form.get("name", "").strip(),
        description=form.get("description", ""),
        throttling_policy=form.get("throttling_policy", ""),
        token_format="jwt" if form.get("token_format") == "jwt" else "opaque",
        groups=frozenset(name.removeprefix("group ") for name in form if name.startswith("group ")),
    )
