"""Clients that registered themselves, in the JSON API of administrators."""

from typing import Any

import msgspec

from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.registered_clients import RegisteredClientStore
from gatehouse.domain.portal import registered_client_administration as administration
from gatehouse.endpoints.admin.api import ADMIN
from gatehouse.endpoints.rest import bodies, conditions, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class RegisteredClientsApi(msgspec.Struct, frozen=True):
    """Answers about registered clients."""

    store: RegisteredClientStore

    @router.get("/registered-clients", gives="RegisteredClientList", query=("limit", "offset", "cursor"))
    def find_all(self, call: ApiCall) -> Answer:
        """List the clients that registered themselves; those that users consented to come first."""
        page = administration.find_page(self.store, call.caller, call.window)
        return Answer(listings.paged("/registered-clients", page.map(_render)))

    @router.get("/registered-clients/{clientId}", gives="RegisteredClient")
    def find(self, call: ApiCall) -> Answer:
        """Show a registered client."""
        return Answer(_render(self._find(call)))

    @router.post(
        "/registered-clients/{clientId}/block", takes="ClientBlock", gives="RegisteredClient", statuses=(200, 409)
    )
    def block(self, call: ApiCall) -> Answer:
        """Block a client and revoke its tokens, or unblock it."""
        is_blocked = bodies.parse(call.body).flag("blocked", default=True)
        return Answer(
            _render(administration.block(self.store, call.caller, call.path["clientId"], is_blocked=is_blocked))
        )

    @router.post("/registered-clients/{clientId}/revoke", gives="RegisteredClient", statuses=(200, 409))
    def revoke(self, call: ApiCall) -> Answer:
        """Revoke its tokens of all users."""
        return Answer(_render(administration.revoke(self.store, call.caller, call.path["clientId"])))

    @router.delete("/registered-clients/{clientId}", statuses=(200, 409, 412))
    def delete(self, call: ApiCall) -> None:
        """Delete a client and revoke its tokens."""
        if conditions.is_conditional(call.headers):
            conditions.check_match(call.headers, _render(self._find(call)))
        administration.delete(self.store, call.caller, call.path["clientId"])

    def _find(self, call: ApiCall) -> Client:
        return administration.find(self.store, call.caller, call.path["clientId"])


def state(client: Client) -> str:
    """Return whether a client is blocked, and else whether a user consented to it."""
    if not client.is_active:
        return "BLOCKED"
    return "UNUSED" if client.registration and client.registration.unused_until is not None else "USED"


def _render(client: Client) -> dict[str, Any]:
    registration = client.registration
    return {
        "id": client.client_id,
        "clientId": client.external_client_id,
        "kind": registration.kind.upper() if registration else "",
        "host": registered_clients.home(client),
        "redirectHosts": list(registered_clients.redirect_hosts(client)),
        "claimedName": registration.name if registration else "",
        "redirectUris": list(client.redirect_uris),
        "state": state(client),
        "createdTime": str((registration.created_at if registration else 0) * 1000),
    }
