"""What an administrator decides over applications, their subscriptions and scopes, and the log of it."""

import pytest

from tests.unit.store.conftest import Admin, Person


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
