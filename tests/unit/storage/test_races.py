"""Two parties at one thing: each is told the truth, and what is left fits together."""

from collections.abc import Callable
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.apis.published_apis import ApiDraft as ApiDraft
from gatehouse.domain.apis.published_apis import find as find_api
from gatehouse.domain.apis.publishing import publish
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import ConflictError
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import (
    api_restrictions,
    applications,
    client_scopes,
    client_secrets,
    key_sets,
    mapped_keys,
    members,
    organisation_settings,
    store_client,
    subscription_decisions,
    subscriptions,
)
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory_writer import AlreadyExistsError, DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.key_sets import DynamoDBKeySets
from gatehouse.storage.members import DynamoDBMembers
from gatehouse.storage.organisation_settings import DynamoDBSettings
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.restrictions import DynamoDBRestrictions
from gatehouse.storage.store_clients import DynamoDBStoreClients
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import factories, integrity
from tests.faulty_transport import FaultyTransport
from tests.recording_transport import RecordingTransport
from tests.unit.portal import caller

JOHN = caller()
ADA = caller(user_id="user-ada", username="ada", roles=frozenset({"admin", "publisher"}))
BOB = caller(user_id="user-bob", username="bob", roles=frozenset({"admin", "publisher"}))
GRANTS = KeySetInput(grant_types=frozenset({"client_credentials"}))


