"""Two parties at one thing, each with the stores of its own."""

from typing import Any

import pytest

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.apis.published_apis import ApiDraft as ApiDraft
from gatehouse.domain.kernel.refusals import ConflictError
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import (
    applications,
    key_sets,
    subscriptions,
)
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.key_sets import DynamoDBKeySets
from gatehouse.storage.members import DynamoDBMembers
from gatehouse.storage.organisation_settings import DynamoDBSettings
from gatehouse.storage.restrictions import DynamoDBRestrictions
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import factories, integrity
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


def delete(store: Store, application: Application) -> None:
    applications.delete(store.applications, JOHN, application)
