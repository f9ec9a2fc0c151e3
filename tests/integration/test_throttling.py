"""Throttled transactions: a retryable 503, nothing lost, and a retry that completes."""

import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from copy import replace
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from local.emulator import throttled_items
from tests import people
from tests.deployed import Deployed, bearer, seen_within
from tests.people import Person

SECONDS_UNTIL_SEEN = 5
DEVELOPERS, PUBLISHERS, ADMINISTRATORS = (f"/api/am/{one}" for one in ("devportal/v3", "publisher/v1", "admin/v4"))


@dataclass(frozen=True, kw_only=True)
class ThrottledMember:
    """An administrator and publisher with a token for the JSON APIs."""

    person: Person
    tables: Tables
    headers: dict[str, str]

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Call one of the JSON APIs."""
        url = f"{self.person.deployed.stack['base_url']}{path}"
        return self.person.http.request(method, url, json=body, headers=self.headers)

    @contextmanager
    def throttling(self, key: keys.Key, *operations: str) -> Generator[None]:
        """Throttle these operations on the item."""
        mark = throttled_items.mark(key["pk"]["S"], *operations)
        self.tables.put(self.tables.directory, mark)
        try:
            yield
        finally:
            self.tables.delete(self.tables.directory, {"pk": mark["pk"]})

    def dies_and_completes(self, key: keys.Key, act: Callable[[], httpx.Response], status: int = 200) -> None:
        """Act while the item is throttled, which is a 503, and again when it is not."""
        with self.throttling(key, "TransactWriteItems"):
            failed = act()
        assert failed.status_code == 503, failed.text
        assert int(failed.headers["Retry-After"]) >= 1
        completed = act()
        assert completed.status_code == status, completed.text


@pytest.fixture(scope="module")
def member(deployed: Deployed, tables: Tables, http: httpx.Client) -> ThrottledMember:
    person = people.person(deployed, tables, http)
    DirectoryWriter(tables).save_user(replace(person.user, roles=frozenset({"admin", "publisher"})))
    scope = "apim:subscribe apim:app_manage apim:admin apim:api_publish apim:api_view"
    return ThrottledMember(person=person, tables=tables, headers=bearer(person.obtain(scope)["access_token"]))


@pytest.fixture
def application(member: ThrottledMember) -> str:
    body = {"name": f"Throttled {secrets.token_hex(8)}", "throttlingPolicy": "Unlimited"}
    return member.call("POST", f"{DEVELOPERS}/applications", body).json()["applicationId"]


def generate_keys(member: ThrottledMember, application: str) -> tuple[str, tuple[str, str]]:
    body = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["client_credentials"]}
    made = member.call("POST", f"{DEVELOPERS}/applications/{application}/generate-keys", body).json()
    return made["keyMappingId"], (made["consumerKey"], made["consumerSecret"])


def token_status(member: ThrottledMember, credentials: tuple[str, str]) -> int:
    return member.person.post("/token", {"grant_type": "client_credentials"}, auth=credentials).status_code


@pytest.mark.parametrize("throttled", ["client", "application"])
def test_a_throttled_deletion_of_keys_is_a_503_the_keys_live_and_a_retry_deletes_them(
    member: ThrottledMember, application: str, throttled: str
) -> None:
    mapping, credentials = generate_keys(member, application)
    key = keys.client(credentials[0]) if throttled == "client" else keys.application("johnsorg", application)
    path = f"{DEVELOPERS}/applications/{application}/oauth-keys/{mapping}"

    with member.throttling(key, "TransactWriteItems"):
        assert member.call("DELETE", path).status_code == 503
        assert token_status(member, credentials) == 200

    assert member.call("DELETE", path).status_code == 200
    assert member.call("GET", path).status_code == 404
    assert seen_within(SECONDS_UNTIL_SEEN, lambda: token_status(member, credentials), 401)


def test_throttled_publishing_is_a_503_publishes_nothing_and_completes_at_the_retry(member: ThrottledMember) -> None:
    api_id = f"throttled-{secrets.token_hex(8)}"
    document: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"title": "Throttled", "version": "1"},
        "paths": {"/x": {"get": {"security": [{"gatehouse": []}], "responses": {"200": {"description": "OK"}}}}},
        "components": {"securitySchemes": {"gatehouse": {"type": "http", "scheme": "bearer"}}},
    }
    body = {"document": document, "apiId": api_id}
    path = f"{PUBLISHERS}/apis/{api_id}"

    with member.throttling(keys.api_document("johnsorg", api_id), "TransactWriteItems"):
        assert member.call("POST", f"{PUBLISHERS}/apis", body).status_code == 503
        assert member.call("GET", path).status_code == 404

    assert member.call("POST", f"{PUBLISHERS}/apis", body).status_code == 201
    member.dies_and_completes(keys.api("johnsorg", api_id), lambda: member.call("PUT", path, body))
    member.dies_and_completes(keys.api("johnsorg", api_id), lambda: member.call("DELETE", path))


def test_a_throttled_transfer_of_ownership_is_a_503_and_completes_at_the_retry(
    member: ThrottledMember, application: str, deployed: Deployed, tables: Tables, http: httpx.Client
) -> None:
    person = people.person(deployed, tables, http)
    recipient = person.user
    accepting = replace(member, person=person, headers=bearer(person.obtain("apim:app_manage")["access_token"]))
    item = keys.application("johnsorg", application)

    member.dies_and_completes(
        item,
        lambda: member.call(
            "POST", f"{DEVELOPERS}/applications/{application}/change-owner", {"owner": recipient.username}
        ),
    )
    accepting.dies_and_completes(
        item, lambda: accepting.call("POST", f"{DEVELOPERS}/application-transfers/{application}/accept")
    )

    found = tables.get(tables.directory, keys.application("johnsorg", application))
    assert found is not None
    assert found["owner_id"] == recipient.user_id


@pytest.mark.exclusive  # every other test reads this organisation
def test_throttled_settings_are_a_503_and_are_changed_at_the_retry(member: ThrottledMember) -> None:
    path = f"{ADMINISTRATORS}/settings"
    minutes = (
        member.call("GET", path).json()["lockOutMinutes"] % 60 + 1
    )  # another value: without a change, nothing is written

    member.dies_and_completes(
        keys.organisation("johnsorg"), lambda: member.call("PUT", path, {"lockOutMinutes": minutes})
    )

    assert member.call("GET", path).json()["lockOutMinutes"] == minutes
    assert member.call("PUT", path, {"lockOutMinutes": None}).status_code == 200


@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "UpdateItem", "PutItem", "DeleteItem", "Query"])
def test_any_operation_can_be_throttled(tables: Tables, operation: str) -> None:
    key = {"pk": {"S": f"THROTTLING#{secrets.token_hex(8)}"}}
    client: Any = tables.transport
    requests: dict[str, dict[str, Any]] = {
        "GetItem": {"TableName": tables.directory, "Key": key},
        "BatchGetItem": {"RequestItems": {tables.directory: {"Keys": [key]}}},
        "UpdateItem": {"TableName": tables.directory, "Key": key},
        "PutItem": {"TableName": tables.directory, "Item": key},
        "DeleteItem": {"TableName": tables.directory, "Key": key},
        "Query": {
            "TableName": tables.directory,
            "IndexName": "by_collection",
            "KeyConditionExpression": "#collection = :collection",
            "ExpressionAttributeNames": {"#collection": "collection"},
            "ExpressionAttributeValues": {":collection": key["pk"]},
        },
    }
    mark = throttled_items.mark(key["pk"]["S"], operation)
    tables.put(tables.directory, mark)

    if operation == "BatchGetItem":
        assert client.call(operation, requests[operation])["UnprocessedKeys"]
    else:
        with pytest.raises(Exception, match="ProvisionedThroughputExceeded"):
            client.call(operation, requests[operation])

    tables.delete(tables.directory, {"pk": mark["pk"]})
    client.call(operation, requests[operation])
