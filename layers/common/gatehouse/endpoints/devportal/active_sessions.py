"""Where the caller is signed in, in the JSON API; Gatehouse's own."""

import msgspec

from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.rest import listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=frozenset({"apim:subscribe"}))


class DevportalActiveSessions(msgspec.Struct, frozen=True):
    """Shows and ends them."""

    portal: Portal

    @router.get("/me/sessions", gives="SessionList")
    def find_all(self, call: ApiCall) -> Answer:
        """Your signed-in browsers, and applications that hold tokens of yours; Gatehouse's own."""
        found = (
            {
                "sessionId": one.session_id,
                "applicationId": one.application_id or None,
                "device": one.device or None,
                "address": one.address or None,
                "clientName": one.client_name or None,
                "since": str(one.since_ms),
                "lastUsed": str(one.used_ms),
                "expires": str(one.expires_at * 1000),
            }
            for one in self.portal.active_sessions.find_all(call.caller)
        )
        return Answer(listings.whole(found))

    @router.delete("/me/sessions/{sessionId}", statuses=(200, 409))
    def end(self, call: ApiCall) -> None:
        """Sign a browser out, or disconnect an application: its tokens of yours and your consent end."""
        self.portal.active_sessions.end(call.caller, call.path["sessionId"])

    @router.post("/me/sessions/{sessionId}/block", statuses=(200, 409))
    def block(self, call: ApiCall) -> None:
        """Disconnect a client that registered itself, and block it from asking again."""
        self.portal.active_sessions.block(call.caller, call.path["sessionId"])

    @router.get("/me/blocked-clients", gives="BlockedClientList")
    def find_blocked(self, call: ApiCall) -> Answer:
        """The clients that may not ask you; Gatehouse's own."""
        found = self.portal.active_sessions.find_blocked(call.caller)
        listed = ({"clientId": client_id, "clientName": name} for client_id, name in sorted(found.items()))
        return Answer(listings.whole(listed))

    @router.delete("/me/blocked-clients/{clientId}", statuses=(200, 409))
    def unblock(self, call: ApiCall) -> None:
        """Unblock a client."""
        self.portal.active_sessions.unblock(call.caller, call.path["clientId"])

    @router.delete("/me/sessions", statuses=(200, 404, 409))
    def end_all(self, call: ApiCall) -> None:
        """Sign out everywhere; every token of yours is revoked, this one too."""
        self.portal.active_sessions.end_all(call.caller)
