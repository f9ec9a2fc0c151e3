"""Pages of the organisation's APIs: their life, scopes by role and subscriptions, and applications' own scopes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gatehouse.domain import publishing
from gatehouse.domain.apis import Api
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.administration import Administration, parse_roles
from gatehouse.domain.portal.errors import NotFoundError, PortalError
from gatehouse.domain.portal.portal import Portal
from gatehouse.domain.portal.subscriptions import Listed
from gatehouse.domain.publishing import PublishedApiStore
from gatehouse.endpoints.administration.api import SCOPE
from gatehouse.endpoints.portal import bodies
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.site import Renderer, Route, Visit

FINAL = {
    "DEPRECATED": "Its subscribers go on; nobody new subscribes. It cannot be published again, only retired.",
    "RETIRED": "Every call to it is refused within seconds, for good. It leaves the store.",
}
"""The states that an API does not come back from, and what they mean."""


@dataclass(frozen=True, slots=True)
class ApiPages:
    """Shows and takes the administrators' forms about APIs."""

    portal: Portal
    administration: Administration
    apis: PublishedApiStore
    renderer: Renderer

    def get_all(self, visit: Visit) -> Response:
        """Show the organisation's APIs, in whatever state."""
        return self.renderer.show(
            visit, "admin_apis", apis=self.portal.directory.find_shown_apis(visit.caller.organisation)
        )

    def get(self, visit: Visit) -> Response:
        """Show an API's state, its scopes with their roles, and its subscriptions."""
        return self._show(visit)

    def get_move(self, visit: Visit) -> Response:
        """Ask before a move that cannot be undone."""
        api, to = self._api(visit), visit.query.get("to", "")
        if to not in FINAL or to not in publishing.MOVES[api.lifecycle]:
            raise NotFoundError("The API cannot go there.")
        return self.renderer.show(
            visit,
            "confirm",
            title=f"{'Deprecate' if to == 'DEPRECATED' else 'Retire'} {api.name} {api.version}?",
            message=f"{FINAL[to]} This cannot be undone.",
            action=f"{_path(api)}/lifecycle",
            hidden={"lifecycle": to},
            button="Deprecate the API" if to == "DEPRECATED" else "Retire the API",
            back=_path(api),
        )

    def post_move(self, visit: Visit) -> Response:
        """Move an API to another state."""
        try:
            api = publishing.change_lifecycle(
                self.apis, visit.caller, visit.path["apiId"], visit.form.get("lifecycle", "")
            )
        except NotFoundError:
            raise
        except PortalError as error:
            return self._show(visit, error)
        return self.renderer.go(visit, _path(api), "saved")

    def post_scope(self, visit: Visit) -> Response:
        """Bind a scope to roles, or leave it to the documents."""
        api, scope = self._api(visit), visit.form.get("scope", "")
        if scope not in api.scopes:
            raise NotFoundError("The API has no such scope.")
        roles = None if visit.form.get("bound") == "no" else parse_roles(visit.form.get("roles", ""))
        try:
            self.administration.bind_scope(visit.caller, scope, roles)
        except PortalError as error:
            return self._show(visit, error, scope)
        return self.renderer.go(visit, _path(api), "saved")

    def post_restriction(self, visit: Visit) -> Response:
        """Limit who sees an API; whether it is blocked stays."""
        api, form = self._api(visit), visit.form
        chosen = next((one for one in publishing.VISIBILITIES if one == form.get("visibility")), "ORGANISATION")
        decided = self.administration.store.find_restrictions(visit.caller.organisation).of_api(api.api_id)
        new = replace(
            decided,
            visibility=chosen,
            visible_to=parse_roles(form.get("visible_to", "")) if chosen == "CHOSEN" else frozenset(),
            visible_roles=parse_roles(form.get("visible_roles", "")),
        )
        try:
            self.administration.restrict_api(visit.caller, api.api_id, new)
        except PortalError as error:
            return self._show(visit, error)
        return self.renderer.go(visit, _path(api), "saved")

    def post_decision(self, visit: Visit) -> Response:
        """Approve or reject a subscription."""
        found = self._listed(visit)
        is_approved = visit.form.get("decision") == "approve"
        subscriptions.decide(self.portal.subscriptions, visit.caller, found, is_approved=is_approved)
        is_from_api = visit.form.get("from") == "api"
        back = f"/store/admin/apis/{found.subscription.api_id}" if is_from_api else "/store/admin/inbox"
        return self.renderer.go(visit, back, "approved" if is_approved else "rejected")

    def post_block(self, visit: Visit) -> Response:
        """Block or unblock a subscription."""
        found = self._listed(visit)
        subscriptions.block(self.portal.subscriptions, visit.caller, found, visit.form.get("state", ""))
        return self.renderer.go(visit, f"/store/admin/apis/{found.subscription.api_id}", "saved")

    def get_application(self, visit: Visit) -> Response:
        """Show which role-bound scopes an application's own tokens may carry."""
        application = self.administration.find_application(visit.caller, visit.path["applicationId"])
        references = frozenset((one.api_organisation, one.api_id) for one in application.subscriptions)
        found = self.portal.context.directory.find_apis(references) if references else ()
        bound = {
            name: f"{api.name}: {', '.join(sorted(one.roles_shown))}"
            for api in found
            for name, one in api.scopes.items()
            if one.is_bound
        }
        kept = {name: "no longer of a subscribed API" for name in application.client_scopes if name not in bound}
        return self.renderer.show(visit, "admin_application", application=application, scopes=bound | kept)

    def post_application(self, visit: Visit) -> Response:
        """Tick role-bound scopes for an application's own tokens."""
        application = self.administration.find_application(visit.caller, visit.path["applicationId"])
        ticked = frozenset(name.removeprefix("scope ") for name in visit.form if name.startswith("scope "))
        self.administration.tick_client_scopes(visit.caller, application, ticked)
        return self.renderer.go(visit, visit.request.path, "saved")

    def _api(self, visit: Visit) -> Api:
        return publishing.find(self.apis, visit.caller, visit.path["apiId"])

    def _listed(self, visit: Visit) -> Listed:
        return subscriptions.find_governed(self.portal.subscriptions, visit.caller, visit.path["subscriptionId"])

    def _show(self, visit: Visit, error: PortalError | None = None, scope: str = "") -> Response:
        api = self._api(visit)
        page = self.portal.subscriptions.find_subscriptions_of_api(
            visit.caller.organisation, api.api_id, bodies.window(visit.query)
        )
        return self.renderer.show(
            visit,
            "admin_api",
            status=error.status if error else 200,
            api=api,
            page=page,
            moves=publishing.MOVES[api.lifecycle],
            final=FINAL,
            decided=self.administration.store.find_restrictions(visit.caller.organisation).of_api(api.api_id),
            visibilities=publishing.VISIBILITIES,
            error=error,
            scope=scope,
            typed=visit.form.get("roles", ""),
        )

    def routes(self) -> tuple[Route, ...]:
        """Return the table of this part."""

        def route(method: str, path: str, run: Callable[[Visit], Response]) -> Route:
            return Route(method=method, path=f"/store/admin{path}", run=run, scope=SCOPE)

        return (
            route("GET", "/apis", self.get_all),
            route("GET", "/apis/{apiId}", self.get),
            route("GET", "/apis/{apiId}/lifecycle", self.get_move),
            route("POST", "/apis/{apiId}/lifecycle", self.post_move),
            route("POST", "/apis/{apiId}/scope", self.post_scope),
            route("POST", "/apis/{apiId}/restriction", self.post_restriction),
            route("POST", "/subscriptions/{subscriptionId}/decision", self.post_decision),
            route("POST", "/subscriptions/{subscriptionId}/block", self.post_block),
            route("GET", "/applications/{applicationId}", self.get_application),
            route("POST", "/applications/{applicationId}", self.post_application),
        )


def _path(api: Api) -> str:
    return f"/store/admin/apis/{api.api_id}"
