"""Where the caller is signed in, in the JSON API; Gatehouse's own."""

import msgspec

from gatehouse.domain.portal.active_sessions import ActiveSessions
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable


class DevportalActiveSessions(msgspec.Struct, frozen=True):
    """Shows and ends them."""

    portal: Portal

    @property
    def _own(self) -> ActiveSessions:
        return self.portal.active_sessions

    def find_all(self, call: ApiCall) -> Answer:
        """GET /me/sessions."""
        found = [
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
            for one in self._own.find_all(call.caller)
        ]
        return Answer({"count": len(found), "list": found})

    def end(self, call: ApiCall) -> Answer:
        """DELETE /me/sessions/{sessionId}."""
        self._own.end(call.caller, call.path["sessionId"])
        return Answer()

    def block(self, call: ApiCall) -> Answer:
        """POST /me/sessions/{sessionId}/block."""
        self._own.block(call.caller, call.path["sessionId"])
        return Answer()

    def find_blocked(self, call: ApiCall) -> Answer:
        """GET /me/blocked-clients."""
        found = self._own.find_blocked(call.caller)
        listed = [{"clientId": client_id, "clientName": name} for client_id, name in sorted(found.items())]
        return Answer({"count": len(listed), "list": listed})

    def unblock(self, call: ApiCall) -> Answer:
        """DELETE /me/blocked-clients/{clientId}."""
        self._own.unblock(call.caller, call.path["clientId"])
        return Answer()

    def end_all(self, call: ApiCall) -> Answer:
        """DELETE /me/sessions."""
        self._own.end_all(call.caller)
        return Answer()


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here, table = DevportalActiveSessions(portal), OperationTable(scopes=frozenset({"apim:subscribe"}))
    return (
        table.get(
            "/me/sessions",
            "Your signed-in browsers, and applications that hold tokens of yours; Gatehouse's own.",
            here.find_all,
            gives="SessionList",
        ),
        table.delete(
            "/me/sessions",
            "Sign out everywhere; every token of yours is revoked, this one too.",
            here.end_all,
            statuses=(200, 404, 409),
        ),
        table.delete(
            "/me/sessions/{sessionId}",
            "Sign a browser out, or disconnect an application: its tokens of yours and your consent end.",
            here.end,
            statuses=(200, 404, 409),
        ),
        table.post(
            "/me/sessions/{sessionId}/block",
            "Disconnect a client that registered itself, and block it from asking again.",
            here.block,
            statuses=(200, 404, 409),
        ),
        table.get(
            "/me/blocked-clients",
            "The clients that may not ask you; Gatehouse's own.",
            here.find_blocked,
            gives="BlockedClientList",
        ),
        table.delete("/me/blocked-clients/{clientId}", "Unblock a client.", here.unblock, statuses=(200, 404, 409)),
    )
