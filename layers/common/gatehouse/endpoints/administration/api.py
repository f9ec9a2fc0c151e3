"""`/api/am/admin/v4`: what WSO2's developer portal lacks, in its manner, for administrators."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from gatehouse.domain.audit import AuditReader
from gatehouse.domain.portal import statistics, subscriptions
from gatehouse.domain.portal.administration import Administration
from gatehouse.domain.portal.errors import NotFoundError
from gatehouse.domain.portal.listings import Page
from gatehouse.domain.portal.portal import Portal
from gatehouse.domain.users import User
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.portal import bodies, openapi
from gatehouse.endpoints.portal.operations import Answer, Call, JsonApi, Operation

BASE = "/api/am/admin/v4"
SCOPE = "apim:admin"
ADMIN = frozenset({SCOPE})

_TOP = 10


@dataclass(frozen=True, slots=True)
class AdministrationApi:
    """Answers administrators."""

    portal: Portal
    administration: Administration
    audit: AuditReader

    def find_members(self, call: Call) -> Answer:
        """GET /members."""
        page = self.administration.store.find_members(call.caller.organisation, bodies.window(call.query))
        return _page(page, [_member(one) for one in page.items])

    def invite(self, call: Call) -> Answer:
        """POST /members."""
        fields = bodies.parse(call.body)
        made = self.administration.invite(
            call.caller,
            fields.text("username"),
            fields.text("email"),
            frozenset(fields.texts("roles")),
            _issuer(call),
        )
        return Answer(_member(made), 201, f"/members/{made.username}")

    def find_member(self, call: Call) -> Answer:
        """GET /members/{username}."""
        return Answer(_member(self._member(call)))

    def change_member(self, call: Call) -> Answer:
        """PUT /members/{username}: roles."""
        roles = frozenset(bodies.parse(call.body).texts("roles"))
        return Answer(_member(self.administration.change_roles(call.caller, self._member(call), roles)))

    def act(self, call: Call) -> Answer:
        """POST /members/{username}/{action}."""
        member = self._member(call)
        changes: dict[str, Callable[[], User | None]] = {
            "disable": lambda: self.administration.disable(call.caller, member),
            "enable": lambda: self.administration.enable(call.caller, member, _issuer(call)),
            "approve": lambda: self.administration.enable(call.caller, member, _issuer(call)),
            "reject": lambda: self.administration.reject(call.caller, member),
            "unlock": lambda: self.administration.unlock(call.caller, member),
            "reset": lambda: self.administration.reset(call.caller, member, _issuer(call)),
        }
        change = changes.get(call.path["action"])
        if change is None:
            raise NotFoundError("The specified resource does not exist")
        return Answer(_member(change() or member))

    def find_inbox(self, call: Call) -> Answer:
        """GET /inbox: who signed up, and subscriptions, that await a decision."""
        caller, window = call.caller, bodies.window(call.query)
        members = self.administration.store.find_waiting_members(caller.organisation, window)
        waiting = self.portal.subscriptions.find_waiting_subscriptions(caller.organisation, window)
        return Answer(
            {
                "members": [_member(one) for one in members.items],
                "subscriptions": [_waiting(one, caller.organisation) for one in waiting.items],
            }
        )

    def decide(self, call: Call) -> Answer:
        """POST /subscriptions/{subscriptionId}/decide."""
        is_approved = bodies.parse(call.body).flag("approved")
        found = subscriptions.find_governed(self.portal.subscriptions, call.caller, call.path["subscriptionId"])
        decided = subscriptions.decide(self.portal.subscriptions, call.caller, found, is_approved=is_approved)
        return Answer(_waiting(decided, call.caller.organisation))

    def bind_scope(self, call: Call) -> Answer:
        """PUT /apis/{apiId}/scopes/{scope}: its roles."""
        api = self.portal.directory.find_shown_api(call.caller.organisation, call.path["apiId"])
        if api is None:
            raise NotFoundError("There is no API of that id.", code=subscriptions.API_NOT_FOUND)
        roles = frozenset(bodies.parse(call.body).texts("roles"))
        self.administration.bind_scope(call.caller, api, call.path["scope"], roles)
        return Answer({"scope": call.path["scope"], "roles": sorted(roles)})

    def tick_scopes(self, call: Call) -> Answer:
        """PUT /applications/{applicationId}/client-scopes."""
        found = self.administration.find_application(call.caller, call.path["applicationId"])
        scopes = frozenset(bodies.parse(call.body).texts("scopes"))
        self.administration.tick_client_scopes(call.caller, found, scopes)
        return Answer({"scopes": sorted(scopes)})

    def find_audit(self, call: Call) -> Answer:
        """GET /audit: newest first."""
        page = self.audit.find_entries(call.caller.organisation, bodies.window(call.query))
        return _page(page, [asdict(one) for one in page.items])

    def find_statistics(self, call: Call) -> Answer:
        """GET /statistics: the whole organisation's."""
        caller, store = call.caller, self.portal.statistics
        days = statistics.last_days(caller.now, bodies.Fields(call.query).number("days") or statistics.DAYS_DEFAULT)
        return Answer(
            {
                "days": [asdict(one) for one in store.find_day_counts(caller.organisation, days)],
                "topApplications": [asdict(one) for one in store.find_top_applications(caller.organisation, _TOP)],
            }
        )

    def _member(self, call: Call) -> User:
        return self.administration.find_member(call.caller, call.path["username"])

    def operations(self) -> tuple[Operation, ...]:
        """Return the table."""
        one = "/members/{username}"
        return (
            _operation("GET", "/members", "List members, by username.", self.find_members),
            _operation("POST", "/members", "Invite a member.", self.invite, takes="OpenAPI", status=201),
            _operation("GET", one, "Show a member.", self.find_member),
            _operation("PUT", one, "Give a member roles.", self.change_member, takes="OpenAPI"),
            _operation("POST", f"{one}/{{action}}", "Disable, enable, approve, reject, unlock or reset.", self.act),
            _operation("GET", "/inbox", "List what awaits a decision.", self.find_inbox),
            _operation(
                "POST", "/subscriptions/{subscriptionId}/decide", "Approve or reject.", self.decide, takes="OpenAPI"
            ),
            _operation(
                "PUT", "/apis/{apiId}/scopes/{scope}", "Bind a scope to roles.", self.bind_scope, takes="OpenAPI"
            ),
            _operation(
                "PUT",
                "/applications/{applicationId}/client-scopes",
                "Tick role-bound scopes for an application's own tokens.",
                self.tick_scopes,
                takes="OpenAPI",
            ),
            _operation("GET", "/audit", "Who did what, newest first.", self.find_audit),
            _operation("GET", "/statistics", "Tokens per day by grant, top applications.", self.find_statistics),
        )


