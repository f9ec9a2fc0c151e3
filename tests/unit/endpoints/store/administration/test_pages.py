"""The administrator's pages."""

import re
from typing import Any

import pytest

from gatehouse.endpoints import paths
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories, pages
from tests.unit.endpoints.members import Admin, Member
from tests.unit.endpoints.store.browser import StoreBrowser


def test_pages_do_the_same_as_the_api(browser: StoreBrowser, newcomer: str, admin: Admin) -> None:
    assert newcomer in browser.get("/store/admin/inbox").body
    decided = browser.post(f"/store/admin/members/{newcomer}", {"action": "approve", "from": "inbox"})
    settings = browser.post("/store/admin", {"name": "Johns Org", "selfSignUp": "on"})
    invited = browser.post(
        "/store/admin/members", {"username": "eve@x.example", "role manager": "on", "role publisher": "on"}
    )

    assert "No pending requests" in browser.follow(decided).body
    assert "Saved." in browser.follow(settings).body
    assert "eve@x.example" in browser.follow(invited).body
    assert admin("GET", "/settings").json["selfSignUp"] is True
    assert admin("GET", "/members/eve@x.example").json["roles"] == ["manager", "publisher"]


def test_pages_let_registered_clients_call_an_api(browser: StoreBrowser, john: Member) -> None:
    opened = browser.post("/store/admin/apis/orders/tiers", {"open_tier": "DefaultSubscriptionless"})

    assert opened.status == 303
    assert '<option value="DefaultSubscriptionless" selected>' in browser.get("/store/admin/apis/orders").body
    shown = john.get("/apis/orders").json
    assert [one["tierName"] for one in shown["tiers"]][-1] == "DefaultSubscriptionless"
    refused = john.subscribe(john.application(), "DefaultSubscriptionless")
    assert (refused.status, refused.json["code"]) == (403, 902002)

    browser.post("/store/admin/apis/orders/tiers", {"open_tier": ""})

    assert john.get("/apis/orders").json["throttlingPolicies"] == ["Gold", "Silver", "Bronze", "Unlimited"]
    assert "api.tiers" in browser.get("/store/admin/audit").body


def test_an_api_of_registered_clients_alone_does_not_become_one_of_every_tier(
    browser: StoreBrowser, organisations: DirectoryWriter, john: Member
) -> None:
    organisations.save_api(factories.api(tiers=frozenset({"DefaultSubscriptionless"})))

    refused = browser.post("/store/admin/apis/orders/tiers", {"open_tier": ""})
    moved = browser.post("/store/admin/apis/orders/tiers", {"open_tier": "DefaultSubscriptionless"})

    assert (refused.status, "The API has no other tier." in refused.body) == (409, True)
    assert moved.status == 303
    assert john.get("/apis/orders").json["throttlingPolicies"] == ["DefaultSubscriptionless"]


def test_pages_block_and_unblock_a_subscription(browser: StoreBrowser, john: Member) -> None:
    made = john.subscribe(john.application()).json
    page = browser.get("/store/admin/apis/orders")
    action = re.search(r'action="([^"]+/block)"', page.body)
    assert action is not None

    browser.post(action[1], {"state": "BLOCKED"})

    assert john.get(f"/subscriptions/{made['subscriptionId']}").json["status"] == "BLOCKED"
    assert "Unblock" in browser.get("/store/admin/apis/orders").body


def test_pages_approve_a_waiting_subscription_where_it_is_listed(
    browser: StoreBrowser, john: Member, admin: Admin
) -> None:
    admin("PUT", "/settings", {"subscriptionApproval": True})
    made = john.subscribe(john.application()).json
    inbox, page = browser.get("/store/admin/inbox"), browser.get("/store/admin/apis/orders")
    action = re.search(r'action="([^"]+/decision)"', page.body)
    assert action is not None

    decided = browser.post(action[1], {"decision": "approve", "from": "api"})

    assert "orders 1.0.0</a>" in inbox.body
    assert decided.location == "/store/admin/apis/orders?done=approved"
    assert john.get(f"/subscriptions/{made['subscriptionId']}").json["status"] == "UNBLOCKED"


def test_an_api_is_moved_along_its_life_from_its_page(browser: StoreBrowser, john: Member) -> None:
    offered = browser.get("/store/admin/apis/orders").body
    blocked = browser.post("/store/admin/apis/orders/lifecycle", {"lifecycle": "BLOCKED"})
    shown = browser.follow(blocked).body

    assert [name in offered for name in ("Block all calls", "Deprecate …", "Retire …")] == [True, True, False]
    assert ">Blocked<" in shown
    assert john.get("/apis/orders").json["lifeCycleStatus"] == "BLOCKED"
    assert "api.lifecycle" in browser.get("/store/admin/audit").body


