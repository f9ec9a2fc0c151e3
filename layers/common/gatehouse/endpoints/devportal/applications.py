"""`/applications` of the Developer Portal API."""

from copy import replace
from typing import Any, Literal

import msgspec

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import builtin, names
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.portal import applications, default_application, transfers
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.domain.portal.services import Portal, find_seen_apis
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import bodies, conditions, listings
from gatehouse.endpoints.rest.errors import InvalidSortError
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

_SORTED_MAX = 1000
_TOKEN_FORMATS: dict[str, Literal["opaque", "jwt"]] = {"OAUTH": "opaque", "DEFAULT": "opaque", "JWT": "jwt"}
_SORTS = {
    "name": "name",
    "throttlingPolicy": "throttling_policy",
    "throttlingTier": "throttling_policy",
    "owner": "owner",
    "status": "name",
}

USE = frozenset({"apim:subscribe", "apim:app_manage"})
LIST = USE | {"apim:app_import_export"}

router = OperationRouter(scopes=USE)


class DevportalApplications(msgspec.Struct, frozen=True):
    """Lists, creates, shows, changes and deletes applications."""

    portal: Portal

    @router.get(
        "/applications",
        scopes=LIST,
        gives="ApplicationList",
        query=("groupId", "query", "sortBy", "sortOrder", "limit", "offset", "cursor"),
        statuses=(200, 403),
    )
    def find_page(self, call: ApiCall) -> Answer:
        """List your applications, or those shared with one of your roles (groupId)."""
        window = replace(call.window, is_descending=call.query.get("sortOrder", "asc").lower() == "desc")
        name, group = call.query.get("query", ""), call.query.get("groupId", "")
        key = _SORTS.get(call.query.get("sortBy") or "name")
        if key is None:
            raise InvalidSortError("Applications are sorted by name, throttlingPolicy or status.")
        if name:
            page = self._named(call, name, window)
        elif key == "name":
            page = self._page(call, window, group)
        else:
            page = self._sorted(call, key, window)
        query = {name: value for name, value in call.query.items() if name in {"sortBy", "sortOrder", "groupId"}}
        return Answer(listings.paged("/applications", page.map(rendering.application_info), query))

    @router.post("/applications", takes="Application", gives="Application", statuses=(201, 409))
    def create(self, call: ApiCall) -> Answer:
        """Create an application."""
        made = applications.create(self.portal.applications, call.caller, _draft(call.body))
        return Answer(rendering.application(made), 201, f"/applications/{made.application_id}")

    @router.get("/applications/{applicationId}", gives="Application", statuses=(200, 403))
    def find(self, call: ApiCall) -> Answer:
        """Show an application."""
        found = applications.find_visible(self.portal.applications, call.caller, call.path["applicationId"])
        return Answer(self._render(call, found), modified_at_ms=found.updated_at_ms)

    @router.put(
        "/applications/{applicationId}", takes="Application", gives="Application", statuses=(200, 403, 409, 412)
    )
    def change(self, call: ApiCall) -> Answer:
        """Change an application."""
        found = applications.find_own(self.portal.applications, call.caller, call.path["applicationId"])
        conditions.check_match(call.headers, self._render(call, found))
        changed = applications.change(self.portal.applications, call.caller, found, _draft(call.body))
        return Answer(
            self._render(call, changed),
            location=f"/applications/{changed.application_id}",
            modified_at_ms=changed.updated_at_ms,
        )

    @router.delete("/applications/{applicationId}", scopes=LIST, statuses=(200, 403, 409, 412))
    def delete(self, call: ApiCall) -> None:
        """Delete an application with its keys and subscriptions."""
        found = applications.find_own(self.portal.applications, call.caller, call.path["applicationId"])
        conditions.check_match(call.headers, self._render(call, found))
        applications.delete(self.portal.applications, call.caller, found)

    @router.post(
        "/applications/{applicationId}/change-owner", takes="Owner", gives="Application", statuses=(200, 403, 409)
    )
    def change_owner(self, call: ApiCall) -> Answer:
        """Offer an application to another member, who becomes its owner by accepting it.

        WSO2 has this in its publisher API.
        """
        found = applications.find_own(self.portal.applications, call.caller, call.path["applicationId"])
        owner = bodies.parse(call.body).text("owner")
        offered = transfers.offer(self.portal.applications, self.portal.directory, call.caller, found, owner)
        return Answer(self._render(call, offered))

    @router.get("/application-transfers", gives="ApplicationTransferList", query=("limit", "offset", "cursor"))
    def find_offered(self, call: ApiCall) -> Answer:
        """List the applications that are offered to you."""
        page = transfers.find_offered(self.portal.applications, call.caller, call.window)
        found = page.holding(
            {"applicationId": one.application_id, "name": one.name, "owner": one.owner, "description": one.description}
            for one in page.items
        )
        return Answer(listings.paged("/application-transfers", found))

    @router.post("/application-transfers/{applicationId}/accept", gives="Application", statuses=(200, 409))
    def accept(self, call: ApiCall) -> Answer:
        """Accept an application; its secrets and tokens are revoked."""
        taken = transfers.accept(self.portal.applications, call.caller, call.path["applicationId"])
        return Answer(self._render(call, taken))

    @router.post("/application-transfers/{applicationId}/decline", statuses=(200, 409))
    def decline(self, call: ApiCall) -> None:
        """Decline an application, or withdraw the offer of your own."""
        transfers.decline(self.portal.applications, call.caller, call.path["applicationId"])

    def _render(self, call: ApiCall, application: Application) -> dict[str, Any]:
        """Render an application with the scopes that its subscriptions give it, of the APIs that the caller sees."""
        seen = find_seen_apis(self.portal, call.caller, application.subscriptions).values()
        scopes = [scope for api in seen for scope in rendering.scopes(api, call.caller.organisation)]
        return {**rendering.application(application), "subscriptionScopes": scopes}

    def _page(self, call: ApiCall, window: Window, group: str) -> Page[Application]:
        store, caller = self.portal.applications, call.caller
        page = applications.find_page(store, caller, window, group)
        if page.total or group or default_application.make(self.portal.applications, caller) is None:
            return page
        return applications.find_page(store, caller, window)

    def _named(self, call: ApiCall, name: str, window: Window) -> Page[Application]:
        """Return the application of a name in any spelling, for which there is at most one."""
        caller, spelling = call.caller, names.parse(name, applications.NAME_MAX_CHARACTERS)
        store = self.portal.applications
        found = store.find_application_named(caller.organisation, caller.user_id, spelling) if spelling else None
        if found is None and default_application.is_meant(name):
            found = default_application.make(self.portal.applications, caller)
        return listings.slice_of([found] if found else [], window)

    def _sorted(self, call: ApiCall, key: str, window: Window) -> Page[Application]:
        """Sort in the process, which is for hundreds; thousands are listed by name."""
        whole = replace(window, limit=_SORTED_MAX, offset=0, cursor="", is_descending=False)
        page = applications.find_page(self.portal.applications, call.caller, whole)
        if page.next:
            raise InvalidSortError("More than 1000 applications are sorted by name only.")
        ordered = sorted(page.items, key=lambda one: str(getattr(one, key)), reverse=window.is_descending)
        return listings.slice_of(ordered, window)


def _draft(body: Any) -> ApplicationInput:
    fields = bodies.parse(body)
    attributes = fields.fields("attributes")
    return ApplicationInput(
        name=fields.text("name"),
        description=fields.text("description"),
        throttling_policy=fields.text("throttlingPolicy"),
        token_format=_TOKEN_FORMATS[fields.choice("tokenType", tuple(_TOKEN_FORMATS), "OAUTH")],
        groups=_groups(fields),
        attributes={name: attributes.text(name) for name in attributes.values},
    )


def _groups(fields: bodies.Fields) -> frozenset[str]:
    """Return with whom it is shared. WSO2's `visibility` stands for the whole organisation, and its PRIVATE wins."""
    groups, everyone = frozenset(fields.texts("groups")), frozenset({builtin.EVERYONE})
    visibility = fields.text("visibility")
    if visibility == rendering.VISIBILITIES[True]:
        return groups | everyone
    return groups - everyone if visibility == rendering.VISIBILITIES[False] else groups
