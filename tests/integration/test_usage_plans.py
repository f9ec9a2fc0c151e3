"""Tiers, as API Gateway enforces them on `orders`: by a key that only the authorizer names (statement 4.4 of WSO2)."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from local.stacks import MORE_TIERS
from tests import people
from tests.deployed import SECONDS_UNTIL_STREAMED, Deployed, bearer, seen_within
from tests.people import Person

type Subscribe = Callable[[Person, str], ApplicationSubscription]


@pytest.fixture
def subscribe(tables: Tables) -> Subscribe:
    """Subscribe to `orders` with a tier, as the store does; nothing but the function of the plans follows it."""
    store = DynamoDBSubscriptions(tables)

    def subscribe(person: Person, tier: str) -> ApplicationSubscription:
        standing = DynamoDBApplications(tables).find_application("johnsorg", person.client.application_id)
        api = DynamoDBPortalDirectory(tables).find_shown_api("johnsorg", "orders")
        assert standing is not None
        assert api is not None
        for one in standing.subscriptions:
            subscriptions.unsubscribe(store, caller(person), subscriptions.with_application(standing, one))
        standing = DynamoDBApplications(tables).find_application("johnsorg", person.client.application_id)
        assert standing is not None
        return subscriptions.subscribe(store, caller(person), standing, api, tier, is_approved=True)

    return subscribe


@pytest.fixture(autouse=True)
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer here what the local stack offers by its parameter `MoreTiers`."""
    for one in throttling_policies.parse_tiers(MORE_TIERS):
        monkeypatch.setitem(throttling_policies.SUBSCRIPTION, one.name, one)


def caller(person: Person) -> Caller:
    return Caller(
        organisation="johnsorg",
        user_id=person.user.user_id,
        username=person.user.username,
        roles=frozenset(),
        scopes=frozenset(),
        at_ms=time.time_ns() // 1_000_000,
    )


@pytest.fixture
def plans(deployed: Deployed) -> Callable[[Person], set[str]]:
    """Say in which tiers' plans of `orders` the key of somebody's application is."""
    client, stage = deployed.aws("apigateway"), deployed.outputs("orders-rest")

    def plans(person: Person) -> set[str]:
        name = f"gatehouse us-east-1 johnsorg {person.client.application_id}"
        found = [key["id"] for key in client.get_api_keys(nameQuery=name)["items"]]
        held = [plan["name"] for key_id in found for plan in client.get_usage_plans(keyId=key_id)["items"]]
        return {one.removeprefix(f"gatehouse us-east-1 {stage['ApiId']}/{stage['StageName']} ") for one in held}

    return plans


def has_settled(look: Callable[[], object], wanted: object) -> bool:
    return seen_within(SECONDS_UNTIL_STREAMED, look, wanted)


def test_who_calls_more_often_than_the_tier_allows_is_throttled_and_nobody_else(
    deployed: Deployed, tables: Tables, http: httpx.Client, subscribe: Subscribe, plans: Callable[[Person], set[str]]
) -> None:
    person, neighbour = (people.person(deployed, tables, http) for _ in range(2))
    for one in (person, neighbour):
        subscribe(one, "Trial")
        assert has_settled(lambda one=one: plans(one), {"Trial"})
    headers = bearer(person.obtain("read")["access_token"])
    url = f"{deployed.stack['orders_url']}/orders"
    assert has_settled(lambda: http.get(url, headers=headers).status_code, 200)  # the first of the five that pass

    answers = [http.get(url, headers=headers) for _ in range(6)]

    refused = answers[-1]
    assert [one.status_code for one in answers] == [200] * 4 + [429] * 2
    assert refused.headers["retry-after"] == "1"
    assert refused.json() == {
        "code": "900804",
        "message": "Message throttled out",
        "description": "You have exceeded your quota",
    }
    assert refused.headers["access-control-allow-origin"] == "*"
    assert http.get(f"{deployed.stack['orders_url']}/health").status_code == 200
    assert neighbour.call(neighbour.obtain("read")["access_token"]).status_code == 200


