"""Every list of the three JSON APIs, from their tables: a page costs the same reads wherever it is, in any length."""

import itertools
import json
from collections.abc import Iterator
from copy import replace
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from gatehouse.bootstrap import publisher
from gatehouse.bootstrap.store import Store
from gatehouse.domain.apis.apis import Document
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.portal import applications, subscription_decisions, subscriptions
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.endpoints import requests
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.storage import audit
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import listings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import factories, http_events
from tests.factories import NOW
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints import tables_of_operations
from tests.unit.endpoints.members import token
from tests.unit.portal import caller

FEW, MORE = 5, 9
_SCOPES = "apim:subscribe apim:app_manage apim:sub_manage apim:admin apim:api_view apim:api_publish"
_JOHN = caller(roles=frozenset({"admin"}))

QUERIES: dict[str, tuple[dict[str, str], ...]] = {
    "/applications": ({}, {"groupId": "everyone"}, {"sortBy": "owner"}, {"sortOrder": "desc"}),
    "/subscriptions": ({"applicationId": "busy"}, {"apiId": "orders"}),
    "/search": ({"query": "api"},),
    "/apis": ({}, {"query": "tag:shop"}),
}
"""Ways to ask for a list that has several."""

EMPTY = {
    "/api-categories",
    "/recommendations",
    "/webhooks/subscriptions",
    "/apis/{apiId}/comments",
    "/apis/{apiId}/topics",
    "/apis/{apiId}/ratings",
}
FIXED = {"/tenants", "/throttling-policies/{policyLevel}"}
"""Lists that always hold the same."""


@dataclass(frozen=True)
class Way:
    api: str
    path: str
    query: tuple[tuple[str, str], ...]


WAYS = tuple(
    Way(name, one.path, tuple(query.items()))
    for name, operations in tables_of_operations.ALL.items()
    for one in operations
    if "offset" in one.query and one.path not in EMPTY
    for query in QUERIES.get(one.path, ({},))
)
"""Every way to every list that has pages."""


