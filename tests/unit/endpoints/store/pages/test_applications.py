"""Applications and their subscriptions on the store's pages."""

import html
import re

import pytest

from gatehouse.domain.oauth import clients
from gatehouse.domain.portal import applications
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests import factories
from tests.factories import NOW
from tests.unit.endpoints.store.browser import StoreBrowser
from tests.unit.portal import caller


def test_empty_pages_say_what_to_do(john: StoreBrowser) -> None:
    assert "No application yet" in john.get("/store/applications").body
    assert "Create one first" in john.get("/store/subscriptions").body
    assert "Nothing to count yet" in john.get("/store/statistics").body


def test_the_main_task_from_the_pages_alone(john: StoreBrowser, shop: str, tables: Tables) -> None:
    made = john.follow(john.post(f"{shop}/keys/production/generate", {"grant client_credentials": "on"}))
    secret = made.secret("secret")
    application = shop.rpartition("/")[2]
    subscribed = john.post("/store/apis/orders/subscribe", application=application, tier="Gold")
    listed = john.follow(subscribed)
    token = john.follow(john.post(f"{shop}/keys/production/token", {"scope read": "on", "validity": "90"}))

    client = DynamoDBDirectory(tables, TtlCache(0)).find_application("johnsorg", application)
    assert client is not None
    stored = DynamoDBDirectory(tables, TtlCache(0)).find_client(client.client_ids["PRODUCTION"])
    assert stored is not None
    assert clients.is_secret(stored, secret, NOW)
    assert f"curl -u {stored.client_id}:{secret} -d" in made.body
    assert "Subscribed." in listed.body
    assert '/try" aria-label="Try out ' in listed.body
    assert "orders 1.0.0" in listed.body
    assert token.secret("access-token").startswith("gha_")
    assert "Valid for 90 seconds" in token.body
    assert "Scopes: read" in token.body


@pytest.mark.usefixtures("shop")
def test_a_wrong_application_keeps_what_was_typed(john: StoreBrowser) -> None:
    answer = john.post("/store/applications", name="Shop", description="typed", throttling_policy="Unlimited")

    assert (answer.status, "typed" in answer.body) == (409, True)
    assert 'id="name-error"' in answer.body


def test_an_application_is_changed_shared_and_deleted(john: StoreBrowser, shop: str) -> None:
    form = {"name": "Shops", "throttling_policy": "10PerMin", "token_format": "jwt", "group employee": "on"}

    saved = john.follow(john.post(shop, form))
    asked = john.get(f"{shop}/delete")
    gone = john.follow(john.post(f"{shop}/delete"))

    assert "Saved." in saved.body
    assert 'name="group employee" checked' in saved.body
    assert "cannot be undone" in asked.body
    assert "Deleted." in gone.body
    assert john.get(shop).status == 404


def test_a_change_on_the_page_keeps_the_attributes(john: StoreBrowser, shop: str, tables: Tables) -> None:
    store, application_id = DynamoDBApplications(tables), shop.rpartition("/")[2]
    found = store.find_application("johnsorg", application_id)
    assert found is not None
    applications.change(store, caller(), found, ApplicationInput(name="Shop", attributes={"team": "web"}))

    saved = john.post(shop, name="Shops", throttling_policy="Unlimited")

    changed = store.find_application("johnsorg", application_id)
    assert saved.status == 303
    assert changed is not None
    assert (changed.name, changed.attributes) == ("Shops", {"team": "web"})


def test_an_application_is_offered_on_the_page(john: StoreBrowser, shop: str) -> None:
    wrong = john.post(f"{shop}/owner", owner="nobody")
    right = john.post(f"{shop}/owner", owner="mary@gmail.com")

    assert (wrong.status, 'id="owner-error"' in wrong.body) == (400, True)
    assert "Offered to mary@gmail.com" in john.follow(right).body


def test_every_application_that_is_offered_is_found(john: StoreBrowser, tables: Tables) -> None:
    store, mary = DynamoDBApplications(tables), caller(user_id="user-mary", username="mary@gmail.com")
    names = {f"Shop {number}" for number in range(28)}
    for name in names:
        made = applications.create(store, mary, ApplicationInput(name=name, throttling_policy="Unlimited"))
        applications.offer(store, mary, made, "user-john", "john@gmail.com")
    offers = re.compile(r"<h2>[^<]* offers you (Shop \d+)</h2>")

    first = john.get("/store/applications")
    following = re.search(r'rel="next" href="([^"]+)"', first.body)
    assert following is not None
    second = john.get(html.unescape(following[1]))

    assert {*offers.findall(first.body), *offers.findall(second.body)} == names


def test_a_refused_transfer_shows_the_application_as_it_is_shared(john: StoreBrowser, shop: str) -> None:
    form = {"name": "Shop", "throttling_policy": "Unlimited", "token_format": "opaque", "group employee": "on"}
    john.post(shop, form)

    refused = john.post(f"{shop}/owner", owner="nobody")

    assert refused.status == 400
    assert 'name="group employee" checked' in refused.body


def test_a_subscription_is_changed_and_ended(john: StoreBrowser, shop: str) -> None:
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    page = john.get(f"{shop}/subscriptions")
    found = re.search(r'action="([^"]+)/tier"', page.body)
    assert found is not None

    changed = john.follow(john.post(f"{found[1]}/tier", tier="Silver"))
    ended = john.follow(john.post(f"{found[1]}/delete"))

    assert "<option selected>Silver</option>" in changed.body
    assert "No subscription yet" in ended.body


def test_a_tier_that_is_refused_stays_chosen(john: StoreBrowser, shop: str, organisations: DirectoryWriter) -> None:
    organisations.save_api(factories.api(tiers=frozenset({"Gold"})))
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    found = re.search(r'action="([^"]+)/tier"', john.get(f"{shop}/subscriptions").body)
    assert found is not None

    refused = john.post(f"{found[1]}/tier", tier="Bronze")

    assert (refused.status, "<option selected>Bronze</option>" in refused.body) == (403, True)
    assert "<option selected>Gold</option>" not in refused.body