class Store:
    """The stores, and what a party does with them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.applications = DynamoDBApplications(tables)
        self.subscriptions = DynamoDBSubscriptions(tables)
        self.key_sets = DynamoDBKeySets(tables)
        self.settings = DynamoDBSettings(tables)
        self.members = DynamoDBMembers(tables)
        self.restrictions = DynamoDBRestrictions(tables)

    def application(self, application_id: str = "") -> Application:
        if not application_id:
            return applications.create(self.applications, JOHN, ApplicationInput(name="Shop"))
        found = self.applications.find_application("johnsorg", application_id)
        assert found is not None
        return found

    def generate(self, application: Application, key_type: Any = "PRODUCTION") -> Client:
        client, _ = key_sets.make(JOHN, application, key_type, GRANTS, label="", secret_expires_in=0)
        entry = JOHN.entry("keys.generate", client.client_id)
        if not self.key_sets.add_key_set("johnsorg", application, client, None, entry):
            raise ConflictError("lost")
        return client

    def subscribe(
        self, application: Application, *, api_id: str = "orders", is_approved: bool = True
    ) -> subscriptions.ApplicationSubscription:
        api = factories.api(api_id=api_id)
        return subscriptions.subscribe(self.subscriptions, JOHN, application, api, "Gold", is_approved=is_approved)

    def listed(self, one: subscriptions.ApplicationSubscription) -> subscriptions.ApplicationSubscription:
        found = self.subscriptions.find_subscription("johnsorg", one.subscription_id)
        assert found is not None
        return found

    def faults(self) -> list[str]:
        answer = self.tables.transport.call("Scan", {"TableName": self.tables.directory})
        return integrity.find_faults(answer["Items"])


@pytest.fixture
def store(tables: Tables) -> Store:
    DirectoryWriter(tables).save_organisation(factories.organisation())
    for who in (ADA, BOB):
        DirectoryWriter(tables).add_user(factories.user(user_id=who.user_id, username=who.username, roles=who.roles))
    return Store(tables)


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


def delete(store: Store, application: Application) -> None:
    applications.delete(store.applications, JOHN, application)


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
        mapped_keys.bind(store.key_sets, store.applications, JOHN, other, "PRODUCTION", client.client_id, secret.plain)

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


def test_two_administrators_who_bind_two_scopes_keep_both(store: Store, transport: RecordingTransport) -> None:
    here = store.restrictions
    transport.before(
        "TransactWriteItems", lambda: api_restrictions.bind_scope(here, BOB, "read", frozenset({"reader"}))
    )

    api_restrictions.bind_scope(here, ADA, "update", frozenset({"writer"}))

    found = here.find_restrictions("johnsorg")
    assert (found.scopes, found.revision) == ({"read": {"reader"}, "update": {"writer"}}, 2)


def test_of_two_administrators_who_bind_one_scope_the_second_is_told(
    store: Store, transport: RecordingTransport
) -> None:
    here = store.restrictions
    transport.before(
        "TransactWriteItems", lambda: api_restrictions.bind_scope(here, BOB, "read", frozenset({"reader"}))
    )

    with pytest.raises(ConflictError):
        api_restrictions.bind_scope(here, ADA, "read", frozenset({"writer"}))


def test_a_publisher_who_read_before_a_binding_is_told_and_the_binding_stays(
    store: Store, transport: RecordingTransport
) -> None:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "orders", "version": "1.0.0"},
        "paths": {"/x": {"get": {"security": [{"gatehouse": ["read"]}], "responses": {"200": {"description": "OK"}}}}},
        "components": {
            "securitySchemes": {
                "gatehouse": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "https://auth.example", "scopes": {"read": ""}}},
                }
            }
        },
    }
    publishing = DynamoDBPublishedApis(store.tables)
    publish(publishing, ADA, ApiDraft(document=document, api_id="orders"))
    transport.before(
        "TransactWriteItems",
        lambda: api_restrictions.bind_scope(store.restrictions, BOB, "read", frozenset({"reader"})),
    )

    with pytest.raises(ConflictError):
        publish(publishing, ADA, ApiDraft(document=document, api_id="orders"))

    assert find_api(publishing, ADA, "orders").scopes["read"].restricted_to == {"reader"}


def test_of_two_administrators_who_grant_scopes_to_one_application_the_second_is_told(
    store: Store, transport: RecordingTransport
) -> None:
    made, found = store.application(), (factories.api(life_id="first"),)
    here = DynamoDBApplications(store.tables)
    transport.before("TransactWriteItems", lambda: client_scopes.grant(here, BOB, made, frozenset({"read"}), found))

    with pytest.raises(ConflictError):
        client_scopes.grant(here, ADA, made, frozenset({"delete"}), found)

    assert store.application(made.application_id).client_scopes == {"read first"}


def test_of_two_administrators_who_change_one_member_the_second_is_told(
    store: Store, transport: RecordingTransport
) -> None:
    member = factories.user(username="carl", user_id="user-carl")
    DirectoryWriter(store.tables).add_user(member)
    here = store.members
    transport.before("TransactWriteItems", lambda: members.change_roles(here, BOB, member, frozenset({"manager"})))

    with pytest.raises(ConflictError):
        members.change_roles(here, ADA, member, frozenset({"clerk"}))

    found = store.members.find_member("johnsorg", "carl")
    assert found is not None
    assert found.roles == {"manager"}


def test_of_two_administrators_who_change_the_settings_the_second_is_told(
    store: Store, transport: RecordingTransport
) -> None:
    transport.before(
        "TransactWriteItems",
        lambda: organisation_settings.change(store.settings, BOB, {"lockOutMinutes": 5}),
    )

    with pytest.raises(ConflictError, match="changed meanwhile"):
        organisation_settings.change(store.settings, ADA, {"lockOutMinutes": 7})

    found = organisation_settings.find(store.settings, ADA)
    assert (found.lock_out_minutes, found.revision) == (5, 1)


def test_an_item_from_before_there_were_revisions_can_be_changed(store: Store) -> None:
    made = store.application()
    client = store.generate(made)
    store.tables.update(
        store.tables.directory, {"pk": {"S": f"CLIENT#{client.client_id}"}}, UpdateExpression="REMOVE revision"
    )
    old = store.key_sets.find_client(client.client_id)
    assert old == replace(client, revision=0)

    client_secrets.add_secret(store.key_sets, JOHN, client, "more", 0)

    found = store.key_sets.find_client(client.client_id)
    assert found is not None
    assert (len(found.secrets), found.revision) == (2, 1)


def test_an_operator_and_an_administrator_who_change_one_organisation_at_once_lose_nothing(
    store: Store, transport: RecordingTransport
) -> None:
    writer, old = DirectoryWriter(store.tables), organisation_settings.find(store.settings, ADA)
    transport.before(
        "TransactWriteItems",
        lambda: organisation_settings.change(store.settings, ADA, {"lockOutMinutes": 5}),
    )

    assert not writer.replace_organisation(old, replace(old, may_register_stages=False))

    seen = organisation_settings.find(store.settings, ADA)
    assert writer.replace_organisation(seen, replace(seen, may_register_stages=False))
    found = organisation_settings.find(store.settings, ADA)
    assert (found.lock_out_minutes, found.may_register_stages, found.revision) == (5, False, 2)


def test_an_organisation_is_not_created_over_another(store: Store) -> None:
    with pytest.raises(AlreadyExistsError):
        DirectoryWriter(store.tables).add_organisation(factories.organisation(name="Another"))

    assert organisation_settings.find(store.settings, ADA).name == "Johns Org"
