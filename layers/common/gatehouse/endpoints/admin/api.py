"""`/api/am/admin/v4`: what WSO2's developer portal lacks, in its manner, for administrators."""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

import msgspec

from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis import api_checks
from gatehouse.domain.apis.apis import Api, Application, Visibility
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel.audit import AuditReader, Entry, parse_wanted
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import LIMIT_MAX, Window
from gatehouse.domain.kernel.refusals import ApiNotFoundError, InvalidInputError, NotFoundError
from gatehouse.domain.portal import (
    application_affairs,
    applications,
    key_sets,
    member_import,
    statistics,
    subscriptions,
    transfers,
)
from gatehouse.domain.portal.administration import Administration
from gatehouse.domain.portal.services import Portal, find_subscribed
from gatehouse.endpoints.admin import schemas
from gatehouse.endpoints.admin.requests import Invitation, RestrictionDraft
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.rest import bodies, conditions, openapi, typed_bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, JsonApi, Operation

BASE = "/api/am/admin/v4"
SCOPE = "apim:admin"
ADMIN = frozenset({SCOPE})

_TOP = 10
_PAGING = ("limit", "offset", "cursor")
_AUDIT_FILTERS = ("actor", "action", "from", "to")


class AdministrationApi(msgspec.Struct, frozen=True):
    """Answers administrators."""

    portal: Portal
    administration: Administration
    audit: AuditReader

    def find_members(self, call: ApiCall) -> Answer:
        """GET /members."""
        wanted = call.query.get("query", "")
        page = self.administration.find_members(call.caller, bodies.window(call.query), wanted)
        found = [_member(one, call.caller.now) for one in page.items]
        return Answer(rendering.listing("/members", page, found, {"query": wanted} if wanted else {}))

    def invite(self, call: ApiCall) -> Answer:
        """POST /members."""
        given = typed_bodies.parse(call.body, Invitation)
        made = self.administration.invite(call.caller, given.username, given.email, given.roles, _issuer(call))
        return Answer(_member(made, call.caller.now), 201, f"/members/{quote(made.username)}")

    def import_members(self, call: ApiCall) -> Answer:
        """POST /import/members: right rows are stored, wrong ones are named."""
        fields = bodies.parse(call.body)
        result = member_import.run(
            self.administration,
            call.caller,
            member_import.parse_table(fields.text("content").encode()),
            frozenset(),
            _issuer(call),
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

    def find_member(self, call: ApiCall) -> Answer:
        """GET /members/{username}."""
        return Answer(_member(self._member(call), call.caller.now))

    def change_member(self, call: ApiCall) -> Answer:
        """PUT /members/{username}: roles."""
        member, roles = self._member(call), frozenset(bodies.parse(call.body).texts("roles"))
        conditions.check_match(call.headers, _member(member, call.caller.now))
        return Answer(_member(self.administration.change_roles(call.caller, member, roles), call.caller.now))

    def act(self, call: ApiCall) -> Answer:
        """POST /members/{username}/{action}."""
        member = self._member(call)
        changes: dict[str, Callable[[], User | None]] = {
            "disable": lambda: self.administration.disable(call.caller, member),
            "enable": lambda: self.administration.enable(call.caller, member, _issuer(call)),
            "approve": lambda: self.administration.enable(call.caller, member, _issuer(call)),
            "reject": lambda: self.administration.reject(call.caller, member),
            "resend": lambda: self.administration.resend(call.caller, member, _issuer(call)),
            "unlock": lambda: self.administration.unlock(call.caller, member),
            "reset": lambda: self.administration.reset(call.caller, member, _issuer(call)),
            "reset-factors": lambda: self.administration.reset_factors(call.caller, member, _issuer(call)),
        }
        change = changes.get(call.path["action"])
        if change is None:
            raise NotFoundError("The specified resource does not exist")
        answer = _member(change() or member, call.caller.now)
        working = self._find_working(call, member) if call.path["action"] == "disable" else ()
        return Answer({**answer, "applications": [_application(one) for one in working]})

    def _find_working(self, call: ApiCall, member: User) -> tuple[Application, ...]:
        """Return the applications of a disabled member: they go on working until each is decided about."""
        return self.administration.find_applications(call.caller, Window(limit=LIMIT_MAX), member.username).items

    def find_inbox(self, call: ApiCall) -> Answer:
        """GET /inbox: the first who signed up, and the first subscriptions, that await a decision."""
        first = Window()
        return Answer(
            {
                "members": self._waiting_members(call.caller, first),
                "subscriptions": self._waiting_subscriptions(call.caller, first),
            }
        )

    def find_waiting_members(self, call: ApiCall) -> Answer:
        """GET /inbox/members."""
        return Answer(self._waiting_members(call.caller, bodies.window(call.query)))

    def find_waiting_subscriptions(self, call: ApiCall) -> Answer:
        """GET /inbox/subscriptions."""
        return Answer(self._waiting_subscriptions(call.caller, bodies.window(call.query)))

    def decide(self, call: ApiCall) -> Answer:
        """POST /subscriptions/{subscriptionId}/decide."""
        found = subscriptions.find_governed(self.portal.subscriptions, call.caller, call.path["subscriptionId"])
        fields = bodies.parse(call.body)
        if fields.values.get("approved") is None:
            raise InvalidInputError("approved: must not be null", field="approved")
        decided = subscriptions.decide(
            self.portal.subscriptions, call.caller, found, is_approved=fields.flag("approved")
        )
        return Answer(_waiting(decided, call.caller.organisation))

    def bind_scope(self, call: ApiCall) -> Answer:
        """PUT /apis/{apiId}/scopes/{scope}: its roles, in every API of the organisation; none opens it to nobody."""
        roles = frozenset(bodies.parse(call.body).texts("roles"))
        name, decided = self._scope(call)
        conditions.check_match(call.headers, _scope_roles(name, decided.scopes.get(name)))
        self.administration.bind_scope(call.caller, name, roles, decided)
        return Answer(_scope_roles(name, roles))

    def find_scope(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/scopes/{scope}: the roles that it is bound to."""
        name, decided = self._scope(call)
        return Answer(_scope_roles(name, decided.scopes.get(name)))

    def unbind_scope(self, call: ApiCall) -> Answer:
        """DELETE /apis/{apiId}/scopes/{scope}: the documents alone say who may have it."""
        name, decided = self._scope(call)
        conditions.check_match(call.headers, _scope_roles(name, decided.scopes.get(name)))
        self.administration.bind_scope(call.caller, name, None, decided)
        return Answer()

    def find_restrictions(self, call: ApiCall) -> Answer:
        """GET /restrictions: of every scope and API, also of those that nobody publishes at the moment."""
        decided = self.administration.store.find_restrictions(call.caller.organisation)
        return Answer(
            {
                "scopes": [_scope_roles(name, roles) for name, roles in sorted(decided.scopes.items())],
                "apis": [_restriction(api_id, one) for api_id, one in sorted(decided.apis.items())],
            }
        )

    def find_restriction(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/restrictions."""
        return Answer(_restriction(*self._restricted(call)))

    def restrict_api(self, call: ApiCall) -> Answer:
        """PUT /apis/{apiId}/restrictions: what it does not name is not restricted."""
        given = typed_bodies.parse(call.body, RestrictionDraft)
        new = ApiRestriction(
            blocked_by="administrator" if given.blocked else "",
            visibility=_visibility(given.visibility),
            visible_to=given.visible_to,
            visible_roles=given.visible_roles,
        )
        api_id, found = self._restricted(call)
        conditions.check_match(call.headers, _restriction(api_id, found))
        return Answer(_restriction(api_id, self.administration.restrict_api(call.caller, api_id, new, found)))

    def _restricted(self, call: ApiCall) -> tuple[str, ApiRestriction]:
        """Return an API that exists, or about which something is decided, with that."""
        api_id, organisation = call.path["apiId"], call.caller.organisation
        decided = self.administration.store.find_restrictions(organisation)
        if api_id not in decided.apis and self.portal.directory.find_shown_api(organisation, api_id) is None:
            raise ApiNotFoundError("There is no API of that id.")
        return api_id, decided.of_api(api_id)

    def _scope(self, call: ApiCall) -> tuple[str, Restrictions]:
        """Return the name of a scope of an API, or of one that is bound already, with all that is decided."""
        name, organisation = call.path["scope"], call.caller.organisation
        api = self.portal.directory.find_shown_api(organisation, call.path["apiId"])
        if api is None:
            raise ApiNotFoundError("There is no API of that id.")
        decided = self.administration.store.find_restrictions(organisation)
        if name not in api.scopes and name not in decided.scopes:
            raise NotFoundError("The API has no such scope.")
        return name, decided

    def tick_scopes(self, call: ApiCall) -> Answer:
        """PUT /applications/{applicationId}/client-scopes."""
        found = self.administration.find_application(call.caller, call.path["applicationId"])
        scopes, subscribed = frozenset(bodies.parse(call.body).texts("scopes")), find_subscribed(self.portal, found)
        conditions.check_match(call.headers, self._client_scopes(call, found, subscribed))
        self.administration.grant_client_scopes(call.caller, found, scopes, subscribed)
        return Answer({"scopes": sorted(scopes)})

    def find_scopes(self, call: ApiCall) -> Answer:
        """GET /applications/{applicationId}/client-scopes."""
        found = self._application(call)
        return Answer(self._client_scopes(call, found, find_subscribed(self.portal, found)))

    def _client_scopes(self, call: ApiCall, application: Application, subscribed: tuple[Api, ...]) -> dict[str, Any]:
        return {"scopes": sorted(self.administration.find_client_scopes(call.caller, application, subscribed))}

    def find_applications(self, call: ApiCall) -> Answer:
        """GET /applications: every one of the organisation, or of one member (`owner`)."""
        owner = call.query.get("owner", "")
        page = self.administration.find_applications(call.caller, bodies.window(call.query), owner)
        query = {"owner": owner} if owner else {}
        return Answer(rendering.listing("/applications", page, [_application(one) for one in page.items], query))

    def find_application(self, call: ApiCall) -> Answer:
        """GET /applications/{applicationId}."""
        return Answer(_application(self._application(call)))

    def delete_application(self, call: ApiCall) -> Answer:
        """DELETE /applications/{applicationId}: with its keys, subscriptions and tokens."""
        applications.delete(self.portal.subscriptions, call.caller, self._application(call))
        return Answer()

    def revoke_application(self, call: ApiCall) -> Answer:
        """POST /applications/{applicationId}/revoke: its secrets and tokens."""
        application_affairs.revoke(self.portal.key_sets, call.caller, self._application(call))
        return Answer()

    def delete_keys(self, call: ApiCall) -> Answer:
        """DELETE /applications/{applicationId}/keys/{keyType}."""
        found = self._application(call)
        client = key_sets.find(self.portal.key_sets, found, found.client_ids.get(call.path["keyType"], ""))
        key_sets.delete(self.portal.key_sets, call.caller, found, client)
        return Answer()

    def change_owner(self, call: ApiCall) -> Answer:
        """POST /applications/{applicationId}/change-owner: offers it, or transfers it at once from a lost owner."""
        owner = bodies.parse(call.body).text("owner")
        return Answer(
            _application(
                transfers.offer(
                    self.portal.subscriptions, self.portal.directory, call.caller, self._application(call), owner
                )
            )
        )

    def _application(self, call: ApiCall) -> Application:
        return self.administration.find_application(call.caller, call.path["applicationId"])

    def find_blocks(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/subscription-blocks: also of applications that unsubscribed."""
        api_id, window = call.path["apiId"], bodies.window(call.query)
        page = self.portal.subscriptions.find_blocks_of_api(call.caller.organisation, api_id, window)
        if not (page.items or window.offset or window.cursor):
            self._restricted(call)  # blocks outlive their API; without one, the API has to be there
        found = [
            {"organisation": one.organisation, "applicationId": one.application_id, "state": one.state}
            for one in page.items
        ]
        return Answer(rendering.listing(f"/apis/{api_id}/subscription-blocks", page, found, {}))

    def lift_block(self, call: ApiCall) -> Answer:
        """DELETE /apis/{apiId}/subscription-blocks/{applicationId}; `organisation` names another one's."""
        organisation = call.query.get("organisation") or call.caller.organisation
        subscriptions.lift_block(
            self.portal.subscriptions, call.caller, call.path["apiId"], organisation, call.path["applicationId"]
        )
        return Answer()

    def find_audit(self, call: ApiCall) -> Answer:
        """GET /audit: newest first."""
        given = {name: call.query[name] for name in _AUDIT_FILTERS if call.query.get(name)}
        wanted = parse_wanted(*(given.get(name, "") for name in _AUDIT_FILTERS))
        page = self.audit.find_entries(call.caller.organisation, bodies.window(call.query), wanted)
        return Answer(rendering.listing("/audit", page, [_entry(one) for one in page.items], given))

    def find_statistics(self, call: ApiCall) -> Answer:
        """GET /statistics: the whole organisation's."""
        caller, store = call.caller, self.portal.statistics
        days = statistics.last_days(caller.now, bodies.Fields(call.query).number("days") or statistics.DAYS_DEFAULT)
        return Answer(
            {
                "days": rendering.day_counts(store.find_day_counts(caller.organisation, days)),
                "topApplications": [
                    rendering.application_count(one) for one in store.find_top_applications(caller.organisation, _TOP)
                ],
            }
        )

    def _member(self, call: ApiCall) -> User:
        return self.administration.find_member(call.caller, call.path["username"])

    def _waiting_members(self, caller: Caller, window: Window) -> dict[str, Any]:
        page = self.administration.store.find_waiting_members(caller.organisation, window)
        return rendering.listing("/inbox/members", page, [_member(one, caller.now) for one in page.items], {})

    def _waiting_subscriptions(self, caller: Caller, window: Window) -> dict[str, Any]:
        page = self.portal.subscriptions.find_waiting_subscriptions(caller.organisation, window)
        waiting = [_waiting(one, caller.organisation) for one in page.items]
        return rendering.listing("/inbox/subscriptions", page, waiting, {})

    def operations(self) -> tuple[Operation, ...]:
        """Return the table."""
        return (*self._members(), *self._affairs())

    def _members(self) -> tuple[Operation, ...]:
        one = "/members/{username}"
        return (
            _get(
                "/members",
                "List members, or those whose username begins with the query.",
                self.find_members,
                "MemberList",
                ("query", *_PAGING),
            ),
            _do("POST", "/members", "Invite a member.", self.invite, "Invitation", "Member", status=201),
            _do(
                "POST", "/import/members", "Import members from a table.", self.import_members, "Import", "ImportResult"
            ),
            _get(one, "Show a member.", self.find_member, "Member"),
            _do("PUT", one, "Give a member roles.", self.change_member, "Roles", "Member"),
            _do(
                "POST",
                f"{one}/{{action}}",
                "Disable, enable, approve, reject, resend, unlock, reset or reset-factors.",
                self.act,
                "",
                "ChangedMember",
            ),
        )

    def _restrictions(self) -> tuple[Operation, ...]:
        scope, api = "/apis/{apiId}/scopes/{scope}", "/apis/{apiId}/restrictions"
        return (
            _get(scope, "Show the roles that a scope is bound to.", self.find_scope, "ScopeRoles"),
            _do("PUT", scope, "Bind a scope to roles, in every API.", self.bind_scope, "Roles", "ScopeRoles"),
            _do("DELETE", scope, "Leave a scope to the documents of the APIs.", self.unbind_scope, "", ""),
            _get("/restrictions", "List what is restricted.", self.find_restrictions, "RestrictionList"),
            _get(api, "Show what is decided about an API.", self.find_restriction, "ApiRestriction"),
            _do(
                "PUT",
                api,
                "Block an API or limit who sees it.",
                self.restrict_api,
                "ApiRestrictionDraft",
                "ApiRestriction",
            ),
        )

    def _applications(self) -> tuple[Operation, ...]:
        one, blocks = "/applications/{applicationId}", "/apis/{apiId}/subscription-blocks"
        return (
            _get(
                "/applications",
                "List applications.",
                self.find_applications,
                "AdminApplicationList",
                ("owner", *_PAGING),
            ),
            _get(one, "Show an application.", self.find_application, "AdminApplication"),
            _do("DELETE", one, "Delete an application with all it has.", self.delete_application, "", ""),
            _do("POST", f"{one}/revoke", "End its secrets and tokens.", self.revoke_application, "", ""),
            _do("DELETE", f"{one}/keys/{{keyType}}", "Delete keys; their tokens end.", self.delete_keys, "", ""),
            _do("POST", f"{one}/change-owner", "Transfer it.", self.change_owner, "Owner", "AdminApplication"),
            _get(blocks, "List blocks, also after unsubscribing.", self.find_blocks, "SubscriptionBlockList", _PAGING),
            _do("DELETE", f"{blocks}/{{applicationId}}", "Lift a block after unsubscribing.", self.lift_block, "", ""),
        )

    def _affairs(self) -> tuple[Operation, ...]:
        return (
            _get("/inbox", "Show what awaits a decision, the first pages of it.", self.find_inbox, "Inbox"),
            _get("/inbox/members", "List who signed up.", self.find_waiting_members, "MemberList", _PAGING),
            _get(
                "/inbox/subscriptions",
                "List subscriptions that await a decision, oldest first.",
                self.find_waiting_subscriptions,
                "WaitingSubscriptionList",
                _PAGING,
            ),
            _do(
                "POST",
                "/subscriptions/{subscriptionId}/decide",
                "Approve or reject.",
                self.decide,
                "Decision",
                "WaitingSubscription",
            ),
            *self._restrictions(),
            *self._applications(),
            _get(
                "/applications/{applicationId}/client-scopes",
                "Show what was ticked for an application's own tokens.",
                self.find_scopes,
                "ClientScopes",
            ),
            _do(
                "PUT",
                "/applications/{applicationId}/client-scopes",
                "Tick role-bound scopes for an application's own tokens.",
                self.tick_scopes,
                "ClientScopes",
                "ClientScopes",
            ),
            _get(
                "/audit",
                "List the audit log.",
                self.find_audit,
                "AuditEntryList",
                (*_AUDIT_FILTERS, *_PAGING),
            ),
            _get(
                "/statistics",
                "Tokens per day by grant, top applications.",
                self.find_statistics,
                "OrganisationStatistics",
                ("days",),
            ),
        )


def _visibility(text: str) -> Visibility:
    found: Visibility | None = next((one for one in api_checks.VISIBILITIES if one == text), None)
    if found is None:
        raise InvalidInputError(f"visibility is one of {', '.join(api_checks.VISIBILITIES)}.", field="visibility")
    return found


def _application(one: Application) -> dict[str, Any]:
    return {
        "applicationId": one.application_id,
        "name": one.name,
        "owner": one.owner,
        "pendingOwner": one.pending_owner,
        "keys": [{"keyType": kind, "consumerKey": client} for kind, client in sorted(one.client_ids.items())],
        "subscriptions": [
            {"organisation": each.api_organisation, "apiId": each.api_id, "state": each.state}
            for each in one.subscriptions
        ],
    }


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


def build(table: tuple[Operation, ...], bearers: Bearers, issuers: Issuers) -> JsonApi:
    """Return the API; its OpenAPI document is made from the same table when it is first asked for."""
    title = "Gatehouse organisation administration"
    document = cache(lambda: openapi.document(BASE, title, "v4", table, schemas.SCHEMAS))
    return JsonApi(BASE, table, bearers, issuers, {"/openapi.json": document})


def _get(
    path: str, summary: str, run: Callable[[ApiCall], Answer], gives: str, query: tuple[str, ...] = ()
) -> Operation:
    statuses = (200, 304, 404) if "{" in path or "owner" in query else (200, 304)
    return Operation(
        method="GET", path=path, scopes=ADMIN, summary=summary, run=run, gives=gives, query=query, statuses=statuses
    )


def _do(
    method: str, path: str, summary: str, run: Callable[[ApiCall], Answer], takes: str, gives: str, *, status: int = 200
) -> Operation:
    is_conditional = method == "PUT" or path.endswith("/scopes/{scope}")
    statuses = (status, 400, 404, 409, *((412,) if is_conditional else ()))
    return Operation(
        method=method, path=path, scopes=ADMIN, summary=summary, run=run, takes=takes, gives=gives, statuses=statuses
    )


def _issuer(call: ApiCall) -> str:
    return f"{call.origin.issuer}/t/{call.caller.organisation}"


def _member(user: User, now: int) -> dict[str, Any]:
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


def _waiting(listed: subscriptions.Listed, organisation: str) -> dict[str, Any]:
    return {
        "subscriptionId": listed.reference(organisation),
        "organisation": listed.organisation,
        "applicationName": listed.application_name,
        "owner": listed.owner if listed.organisation == organisation else "",
        "apiId": listed.subscription.api_id,
        "tier": listed.subscription.tier,
        "requestedTier": listed.subscription.requested_tier,
        "state": listed.subscription.state,
    }


def _entry(entry: Entry) -> dict[str, str]:
    return {
        "time": str(entry.at_ms),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "detail": entry.detail,
    }
