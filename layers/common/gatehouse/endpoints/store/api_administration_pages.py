"""Pages of the organisation's APIs: their life, scopes by role and subscriptions, and applications' own scopes."""

from collections.abc import Callable
from copy import replace

import msgspec

from gatehouse.domain.apis import (
    api_checks,
    api_lifecycle,
    apis,
    published_apis,
    publishing,
    subscription_tiers,
    throttling_policies,
)
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.published_apis import PublishedApiStore
from gatehouse.domain.apis.restrictions import ApiRestriction
from gatehouse.domain.kernel import role_names
from gatehouse.domain.kernel.paging import OFFERED_MAX, Page, Window
from gatehouse.domain.kernel.refusals import ConflictError, NotFoundError
from gatehouse.domain.portal import (
    api_restrictions,
    application_administration,
    applications,
    client_scopes,
    key_sets,
    subscription_blocks,
    subscription_decisions,
    transfers,
)
from gatehouse.domain.portal.api_restrictions import RestrictionStore
from gatehouse.domain.portal.services import Portal, find_subscribed
from gatehouse.domain.portal.subscription_blocks import Block
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

FINAL = {
    "DEPRECATED": "Existing subscribers can still call it. It takes no new subscriptions. You can retire it later.",
    "RETIRED": "Every call to it is refused within seconds, for good. It leaves the store.",
}
"""The states that an API does not come back from, and what they mean."""


_ONLY_TIER = "The API has no other tier. Block it, or publish it with a tier for subscriptions first."
"""An API without a tier is subscribed to in every one of them."""

router = PageRouter(scope=SCOPE)


