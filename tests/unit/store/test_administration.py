"""The administration: `/api/am/admin/v4` and its pages, for administrators of the organisation and nobody else."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.endpoints import requests
from gatehouse.endpoints.administration.api import AdministrationApi
from gatehouse.endpoints.administration.settings_api import SettingsApi
from gatehouse.endpoints.store.pages import Pages
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables
from tests import factories
from tests.template import ROOT
from tests.unit.store.browser import Browser
from tests.unit.store.conftest import Answer, Person, event

BASE = "/api/am/admin/v4"

type Admin = Callable[..., Answer]


def caller(store: Store, person: Person) -> Admin:
    def call(method: str, path: str, body: Any = None, **query: Any) -> Answer:
        more = {"body": body} if body is not None else {}
        headers = {"authorization": f"Bearer {person.token}"}
        sent = event(method, BASE + path, headers=headers, query=query, **more)
        response: Any = store.admin_api.answer(requests.parse(sent))
        return Answer(response["statusCode"], response["headers"], response["body"])

    return call


@pytest.fixture
def admin(store: Store, ada: Person) -> Admin:
    return caller(store, ada)


@pytest.fixture
def site(store: Store, tables: Tables) -> Site:
    return store.site(Pages(Path(ROOT / "functions" / "store")), tables)


@pytest.fixture
def browser(site: Site, tables: Tables) -> Browser:
    browser = Browser(site, tables)
    browser.sign_in(factories.user(user_id="user-ada", username="ada"))
    return browser


@pytest.fixture
def newcomer(organisations: Registry) -> str:
    """Somebody who signed up and waits."""
    user = factories.user(user_id="user-new", username="new@x.example", is_active=False, awaits_approval=True)
    organisations.add_user(user)
    return user.username


def test_members_are_listed_page_by_page(admin: Admin) -> None:
    first = admin("GET", "/members", limit=2).json
    second = admin("GET", "/members", limit=2, cursor=first["pagination"]["next"]).json

    names = [one["username"] for one in first["list"] + second["list"]]
    assert names == ["ada", "john@gmail.com", "mary@gmail.com"]


def test_an_invited_member_gets_a_mail_and_no_password(admin: Admin, tables: Tables, dump: Any) -> None:
    made = admin("POST", "/members", {"username": "eve@x.example", "roles": ["employee"]})

    assert (made.status, made.json["active"]) == (201, True)
    errands = [item for item in dump("grants") if item["pk"]["S"].startswith("ERRAND#")]
    assert [item["login"]["S"] for item in errands] == ["eve@x.example"]
    assert errands[0]["issuer"]["S"] == "https://auth.example/t/johnsorg"
    user = tables.get(tables.directory, {"pk": {"S": "USER#johnsorg#eve@x.example"}})
    assert user is not None
    assert "password_hash" not in user


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"username": "ada", "email": "a@b.example"}, 409, id="a name that is taken"),
        pytest.param({"username": "eve"}, 400, id="no address"),
        pytest.param({"username": "eve@x.example@acme"}, 400, id="another organisation"),
        pytest.param({"username": "eve@x.example", "roles": ["a b"]}, 400, id="a malformed role"),
    ],
)
def test_a_wrong_invitation_is_refused(admin: Admin, body: Any, status: int) -> None:
    assert admin("POST", "/members", body).status == status


def test_a_disabled_member_is_out_with_all_tokens(admin: Admin, john: Person) -> None:
    assert john.get("/applications").status == 200

    assert admin("POST", "/members/john@gmail.com/disable").json["active"] is False
    assert john.get("/applications").status == 401

    assert admin("POST", "/members/john@gmail.com/enable").json["active"] is True


def test_an_administrator_does_not_lock_himself_out(admin: Admin) -> None:
    assert admin("POST", "/members/ada/disable").status == 400
    assert admin("PUT", "/members/ada", {"roles": []}).status == 400


def test_roles_take_effect(admin: Admin) -> None:
    assert admin("PUT", "/members/john@gmail.com", {"roles": ["manager"]}).json["roles"] == ["manager"]
    assert admin("GET", "/members/john@gmail.com").json["roles"] == ["manager"]


def test_a_locked_account_is_opened(admin: Admin, tables: Tables) -> None:
    key = {"pk": {"S": "FAILURES#johnsorg#john@gmail.com"}}
    tables.put(tables.grants, {**key, "count": {"N": "10"}, "locked_until": {"N": "9"}, "expires_at": {"N": "9"}})

    assert admin("POST", "/members/john@gmail.com/unlock").status == 200
    assert tables.get(tables.grants, key) is None


def test_the_inbox_holds_who_signed_up_until_the_decision(admin: Admin, newcomer: str) -> None:
    waiting = admin("GET", "/inbox").json["members"]

    approved = admin("POST", f"/members/{newcomer}/approve")

    assert [one["username"] for one in waiting] == [newcomer]
    assert (approved.json["active"], approved.json["awaitsApproval"]) == (True, False)
    assert admin("GET", "/inbox").json["members"] == []


def test_a_rejected_newcomer_stays_out(admin: Admin, newcomer: str) -> None:
    assert admin("POST", f"/members/{newcomer}/reject").json["active"] is False
    assert admin("GET", "/inbox").json["members"] == []
    assert admin("POST", f"/members/{newcomer}/reject").status == 400


@pytest.mark.parametrize(("approved", "state"), [(True, "UNBLOCKED"), (False, "REJECTED")])
def test_a_waiting_subscription_is_decided(admin: Admin, john: Person, approved: bool, state: str) -> None:  # noqa: FBT001
    admin("PUT", "/settings", {"subscriptionApproval": True})
    made = john.subscribe(john.application()).json
    (waiting,) = admin("GET", "/inbox").json["subscriptions"]

    decided = admin("POST", f"/subscriptions/{waiting['subscriptionId']}/decide", {"approved": approved})

    assert (waiting["applicationName"], decided.json["state"]) == ("Shop", state)
    assert john.get(f"/subscriptions/{made['subscriptionId']}").json["status"] == state
    assert admin("GET", "/inbox").json["subscriptions"] == []


def test_a_scope_is_bound_to_roles(admin: Admin, john: Person) -> None:
    bound = admin("PUT", "/apis/orders/scopes/read", {"roles": ["manager"]})

    assert bound.json == {"scope": "read", "roles": ["manager"]}
    scopes = {one["key"]: one["roles"] for one in john.get("/apis/orders").json["scopes"]}
    assert (scopes["read"], scopes["delete"]) == (["manager"], ["manager"])
    assert admin("PUT", "/apis/orders/scopes/none", {"roles": []}).status == 404


def test_ticked_scopes_are_granted_to_the_application_itself(admin: Admin, john: Person) -> None:
    application = john.application()
    john.subscribe(application)
    keys = john.keys(application)
    path = f"/applications/{application['applicationId']}"
    token = f"{path}/oauth-keys/{keys['keyMappingId']}/generate-token"
    before = john.post(token, {"scopes": ["delete"]}).json["tokenScopes"]

    admin("PUT", f"{path}/client-scopes", {"scopes": ["delete"]})

    assert before == ["default"]
    assert john.post(token, {"scopes": ["delete"]}).json["tokenScopes"] == ["delete"]


def test_the_audit_log_says_who_did_what_and_holds_no_secret(admin: Admin, john: Person) -> None:
    made = john.keys(john.application(), "password")
    admin("PUT", "/members/john@gmail.com", {"roles": ["manager"]})

    log = admin("GET", "/audit")

    assert {(one["actor"], one["action"], one["detail"]) for one in log.json["list"]} == {
        ("ada", "member.roles", "manager"),
        ("john@gmail.com", "keys.generate", "PRODUCTION: password"),
        ("john@gmail.com", "application.create", "Shop"),
    }
    assert made["consumerSecret"] not in log.body


EXAMPLES = {
    "username": "john@gmail.com",
    "action": "disable",
    "subscriptionId": "x",
    "applicationId": "x",
    "apiId": "orders",
    "scope": "read",
}
NOTHING: Any = None
OPERATIONS = [
    (one.method, one.path.format(**EXAMPLES))
    for one in (
        *SettingsApi(NOTHING).operations(),
        *AdministrationApi(NOTHING, NOTHING, NOTHING).operations(),
    )
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_members_who_are_no_administrators_are_refused(store: Store, john: Person, method: str, path: str) -> None:
    body: dict[str, Any] | None = {} if method in {"POST", "PUT"} else None

    assert caller(store, john)(method, path, body).status == 401


def test_the_matrix_holds_every_operation(store: Store) -> None:
    assert [(one.method, one.path.format(**EXAMPLES)) for one in store.admin_api.operations] == OPERATIONS


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_administrator_of_another_organisation_sees_nothing(
    store: Store, organisations: Registry, john: Person, method: str, path: str
) -> None:
    from tests.unit.store.conftest import ADMINISTRATOR, token

    application = john.application("Johns shop")
    subscription = john.subscribe(application).json
    user = factories.user(organisation="acme", username="root")
    root = Person(store, token(store, organisations, user, ADMINISTRATOR))
    real = path.replace("/subscriptions/x", f"/subscriptions/{subscription['subscriptionId']}")
    real = real.replace("/applications/x", f"/applications/{application['applicationId']}")
    writes = {"POST", "PUT"}

    answer = caller(store, root)(method, real, {"name": "Acme"} if method in writes else None)

    for private in ("Johns", "john@gmail.com", "johnsorg"):
        assert private not in answer.body
    if "x" in path.split("/") or "john" in path or "/apis/" in path:
        assert answer.status == 404


def test_pages_do_the_same_as_the_api(browser: Browser, newcomer: str, admin: Admin) -> None:
    assert newcomer in browser.get("/store/admin/inbox").text
    decided = browser.post(f"/store/admin/members/{newcomer}", {"action": "enable", "from": "inbox"})
    settings = browser.post("/store/admin", {"name": "Johns Org", "selfSignUp": "on"})
    invited = browser.post("/store/admin/members", {"username": "eve@x.example", "roles": "employee, manager"})

    assert "Nothing waits for you" in browser.follow(decided).text
    assert "Saved." in browser.follow(settings).text
    assert "eve@x.example" in browser.follow(invited).text
    assert admin("GET", "/settings").json["selfSignUp"] is True
    assert admin("GET", "/members/eve@x.example").json["roles"] == ["employee", "manager"]


def test_pages_block_and_unblock_a_subscription(browser: Browser, john: Person) -> None:
    made = john.subscribe(john.application()).json
    page = browser.get("/store/admin/apis/orders")
    action = re.search(r'action="([^"]+/block)"', page.text)
    assert action is not None

    browser.post(action[1], {"state": "BLOCKED"})

    assert john.get(f"/subscriptions/{made['subscriptionId']}").json["status"] == "BLOCKED"
    assert "Unblock" in browser.get("/store/admin/apis/orders").text


def test_pages_approve_a_waiting_subscription_where_it_is_listed(browser: Browser, john: Person, admin: Admin) -> None:
    admin("PUT", "/settings", {"subscriptionApproval": True})
    made = john.subscribe(john.application()).json
    inbox, page = browser.get("/store/admin/inbox"), browser.get("/store/admin/apis/orders")
    action = re.search(r'action="([^"]+/decision)"', page.text)
    assert action is not None

    decided = browser.post(action[1], {"decision": "approve", "from": "api"})

    assert "orders 1.0.0</a>" in inbox.text
    assert decided.location == "/store/admin/apis/orders?done=decided"
    assert john.get(f"/subscriptions/{made['subscriptionId']}").json["status"] == "UNBLOCKED"


def test_an_api_is_moved_along_its_life_from_its_page(browser: Browser, john: Person) -> None:
    offered = browser.get("/store/admin/apis/orders").text
    blocked = browser.post("/store/admin/apis/orders/lifecycle", {"lifecycle": "BLOCKED"})
    shown = browser.follow(blocked).text

    assert [name in offered for name in ("Block all calls", "Deprecate …", "Retire …")] == [True, True, False]
    assert "is blocked" in shown
    assert john.get("/apis/orders").json["lifeCycleStatus"] == "BLOCKED"
    assert "api.lifecycle" in browser.get("/store/admin/audit").text


def test_a_move_that_cannot_be_undone_is_asked_for_twice(browser: Browser, john: Person) -> None:
    asked = browser.get("/store/admin/apis/orders/lifecycle?to=DEPRECATED")
    browser.post("/store/admin/apis/orders/lifecycle", {"lifecycle": "DEPRECATED"})
    refused = browser.post("/store/admin/apis/orders/lifecycle", {"lifecycle": "PUBLISHED"})
    browser.post("/store/admin/apis/orders/lifecycle", {"lifecycle": "RETIRED"})

    assert "This cannot be undone." in asked.text
    assert 'name="lifecycle" value="DEPRECATED"' in asked.text
    assert (refused.status, "can go to: RETIRED" in refused.text) == (409, True)
    assert "Publish a new version instead" in browser.get("/store/admin/apis/orders").text
    assert john.get("/apis/orders").status == 404


@pytest.mark.parametrize("to", ["BLOCKED", "RETIRED", "", "x"])
def test_only_lawful_moves_without_return_are_asked_about(browser: Browser, to: str) -> None:
    assert browser.get(f"/store/admin/apis/orders/lifecycle?to={to}").status == 404


def test_pages_tick_scopes_of_an_applications_own_tokens(browser: Browser, john: Person) -> None:
    application = john.application()
    john.subscribe(application)
    path = f"/store/admin/applications/{application['applicationId']}"
    before = browser.get(path).text

    saved = browser.post(path, {"scope delete": "on"})

    assert "orders: manager" in before
    assert 'name="scope delete" checked' in browser.follow(saved).text
    assert browser.get("/store/admin/applications/none").status == 404


def test_a_malformed_role_is_said_at_its_scope(browser: Browser) -> None:
    page = browser.post("/store/admin/apis/orders/scope", {"scope": "read", "roles": "a%b"})

    assert (page.status, 'value="a%b"' in page.text, 'aria-invalid="true"' in page.text) == (400, True, True)


def test_pages_bind_scopes_and_show_the_log(browser: Browser) -> None:
    browser.post("/store/admin/apis/orders/scope", {"scope": "read", "roles": "manager"})

    assert 'value="manager"' in browser.get("/store/admin/apis/orders").text
    assert "scope.roles" in browser.get("/store/admin/audit").text


@pytest.mark.parametrize("action", ["roles", "unlock", "reset", "disable"])
def test_pages_change_a_member(browser: Browser, action: str) -> None:
    saved = browser.post("/store/admin/members/john@gmail.com", {"action": action, "roles": "employee"})

    assert "Saved." in browser.follow(saved).text


def test_a_wrong_form_of_an_administrator_is_said_beside_the_field(browser: Browser) -> None:
    assert 'id="email-error"' in browser.post("/store/admin/members", {"username": "eve"}).text
    assert browser.post("/store/admin/members/ada", {"action": "disable"}).status == 400
    assert browser.post("/store/admin/members/ada", {"action": "x"}).status == 404


def test_members_who_are_no_administrators_see_no_admin_page(site: Site, tables: Tables) -> None:
    john = Browser(site, tables)
    john.sign_in(factories.user())

    for route in site.routes:
        if route.path.startswith("/store/admin"):
            path = route.path.format(**EXAMPLES)
            answer = john.get(path) if route.method == "GET" else john.post(path, {"name": "x"})
            assert answer.status == 403, route.path