class Lists:
    """John, who is an administrator, asks; the table says what was read."""

    def __init__(self, store: Store, published: JsonApi, tables: Tables, writer: DirectoryWriter) -> None:
        self._apis = {"devportal": store.json_api, "admin v4": store.admin_api, "publisher v1": published}
        self._tables, self._writer = tables, writer
        self._applications = DynamoDBApplications(tables)
        self._store = DynamoDBSubscriptions(tables)
        user = factories.user(roles=frozenset({"admin", "publisher"}))
        writer.save_user(user)
        writer.save_organisation(factories.organisation(name="Johns Org", subscription_approval=True))
        self._token = token(store, user, _SCOPES)
        self._busy = applications.create(
            self._applications, _JOHN, ApplicationInput(name="Busy", groups=frozenset({"everyone"}))
        )
        self._orders = factories.api(tags=frozenset({"shop"}))
        self._made = 0

    def grow(self, count: int) -> None:
        """Let every collection have so many items (some have a few more from the start)."""
        while self._made < count:
            number = self._made = self._made + 1
            name = f"user-{number:02d}"
            self._writer.add_user(factories.user(user_id=name, username=name, awaits_approval=True, is_active=False))
            entry = Entry(organisation="johnsorg", at_ms=number, actor="john", action="x.y", target="0")
            self._tables.transact([audit.action(self._tables, entry)])
            draft = ApplicationInput(name=f"app-{number:02d}", groups=frozenset({"everyone"}))
            made = applications.create(self._applications, replace(_JOHN, at_ms=NOW * 1000 + number), draft)
            subscriptions.subscribe(self._store, _JOHN, made, self._orders, "Gold", is_approved=False)
            other = caller(user_id=f"other-{number}", username=f"other-{number}")
            offered = applications.create(self._applications, other, ApplicationInput(name=name))
            blocked = subscriptions.subscribe(self._store, other, offered, self._orders, "Gold", is_approved=True)
            subscription_decisions.block(self._store, _JOHN, blocked, "BLOCKED")
            now = applications.find_own(self._applications, other, offered.application_id)
            applications.offer(self._applications, other, now, _JOHN.user_id, _JOHN.username)
            api = factories.api(api_id=f"api-{number}", name=f"api-{number}", tags=frozenset({"shop", f"tag-{number}"}))
            self._writer.save_api(api)
            subscriptions.subscribe(self._store, _JOHN, self._busy, api, "Gold", is_approved=True)
            documents = tuple(
                Document(document_id=f"d-{one}", name=f"d-{one}", source="INLINE") for one in range(number)
            )
            self._writer.save_api(replace(self._orders, documents=documents))
            agent = factories.registered_client(client_id=f"dyn.{number:02d}")
            DynamoDBRegisteredClients(self._tables).add_registered("johnsorg", agent, NOW)

    def ask(self, way: Way, link: str = "", **query: object) -> tuple[Any, list[str]]:
        """Return the answer, and the operations of DynamoDB that it took."""
        path = way.path.format(apiId="orders", policyLevel="application")
        fixed = {name: self._busy.application_id if value == "busy" else value for name, value in way.query}
        api = self._apis[way.api]
        sent = http_events.http(
            "GET",
            f"{api.base}{link or f'{path}?{urlencode({**fixed, **query})}'}",
            headers={"authorization": f"Bearer {self._token}"},
        )
        transport = self._tables.transport
        assert isinstance(transport, RecordingTransport)
        transport.operations.clear()
        response: Any = api.answer(requests.parse(sent))
        assert response["statusCode"] == 200, response
        return json.loads(response["body"]), list(transport.operations)

    def pages(self, way: Way, limit: int) -> Iterator[tuple[Any, list[str]]]:
        """Follow `next` to the end."""
        link = ""
        while True:
            page, reads = self.ask(way, link, limit=limit)
            yield page, reads
            link = page["pagination"]["next"]
            if not link:
                return


@pytest.fixture
def lists(store: Store, tables: Tables, organisations: DirectoryWriter) -> Lists:
    return Lists(store, publisher.build(factories.settings(), tables), tables, organisations)


def test_every_page_by_next_and_previous_costs_the_same_reads_in_any_length(lists: Lists) -> None:
    costs: dict[Way, set[tuple[int, int]]] = {way: set() for way in WAYS}
    for count, way in itertools.product((FEW, MORE), WAYS):
        lists.grow(count)
        lists.ask(way)  # counts the listing once, for ever
        pages = list(lists.pages(way, limit=2))
        costs[way] |= {_count(reads) for _, reads in pages}
        last, found = pages[-1][0]["pagination"], sum(page["count"] for page, _ in pages)
        assert found >= count or way.path in FIXED, way
        assert last.get("total", found) == found, way
        if len(pages) > 1:
            before, reads = lists.ask(way, last["previous"])
            costs[way].add(_count(reads))
            assert before["list"] == pages[-2][0]["list"], way

    for way, different in costs.items():
        assert len(different) == 1, (way, sorted(different))


def _count(reads: list[str]) -> tuple[int, int]:
    """Return how many reads there were, and how many of them are queries; one item is got, several by the batch."""
    return len(reads), reads.count("Query")


def test_a_hand_made_offset_costs_at_most_one_query_for_each_full_step_more(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "_SKIPPED_PER_READ", 2)
    lists.grow(FEW)

    for way in WAYS:
        lists.ask(way)  # counts the listing once, for ever
        everything, first = lists.ask(way)
        for offset in range(FEW + 4):
            page, reads = lists.ask(way, limit=2, offset=offset)
            assert page["list"] == everything["list"][offset : offset + 2], (way, offset)
            assert reads.count("Query") <= first.count("Query") + offset / 2, (way, offset)
            assert len(reads) - reads.count("Query") <= len(first) - first.count("Query"), (way, offset)
