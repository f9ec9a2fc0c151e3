"""Members of the organisation: list, invite, import, change and disable them."""

from typing import Any

import msgspec

from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.paging import LIMIT_MAX, Window
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import member_import, members
from gatehouse.domain.portal.members import MemberStore
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints import paths
from gatehouse.endpoints.admin import applications
from gatehouse.endpoints.admin.api import ADMIN, PAGING
from gatehouse.endpoints.admin.requests import Invitation
from gatehouse.endpoints.rest import bodies, conditions, listings, typed_bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class MembersApi(msgspec.Struct, frozen=True):
    """Answers about members."""

    portal: Portal
    members: MemberStore

    @router.get("/members", gives="MemberList", query=("query", *PAGING))
    def find_members(self, call: ApiCall) -> Answer:
        """List members, or those whose username begins with the query."""
        wanted = call.query.get("query", "")
        page = members.find_page(self.members, call.caller, call.window, wanted)
        found = page.holding(render(one, call.caller.now) for one in page.items)
        return Answer(listings.paged("/members", found, {"query": wanted} if wanted else {}))

    @router.post("/members", takes="Invitation", gives="Member", statuses=(201, 404, 409))
    def invite(self, call: ApiCall) -> Answer:
        """Invite a member."""
        given = typed_bodies.parse(call.body, Invitation)
        made = members.invite(self.members, call.caller, given.username, given.email, given.roles, call.issuer)
        return Answer(render(made, call.caller.now), 201, f"/members/{paths.segment(made.username)}")

    @router.post("/import/members", takes="Import", gives="ImportResult", statuses=(200, 404, 409))
    def import_members(self, call: ApiCall) -> Answer:
        """Import members from a table.

        Right rows are stored, wrong ones are named.
        """
        fields = bodies.parse(call.body)
        result = member_import.run(
            self.members,
            call.caller,
            member_import.parse_table(fields.text("content").encode()),
            frozenset(),
            call.issuer,
            may_create_roles=True,
        )
        return Answer(
            {
                "invited": result.invited,
                "imported": result.imported,
                "taken": result.taken,
                "refused": [{"line": one.line, "reason": one.reason} for one in result.wrong],
            }
        )

    @router.get("/members/{username}", gives="Member")
    def find_member(self, call: ApiCall) -> Answer:
        """Show a member."""
        return Answer(render(self._member(call), call.caller.now))

    @router.put("/members/{username}", takes="Roles", gives="Member", statuses=(200, 409, 412))
    def change_member(self, call: ApiCall) -> Answer:
        """Change the roles of a member."""
        member, roles = self._member(call), frozenset(bodies.parse(call.body).texts("roles", is_required=True))
        conditions.check_match(call.headers, render(member, call.caller.now))
        return Answer(render(members.change_roles(self.members, call.caller, member, roles), call.caller.now))

    @router.post("/members/{username}/{action}", gives="ChangedMember", statuses=(200, 409))
    def act(self, call: ApiCall) -> Answer:
        """Disable, enable, approve, reject, resend, unlock, reset or reset-factors."""
        member = self._member(call)
        change = members.ACTIONS.get(call.path["action"])
        if change is None:
            raise NotFoundError("The specified resource does not exist")
        changed = change(self.members, call.caller, member, call.issuer) or member
        working = self._find_working(member) if call.path["action"] == "disable" else ()
        return Answer(
            {**render(changed, call.caller.now), "applications": [applications.render(one) for one in working]}
        )

    def _find_working(self, member: User) -> tuple[Application, ...]:
        """Return the applications of a disabled member: they keep working until an administrator decides about each."""
        window = Window(limit=LIMIT_MAX)
        return self.portal.applications.find_applications(member.organisation, member.user_id, window).items

    def _member(self, call: ApiCall) -> User:
        return members.find(self.members, call.caller, call.path["username"])


def render(user: User, now: int) -> dict[str, Any]:
    """Return a member as JSON."""
    return {
        "username": user.username,
        "userId": user.user_id,
        "displayName": user.display_name,
        "email": user.email,
        "roles": sorted(user.roles),
        "active": user.is_active,
        "awaitsApproval": user.awaits_approval,
        "invitation": user.invitation(now),
        "secondFactors": sorted(user.factors),
    }