def build(table: tuple[Operation, ...], bearers: Bearers, issuers: Issuers) -> JsonApi:
    """Return the API; its OpenAPI document is made from the same table."""
    document = openapi.document(BASE, "Gatehouse organisation administration", "v4", table)
    return JsonApi(BASE, table, bearers, issuers, {"/openapi.json": lambda: document})


def _operation(
    method: str, path: str, summary: str, run: Callable[[Call], Answer], *, takes: str = "", status: int = 200
) -> Operation:
    query = ("limit", "offset", "cursor") if path in {"/members", "/audit", "/inbox"} and method == "GET" else ()
    query = ("days",) if path == "/statistics" else query
    return Operation(
        method=method,
        path=path,
        scopes=ADMIN,
        summary=summary,
        run=run,
        takes=takes,
        gives="OpenAPI",
        query=query,
        statuses=(status, 400, 404, 409) if takes else (status, 404),
    )


def _issuer(call: Call) -> str:
    return f"{call.origin.issuer}/t/{call.caller.organisation}"


def _member(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "userId": user.user_id,
        "displayName": user.display_name,
        "email": user.email,
        "roles": sorted(user.roles),
        "active": user.is_active,
        "awaitsApproval": user.awaits_approval,
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


def _page(page: Page[Any], rendered: list[dict[str, Any]]) -> Answer:
    pagination = {"limit": page.limit, "next": page.next, "previous": page.previous}
    return Answer({"count": len(rendered), "list": rendered, "pagination": pagination})
