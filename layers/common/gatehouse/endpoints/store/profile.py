"""The profile: a member's account in the organisation, and where they are signed in."""

import msgspec

from gatehouse.domain.portal import active_sessions
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store import sessions
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.pages import redirect
from gatehouse.endpoints.store.routes import PageRouter

PATH = "/store/profile"

router = PageRouter()


class ProfilePages(msgspec.Struct, frozen=True):
    """Shows the caller's own account."""

    portal: Portal

    @router.get(PATH)
    def get(self, context: StorePageContext) -> Response:
        """Show the profile."""
        caller, directory = context.caller, self.portal.context.directory
        found = self.portal.active_sessions.find_all(caller)
        ids = {one.application_id for one in found if one.application_id}
        applications = [directory.find_application(caller.organisation, one) for one in ids]
        names = {one.application_id: one.name for one in applications if one}
        shown = [(one, active_sessions.name_of(one, names)) for one in found]
        user = self.portal.directory.find_user(caller.organisation, caller.username)
        return context.show("profile", shown=shown, user=user, blocked=user.blocked_clients if user else {})

    @router.post(f"{PATH}/sessions/{{sessionId}}/end")
    def post_end(self, context: StorePageContext) -> Response:
        """End one session, or one application's tokens."""
        self.portal.active_sessions.end(context.caller, context.path["sessionId"])
        return context.go(PATH, "ended")

    @router.post(f"{PATH}/sessions/{{sessionId}}/block")
    def post_block(self, context: StorePageContext) -> Response:
        """Revoke a registered client's tokens, and block it from asking again."""
        self.portal.active_sessions.block(context.caller, context.path["sessionId"])
        return context.go(PATH, "saved")

    @router.post(f"{PATH}/clients/{{clientId}}/unblock")
    def post_unblock(self, context: StorePageContext) -> Response:
        """Unblock a client, which may ask again."""
        self.portal.active_sessions.unblock(context.caller, context.path["clientId"])
        return context.go(PATH, "saved")

    @router.get(f"{PATH}/everywhere")
    def get_everywhere(self, context: StorePageContext) -> Response:
        """Ask before signing out everywhere."""
        return context.show(
            "confirm",
            title="Sign out everywhere?",
            message="You are signed out of every browser, including this one, and every token in your name is "
            "revoked in all applications. Tokens that your applications got for themselves stay valid.",
            button="Sign out everywhere",
            back=PATH,
        )

    @router.post(f"{PATH}/everywhere")
    def post_everywhere(self, context: StorePageContext) -> Response:
        """Sign out everywhere, and revoke every token of the user."""
        self.portal.active_sessions.end_all(context.caller)
        return redirect("/store?done=signed-out", sessions.gone())