def test_a_move_that_cannot_be_undone_is_asked_for_twice(browser: StoreBrowser, john: Member) -> None:
    asked = browser.get("/store/admin/apis/orders/lifecycle?to=DEPRECATED")
    browser.post("/store/admin/apis/orders/lifecycle", {"lifecycle": "DEPRECATED"})
    refused = browser.post("/store/admin/apis/orders/lifecycle", {"lifecycle": "PUBLISHED"})
    browser.post("/store/admin/apis/orders/lifecycle", {"lifecycle": "RETIRED"})

    assert "This cannot be undone." in asked.body
    assert 'name="lifecycle" value="DEPRECATED"' in asked.body
    assert (refused.status, "can go to: RETIRED" in refused.body) == (409, True)
    assert "Publish a new version" in browser.get("/store/admin/apis/orders").body
    assert john.get("/apis/orders").status == 404


@pytest.mark.parametrize("to", ["BLOCKED", "RETIRED", "", "x"])
def test_only_lawful_moves_without_return_are_asked_about(browser: StoreBrowser, to: str) -> None:
    assert browser.get(f"/store/admin/apis/orders/lifecycle?to={to}").status == 404


def test_pages_tick_scopes_of_an_applications_own_tokens(browser: StoreBrowser, john: Member) -> None:
    application = john.application()
    john.subscribe(application)
    path = f"/store/admin/applications/{application['applicationId']}"
    before = browser.get(path).body

    saved = browser.post(path, {"scope delete": "on"})

    assert "orders: manager" in before
    assert 'name="scope delete" checked' in browser.follow(saved).body
    assert browser.get("/store/admin/applications/none").status == 404


def test_a_malformed_role_is_said_at_its_scope(browser: StoreBrowser) -> None:
    page = browser.post("/store/admin/apis/orders/scope", {"scope": "read", "roles": "a%b"})

    assert page.status == 400
    assert re.search(r'name="roles" value="a%b"[^>]* aria-invalid="true"[^>]* autofocus', page.body)


@pytest.mark.parametrize(
    ("path", "field", "typed"),
    [
        pytest.param("/store/admin", "secondFactorRoles", "a%b", id="roles that need a second factor"),
        pytest.param("/store/admin/apis/orders/restriction", "visible_roles", "a%b", id="roles that find an API"),
        pytest.param("/store/admin/apis/orders/restriction", "visible_to", "a b%", id="organisations"),
    ],
)
def test_what_is_malformed_is_marked_at_its_field(browser: StoreBrowser, path: str, field: str, typed: str) -> None:
    page = browser.post(path, {"name": "Johns Org", "visibility": "CHOSEN", field: typed})

    assert page.status == 400
    assert re.search(rf'name="{field}"[^>]* value="{typed}"[^>]* aria-invalid="true"[^>]* autofocus', page.body)


def test_pages_bind_scopes_and_show_the_log(browser: StoreBrowser) -> None:
    browser.post("/store/admin/apis/orders/scope", {"scope": "read", "roles": "manager"})

    assert 'value="manager"' in browser.get("/store/admin/apis/orders").body
    assert "not bound to manager" in browser.get("/store/admin/audit").body

    assert "Remove the binding" in browser.get("/store/admin/apis/orders").body
    browser.post("/store/admin/apis/orders/scope", {"scope": "read", "bound": "no"})
    assert "Remove the binding" not in browser.get("/store/admin/apis/orders").body


def test_pages_limit_who_sees_an_api(browser: StoreBrowser) -> None:
    limits = {"visibility": "CHOSEN", "visible_to": "acme", "visible_roles": "manager"}

    browser.post("/store/admin/apis/orders/restriction", limits)

    page = browser.get("/store/admin/apis/orders").body
    assert '<option value="CHOSEN" selected>' in page
    assert 'name="visible_to" value="acme"' in page
    assert (
        browser.post("/store/admin/apis/orders/restriction", {"visibility": "ALL", "visible_roles": "%"}).status == 400
    )


