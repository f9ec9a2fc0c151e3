"""`/subscriptions` of the Developer Portal API, and what the gate reads of them."""

from collections.abc import Mapping
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.apis.apis import Subscription
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import factories
from tests.unit.endpoints.members import Member


def at_the_gate(tables: Tables, application: Mapping[str, Any]) -> tuple[Subscription, ...]:
    found = DynamoDBApplications(tables).find_application("johnsorg", application["applicationId"])
    return found.subscriptions if found else ()


def approve_first(organisations: DirectoryWriter) -> None:
    organisations.save_organisation(factories.organisation(name="Johns Org", subscription_approval=True))


def test_a_subscription_opens_the_gate(john: Member, tables: Tables) -> None:
    application = john.application()

    made = john.subscribe(application, "Gold")

    assert (made.status, made.json["status"], made.json["throttlingPolicy"]) == (201, "UNBLOCKED", "Gold")
    assert made.json["apiInfo"]["name"] == "orders"
    assert at_the_gate(tables, application) == (
        Subscription(api_organisation="johnsorg", api_id="orders", tier="Gold"),
    )
    assert john.get(f"/applications/{application['applicationId']}").json["subscriptionCount"] == 1


def test_a_second_subscription_is_409(john: Member) -> None:
    application = john.application()
    john.subscribe(application)

    again = john.subscribe(application)

    assert (again.status, again.json["code"]) == (409, 900336)
    assert again.json["description"].startswith("Specified subscription already exists for API orders")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"throttlingPolicy": "Huge"}, 403, 902002, id="an unknown tier"),
        pytest.param({"apiId": "none"}, 404, 900308, id="an unknown API"),
        pytest.param({"applicationId": "none"}, 404, 900307, id="an unknown application"),
        pytest.param({"apiId": None}, 400, 400, id="no API"),
        pytest.param({"throttlingPolicy": ""}, 400, 400, id="no tier"),
    ],
)
def test_a_wrong_subscription_is_refused(john: Member, change: dict[str, Any], status: int, code: int) -> None:
    application = john.application()
    body = {"applicationId": application["applicationId"], "apiId": "orders", "throttlingPolicy": "Gold"}

    refused = john.post("/subscriptions", body | change)

    assert (refused.status, refused.json["code"]) == (status, code)


def test_an_api_offers_its_own_tiers_only(john: Member, organisations: DirectoryWriter) -> None:
    organisations.save_api(factories.api(tiers=frozenset({"Gold"})))
    application = john.application()

    assert john.subscribe(application, "Silver").json["code"] == 902002
    assert john.subscribe(application, "Gold").status == 201


@pytest.mark.parametrize("lifecycle", ["DEPRECATED", "BLOCKED"])
def test_an_api_that_is_not_published_takes_no_new_subscription(
    john: Member, organisations: DirectoryWriter, lifecycle: str
) -> None:
    organisations.save_api(factories.api(lifecycle=lifecycle))

    assert john.subscribe(john.application()).status == 400


@pytest.mark.parametrize("lifecycle", ["CREATED", "RETIRED"])
def test_an_api_that_is_not_shown_is_404(john: Member, organisations: DirectoryWriter, lifecycle: str) -> None:
    organisations.save_api(factories.api(lifecycle=lifecycle))

    assert john.subscribe(john.application()).status == 404


def test_the_subscriptions_of_an_application_are_listed(john: Member, organisations: DirectoryWriter) -> None:
    organisations.save_api(factories.api(api_id="parts", name="parts"))
    application = john.application()
    john.subscribe(application)
    john.subscribe(application, api_id="parts")

    listed = john.get("/subscriptions", applicationId=application["applicationId"], limit=1).json

    assert (listed["count"], listed["pagination"]["total"]) == (1, 2)
    following = john.call("GET", listed["pagination"]["next"]).json
    assert [one["apiId"] for one in listed["list"] + following["list"]] == ["orders", "parts"]


def test_the_list_of_an_api_holds_the_callers_own(john: Member, mary: Member) -> None:
    for person, name in ((john, "a"), (john, "b"), (mary, "c")):
        person.subscribe(person.application(name))

    own = john.get("/subscriptions", apiId="orders", limit=1).json

    following = john.call("GET", own["pagination"]["next"]).json
    names = [one["applicationInfo"]["name"] for one in own["list"] + following["list"]]
    assert sorted(names) == ["a", "b"]
    assert (own["pagination"]["total"], following["pagination"]["next"]) == (2, "")
    assert john.call("GET", following["pagination"]["previous"]).json["list"] == own["list"]


def test_neither_api_nor_application_is_400(john: Member) -> None:
    refused = john.get("/subscriptions")

    assert (refused.status, refused.json["description"]) == (400, "Either applicationId or apiId should be available")


