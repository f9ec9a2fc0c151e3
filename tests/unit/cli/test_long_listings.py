"""Listings that are longer than a page: commands show all of them, not the first page."""

from copy import replace
from typing import Any

import pytest

from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from tests import factories
from tests.factories import NOW
from tests.unit.cli.conftest import Operator


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page of every listing holds one item."""
    read = Listings.page

    def page(self: Listings, collection: str, window: Window, **options: Any) -> Any:
        return read(self, collection, replace(window, limit=1), **options)

    monkeypatch.setattr(Listings, "page", page)


@pytest.fixture
def applications(johnsorg: Operator) -> list[str]:
    """The ids of two applications of Grace's that subscribe to the orders API."""
    johnsorg.publish()
    johnsorg.done("organisations", "configure", "johnsorg", "--approve-subscriptions")
    made = [johnsorg.json("applications", "create", "johnsorg", "grace", name) for name in ("Books", "Ledgers")]
    ids = [one["application_id"] for one in made]
    for one in ids:
        johnsorg.done("subscriptions", "create", "johnsorg", one, "orders-1.0.0")
    return ids


def test_all_applications_and_subscriptions_are_listed(johnsorg: Operator, applications: list[str]) -> None:
    listed = johnsorg.json("subscriptions", "list", "johnsorg", "orders-1.0.0")
    for one in listed:
        johnsorg.done("subscriptions", "block", "johnsorg", one["subscription_id"])

    assert len(listed) == 2
    assert len(johnsorg.json("subscriptions", "list-blocks", "johnsorg", "orders-1.0.0")) == 2
    assert {one["application_id"] for one in johnsorg.json("applications", "list", "johnsorg")} == {*applications}
    assert len(johnsorg.json("applications", "list", "johnsorg", "--owner", "grace")) == 2


def test_all_applications_of_a_disabled_user_are_named(johnsorg: Operator, applications: list[str]) -> None:
    said = johnsorg.run("users", "disable", "johnsorg", "grace").stderr

    assert [one for one in applications if one not in said] == []


def test_all_requests_are_listed(johnsorg: Operator, tables: Tables) -> None:
    for name in ("mary", "martha"):
        waiting = factories.user(user_id=f"user-{name}", username=name, awaits_approval=True, is_active=False)
        DirectoryWriter(tables).add_user(waiting)

    assert [one["id"] for one in johnsorg.json("requests", "list", "johnsorg")] == ["martha", "mary"]


def test_all_registered_clients_are_listed(johnsorg: Operator, tables: Tables) -> None:
    for name in ("dyn.one", "dyn.other"):
        client = factories.registered_client(client_id=name)
        assert DynamoDBRegisteredClients(tables).add_registered("johnsorg", client, NOW) == client

    assert {one["id"] for one in johnsorg.json("registered-clients", "list", "johnsorg")} == {"dyn.one", "dyn.other"}


def test_audit_entries_are_listed_up_to_the_limit(johnsorg: Operator, applications: list[str]) -> None:
    assert applications

    listed = johnsorg.json("audit-entries", "list", "johnsorg")

    assert len(listed) > 3
    assert johnsorg.json("audit-entries", "list", "johnsorg", "--limit", "3") == listed[:3]
