"""Where the caller is signed in, in the JSON API; Gatehouse's own."""

import msgspec

from gatehouse.domain.portal.active_sessions import ActiveSessions
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation

_SUBSCRIBE = frozenset({"apim:subscribe"})


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
    here = DevportalActiveSessions(portal)
    return (
        Operation(
            method="GET",
            path="/me/sessions",
            scopes=_SUBSCRIBE,
            summary="Your signed-in browsers, and applications that hold tokens of yours; Gatehouse's own.",
            run=here.find_all,
            gives="SessionList",
        ),
        Operation(
            method="DELETE",
            path="/me/sessions",
            scopes=_SUBSCRIBE,
            summary="Sign out everywhere; every token that you have ends, also this one.",
            run=here.end_all,
            statuses=(200, 404, 409),
        ),
        Operation(
            method="DELETE",
            path="/me/sessions/{sessionId}",
            scopes=_SUBSCRIBE,
            summary="Sign a browser out, or disconnect an application: its tokens of yours and your consent end.",
            run=here.end,
            statuses=(200, 404, 409),
        ),
        Operation(
            method="POST",
            path="/me/sessions/{sessionId}/block",
            scopes=_SUBSCRIBE,
            summary="Disconnect a client that registered itself, and let it ask you no more.",
            run=here.block,
            statuses=(200, 404, 409),
        ),
        Operation(
            method="GET",
            path="/me/blocked-clients",
            scopes=_SUBSCRIBE,
            summary="The clients that may not ask you; Gatehouse's own.",
            run=here.find_blocked,
            gives="BlockedClientList",
        ),
        Operation(
            method="DELETE",
            path="/me/blocked-clients/{clientId}",
            scopes=_SUBSCRIBE,
            summary="Let a client ask you again.",
            run=here.unblock,
            statuses=(200, 404, 409),
        ),
    )