def test_a_subscription_is_found_and_ended(john: Member, tables: Tables) -> None:
    application = john.application()
    made = john.subscribe(application).json
    path = f"/subscriptions/{made['subscriptionId']}"

    assert john.get(path).json["applicationInfo"]["name"] == "Shop"
    assert john.delete(path).status == 200
    assert john.get(path).json["code"] == 900310
    assert at_the_gate(tables, application) == ()
    assert john.subscribe(application).status == 201


def test_another_tier_is_in_force_at_once(john: Member, tables: Tables) -> None:
    application = john.application()
    made = john.subscribe(application, "Gold").json
    body = {**made, "requestedThrottlingPolicy": "Silver"}

    changed = john.put(f"/subscriptions/{made['subscriptionId']}", body)

    assert (changed.status, changed.json["throttlingPolicy"]) == (200, "Silver")
    assert at_the_gate(tables, application)[0].tier == "Silver"


@pytest.mark.parametrize("missing", ["status", "apiId"])
def test_a_tier_change_must_name_status_and_api(john: Member, missing: str) -> None:
    made = john.subscribe(john.application()).json
    body = {name: value for name, value in made.items() if name != missing}

    assert john.put(f"/subscriptions/{made['subscriptionId']}", body).status == 400


def test_where_approval_is_on_a_subscription_waits(
    john: Member, organisations: DirectoryWriter, tables: Tables
) -> None:
    approve_first(organisations)
    application = john.application()

    made = john.subscribe(application)

    assert (made.status, made.json["status"]) == (201, "ON_HOLD")
    assert at_the_gate(tables, application)[0].state == "ON_HOLD"


def test_where_approval_is_on_the_old_tier_stays_in_force(
    john: Member, organisations: DirectoryWriter, tables: Tables
) -> None:
    application = john.application()
    made = john.subscribe(application, "Gold").json
    approve_first(organisations)

    changed = john.put(f"/subscriptions/{made['subscriptionId']}", {**made, "requestedThrottlingPolicy": "Silver"})

    assert (changed.json["status"], changed.json["throttlingPolicy"]) == ("TIER_UPDATE_PENDING", "Gold")
    assert at_the_gate(tables, application)[0] == Subscription(
        api_organisation="johnsorg", api_id="orders", tier="Gold", state="TIER_UPDATE_PENDING", requested_tier="Silver"
    )


def test_several_are_made_in_order_until_one_fails(john: Member, organisations: DirectoryWriter) -> None:
    organisations.save_api(factories.api(api_id="parts", name="parts"))
    application = john.application()
    base = {"applicationId": application["applicationId"], "throttlingPolicy": "Gold"}

    failed = john.post("/subscriptions/multiple", [{**base, "apiId": "orders"}, {**base, "apiId": "none"}])
    made = john.post("/subscriptions/multiple", [{**base, "apiId": "parts"}])

    assert (failed.status, made.status) == (404, 200)
    listed = john.get("/subscriptions", applicationId=application["applicationId"]).json
    assert [one["apiId"] for one in listed["list"]] == ["orders", "parts"]


def test_parallel_subscriptions_lose_nothing(john: Member, organisations: DirectoryWriter, tables: Tables) -> None:
    """A list that changed between reading and writing is read again."""
    organisations.save_api(factories.api(api_id="parts", name="parts"))
    application = john.application()
    store = DynamoDBSubscriptions(tables)
    stale = DynamoDBApplications(tables).find_application("johnsorg", application["applicationId"])
    assert stale is not None
    john.subscribe(application)

    from gatehouse.domain.portal import subscriptions
    from tests.unit.portal import caller

    made = subscriptions.subscribe(
        store, caller(), replace(stale), factories.api(api_id="parts", name="parts"), "Gold", is_approved=True
    )

    assert made.subscription.api_id == "parts"
    assert [one.api_id for one in at_the_gate(tables, application)] == ["orders", "parts"]


def test_a_subscription_that_an_old_registry_wrote_is_changed_too(
    john: Member, organisations: DirectoryWriter, tables: Tables
) -> None:
    """Lists written before a field existed still compare equal to themselves."""
    organisations.save_api(factories.api(api_id="parts", name="parts"))
    application = john.application()
    key = {"pk": {"S": f"APPLICATION#johnsorg#{application['applicationId']}"}}
    old = {"L": [{"M": {"api_organisation": {"S": "johnsorg"}, "api_id": {"S": "orders"}}}]}
    tables.update(
        tables.directory,
        key,
        UpdateExpression="SET subscriptions = :old",
        ExpressionAttributeValues={":old": old},
    )

    assert john.subscribe(application, api_id="parts").status == 201
    assert [one.api_id for one in at_the_gate(tables, application)] == ["orders", "parts"]
