"""What an administrator decides over applications, their subscriptions and scopes, and the log of it."""

import html
import re
from typing import Any

import pytest

from tests.unit.endpoints.members import Admin, Member
from tests.unit.endpoints.store.browser import StoreBrowser


@pytest.mark.parametrize(("approved", "state"), [(True, "UNBLOCKED"), (False, "REJECTED")])
def test_a_waiting_subscription_is_decided(admin: Admin, john: Member, approved: bool, state: str) -> None:  # noqa: FBT001
    admin("PUT", "/settings", {"subscriptionApproval": True})
    made = john.subscribe(john.application()).json
    (waiting,) = admin("GET", "/inbox").json["subscriptions"]["list"]

    decided = admin("POST", f"/subscriptions/{waiting['subscriptionId']}/decide", {"approved": approved})

    assert (waiting["applicationName"], decided.json["state"]) == ("Shop", state)
    assert john.get(f"/subscriptions/{made['subscriptionId']}").json["status"] == state
    assert admin("GET", "/inbox").json["subscriptions"]["list"] == []


@pytest.mark.parametrize("body", [{}, {"approved": None}, {"approved": "yes"}], ids=str)
def test_a_decision_must_be_said(admin: Admin, john: Member, body: Any) -> None:
    admin("PUT", "/settings", {"subscriptionApproval": True})
    made = john.subscribe(john.application()).json["subscriptionId"]

    refused = admin("POST", f"/subscriptions/{made}/decide", body)

    assert (refused.status, refused.json["error"][0]["code"]) == (400, "400_approved")
    assert john.get(f"/subscriptions/{made}").json["status"] == "ON_HOLD"


@pytest.mark.parametrize(
    "body", [{}, {"roles": None, "scopes": None}, {"role": ["manager"], "scope": ["delete"]}], ids=str
)
def test_what_is_taken_away_must_be_said(admin: Admin, john: Member, body: Any) -> None:
    application = john.application()
    john.subscribe(application)
    scopes = f"/applications/{application['applicationId']}/client-scopes"
    admin("PUT", scopes, {"scopes": ["delete"]})
    paths = ("/members/mary@gmail.com", "/apis/orders/scopes/read", scopes)
    before = [admin("GET", path).json for path in paths]

    assert [admin("PUT", path, body).status for path in paths] == [400, 400, 400]
    assert [admin("GET", path).json for path in paths] == before


def test_each_list_of_the_inbox_has_pages_of_its_own(admin: Admin, browser: StoreBrowser, john: Member) -> None:
    admin("PUT", "/settings", {"subscriptionApproval": True})
    for name in ("c", "a", "b"):
        john.subscribe(john.application(name))

    first = admin("GET", "/inbox/subscriptions", limit=2).json
    second = admin("GET", first["pagination"]["next"]).json

    assert (first["count"], second["count"], first["pagination"]["total"]) == (2, 1, 3)
    assert admin("GET", "/inbox").json["subscriptions"]["list"] == first["list"] + second["list"]
    page = browser.get("/store/admin/inbox?limit=2&list=subscriptions").body
    link = re.search(r'rel="next" href="([^"]+)"', page)
    assert link is not None
    following = browser.get(html.unescape(link[1])).body
    assert [f'<th scope="row">{name}</th>' in following for name in "cab"].count(True) == 1


def test_a_scope_is_bound_to_roles(admin: Admin, john: Member) -> None:
    bound = admin("PUT", "/apis/orders/scopes/read", {"roles": ["manager"]})

    assert bound.json == {"scope": "read", "bound": True, "roles": ["manager"]}
    scopes = {one["key"]: one["roles"] for one in john.get("/apis/orders").json["scopes"]}
    assert (scopes["read"], scopes["delete"]) == (["manager"], ["manager"])
    assert admin("PUT", "/apis/orders/scopes/none", {"roles": []}).status == 404


def test_ticked_scopes_are_granted_to_the_application_itself(admin: Admin, john: Member) -> None:
    application = john.application()
    john.subscribe(application)
    keys = john.keys(application)
    path = f"/applications/{application['applicationId']}"
    token = f"{path}/oauth-keys/{keys['keyMappingId']}/generate-token"
    before = john.post(token, {"scopes": ["delete"]}).json["tokenScopes"]

    admin("PUT", f"{path}/client-scopes", {"scopes": ["delete"]})

    assert before == ["default"]
    assert john.post(token, {"scopes": ["delete"]}).json["tokenScopes"] == ["delete"]


def test_the_audit_log_says_who_did_what_and_holds_no_secret(admin: Admin, john: Member) -> None:
    made = john.keys(john.application(), "password")
    admin("PUT", "/members/john@gmail.com", {"roles": ["manager"]})

    log = admin("GET", "/audit")

    assert {(one["actor"], one["action"], one["detail"]) for one in log.json["list"]} == {
        ("ada", "member.roles", "manager"),
        ("john@gmail.com", "keys.generate", "PRODUCTION: password"),
        ("john@gmail.com", "application.create", "Shop"),
    }
    assert made["consumerSecret"] not in log.body
