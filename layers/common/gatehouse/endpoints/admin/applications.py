"""Every application of the organisation, for administrators."""

from typing import Any

import msgspec

from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.portal import application_administration, applications, client_scopes, key_sets, transfers
from gatehouse.domain.portal.services import Portal, find_subscribed
from gatehouse.endpoints.admin.api import ADMIN, PAGING
from gatehouse.endpoints.rest import bodies, conditions, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class AdminApplicationsApi(msgspec.Struct, frozen=True):
    """Answers about applications, of any owner."""

    portal: Portal

    @router.get("/applications", gives="AdminApplicationList", query=("owner", *PAGING), statuses=(200, 404))
    def find_applications(self, call: ApiCall) -> Answer:
        """List applications.

        Every one of the organisation, or those of one member (`owner`).
        """
        owner = call.query.get("owner", "")
        page = application_administration.find_page(
            self.portal.applications, self.portal.directory, call.caller, call.window, owner
        )
        return Answer(listings.paged("/applications", page.map(render), {"owner": owner} if owner else {}))

    @router.get("/applications/{applicationId}", gives="AdminApplication")
    def find_application(self, call: ApiCall) -> Answer:
        """Show an application."""
        return Answer(render(self._application(call)))

    @router.delete("/applications/{applicationId}", statuses=(200, 409, 412))
    def delete_application(self, call: ApiCall) -> None:
        """Delete an application with its keys, subscriptions and tokens."""
        found = self._application(call)
        conditions.check_match(call.headers, render(found))
        applications.delete(self.portal.applications, call.caller, found)

    @router.post("/applications/{applicationId}/revoke", statuses=(200, 409))
    def revoke_application(self, call: ApiCall) -> None:
        """Revoke its secrets and tokens."""
        application_administration.revoke(self.portal.key_sets, call.caller, self._application(call))

    @router.delete("/applications/{applicationId}/keys/{keyType}", statuses=(200, 409))
    def delete_keys(self, call: ApiCall) -> None:
        """Delete keys and revoke their tokens."""
        found = self._application(call)
        client = key_sets.find(self.portal.key_sets, found, found.client_ids.get(call.path["keyType"], ""))
        key_sets.delete(self.portal.key_sets, call.caller, found, client)

    @router.post(
        "/applications/{applicationId}/change-owner", takes="Owner", gives="AdminApplication", statuses=(200, 409)
    )
    def change_owner(self, call: ApiCall) -> Answer:
        """Transfer ownership.

        It is offered to the new owner, or transferred at once if the present one is disabled or deleted.
        """
        owner = bodies.parse(call.body).text("owner")
        return Answer(
            render(
                transfers.offer(
                    self.portal.applications, self.portal.directory, call.caller, self._application(call), owner
                )
            )
        )

    @router.put(
        "/applications/{applicationId}/client-scopes",
        takes="ClientScopes",
        gives="ClientScopes",
        statuses=(200, 409, 412),
    )
    def grant_scopes(self, call: ApiCall) -> Answer:
        """Grant role-bound scopes to an application's own tokens."""
        found = application_administration.find(self.portal.applications, call.caller, call.path["applicationId"])
        scopes = frozenset(bodies.parse(call.body).texts("scopes", is_required=True))
        subscribed = find_subscribed(self.portal, found)
        conditions.check_match(call.headers, self._client_scopes(call, found, subscribed))
        client_scopes.grant(self.portal.applications, call.caller, found, scopes, subscribed)
        return Answer({"scopes": sorted(scopes)})

    @router.get("/applications/{applicationId}/client-scopes", gives="ClientScopes")
    def find_scopes(self, call: ApiCall) -> Answer:
        """Show the scopes that are granted to an application's own tokens."""
        found = self._application(call)
        return Answer(self._client_scopes(call, found, find_subscribed(self.portal, found)))

    def _client_scopes(self, call: ApiCall, application: Application, subscribed: tuple[Api, ...]) -> dict[str, Any]:
        return {"scopes": sorted(client_scopes.find(call.caller, application, subscribed))}

    def _application(self, call: ApiCall) -> Application:
        return application_administration.find(self.portal.applications, call.caller, call.path["applicationId"])


def render(one: Application) -> dict[str, Any]:
    """Return an application as JSON."""
    return {
        "applicationId": one.application_id,
        "name": one.name,
        "owner": one.owner,
        "pendingOwner": one.pending_owner,
        "keys": [{"keyType": kind, "consumerKey": client} for kind, client in sorted(one.client_ids.items())],
        "subscriptions": [
            {"organisation": each.api_organisation, "apiId": each.api_id, "state": each.state}
            for each in one.subscriptions
        ],
    }