@pytest.mark.parametrize(
    ("action", "said"),
    [("roles", "Saved."), ("unlock", "Unlocked"), ("reset", "A mail with a link"), ("disable", "Disabled.")],
)
def test_pages_change_a_member(browser: StoreBrowser, action: str, said: str) -> None:
    saved = browser.post(
        "/store/admin/members/john@gmail.com", {"action": action, "roles": "employee", "createRoles": "on"}
    )

    assert f'<p class="done" role="status" data-flash>{said}' in browser.follow(saved).body


@pytest.mark.parametrize("username", ["sales/emea@x.example", "what?me", "no#1", "50%25", "jürgen"])
def test_a_member_of_any_username_is_reached_by_the_links_of_the_pages(
    browser: StoreBrowser, organisations: DirectoryWriter, admin: Admin, username: str
) -> None:
    organisations.add_user(factories.user(user_id="user-odd", username=username))
    listed = browser.get("/store/admin/members").body
    links = re.findall(r'href="(/store/admin/members/[^"]+)"', listed)
    link = next(one for one in links if paths.parse(one).endswith(f"/{username}"))

    page = browser.get(link)
    disabled = browser.follow(browser.post(pages.action(page.body.partition("Save roles")[2]), action="disable"))

    assert page.status == 200
    assert disabled.status == 200
    assert "Disabled." in disabled.body
    assert admin("GET", link.removeprefix("/store/admin")).json["active"] is False


def test_the_menu_of_a_phone_names_the_section_of_a_page(browser: StoreBrowser) -> None:
    for path, section in (("members/ada", "Members"), ("apis/orders", "APIs and scopes"), ("audit", "Audit log")):
        assert f"<summary>{section}</summary>" in browser.get(f"/store/admin/{path}").body


def test_a_wrong_form_of_an_administrator_is_said_beside_the_field(browser: StoreBrowser) -> None:
    assert 'id="email-error"' in browser.post("/store/admin/members", {"username": "eve"}).body
    assert browser.post("/store/admin/members/ada", {"action": "disable"}).status == 400
    assert browser.post("/store/admin/members/ada", {"action": "x"}).status == 404


def test_the_inbox_turns_the_pages_of_each_list_alone(browser: StoreBrowser, organisations: DirectoryWriter) -> None:
    for name in ("ann", "bob"):
        user = factories.user(user_id=f"user-{name}", username=name, is_active=False, awaits_approval=True)
        organisations.add_user(user)

    first = browser.get("/store/admin/inbox?limit=1")
    found = re.search(r'rel="next" href="([^"]+)"', first.body)
    assert found
    path = found[1].replace("&amp;", "&")
    second, other = browser.get(path), browser.get(path.replace("list=members", "list=subscriptions"))

    shown = [sorted(re.findall(r'<th scope="row">(ann|bob)</th>', page.body)) for page in (first, second, other)]
    assert shown == [["ann"], ["bob"], ["ann"]]


@pytest.fixture
def shop(john: Member, browser: StoreBrowser) -> dict[str, Any]:
    """An application of John's with keys and a subscription; then John is disabled."""
    made = john.application()
    john.subscribe(made)
    made |= john.keys(made)
    browser.post("/store/admin/members/john@gmail.com", {"action": "disable"})
    return made


def test_s5_pages_lead_from_a_disabled_member_to_the_applications(browser: StoreBrowser, shop: dict[str, Any]) -> None:
    member = browser.get("/store/admin/members/john@gmail.com").body

    assert "Disabling a member leaves their applications working" in member
    listed = browser.get("/store/admin/applications?owner=john@gmail.com").body
    assert f'href="/store/admin/applications/{shop["applicationId"]}"' in listed


def test_s5_pages_revoke_transfer_and_delete_an_application(
    browser: StoreBrowser, shop: dict[str, Any], admin: Admin
) -> None:
    path = f"/store/admin/applications/{shop['applicationId']}"
    assert "1 secret<" in browser.get(path).body

    revoked = browser.follow(browser.post(f"{path}/act", {"action": "revoke"})).body
    moved = browser.follow(browser.post(f"{path}/act", {"action": "transfer", "owner": "mary@gmail.com"})).body
    owner = admin("GET", f"/applications/{shop['applicationId']}").json["owner"]
    deleted = browser.post(f"{path}/act", {"action": "delete"})

    assert "0 secrets" in revoked
    assert "<dd>mary@gmail.com</dd>" in moved
    assert owner == "mary@gmail.com"
    assert deleted.location == "/store/admin/applications?done=deleted"
    assert browser.get(path).status == 404


