"""Pages for administrators, on the services of the JSON API."""

from collections.abc import Callable
from dataclasses import dataclass

from gatehouse.domain.audit import AuditReader
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.administration import Administration, parse_roles
from gatehouse.domain.portal.errors import NotFoundError, PortalError
from gatehouse.domain.portal.portal import Portal
from gatehouse.domain.portal.subscriptions import Listed
from gatehouse.endpoints.administration.api import SCOPE
from gatehouse.endpoints.portal import bodies
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.site import Renderer, Route, Visit


@dataclass(frozen=True, slots=True)
class AdministrationPages:
    """Shows and takes the administrators' forms."""

    portal: Portal
    administration: Administration
    audit: AuditReader
    renderer: Renderer

    def get_members(self, visit: Visit) -> Response:
        """Show a page of members."""
        return self._members(visit, None)

    def post_members(self, visit: Visit) -> Response:
        """Invite a member."""
        form = visit.form
        try:
            self.administration.invite(
                visit.caller,
                form.get("username", ""),
                form.get("email", ""),
                parse_roles(form.get("roles", "")),
                f"{visit.origin.issuer}/t/{visit.caller.organisation}",
            )
        except PortalError as error:
            return self._members(visit, error)
        return self.renderer.go(visit, "/store/admin/members", "created")

    def get_member(self, visit: Visit) -> Response:
        """Show one member."""
        member = self.administration.find_member(visit.caller, visit.path["username"])
        return self.renderer.show(visit, "admin_member", member=member, error=None)

    def post_member(self, visit: Visit) -> Response:
        """Change one member, as the pressed button says."""
        member = self.administration.find_member(visit.caller, visit.path["username"])
        here, caller = self.administration, visit.caller
        issuer = f"{visit.origin.issuer}/t/{caller.organisation}"
        actions: dict[str, Callable[[], object]] = {
            "roles": lambda: here.change_roles(caller, member, parse_roles(visit.form.get("roles", ""))),
            "disable": lambda: here.disable(caller, member),
            "enable": lambda: here.enable(caller, member),
            "reject": lambda: here.reject(caller, member),
            "unlock": lambda: here.unlock(caller, member),
            "reset": lambda: here.reset(caller, member, issuer),
        }
        action = actions.get(visit.form.get("action", ""))
        if action is None:
            raise NotFoundError("There is no such action.")
        try:
            action()
        except PortalError as error:
            return self.renderer.show(visit, "admin_member", status=error.status, member=member, error=error)
        if visit.form.get("from") == "inbox":
            return self.renderer.go(visit, "/store/admin/inbox", "decided")
        return self.renderer.go(visit, visit.request.path, "saved")

    def get_inbox(self, visit: Visit) -> Response:
        """Show what awaits a decision."""
        organisation, window = visit.caller.organisation, bodies.window(visit.query)
        return self.renderer.show(
            visit,
            "admin_inbox",
            members=self.administration.store.find_waiting_members(organisation, window),
            waiting=self.portal.subscriptions.find_waiting_subscriptions(organisation, window),
        )

    def post_decision(self, visit: Visit) -> Response:
        """Approve or reject a subscription."""
        is_approved = visit.form.get("decision") == "approve"
        subscriptions.decide(self.portal.subscriptions, visit.caller, self._listed(visit), is_approved=is_approved)
        return self.renderer.go(visit, "/store/admin/inbox", "decided")

    def post_block(self, visit: Visit) -> Response:
        """Block or unblock a subscription."""
        found = self._listed(visit)
        subscriptions.block(self.portal.subscriptions, visit.caller, found, visit.form.get("state", ""))
        return self.renderer.go(visit, f"/store/admin/apis/{found.subscription.api_id}", "saved")

    def get_apis(self, visit: Visit) -> Response:
        """Show the organisation's APIs, in whatever state."""
        return self.renderer.show(
            visit, "admin_apis", apis=self.portal.directory.find_shown_apis(visit.caller.organisation)
        )

    def get_api(self, visit: Visit) -> Response:
        """Show an API's scopes with their roles, and its subscriptions."""
        api = self.portal.directory.find_shown_api(visit.caller.organisation, visit.path["apiId"])
        if api is None:
            raise NotFoundError("There is no API of that id.")
        page = self.portal.subscriptions.find_subscriptions_of_api(
            visit.caller.organisation, api.api_id, bodies.window(visit.query)
        )
        return self.renderer.show(visit, "admin_api", api=api, page=page)

    def post_scope(self, visit: Visit) -> Response:
        """Bind a scope to roles."""
        api = self.portal.directory.find_shown_api(visit.caller.organisation, visit.path["apiId"])
        if api is None:
            raise NotFoundError("There is no API of that id.")
        roles = parse_roles(visit.form.get("roles", ""))
        self.administration.bind_scope(visit.caller, api, visit.form.get("scope", ""), roles)
        return self.renderer.go(visit, f"/store/admin/apis/{api.api_id}", "saved")

    def get_audit(self, visit: Visit) -> Response:
        """Show who did what."""
        page = self.audit.find_entries(visit.caller.organisation, bodies.window(visit.query))
        return self.renderer.show(visit, "admin_audit", page=page)

    def _listed(self, visit: Visit) -> Listed:
        return subscriptions.find_governed(self.portal.subscriptions, visit.caller, visit.path["subscriptionId"])

    def _members(self, visit: Visit, error: PortalError | None) -> Response:
        page = self.administration.store.find_members(visit.caller.organisation, bodies.window(visit.query))
        status = error.status if error else 200
        return self.renderer.show(visit, "admin_members", status=status, page=page, error=error, values=visit.form)

    def routes(self) -> tuple[Route, ...]:
        """Return the table of this part."""

        def route(method: str, path: str, run: Callable[[Visit], Response]) -> Route:
            return Route(method=method, path=f"/store/admin{path}", run=run, scope=SCOPE)

        return (
            route("GET", "/members", self.get_members),
            route("POST", "/members", self.post_members),
            route("GET", "/members/{username}", self.get_member),
            route("POST", "/members/{username}", self.post_member),
            route("GET", "/inbox", self.get_inbox),
            route("POST", "/subscriptions/{subscriptionId}/decision", self.post_decision),
            route("POST", "/subscriptions/{subscriptionId}/block", self.post_block),
            route("GET", "/apis", self.get_apis),
            route("GET", "/apis/{apiId}", self.get_api),
            route("POST", "/apis/{apiId}/scope", self.post_scope),
            route("GET", "/audit", self.get_audit),
        )