class ApiAdministrationPages(msgspec.Struct, frozen=True):
    """Shows and takes the administrators' forms about APIs."""

    portal: Portal
    restrictions: RestrictionStore
    apis: PublishedApiStore

    @router.get("/store/admin/apis")
    def get_all(self, context: StorePageContext) -> Response:
        """Show the organisation's APIs, in whatever state."""
        return context.show("admin_apis", apis=self.portal.directory.find_shown_apis(context.caller.organisation))

    @router.get("/store/admin/apis/{apiId}")
    def get(self, context: StorePageContext) -> Response:
        """Show an API's state, its scopes with their roles, and its subscriptions."""
        api = self._api(context)
        page = self.portal.subscriptions.find_subscriptions_of_api(
            context.caller.organisation, api.api_id, bodies.window(context.query)
        )
        restricted = self.restrictions.find_restrictions(context.caller.organisation)
        decided = restricted.of_api(api.api_id)
        typed = context.form
        is_of_tiers = context.error is not None and context.request.path.endswith("/tiers")
        limits = {
            "visibility": decided.visibility,
            "visible_to": " ".join(sorted(decided.visible_to)),
            "visible_roles": " ".join(sorted(decided.visible_roles)),
        }
        return context.show(
            "admin_api",
            api=api,
            page=page,
            moves=api_lifecycle.MOVES[api.lifecycle],
            final=FINAL,
            blocks=self._blocks(context, api, page),
            limits={name: typed.get(name, "") for name in limits} if "visibility" in typed else limits,
            decided_tag=_tag(decided),
            scope_tags={name: _scope_tag(restricted.scopes.get(name)) for name in api.scopes},
            visibilities=api_checks.VISIBILITIES,
            open_tiers=[
                one for name, one in throttling_policies.SUBSCRIPTION.items() if apis.is_subscriptionless(name)
            ],
            open_tier=typed.get("open_tier", "") if is_of_tiers else api.open_tier,
            scope=typed.get("scope", ""),
            typed=typed.get("roles", ""),
        )

    @router.get("/store/admin/apis/{apiId}/lifecycle")
    def get_move(self, context: StorePageContext) -> Response:
        """Ask before a move that cannot be undone."""
        api, to = self._api(context), context.query.get("to", "")
        if to not in FINAL or to not in api_lifecycle.MOVES[api.lifecycle]:
            raise NotFoundError("The API cannot go there.")
        return context.show(
            "confirm",
            title=f"{'Deprecate' if to == 'DEPRECATED' else 'Retire'} {api.name} {api.version}?",
            message=f"{FINAL[to]} This cannot be undone.",
            hidden={"lifecycle": to},
            button="Deprecate the API" if to == "DEPRECATED" else "Retire the API",
            back=_path(api),
        )

    @router.post("/store/admin/apis/{apiId}/lifecycle", again=get)
    def post_move(self, context: StorePageContext) -> Response:
        """Move an API to another state."""
        api = api_lifecycle.change_lifecycle(
            self.apis, context.caller, context.path["apiId"], context.form.get("lifecycle", "")
        )
        return context.go(_path(api), "saved")

    @router.post("/store/admin/apis/{apiId}/scope", again=get)
    def post_scope(self, context: StorePageContext) -> Response:
        """Bind a scope to roles, or leave it to the documents."""
        api, scope = self._api(context), context.form.get("scope", "")
        if scope not in api.scopes:
            raise NotFoundError("The API has no such scope.")
        roles = None if context.form.get("bound") == "no" else role_names.parse(context.form.get("roles", ""))
        decided = self.restrictions.find_restrictions(context.caller.organisation)
        context.check_seen(_scope_tag(decided.scopes.get(scope)))
        api_restrictions.bind_scope(self.restrictions, context.caller, scope, roles, decided)
        return context.go(_path(api), "saved")

    @router.post("/store/admin/apis/{apiId}/restriction", again=get)
    def post_restriction(self, context: StorePageContext) -> Response:
        """Limit who sees an API; whether it is blocked stays."""
        api, form = self._api(context), context.form
        chosen = next((one for one in api_checks.VISIBILITIES if one == form.get("visibility")), "ORGANISATION")
        decided = self.restrictions.find_restrictions(context.caller.organisation).of_api(api.api_id)
        new = replace(
            decided,
            visibility=chosen,
            visible_to=role_names.parse(form.get("visible_to", "")) if chosen == "CHOSEN" else frozenset(),
            visible_roles=role_names.parse(form.get("visible_roles", "")),
        )
        context.check_seen(_tag(decided))
        api_restrictions.restrict_api(self.restrictions, context.caller, api.api_id, new, decided)
        return context.go(_path(api), "saved")

    @router.post("/store/admin/apis/{apiId}/tiers", again=get)
    def post_tiers(self, context: StorePageContext) -> Response:
        """Let registered clients call an API in a tier, or no longer."""
        api, chosen = self._api(context), context.form.get("open_tier", "")
        offered = frozenset(subscription_tiers.find(api))
        if not chosen and not offered:
            raise ConflictError(_ONLY_TIER)
        new = offered | {chosen} if chosen else _unless_every(offered)
        context.check_seen(api.revision)
        publishing.change_tiers(self.apis, context.caller, api.api_id, new, api.revision)
        return context.go(_path(api), "saved")

    @router.post("/store/admin/subscriptions/{subscriptionId}/decision")
    def post_decision(self, context: StorePageContext) -> Response:
        """Approve or reject a subscription."""
        found = self._listed(context)
        is_approved = context.form.get("decision") == "approve"
        subscription_decisions.decide(self.portal.subscriptions, context.caller, found, is_approved=is_approved)
        is_from_api = context.form.get("from") == "api"
        back = f"/store/admin/apis/{found.subscription.api_id}" if is_from_api else "/store/admin/inbox"
        return context.go(back, "approved" if is_approved else "rejected")

    @router.post("/store/admin/subscriptions/{subscriptionId}/block")
    def post_block(self, context: StorePageContext) -> Response:
        """Block or unblock a subscription."""
        found = self._listed(context)
        subscription_decisions.block(self.portal.subscriptions, context.caller, found, context.form.get("state", ""))
        return context.go(f"/store/admin/apis/{found.subscription.api_id}", "saved")

    @router.post("/store/admin/apis/{apiId}/lift", again=get)
    def post_lift(self, context: StorePageContext) -> Response:
        """Lift the block of an application that no longer subscribes."""
        api, form = self._api(context), context.form
        holder = form.get("organisation") or context.caller.organisation
        subscription_blocks.lift(
            self.portal.subscriptions,
            self.portal.applications,
            context.caller,
            api.api_id,
            holder,
            form.get("application", ""),
        )
        return context.go(_path(api), "saved")

    @router.get("/store/admin/applications")
    def get_applications(self, context: StorePageContext) -> Response:
        """Show every application of the organisation, or those of one member."""
        owner, window = context.query.get("owner", ""), bodies.window(context.query)
        page = application_administration.find_page(
            self.portal.applications, self.portal.directory, context.caller, window, owner
        )
        return context.show("admin_applications", page=page, owner=owner)

    @router.get("/store/admin/applications/{applicationId}")
    def get_application(self, context: StorePageContext) -> Response:
        """Show an application: whose it is, its keys, and which role-bound scopes its own tokens may carry."""
        application = application_administration.find(
            self.portal.applications, context.caller, context.path["applicationId"]
        )
        found = [
            api for api in find_subscribed(self.portal, application) if api.organisation == context.caller.organisation
        ]
        bound = {
            name: f"{api.name}: {', '.join(sorted(one.roles_shown))}"
            for api in found
            for name, one in api.scopes.items()
            if one.is_bound
        }
        granted = client_scopes.find(context.caller, application, tuple(found))
        kept = dict.fromkeys(granted - bound.keys(), "Gatehouse")
        is_typed = context.error is not None and "action" not in context.form
        return context.show(
            "admin_application",
            application=application,
            scopes=bound | kept,
            ticked=_ticked(context) if is_typed else granted,
            granted_tag=_granted_tag(granted),
            owner=context.form.get("owner", ""),
            clients=key_sets.find_all(self.portal.key_sets, application),
        )

    @router.post("/store/admin/applications/{applicationId}", again=get_application)
    def post_application(self, context: StorePageContext) -> Response:
        """Tick role-bound scopes for an application's own tokens."""
        application = application_administration.find(
            self.portal.applications, context.caller, context.path["applicationId"]
        )
        subscribed = find_subscribed(self.portal, application)
        context.check_seen(_granted_tag(client_scopes.find(context.caller, application, subscribed)))
        client_scopes.grant(self.portal.applications, context.caller, application, _ticked(context), subscribed)
        return context.go(context.here, "saved")

    @router.post("/store/admin/applications/{applicationId}/act", again=get_application)
    def post_act(self, context: StorePageContext) -> Response:
        """Revoke, transfer or delete an application, as the pressed button says."""
        application = application_administration.find(
            self.portal.applications, context.caller, context.path["applicationId"]
        )
        action, caller, owner = context.form.get("action", ""), context.caller, context.form.get("owner", "").strip()
        store, members = self.portal.applications, self.portal.directory
        actions: dict[str, tuple[Callable[[], object], str]] = {
            "revoke": (
                lambda: application_administration.revoke(self.portal.key_sets, caller, application),
                "revoked-all",
            ),
            "transfer": (lambda: transfers.offer(store, members, caller, application, owner), "offered"),
            "delete": (lambda: applications.delete(store, caller, application), "deleted"),
        }
        if action not in actions:
            raise NotFoundError("There is no such action.")
        act, done = actions[action]
        act()
        back = "/store/admin/applications"
        return context.go(back if action == "delete" else f"{back}/{application.application_id}", done)

    def _api(self, context: StorePageContext) -> Api:
        return published_apis.find(self.apis, context.caller, context.path["apiId"])

    def _listed(self, context: StorePageContext) -> ApplicationSubscription:
        return subscription_decisions.find(self.portal.subscriptions, context.caller, context.path["subscriptionId"])

    def _blocks(self, context: StorePageContext, api: Api, page: Page[ApplicationSubscription]) -> list[Block]:
        """Return the blocks of applications that are not among the subscriptions shown, the first of them."""
        shown = {(one.organisation, one.application_id) for one in page.items}
        window = Window(limit=OFFERED_MAX)
        found = self.portal.subscriptions.find_blocks_of_api(context.caller.organisation, api.api_id, window)
        return [one for one in found.items if (one.organisation, one.application_id) not in shown]


def _tag(decided: ApiRestriction) -> str:
    """Return what tells a decision from another one."""
    shown = [sorted(one) for one in (decided.visible_to, decided.visible_roles)]
    return " ".join([decided.visibility, decided.blocked_by, *map(",".join, shown)])


def _scope_tag(roles: frozenset[str] | None) -> str:
    """Return what tells the binding of a scope from another one."""
    return "not bound" if roles is None else f"bound {' '.join(sorted(roles))}"


def _granted_tag(granted: frozenset[str]) -> str:
    """Return what tells the scopes of an application's own tokens from others; never empty, as no field is sent so."""
    return " ".join(["granted", *sorted(granted)])


def _ticked(context: StorePageContext) -> frozenset[str]:
    return frozenset(name.removeprefix("scope ") for name in context.form if name.startswith("scope "))


def _unless_every(offered: frozenset[str]) -> frozenset[str]:
    """Return the tiers of an API; every tier is none named, so that one that is offered later is among them."""
    return frozenset() if offered == frozenset(subscription_tiers.find(None)) else offered


def _path(api: Api) -> str:
    return f"/store/admin/apis/{api.api_id}"