def test_a_transfer_to_nobody_is_said_beside_the_field(browser: StoreBrowser, shop: dict[str, Any]) -> None:
    path = f"/store/admin/applications/{shop['applicationId']}"

    refused = browser.post(f"{path}/act", {"action": "transfer", "owner": "who@x.example"})

    assert refused.status in {400, 404}
    assert 'aria-invalid="true"' in refused.body


def test_an_action_that_no_button_has_is_refused(browser: StoreBrowser, shop: dict[str, Any]) -> None:
    path = f"/store/admin/applications/{shop['applicationId']}"

    assert browser.post(f"{path}/act", {"action": "steal"}).status == 404


def test_s6_a_page_lifts_the_block_of_who_unsubscribed(browser: StoreBrowser, john: Member) -> None:
    made = john.application()
    first = john.subscribe(made).json
    page = browser.get("/store/admin/apis/orders").body
    block = re.search(r'action="([^"]+/block)"', page)
    assert block is not None
    assert "<h2>Blocks</h2>" not in page
    browser.post(block[1], {"state": "BLOCKED"})
    assert "<h2>Blocks</h2>" not in browser.get("/store/admin/apis/orders").body
    john.delete(f"/subscriptions/{first['subscriptionId']}")
    form = {"application": made["applicationId"], "organisation": "johnsorg"}

    offered = browser.get("/store/admin/apis/orders").body
    lifted = browser.follow(browser.post("/store/admin/apis/orders/lift", form)).body

    assert ("Lift the block" in offered, "Lift the block" in lifted) == (True, False)
    assert john.subscribe(made).json["status"] == "UNBLOCKED"


def test_a_block_that_still_holds_a_subscription_is_not_lifted_alone(browser: StoreBrowser, john: Member) -> None:
    made = john.application()
    john.subscribe(made)
    page = browser.get("/store/admin/apis/orders").body
    block = re.search(r'action="([^"]+/block)"', page)
    assert block is not None
    browser.post(block[1], {"state": "BLOCKED"})

    refused = browser.post("/store/admin/apis/orders/lift", {"application": made["applicationId"]})

    assert (refused.status, "Unblock its subscription" in refused.body) == (409, True)


def test_refused_limits_of_an_api_are_shown_as_they_were_typed(browser: StoreBrowser) -> None:
    typed = {"visibility": "CHOSEN", "visible_to": "acme No/Key", "visible_roles": "clerk"}

    refused = browser.post("/store/admin/apis/orders/restriction", typed)

    assert refused.status == 400
    assert '<option value="CHOSEN" selected>' in refused.body
    assert 'name="visible_roles" value="clerk"' in refused.body
    assert 'name="visible_to" value="acme No/Key"' in refused.body


def test_the_forms_of_an_application_lead_to_the_same_places_after_one_is_refused(
    browser: StoreBrowser, john: Member
) -> None:
    page = f"/store/admin/applications/{john.application()['applicationId']}"
    shown = browser.get(page)

    refused = browser.post(f"{page}/act", {"action": "transfer", "owner": "nobody@x.example"})

    forms = [re.findall(r'<form method="post" action="([^"]*)"', one.body) for one in (shown, refused)]
    assert (refused.status, forms[1]) == (400, forms[0])


def test_a_refused_new_owner_is_shown_as_typed(browser: StoreBrowser, john: Member) -> None:
    page = f"/store/admin/applications/{john.application()['applicationId']}"

    refused = browser.post(f"{page}/act", {"action": "transfer", "owner": "nobody@x.example"})

    assert (refused.status, 'value="nobody@x.example"' in refused.body) == (400, True)


def test_hosts_of_registered_clients_are_removed_by_an_empty_field(browser: StoreBrowser, admin: Admin) -> None:
    browser.post("/store/admin", {"name": "Johns", "registeredClientHosts": "agent.example.com"})
    assert admin("GET", "/settings").json["registeredClientHosts"] == ["agent.example.com"]

    browser.post("/store/admin", {"name": "Johns", "registeredClientHosts": ""})

    assert admin("GET", "/settings").json["registeredClientHosts"] == []


def test_more_blocks_than_a_page_of_subscriptions_are_listed(browser: StoreBrowser, john: Member) -> None:
    made = [john.subscribe(john.application(f"App {number}")).json["subscriptionId"] for number in range(27)]
    for one in made:
        browser.post(f"/store/admin/subscriptions/{one}/block", {"state": "BLOCKED"})
    for one in made:
        john.delete(f"/subscriptions/{one}")

    assert browser.get("/store/admin/apis/orders").body.count("Lift the block") == len(made)
