"""Pages of members and of what awaits approval, on the services of the JSON API."""

from collections.abc import Mapping
from copy import replace

import msgspec

from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import role_names
from gatehouse.domain.kernel.refusals import NotFoundError, PortalError
from gatehouse.domain.portal import known_roles, members
from gatehouse.domain.portal.members import MemberStore
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

router = PageRouter(scope=SCOPE)

_DONE: Mapping[str, str] = {
    "disable": "disabled",
    "enable": "enabled",
    "approve": "approved",
    "reject": "rejected",
    "resend": "invited",
    "unlock": "unlocked",
    "reset": "mailed",
}
"""The words of `page_context.DONE` for actions."""


class AdministrationPages(msgspec.Struct, frozen=True):
    """Shows and takes the administrators' forms."""

    portal: Portal
    members: MemberStore

    @router.get("/store/admin/members")
    def get_members(self, context: StorePageContext) -> Response:
        """Show a page of members."""
        wanted = context.query.get("query", "")
        page = members.find_page(self.members, context.caller, bodies.window(context.query), wanted)
        known = sorted(self._known(context))
        return context.show("admin_members", page=page, values=context.form, known=known, query=wanted)

    @router.post("/store/admin/members", again=get_members)
    def post_members(self, context: StorePageContext) -> Response:
        """Invite a member."""
        members.invite(
            self.members,
            context.caller,
            context.form.get("username", "").strip(),
            context.form.get("email", "").strip(),
            self._roles(context),
            context.origin.issuer_of(context.caller.organisation),
        )
        return context.go("/store/admin/members", "invited")

    @router.get("/store/admin/members/{username}")
    def get_member(self, context: StorePageContext) -> Response:
        """Show one member."""
        member = members.find(self.members, context.caller, context.path["username"])
        return self._member(context, member)

    @router.post("/store/admin/members/{username}")
    def post_member(self, context: StorePageContext) -> Response:
        """Change one member, as the pressed button says."""
        member = members.find(self.members, context.caller, context.path["username"])
        action = context.form.get("action", "")
        if action != "roles" and action not in members.ACTIONS:
            raise NotFoundError("There is no such action.")
        try:
            if action == "roles":
                self._change_roles(context, member)
            else:
                issuer = context.origin.issuer_of(context.caller.organisation)
                members.ACTIONS[action](self.members, context.caller, member, issuer)
        except PortalError as error:
            return self._member(context.refused(error), member)
        is_inbox = context.form.get("from") == "inbox"
        return context.go("/store/admin/inbox" if is_inbox else context.here, _DONE.get(action, "saved"))

    def _change_roles(self, context: StorePageContext, member: User) -> None:
        context.check_seen(member.revision)
        members.change_roles(self.members, context.caller, member, self._roles(context, member.roles))

    @router.get("/store/admin/inbox")
    def get_inbox(self, context: StorePageContext) -> Response:
        """Show what awaits a decision."""
        organisation, window, chosen = (
            context.caller.organisation,
            bodies.window(context.query),
            context.query.get("list"),
        )
        first = replace(window, offset=0, cursor="")
        waiting = self.portal.subscriptions.find_waiting_subscriptions(
            organisation, first if chosen == "members" else window
        )
        references = frozenset((one.subscription.api_organisation, one.subscription.api_id) for one in waiting.items)
        found = self.portal.context.directory.find_apis(references) if references else ()
        return context.show(
            "admin_inbox",
            members=self.members.find_waiting_members(organisation, first if chosen == "subscriptions" else window),
            waiting=waiting,
            names={one.api_id: f"{one.name} {one.version}" for one in found},
        )

    def _member(self, context: StorePageContext, member: User) -> Response:
        known = sorted(self._known(context, member.roles))
        is_typed = context.error is not None and context.form.get("action") == "roles"
        values = context.form if is_typed else {f"role {name}": "on" for name in member.roles}
        return context.show("admin_member", member=member, known=known, values=values)

    def _known(self, context: StorePageContext, held: frozenset[str] = frozenset()) -> frozenset[str]:
        return known_roles.find(self.portal.directory.find_shown_apis(context.caller.organisation), held)

    def _roles(self, context: StorePageContext, held: frozenset[str] = frozenset()) -> frozenset[str]:
        """Return the roles that were ticked or typed.

        Raises:
            InvalidInputError: One is malformed, or new without being said to be.
        """
        form = context.form
        ticked = {name.removeprefix("role ") for name in form if name.startswith("role ")}
        wanted = frozenset(ticked) | role_names.parse(form.get("roles", ""))
        return known_roles.check(wanted, self._known(context, held), may_create="createRoles" in form)