def test_a_tier_for_a_day_is_a_quota(
    deployed: Deployed,
    http: httpx.Client,
    person: Person,
    subscribe: Subscribe,
    plans: Callable[[Person], set[str]],
) -> None:
    subscribe(person, "Sample")
    assert has_settled(lambda: plans(person), {"Sample"})
    headers = {**bearer(person.obtain("read")["access_token"]), "Accept": "application/xml"}
    url = f"{deployed.stack['orders_url']}/orders"
    assert has_settled(lambda: http.get(url, headers=headers).status_code, 200)

    statuses = [http.get(url, headers=headers).status_code for _ in range(2)]
    refused = http.get(url, headers=headers)

    assert statuses == [200, 200]
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "3600"
    assert "http://wso2.org/apimanager/throttling" in refused.text


def test_an_api_key_in_the_header_neither_helps_nor_opens(
    deployed: Deployed, http: httpx.Client, person: Person
) -> None:
    values = [key["value"] for key in deployed.aws("apigateway").get_api_keys(includeValues=True)["items"]]
    url = f"{deployed.stack['orders_url']}/orders"

    alone = http.get(url, headers={"x-api-key": values[0]})
    beside = http.get(url, headers={**bearer(person.obtain("read")["access_token"]), "x-api-key": "no-such-key"})

    assert alone.status_code == 401
    assert beside.status_code == 200


def test_the_plan_follows_the_subscription_to_its_end(
    tables: Tables, person: Person, subscribe: Subscribe, plans: Callable[[Person], set[str]]
) -> None:
    made = subscribe(person, "Bronze")
    assert has_settled(lambda: plans(person), {"Bronze"})

    store = DynamoDBSubscriptions(tables)
    changed = subscriptions.change_tier(store, caller(person), made, "Gold", api=None, is_approved=True)
    assert has_settled(lambda: plans(person), {"Gold"})
    subscriptions.unsubscribe(store, caller(person), changed)
    assert has_settled(lambda: plans(person), set())


def test_a_deleted_application_leaves_no_key_behind(
    deployed: Deployed, tables: Tables, person: Person, subscribe: Subscribe, plans: Callable[[Person], set[str]]
) -> None:
    subscribe(person, "Silver")
    assert has_settled(lambda: plans(person), {"Silver"})
    application = DynamoDBDirectory(tables, TtlCache(0)).find_application("johnsorg", person.client.application_id)
    assert application is not None

    DynamoDBApplications(tables).delete_application(
        "johnsorg", application, caller(person).entry("application.delete", application.application_id, "")
    )

    name = f"gatehouse us-east-1 johnsorg {application.application_id}"
    assert has_settled(lambda: deployed.aws("apigateway").get_api_keys(nameQuery=name)["items"], [])
    assert plans(person) == set()


@pytest.fixture
def repair(deployed: Deployed) -> Callable[[], None]:
    """Run the repair that otherwise runs each hour."""
    client, name = deployed.aws("lambda"), deployed.outputs("gatehouse")["PlansFunctionName"]

    def repair() -> None:
        answer: Any = client.invoke(FunctionName=name, Payload=json.dumps({"action": "repair"}))
        assert "FunctionError" not in answer, answer["Payload"].read()

    return repair


def test_a_repair_brings_back_what_was_deleted_by_hand(
    deployed: Deployed,
    person: Person,
    subscribe: Subscribe,
    plans: Callable[[Person], set[str]],
    repair: Callable[[], None],
) -> None:
    subscribe(person, "Bronze")
    assert has_settled(lambda: plans(person), {"Bronze"})
    client = deployed.aws("apigateway")
    name = f"gatehouse us-east-1 johnsorg {person.client.application_id}"
    for key in client.get_api_keys(nameQuery=name)["items"]:
        client.delete_api_key(apiKey=key["id"])

    repair()

    assert plans(person) == {"Bronze"}
