"""Every application of the organisation, for administrators."""

from typing import Any

import msgspec

from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.portal import application_affairs, applications, key_sets, transfers
from gatehouse.domain.portal.administration import Administration
from gatehouse.domain.portal.services import Portal, find_subscribed
from gatehouse.endpoints.admin.api import ADMIN, PAGING
from gatehouse.endpoints.rest import bodies, conditions, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable


class AdminApplicationsApi(msgspec.Struct, frozen=True):
    """Answers about applications, of any owner."""

    portal: Portal
    administration: Administration

    def find_applications(self, call: ApiCall) -> Answer:
        """GET /applications: every one of the organisation, or of one member (`owner`)."""
        owner = call.query.get("owner", "")
        page = self.administration.find_applications(call.caller, bodies.window(call.query), owner)
        query = {"owner": owner} if owner else {}
        return Answer(listings.listing("/applications", page, [render(one) for one in page.items], query))

    def find_application(self, call: ApiCall) -> Answer:
        """GET /applications/{applicationId}."""
        return Answer(render(self._application(call)))

    def delete_application(self, call: ApiCall) -> Answer:
        """DELETE /applications/{applicationId}: with its keys, subscriptions and tokens."""
        applications.delete(self.portal.applications, call.caller, self._application(call))
        return Answer()

    def revoke_application(self, call: ApiCall) -> Answer:
        """POST /applications/{applicationId}/revoke: its secrets and tokens."""
        application_affairs.revoke(self.portal.key_sets, call.caller, self._application(call))
        return Answer()

    def delete_keys(self, call: ApiCall) -> Answer:
        """DELETE /applications/{applicationId}/keys/{keyType}."""
        found = self._application(call)
        client = key_sets.find(self.portal.key_sets, found, found.client_ids.get(call.path["keyType"], ""))
        key_sets.delete(self.portal.key_sets, call.caller, found, client)
        return Answer()

    def change_owner(self, call: ApiCall) -> Answer:
        """POST /applications/{applicationId}/change-owner: offers it, or transfers it at once from a lost owner."""
        owner = bodies.parse(call.body).text("owner")
        return Answer(
            render(
                transfers.offer(
                    self.portal.applications, self.portal.directory, call.caller, self._application(call), owner
                )
            )
        )

    def grant_scopes(self, call: ApiCall) -> Answer:
        """PUT /applications/{applicationId}/client-scopes."""
        found = self.administration.find_application(call.caller, call.path["applicationId"])
        scopes, subscribed = frozenset(bodies.parse(call.body).texts("scopes")), find_subscribed(self.portal, found)
        conditions.check_match(call.headers, self._client_scopes(call, found, subscribed))
        self.administration.grant_client_scopes(call.caller, found, scopes, subscribed)
        return Answer({"scopes": sorted(scopes)})

    def find_scopes(self, call: ApiCall) -> Answer:
        """GET /applications/{applicationId}/client-scopes."""
        found = self._application(call)
        return Answer(self._client_scopes(call, found, find_subscribed(self.portal, found)))

    def _client_scopes(self, call: ApiCall, application: Application, subscribed: tuple[Api, ...]) -> dict[str, Any]:
        return {"scopes": sorted(self.administration.find_client_scopes(call.caller, application, subscribed))}

    def _application(self, call: ApiCall) -> Application:
        return self.administration.find_application(call.caller, call.path["applicationId"])

    def operations(self) -> tuple[Operation, ...]:
        """Return the table of this part."""
        one, table, changed = "/applications/{applicationId}", OperationTable(scopes=ADMIN), (200, 400, 404, 409)
        scopes = f"{one}/client-scopes"
        return (
            table.get(
                "/applications",
                "List applications.",
                self.find_applications,
                gives="AdminApplicationList",
                query=("owner", *PAGING),
                statuses=(200, 404),
            ),
            table.get(
                one, "Show an application.", self.find_application, gives="AdminApplication", statuses=(200, 404)
            ),
            table.delete(
                one,
                "Delete an application with its keys, subscriptions and tokens.",
                self.delete_application,
                statuses=changed,
            ),
            table.post(f"{one}/revoke", "Revoke its secrets and tokens.", self.revoke_application, statuses=changed),
            table.delete(
                f"{one}/keys/{{keyType}}", "Delete keys and revoke their tokens.", self.delete_keys, statuses=changed
            ),
            table.post(
                f"{one}/change-owner",
                "Transfer ownership.",
                self.change_owner,
                takes="Owner",
                gives="AdminApplication",
                statuses=changed,
            ),
            table.get(
                scopes,
                "Show the scopes that are granted to an application's own tokens.",
                self.find_scopes,
                gives="ClientScopes",
                statuses=(200, 404),
            ),
            table.put(
                scopes,
                "Grant role-bound scopes to an application's own tokens.",
                self.grant_scopes,
                takes="ClientScopes",
                gives="ClientScopes",
                statuses=(200, 404, 409, 412),
            ),
        )


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
