"""Two parties at one thing: each is told the truth, and what is left fits together."""

from collections.abc import Callable
from copy import replace

import pytest

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.apis.published_apis import ApiDraft as ApiDraft
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import ConflictError
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import (
    applications,
    client_secrets,
    key_sets,
    mapped_keys,
    store_client,
    subscription_decisions,
    subscriptions,
)
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.store_clients import DynamoDBStoreClients
from tests import factories
from tests.faulty_transport import FaultyTransport
from tests.recording_transport import RecordingTransport
from tests.unit.storage.racing import ADA, GRANTS, JOHN, Store, delete
from tests.unit.storage.racing import store as store


def add_keys(store: Store, application: Application) -> None:
    store.generate(application)


def subscribe(store: Store, application: Application) -> None:
    store.subscribe(application)


def subscribe_on_hold(store: Store, application: Application) -> None:
    store.subscribe(application, is_approved=False)


def rename(store: Store, application: Application) -> None:
    applications.change(store.applications, JOHN, application, ApplicationInput(name="Renamed"))


def share(store: Store, application: Application) -> None:
    applications.change(
        store.applications, JOHN, application, ApplicationInput(name="Shop", groups=frozenset({"employee"}))
    )


def change_format(store: Store, application: Application) -> None:
    applications.change(store.applications, JOHN, application, ApplicationInput(name="Shop", token_format="jwt"))


def hand_over(store: Store, application: Application) -> None:
    applications.transfer(store.applications, JOHN, application, "user-mary", "mary")


ACTS = [add_keys, subscribe, subscribe_on_hold, rename, share, change_format, hand_over, delete]


def prepare(store: Store, application: Application) -> None:
    """Give it a bit of everything."""
    share(store, application)
    store.generate(store.application(application.application_id), "SANDBOX")
    store.subscribe(store.application(application.application_id), api_id="items", is_approved=False)


