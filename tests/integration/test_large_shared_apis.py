"""Thirty APIs of the largest size, shared with all, leave another organisation's store as fast as before (finding S7).

    GATEHOUSE_TIMINGS=timings.txt python -m local.testing --more tests/integration/test_large_shared_apis.py

appends to the file what each call took, as the median of fifteen, before and after. That the storage calls are the same
is a unit test (tests/unit/endpoints/devportal/test_sharing.py).
"""

import json
import os
import secrets
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.apis import publishing
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.kernel.caller import Caller
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import factories, people
from tests.deployed import Deployed, bearer
from tests.people import Person

pytestmark = [pytest.mark.more, pytest.mark.exclusive]

APIS = 30
ROUNDS = 15
SLOWER_MAX_SECONDS = 0.15
"""What a median may differ by on a busy machine."""


def document(number: int) -> dict[str, Any]:
    """Return a document whose API takes over 300 KiB of its item of at most 400."""
    scopes = [f"{'s' * 200}{one:02}" for one in range(100)]
    operation = {"security": [{"gatehouse": scopes}], "responses": {"200": {"description": "OK"}}}
    flow = {"tokenUrl": "https://auth.example/token", "scopes": {one: one for one in scopes}}
    return {
        "openapi": "3.0.3",
        "info": {"title": f"Large {number}", "version": "1", "description": "\u00e9" * 16_000},
        "tags": [{"name": f"{'t' * 90}{one}"} for one in range(200)],
        "paths": {f"/a{one}": {"get": operation} for one in range(10)},
        "components": {"securitySchemes": {"gatehouse": {"type": "oauth2", "flows": {"password": flow}}}},
    }


@pytest.fixture
def large(deployed: Deployed, tables: Tables) -> Iterator[Caller]:
    """A publisher of an organisation that may share; what was published is deleted at the end."""
    del deployed
    key = f"large-{secrets.token_hex(4)}"
    DirectoryWriter(tables).add_organisation(
        Organisation(key=key, name="Large", shares_apis=True), factories.entry(organisation=key)
    )
    caller = Caller(
        organisation=key,
        user_id="paul",
        username="paul",
        roles=frozenset({"publisher"}),
        scopes=frozenset(),
        at_ms=time.time_ns() // 1_000_000,
    )
    yield caller
    store = DynamoDBPublishedApis(tables)
    for one in store.find_apis_of(key):
        publishing.delete(store, caller, one.api_id)


def medians(person: Person, token: str) -> dict[str, float]:
    """Return how many seconds each call of the other organisation's store takes."""
    base = f"{person.deployed.stack['base_url']}/api/am/devportal/v3"
    found: dict[str, list[float]] = {"/apis": [], "/apis?limit=10": [], "/apis/orders": [], "/applications": []}
    for _ in range(ROUNDS):
        for path, taken in found.items():
            began = time.perf_counter()
            answer = person.http.get(base + path, headers=bearer(token))
            taken.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text[:500]
    return {path: statistics.median(taken) for path, taken in found.items()}


def test_thirty_large_shared_apis_leave_another_store_as_fast_as_before(
    deployed: Deployed, tables: Tables, http: httpx.Client, large: Caller
) -> None:
    person = people.person(deployed, tables, http)
    token = person.obtain("apim:subscribe apim:app_manage")["access_token"]
    before = medians(person, token)

    for number in range(APIS):
        made = publishing.publish(
            DynamoDBPublishedApis(tables), large, ApiDraft(document=document(number), visibility="ALL")
        )
        stored = tables.get(tables.directory, keys.api(large.organisation, made.api_id))
        assert len(json.dumps(stored, default=str)) > 300 * 1024
    after = medians(person, token)

    listed = http.get(
        f"{deployed.stack['base_url']}/api/am/devportal/v3/apis", params={"limit": 100}, headers=bearer(token)
    ).json()["list"]
    assert sum(one["name"].startswith("Large ") for one in listed) == APIS
    told = [f"{path}: {1000 * before[path]:.0f} ms before, {1000 * after[path]:.0f} ms after" for path in before]
    if "GATEHOUSE_TIMINGS" in os.environ:
        with Path(os.environ["GATEHOUSE_TIMINGS"]).open("a") as file:
            file.write("\n".join(told) + "\n")
    assert all(after[path] < before[path] + SLOWER_MAX_SECONDS for path in before), told
