"""Administrators act on every application of their organisation, whosever it is."""

from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.portal import subscription_decisions
from gatehouse.domain.portal.api_deletion import delete_with_subscriptions
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests.unit import portal
from tests.unit.endpoints.members import Admin, Member


@pytest.fixture
def shop(john: Member) -> dict[str, Any]:
    """An application of John's with keys and a subscription."""
    made = john.application()
    john.subscribe(made)
    return {**made, **john.keys(made)}


@pytest.fixture
def publishing(tables: Tables) -> DynamoDBPublishedApis:
    return DynamoDBPublishedApis(tables)


def test_s5_the_applications_of_a_disabled_member_are_listed_revoked_and_deleted(
    admin: Admin, store: Store, shop: dict[str, Any]
) -> None:
    disabled = admin("POST", "/members/john@gmail.com/disable").json
    path = f"/applications/{shop['applicationId']}"

    assert [one["applicationId"] for one in disabled["applications"]] == [shop["applicationId"]]
    assert disabled["applications"] == [admin("GET", path).json]
    listed = admin("GET", "/applications", owner="john@gmail.com").json["list"]
    assert [one["applicationId"] for one in listed] == [shop["applicationId"]]
    assert shop["applicationId"] in {one["applicationId"] for one in admin("GET", "/applications").json["list"]}
    assert admin("GET", path).json["keys"] == [{"keyType": "PRODUCTION", "consumerKey": shop["consumerKey"]}]

    before = store.portal.key_sets.find_client(shop["consumerKey"])
    assert admin("POST", f"{path}/revoke").status == 200
    client = store.portal.key_sets.find_client(shop["consumerKey"])
    assert client is not None
    assert before is not None
    assert (client.secrets, client.generation != before.generation) == ((), True)

    assert admin("DELETE", f"{path}/keys/PRODUCTION").status == 200
    assert store.portal.key_sets.find_client(shop["consumerKey"]) is None
    assert admin("DELETE", path).status == 200
    assert admin("GET", path).status == 404
    assert admin("GET", "/applications", owner="john@gmail.com").json["list"] == []


def test_the_application_of_a_disabled_member_is_transferred_at_once(
    admin: Admin, store: Store, shop: dict[str, Any]
) -> None:
    admin("POST", "/members/john@gmail.com/disable")

    moved = admin("POST", f"/applications/{shop['applicationId']}/change-owner", {"owner": "mary@gmail.com"})

    assert (moved.status, moved.json["owner"], moved.json["pendingOwner"]) == (200, "mary@gmail.com", "")
    client = store.portal.key_sets.find_client(shop["consumerKey"])
    assert client is not None
    assert client.secrets == ()


def test_the_application_of_an_active_member_is_offered(admin: Admin, shop: dict[str, Any]) -> None:
    path = f"/applications/{shop['applicationId']}/change-owner"

    offered = admin("POST", path, {"owner": "mary@gmail.com"}).json
    assert (offered["owner"], offered["pendingOwner"]) == ("john@gmail.com", "mary@gmail.com")

    assert admin("POST", path, {"owner": "ada"}).json["owner"] == "ada"


def _block(store: Store, listed: Any, state: str = "BLOCKED") -> None:
    ada = portal.caller(user_id="user-ada", username="ada", roles=frozenset({"admin"}))
    found = subscription_decisions.find(store.portal.subscriptions, ada, listed["subscriptionId"])
    subscription_decisions.block(store.portal.subscriptions, ada, found, state)


@pytest.mark.parametrize("state", ["BLOCKED", "PROD_ONLY_BLOCKED"])
def test_s6_a_blocked_developer_does_not_unblock_themselves(store: Store, john: Member, state: str) -> None:
    made = john.application()
    first = john.subscribe(made).json
    _block(store, first, state)

    john.delete(f"/subscriptions/{first['subscriptionId']}")

    assert john.subscribe(made).json["status"] == state
    assert john.subscribe(john.application("Second")).json["status"] == "ON_HOLD"


def test_a_block_follows_the_application_to_its_next_owner(store: Store, john: Member, mary: Member) -> None:
    made = john.application()
    first = john.subscribe(made).json
    _block(store, first)
    john.delete(f"/subscriptions/{first['subscriptionId']}")
    john.post(f"/applications/{made['applicationId']}/change-owner", {"owner": "mary@gmail.com"})
    mary.post(f"/application-transfers/{made['applicationId']}/accept", {})

    assert mary.subscribe(made).json["status"] == "BLOCKED"


