"""Restrictions of scopes and APIs, and blocks that outlive their subscription."""

from typing import Any

import msgspec

from gatehouse.domain.apis import api_checks
from gatehouse.domain.apis.apis import Visibility
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel.refusals import ApiNotFoundError, InvalidInputError, NotFoundError
from gatehouse.domain.portal import api_restrictions, subscription_blocks
from gatehouse.domain.portal.api_restrictions import RestrictionStore
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.admin.api import ADMIN, PAGING
from gatehouse.endpoints.admin.requests import RestrictionDraft
from gatehouse.endpoints.rest import bodies, conditions, listings, typed_bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class RestrictionsApi(msgspec.Struct, frozen=True):
    """Answers about restrictions."""

    portal: Portal
    restrictions: RestrictionStore

    @router.put("/apis/{apiId}/scopes/{scope}", takes="Roles", gives="ScopeRoles", statuses=(200, 409, 412))
    def bind_scope(self, call: ApiCall) -> Answer:
        """Bind a scope to roles, in every API.

        A scope without roles is open to nobody.
        """
        name, decided = self._scope(call)
        roles = frozenset(bodies.parse(call.body).texts("roles", is_required=True))
        conditions.check_match(call.headers, _scope_roles(name, decided.scopes.get(name)))
        api_restrictions.bind_scope(self.restrictions, call.caller, name, roles, decided)
        return Answer(_scope_roles(name, roles))

    @router.get("/apis/{apiId}/scopes/{scope}", gives="ScopeRoles")
    def find_scope(self, call: ApiCall) -> Answer:
        """Show the roles that a scope is bound to."""
        name, decided = self._scope(call)
        return Answer(_scope_roles(name, decided.scopes.get(name)))

    @router.delete("/apis/{apiId}/scopes/{scope}", statuses=(200, 409, 412))
    def unbind_scope(self, call: ApiCall) -> None:
        """Remove the binding: the documents of the APIs say who may have the scope."""
        name, decided = self._scope(call)
        conditions.check_match(call.headers, _scope_roles(name, decided.scopes.get(name)))
        api_restrictions.bind_scope(self.restrictions, call.caller, name, None, decided)

    @router.get("/restrictions", gives="RestrictionList")
    def find_restrictions(self, call: ApiCall) -> Answer:
        """List what is restricted.

        Scopes and APIs are listed also while nobody publishes them.
        """
        decided = self.restrictions.find_restrictions(call.caller.organisation)
        return Answer(
            {
                "scopes": [_scope_roles(name, roles) for name, roles in sorted(decided.scopes.items())],
                "apis": [_restriction(api_id, one) for api_id, one in sorted(decided.apis.items())],
            }
        )

    @router.get("/apis/{apiId}/restrictions", gives="ApiRestriction")
    def find_restriction(self, call: ApiCall) -> Answer:
        """Show the restriction of an API."""
        return Answer(_restriction(*self._restricted(call)))

    @router.put(
        "/apis/{apiId}/restrictions", takes="ApiRestrictionDraft", gives="ApiRestriction", statuses=(200, 409, 412)
    )
    def restrict_api(self, call: ApiCall) -> Answer:
        """Block an API, or limit who sees it.

        What the body does not name is not restricted.
        """
        given = typed_bodies.parse(call.body, RestrictionDraft)
        api_id, found = self._restricted(call)
        stays = given.blocked_by == found.blocked_by == "publisher"
        new = ApiRestriction(
            blocked_by=("publisher" if stays else "administrator") if given.blocked else "",
            visibility=_visibility(given.visibility),
            visible_to=given.visible_to,
            visible_roles=given.visible_roles,
        )
        conditions.check_match(call.headers, _restriction(api_id, found))
        return Answer(
            _restriction(api_id, api_restrictions.restrict_api(self.restrictions, call.caller, api_id, new, found))
        )

    @router.get("/apis/{apiId}/subscription-blocks", gives="SubscriptionBlockList", query=PAGING)
    def find_blocks(self, call: ApiCall) -> Answer:
        """List blocks, also after unsubscribing."""
        api_id, window = call.path["apiId"], call.window
        page = self.portal.subscriptions.find_blocks_of_api(call.caller.organisation, api_id, window)
        if not (page.items or window.offset or window.cursor):
            self._restricted(call)  # blocks outlive their API; without one, the API has to be there
        found = page.holding(
            {"organisation": one.organisation, "applicationId": one.application_id, "state": one.state}
            for one in page.items
        )
        return Answer(listings.paged(f"/apis/{api_id}/subscription-blocks", found))

    @router.delete("/apis/{apiId}/subscription-blocks/{applicationId}", query=("organisation",), statuses=(200, 409))
    def lift_block(self, call: ApiCall) -> None:
        """Lift a block after unsubscribing; organisation is that of the application, if it is another one."""
        organisation = call.query.get("organisation") or call.caller.organisation
        subscription_blocks.lift(
            self.portal.subscriptions,
            self.portal.applications,
            call.caller,
            call.path["apiId"],
            organisation,
            call.path["applicationId"],
        )

    def _restricted(self, call: ApiCall) -> tuple[str, ApiRestriction]:
        """Return an API that exists, or about which something is decided, with that."""
        api_id, organisation = call.path["apiId"], call.caller.organisation
        decided = self.restrictions.find_restrictions(organisation)
        if not decided.knows_api(api_id, self.portal.directory.find_shown_api(organisation, api_id)):
            raise ApiNotFoundError("There is no API of that id.")
        return api_id, decided.of_api(api_id)

    def _scope(self, call: ApiCall) -> tuple[str, Restrictions]:
        """Return the name of a scope of an API, or of one that is bound already, with all that is decided."""
        name, organisation = call.path["scope"], call.caller.organisation
        api = self.portal.directory.find_shown_api(organisation, call.path["apiId"])
        if api is None:
            raise ApiNotFoundError("There is no API of that id.")
        decided = self.restrictions.find_restrictions(organisation)
        if not decided.knows_scope(name, (api,)):
            raise NotFoundError("The API has no such scope.")
        return name, decided


def _visibility(text: str) -> Visibility:
    found: Visibility | None = next((one for one in api_checks.VISIBILITIES if one == text), None)
    if found is None:
        raise InvalidInputError(f"visibility is one of {', '.join(api_checks.VISIBILITIES)}.", field="visibility")
    return found


def _scope_roles(name: str, roles: frozenset[str] | None) -> dict[str, Any]:
    return {"scope": name, "bound": roles is not None, "roles": sorted(roles or ())}


def _restriction(api_id: str, one: ApiRestriction) -> dict[str, Any]:
    return {
        "apiId": api_id,
        "blocked": one.is_blocked,
        "blockedBy": one.blocked_by,
        "visibility": one.visibility,
        "visibleTo": sorted(one.visible_to),
        "visibleRoles": sorted(one.visible_roles),
    }
