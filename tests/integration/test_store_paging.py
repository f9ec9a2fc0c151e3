"""5,000 applications with 20,000 subscriptions in a deployed table: what a page costs, counted in table reads."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gatehouse.domain.apis.apis import Application, Subscription
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.storage import application_items
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import people
from tests.boto_transport import BotoTransport
from tests.deployed import Deployed

pytestmark = pytest.mark.more  # 25,000 items, which the functions of the streams work off for minutes

APPLICATIONS = 5000
APIS = 4
_BATCH = 25


@pytest.fixture(scope="module")
def filled(deployed: Deployed) -> tuple[Tables, str, str]:
    """An organisation that no other test knows, with one busy owner."""
    tables = people.open_tables(deployed)
    organisation, owner = f"busy-{secrets.token_hex(4)}", secrets.token_hex(8)
    client = deployed.aws("dynamodb")
    for batch in itertools.batched(_items(organisation, owner), _BATCH, strict=False):
        requests = [{"PutRequest": {"Item": item}} for item in batch]
        client.batch_write_item(RequestItems={tables.directory: requests})
    return tables, organisation, owner


def _items(organisation: str, owner: str) -> Iterator[Any]:
    for number in range(APPLICATIONS):
        application = Application(
            organisation=organisation,
            application_id=f"app-{number:05d}",
            name=f"Application {number:05d}",
            owner_id=owner,
            owner="busy",
            subscriptions=tuple(
                Subscription(api_organisation=organisation, api_id=f"api-{api}") for api in range(APIS)
            ),
        )
        listing = {
            "collection": application_items.owned(organisation, owner),
            "position": application_items.position(application),
        }
        key = keys.application(organisation, application.application_id)
        yield {**key, **attribute_values.render({**plain_values.of(application), **listing})}
        for one in application.subscriptions:
            listed = subscriptions.with_application(application, one)
            values = {
                "organisation": organisation,
                "subscription_id": listed.subscription_id,
                "application_id": application.application_id,
                "owner_id": owner,
                "api_organisation": organisation,
                "api_id": one.api_id,
                "tier": one.tier,
                "state": one.state,
                "collection": keys.collection("SUBSCRIPTIONS_OF_API", organisation, one.api_id),
                "position": f"{owner}\0{application.application_id}",
            }
            yield {**keys.subscription(organisation, listed.subscription_id), **attribute_values.render(values)}


def reads(tables: Tables) -> list[str]:
    transport = tables.transport
    assert isinstance(transport, BotoTransport)
    done = list(transport.operations)
    transport.operations.clear()
    return done


def test_every_page_of_applications_by_next_and_previous_costs_two_reads(filled: tuple[Tables, str, str]) -> None:
    tables, organisation, owner = filled
    store = DynamoDBApplications(tables)
    store.find_applications(organisation, owner, Window(limit=200))  # counts the listing once, for ever
    reads(tables)

    seen: list[str] = []
    cursor, costs = "", set[tuple[str, ...]]()
    while True:
        page = store.find_applications(organisation, owner, Window(limit=200, cursor=cursor))
        costs.add(tuple(reads(tables)))
        seen += [one.application_id for one in page.items]
        if not page.next:
            break
        cursor = page.next
    back = store.find_applications(organisation, owner, Window(limit=200, cursor=page.previous))
    costs.add(tuple(reads(tables)))

    assert costs == {("GetItem", "Query")}
    assert (len(seen), len(set(seen)), page.total) == (APPLICATIONS, APPLICATIONS, APPLICATIONS)
    assert [one.application_id for one in back.items] == seen[-400:-200]


def test_every_page_of_subscriptions_costs_three_reads(filled: tuple[Tables, str, str]) -> None:
    tables, organisation, owner = filled
    store = DynamoDBSubscriptions(tables)
    window = Window(limit=100)
    ways: tuple[Callable[[Window], Page[ApplicationSubscription]], ...] = (
        lambda window: store.find_subscriptions_of_api(organisation, "api-1", window),
        lambda window: store.find_own_subscriptions_of_api(organisation, owner, "api-1", window),
    )
    for find in ways:
        find(window)  # counts the listing once, for ever
        first = find(window)
        reads(tables)
        second = find(Window(limit=100, cursor=first.next))
        assert reads(tables) == ["GetItem", "Query", "BatchGetItem"]
        assert find(Window(limit=100, cursor=second.previous)).items == first.items
        assert reads(tables) == ["GetItem", "Query", "BatchGetItem"]
        assert (first.total, len(second.items)) == (APPLICATIONS, 100)


@pytest.mark.parametrize(("offset", "queries"), [(0, 1), (999, 1), (1000, 2), (2500, 3), (4990, 5)])
def test_a_hand_made_offset_costs_one_query_for_each_thousand(
    filled: tuple[Tables, str, str], offset: int, queries: int
) -> None:
    tables, organisation, owner = filled
    store = DynamoDBApplications(tables)
    Listings(tables).count(application_items.owned(organisation, owner))
    reads(tables)

    page = store.find_applications(organisation, owner, Window(offset=offset))

    assert page.items[0].application_id == f"app-{offset:05d}"
    assert reads(tables).count("Query") <= 1 + offset / 1000
    assert queries <= 1 + offset / 1000