def test_a_block_that_changes_after_a_transfer_leaves_the_owner_before(
    store: Store, john: Member, mary: Member
) -> None:
    made = john.application("Crawler")
    first = john.subscribe(made).json
    _block(store, first)
    john.post(f"/applications/{made['applicationId']}/change-owner", {"owner": "mary@gmail.com"})
    mary.post(f"/application-transfers/{made['applicationId']}/accept", {})
    _block(store, first, "PROD_ONLY_BLOCKED")
    _block(store, first, "UNBLOCKED")

    assert john.subscribe(john.application("Second")).json["status"] == "UNBLOCKED"
    assert mary.subscribe(mary.application("Third")).json["status"] == "UNBLOCKED"


def test_an_unblocked_subscription_leaves_nothing_behind(store: Store, john: Member) -> None:
    made = john.application()
    first = john.subscribe(made).json
    _block(store, first)
    _block(store, first, "UNBLOCKED")

    assert john.subscribe(john.application("Second")).json["status"] == "UNBLOCKED"


def test_a_tier_that_was_asked_for_awaits_approval_after_a_block(admin: Admin, store: Store, john: Member) -> None:
    made = john.subscribe(john.application()).json
    admin("PUT", "/settings", {"subscriptionApproval": True})
    john.put(f"/subscriptions/{made['subscriptionId']}", {**made, "requestedThrottlingPolicy": "Unlimited"})

    _block(store, made)
    assert admin("GET", "/inbox").json["subscriptions"]["list"] == []
    _block(store, made, "UNBLOCKED")

    (waiting,) = admin("GET", "/inbox").json["subscriptions"]["list"]
    assert (waiting["state"], waiting["requestedTier"]) == ("TIER_UPDATE_PENDING", "Unlimited")
    decided = admin("POST", f"/subscriptions/{waiting['subscriptionId']}/decide", {"approved": True}).json
    assert (decided["state"], decided["tier"], decided["requestedTier"]) == ("UNBLOCKED", "Unlimited", "")


def test_blocking_and_unblocking_name_the_application_in_the_audit_log(store: Store, john: Member) -> None:
    first = john.subscribe(john.application("Crawler")).json
    _block(store, first)
    _block(store, first, "UNBLOCKED")

    lines = store.audit.find_entries("johnsorg", Window()).items
    told = [one.detail for one in lines if one.action == "subscription.state"]
    assert sorted(told) == ["Crawler at orders: BLOCKED to UNBLOCKED", "Crawler at orders: UNBLOCKED to BLOCKED"]


def test_the_block_of_who_unsubscribed_is_listed_and_lifted(admin: Admin, store: Store, john: Member) -> None:
    made = john.application()
    first = john.subscribe(made).json
    _block(store, first)
    path = "/apis/orders/subscription-blocks"
    assert admin("DELETE", f"{path}/{made['applicationId']}").status == 409
    john.delete(f"/subscriptions/{first['subscriptionId']}")

    assert [one["state"] for one in admin("GET", path).json["list"]] == ["BLOCKED"]
    assert admin("DELETE", f"{path}/{made['applicationId']}").status == 200

    assert admin("GET", path).json["list"] == []
    assert john.subscribe(made).json["status"] == "UNBLOCKED"


def test_other_answers_about_a_member_list_no_applications(admin: Admin, shop: dict[str, Any]) -> None:
    assert shop
    for action in ("disable", "enable", "reset"):
        answer = admin("POST", f"/members/john@gmail.com/{action}").json
        assert bool(answer["applications"]) is (action == "disable")


def test_the_block_at_an_api_that_was_deleted_is_listed_and_lifted(
    admin: Admin, store: Store, john: Member, publishing: DynamoDBPublishedApis
) -> None:
    made = john.application()
    _block(store, john.subscribe(made).json)
    ada = portal.caller(user_id="user-ada", username="ada", roles=frozenset({"admin"}))
    delete_with_subscriptions(publishing, store.portal.subscriptions, ada, "orders")
    path = "/apis/orders/subscription-blocks"

    assert [one["applicationId"] for one in admin("GET", path).json["list"]] == [made["applicationId"]]
    assert admin("DELETE", f"{path}/{made['applicationId']}", organisation="acme").status == 404
    assert admin("DELETE", f"{path}/{made['applicationId']}", organisation="JohnsOrg").status == 200

    assert admin("GET", path).status == 404
