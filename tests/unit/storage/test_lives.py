"""Subscriptions and granted scopes belong to one life of an API; on moto."""

from typing import Any

import pytest

from gatehouse.domain.apis import apis, published_apis, publishing
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError
from gatehouse.domain.oauth import entitlements
from gatehouse.domain.portal import api_deletion, applications, client_scopes, subscription_decisions, subscriptions
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import factories
from tests.unit import portal

PETE = portal.caller(user_id="user-pete", username="pete", roles=frozenset({"publisher"}))
ADA = portal.caller(user_id="user-ada", username="ada", roles=frozenset({"admin"}))
JOHN = portal.caller()
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "1.0.0"},
    "paths": {"/orders": {"get": {"security": [{"gatehouse": ["read", "manage"]}]}}},
    "components": {
        "securitySchemes": {
            "gatehouse": {
                "type": "oauth2",
                "flows": {"password": {"scopes": {"manage": ""}, "x-scopes-bindings": {"manage": "manager"}}},
            }
        }
    },
}


@pytest.fixture
def store(tables: Tables) -> DynamoDBPublishedApis:
    DirectoryWriter(tables).save_organisation(factories.organisation())
    return DynamoDBPublishedApis(tables)


@pytest.fixture
def subscribing(tables: Tables) -> DynamoDBSubscriptions:
    return DynamoDBSubscriptions(tables)


def publish(store: DynamoDBPublishedApis) -> Api:
    return publishing.publish(store, PETE, ApiDraft(document=DOCUMENT, api_id="orders"))


def subscribe(tables: Tables, api: Api, name: str = "Shop") -> Application:
    store = DynamoDBApplications(tables)
    made = applications.create(store, JOHN, applications.ApplicationInput(name=name))
    subscriptions.subscribe(DynamoDBSubscriptions(tables), JOHN, made, api, "Gold", is_approved=True)
    found = store.find_application("johnsorg", made.application_id)
    assert found is not None
    return found


def test_an_api_with_subscriptions_is_not_deleted(tables: Tables, store: DynamoDBPublishedApis) -> None:
    subscribe(tables, publish(store))

    with pytest.raises(ConflictError, match="subscriptions"):
        publishing.delete(store, PETE, "orders")

    assert published_apis.find(store, PETE, "orders").revision == 1


def test_a_subscription_that_comes_in_meanwhile_keeps_the_api(tables: Tables, store: DynamoDBPublishedApis) -> None:
    api = publish(store)

    class LatePublishedApis(DynamoDBPublishedApis):
        def count_subscriptions(self, organisation: str, api_id: str) -> int:
            found = super().count_subscriptions(organisation, api_id)
            subscribe(tables, api)
            return found

    with pytest.raises(ConflictError):
        publishing.delete(LatePublishedApis(store._tables), PETE, "orders")


def test_s6_another_life_of_an_id_inherits_nothing(
    tables: Tables, store: DynamoDBPublishedApis, subscribing: DynamoDBSubscriptions
) -> None:
    first = publish(store)
    made = subscribe(tables, first)
    client_scopes.grant(DynamoDBApplications(tables), ADA, made, frozenset({"manage"}), (first,))

    api_deletion.delete_with_subscriptions(store, subscribing, PETE, "orders")
    again = publish(store)

    left = DynamoDBApplications(tables).find_application("johnsorg", made.application_id)
    assert left is not None
    assert (left.subscriptions, again.life_id != first.life_id) == ((), True)
    assert entitlements.allows(first, "manage", left, None)
    assert not entitlements.allows(again, "manage", left, None)
    assert store.count_subscriptions("johnsorg", "orders") == 0


def test_a_subscription_of_another_life_opens_nothing(
    tables: Tables, store: DynamoDBPublishedApis, subscribing: DynamoDBSubscriptions
) -> None:
    """As a deletion and a subscription that cross would leave it, were there no condition."""
    first = publish(store)
    made = subscribe(tables, first)
    key = {"pk": {"S": "API#johnsorg#orders"}}
    tables.update(
        tables.directory,
        key,
        UpdateExpression="SET life_id = :next",
        ExpressionAttributeValues={":next": {"S": "another"}},
    )
    now = store.find_api_now("johnsorg", "orders")
    assert now is not None

    assert apis.find_subscription(made, now) is None
    client = factories.client(application_id=made.application_id)
    directory = DynamoDBDirectory(tables, TtlCache(0))
    assert entitlements.granted(directory, client, None, frozenset({"read"})) == {"default"}
    second = applications.create(DynamoDBApplications(tables), JOHN, applications.ApplicationInput(name="B"))
    with pytest.raises(ConflictError):
        subscriptions.subscribe(subscribing, JOHN, second, first, "Gold", is_approved=True)


def test_a_block_outlives_the_api(
    tables: Tables, store: DynamoDBPublishedApis, subscribing: DynamoDBSubscriptions
) -> None:
    made = subscribe(tables, publish(store))
    (listed,) = subscriptions.of_application(made)
    subscription_decisions.block(subscribing, ADA, listed, "BLOCKED")
    api_deletion.delete_with_subscriptions(store, subscribing, PETE, "orders")

    again = publish(store)
    left = DynamoDBApplications(tables).find_application("johnsorg", made.application_id)
    assert left is not None

    assert subscriptions.subscribe(subscribing, JOHN, left, again, "Gold", is_approved=True).subscription.state == (
        "BLOCKED"
    )


def test_a_scope_is_granted_for_an_api_that_is_subscribed_to(tables: Tables, store: DynamoDBPublishedApis) -> None:
    api = publish(store)
    made = subscribe(tables, api)

    for found in ((), (factories.api(organisation="acme"),)):
        with pytest.raises(InvalidInputError):
            client_scopes.grant(DynamoDBApplications(tables), ADA, made, frozenset({"manage"}), found)