@pytest.mark.parametrize("is_prepared", [False, True], ids=["new", "with all it can have"])
@pytest.mark.parametrize("winner", ACTS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("loser", ACTS, ids=lambda one: one.__name__)
def test_two_acts_on_one_application_leave_what_fits_together(
    store: Store,
    transport: RecordingTransport,
    is_prepared: bool,  # noqa: FBT001 - a parameter of the test
    winner: Callable[[Store, Application], None],
    loser: Callable[[Store, Application], None],
) -> None:
    made = store.application()
    if is_prepared:
        prepare(store, made)
    seen = store.application(made.application_id)
    outcomes: list[str] = []

    def act(name: str, party: Callable[[Store, Application], None]) -> None:
        try:
            party(store, seen)
        except ConflictError:
            outcomes.append(f"{name} was told")
        else:
            outcomes.append(f"{name} did it")

    transport.before("TransactWriteItems", lambda: act("the first", winner))
    act("the second", loser)

    assert outcomes[0] == "the first did it"
    assert store.faults() == []


@pytest.mark.parametrize("meanwhile", [add_keys, subscribe, rename, share, hand_over], ids=lambda one: one.__name__)
def test_an_application_that_changed_meanwhile_is_not_deleted_and_its_owner_is_told(
    store: Store, transport: RecordingTransport, meanwhile: Callable[[Store, Application], None]
) -> None:
    made = store.application()
    transport.before("TransactWriteItems", lambda: meanwhile(store, made))

    with pytest.raises(ConflictError, match="changed meanwhile"):
        applications.delete(store.applications, JOHN, made)

    assert store.faults() == []
    applications.delete(store.applications, JOHN, store.application(made.application_id))
    assert store.faults() == []


@pytest.mark.parametrize("count", [1, 10, 11, 30])
def test_an_application_ends_with_all_its_subscriptions(store: Store, count: int) -> None:
    made = store.application()
    for number in range(count):
        api = factories.api(api_id=f"api-{number}")
        seen = store.application(made.application_id)
        subscriptions.subscribe(store.subscriptions, JOHN, seen, api, "Gold", is_approved=number % 2 == 0)

    applications.delete(store.applications, JOHN, store.application(made.application_id))

    assert store.faults() == []
    assert store.subscriptions.find_waiting_subscriptions("johnsorg", Window()).total == 0
    assert store.applications.find_application("johnsorg", made.application_id) is None


def test_keys_that_were_mapped_elsewhere_meanwhile_are_not_deleted(store: Store, transport: RecordingTransport) -> None:
    made = store.application()
    client, secret = key_sets.make(JOHN, made, "PRODUCTION", GRANTS, label="", secret_expires_in=0)
    assert secret is not None
    store.key_sets.add_key_set("johnsorg", made, client, None, JOHN.entry("keys.generate", client.client_id))
    other = applications.create(store.applications, JOHN, ApplicationInput(name="Other"))
    seen = store.application(made.application_id)

    def bind() -> None:
        mapped_keys.map_keys(
            store.key_sets, store.applications, JOHN, other, "PRODUCTION", client.client_id, secret.plain
        )

    transport.before("TransactWriteItems", bind)

    with pytest.raises(ConflictError, match="changed meanwhile"):
        key_sets.delete(store.key_sets, JOHN, seen, client)

    found = store.key_sets.find_client(client.client_id)
    assert found is not None
    assert found.application_id == other.application_id
    assert store.faults() == []


def test_keys_that_are_deleted_twice_at_once_are_deleted_for_both(store: Store, transport: RecordingTransport) -> None:
    made = store.application()
    client = store.generate(made)
    seen = store.application(made.application_id)
    transport.before("TransactWriteItems", lambda: key_sets.delete(store.key_sets, JOHN, seen, client))

    key_sets.delete(store.key_sets, JOHN, seen, client)

    assert store.key_sets.find_client(client.client_id) is None
    assert store.faults() == []


CHANGES: dict[str, Callable[[Store, Client], object]] = {
    "another secret": lambda store, client: client_secrets.add_secret(store.key_sets, JOHN, client, "more", 0),
    "a new secret": lambda store, client: client_secrets.regenerate_secret(store.key_sets, JOHN, client),
    "its tokens revoked": lambda store, client: key_sets.revoke_tokens(store.key_sets, JOHN, client),
    "other callbacks": lambda store, client: key_sets.change(
        store.key_sets,
        JOHN,
        client,
        KeySetInput(grant_types=frozenset({"password"}), redirect_uris=("https://client.example/cb",)),
    ),
    "another grant": lambda store, client: key_sets.change(
        store.key_sets, JOHN, client, KeySetInput(grant_types=frozenset({"password"}))
    ),
}


@pytest.mark.parametrize("first", CHANGES)
@pytest.mark.parametrize("second", CHANGES)
def test_of_two_changes_of_one_key_set_the_second_is_told(
    store: Store, transport: RecordingTransport, first: str, second: str
) -> None:
    made = store.application()
    client = store.generate(made)
    transport.before("TransactWriteItems", lambda: CHANGES[first](store, client))

    with pytest.raises(ConflictError, match="changed meanwhile"):
        CHANGES[second](store, client)

    found = store.key_sets.find_client(client.client_id)
    assert found is not None
    assert found.revision == client.revision + 1


@pytest.mark.parametrize("first", CHANGES)
def test_a_key_set_that_changed_meanwhile_is_not_deleted(
    store: Store, transport: RecordingTransport, first: str
) -> None:
    made = store.application()
    client = store.generate(made)
    seen = store.application(made.application_id)
    transport.before("TransactWriteItems", lambda: CHANGES[first](store, client))

    with pytest.raises(ConflictError, match="changed meanwhile"):
        key_sets.delete(store.key_sets, JOHN, seen, client)


def test_keys_are_generated_for_the_application_as_it_was_seen(store: Store, transport: RecordingTransport) -> None:
    made = store.application()
    transport.before("TransactWriteItems", lambda: hand_over(store, made))

    with pytest.raises(ConflictError):
        store.generate(made)

    assert store.application(made.application_id).client_ids == {}


def test_a_subscription_that_was_approved_meanwhile_is_counted_once_when_it_ends(
    store: Store, transport: RecordingTransport
) -> None:
    waiting = store.subscribe(store.application(), is_approved=False)

    def approve() -> None:
        subscription_decisions.decide(store.subscriptions, ADA, waiting, is_approved=True)

    transport.before("TransactWriteItems", approve)
    subscriptions.unsubscribe(store.subscriptions, JOHN, waiting)

    assert store.faults() == []
    assert store.subscriptions.find_waiting_subscriptions("johnsorg", Window()).total == 0


def test_a_tier_that_is_asked_for_meanwhile_is_not_decided_unseen(store: Store, transport: RecordingTransport) -> None:
    made = store.subscribe(store.application())
    asked = subscriptions.change_tier(store.subscriptions, JOHN, made, "Silver", api=None, is_approved=False)

    def ask_again() -> None:
        subscriptions.change_tier(store.subscriptions, JOHN, asked, "Bronze", api=None, is_approved=False)

    transport.before("TransactWriteItems", ask_again)

    with pytest.raises(ConflictError, match="changed meanwhile"):
        subscription_decisions.decide(store.subscriptions, ADA, asked, is_approved=True)

    standing = store.listed(made).subscription
    assert (standing.tier, standing.requested_tier) == ("Gold", "Bronze")


def test_the_stores_client_keeps_what_two_addresses_and_an_administrator_change_at_once(tables: Tables) -> None:
    """Its callbacks were stored whatever had changed, and a revocation of its tokens was undone."""
    wire = FaultyTransport(tables.transport)
    here, behind = DynamoDBStoreClients(tables), DynamoDBStoreClients(replace(tables, transport=wire))
    first = store_client.ensure(here, "johnsorg", "https://one.example")

    def revoke() -> None:
        known = here.find_client(first.client_id)
        assert known is not None
        assert here.replace_store_client("johnsorg", known, replace(known, generation="fresh", revision=9))

    wire.before("TransactWriteItems", revoke)
    store_client.ensure(behind, "johnsorg", "https://two.example")
    stored = here.find_client(first.client_id)

    assert stored is not None
    assert stored.generation == "fresh"
    assert {one.partition("/store")[0] for one in stored.redirect_uris} == {
        "https://one.example",
        "https://two.example",
    }


def test_the_stores_client_is_made_once_by_two_who_come_first(tables: Tables) -> None:
    wire = FaultyTransport(tables.transport)
    here, behind = DynamoDBStoreClients(tables), DynamoDBStoreClients(replace(tables, transport=wire))
    wire.before("TransactWriteItems", lambda: store_client.ensure(here, "johnsorg", "https://one.example"))

    made = store_client.ensure(behind, "johnsorg", "https://two.example")

    assert len(made.redirect_uris) == 2
