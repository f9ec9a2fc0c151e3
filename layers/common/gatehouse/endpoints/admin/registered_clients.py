"""Clients that registered themselves, in the JSON API of administrators."""

from typing import Any

import msgspec

from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.registered_clients import RegisteredClientStore
from gatehouse.domain.portal import registered_client_affairs as affairs
from gatehouse.endpoints.admin.api import ADMIN
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable


class RegisteredClientsApi(msgspec.Struct, frozen=True):
    """Answers about registered clients."""

    store: RegisteredClientStore

    def find_all(self, call: ApiCall) -> Answer:
        """GET /registered-clients."""
        page = affairs.find_page(self.store, call.caller, bodies.window(call.query))
        return Answer(listings.listing("/registered-clients", page, [_render(one) for one in page.items], {}))

    def find(self, call: ApiCall) -> Answer:
        """GET /registered-clients/{clientId}."""
        return Answer(_render(affairs.find(self.store, call.caller, call.path["clientId"])))

    def block(self, call: ApiCall) -> Answer:
        """POST /registered-clients/{clientId}/block."""
        is_blocked = bodies.parse(call.body).flag("blocked", default=True)
        return Answer(_render(affairs.block(self.store, call.caller, call.path["clientId"], is_blocked=is_blocked)))

    def revoke(self, call: ApiCall) -> Answer:
        """POST /registered-clients/{clientId}/revoke."""
        return Answer(_render(affairs.revoke(self.store, call.caller, call.path["clientId"])))

    def delete(self, call: ApiCall) -> Answer:
        """DELETE /registered-clients/{clientId}."""
        affairs.delete(self.store, call.caller, call.path["clientId"])
        return Answer()

    def operations(self) -> tuple[Operation, ...]:
        """Return the table of this part."""
        one, table, changed = "/registered-clients/{clientId}", OperationTable(scopes=ADMIN), (200, 400, 404, 409)
        return (
            table.get(
                "/registered-clients",
                "List the clients that registered themselves; those that users consented to come first.",
                self.find_all,
                gives="RegisteredClientList",
                query=("limit", "offset", "cursor"),
            ),
            table.get(one, "Show a registered client.", self.find, gives="RegisteredClient", statuses=(200, 404)),
            table.post(
                f"{one}/block",
                "Block a client and revoke its tokens, or unblock it.",
                self.block,
                takes="ClientBlock",
                gives="RegisteredClient",
                statuses=changed,
            ),
            table.post(
                f"{one}/revoke",
                "Revoke its tokens of all users.",
                self.revoke,
                gives="RegisteredClient",
                statuses=changed,
            ),
            table.delete(one, "Delete a client and revoke its tokens.", self.delete, statuses=(200, 404, 409)),
        )


def state(client: Client) -> str:
    """Return whether a client is blocked, and else whether a user consented to it."""
    if not client.is_active:
        return "BLOCKED"
    return "UNUSED" if client.registration and client.registration.unused_until is not None else "USED"


def _render(client: Client) -> dict[str, Any]:
    registration = client.registration
    return {
        "id": client.client_id,
        "clientId": client.public_id,
        "kind": registration.kind.upper() if registration else "",
        "host": registered_clients.home(client),
        "redirectHosts": list(registered_clients.redirect_hosts(client)),
        "claimedName": registration.name if registration else "",
        "redirectUris": list(client.redirect_uris),
        "state": state(client),
        "createdTime": str((registration.created_at if registration else 0) * 1000),
    }
