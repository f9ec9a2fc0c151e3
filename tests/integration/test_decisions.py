"""What administrators decide, from outside: it outlives publishing, unsubscribing and disabled members (S1, S5, S6)."""

import secrets
from copy import replace
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.deployed import SECONDS_UNTIL_STREAMED, Deployed, bearer, seen_within
from tests.people import Person

DEVELOPERS, PUBLISHERS, ADMINISTRATORS = "devportal/v3", "publisher/v1", "admin/v4"
DEVELOPER = "apim:subscribe apim:app_manage apim:sub_manage"


@dataclass(frozen=True, kw_only=True)
class DecidingMember:
    """Somebody with a token for the JSON APIs."""

    person: Person
    headers: dict[str, str]

    def call(self, method: str, api: str, path: str, body: Any = None) -> httpx.Response:
        """Call one of the JSON APIs."""
        url = f"{self.person.deployed.stack['base_url']}/api/am/{api}{path}"
        return self.person.http.request(method, url, json=body, headers=self.headers)

    def done(self, method: str, api: str, path: str, body: Any = None) -> Any:
        """Do the same, and return what it answers with if it succeeds."""
        answer = self.call(method, api, path, body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json() if answer.content else None


def member(deployed: Deployed, tables: Tables, http: httpx.Client, scope: str, *roles: str) -> DecidingMember:
    person = people.person(deployed, tables, http)
    if roles:
        DirectoryWriter(tables).save_user(replace(person.user, roles=frozenset(roles)))
    return DecidingMember(person=person, headers=bearer(person.obtain(scope)["access_token"]))


@pytest.fixture
def ada(deployed: Deployed, tables: Tables, http: httpx.Client) -> DecidingMember:
    return member(deployed, tables, http, f"{DEVELOPER} apim:admin apim:api_view", "admin")


@pytest.fixture
def pete(deployed: Deployed, tables: Tables, http: httpx.Client) -> DecidingMember:
    return member(deployed, tables, http, "apim:api_publish apim:api_view", "publisher")


@pytest.fixture
def dev(deployed: Deployed, tables: Tables, http: httpx.Client) -> DecidingMember:
    return member(deployed, tables, http, DEVELOPER)


def document(scope: str) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": "Decided", "version": "1"},
        "paths": {"/x": {"get": {"security": [{"gatehouse": [scope]}], "responses": {"200": {"description": "OK"}}}}},
        "components": {"securitySchemes": {"gatehouse": {"type": "http", "scheme": "bearer"}}},
    }


def test_s1_publishing_again_keeps_a_scope_binding_and_a_block(ada: DecidingMember, pete: DecidingMember) -> None:
    unique = secrets.token_hex(8)
    api, scope = f"/apis/decided-{unique}", f"manage-{unique}"
    body = {"document": document(scope), "apiId": f"decided-{unique}", "lifecycle": "PUBLISHED"}
    pete.done("POST", PUBLISHERS, "/apis", body)
    ada.done("PUT", ADMINISTRATORS, f"{api}/scopes/{scope}", {"roles": ["manager"]})
    ada.done("PUT", ADMINISTRATORS, f"{api}/restrictions", {"blocked": True})

    again = pete.done("PUT", PUBLISHERS, api, body)

    for shown in (again, pete.done("GET", PUBLISHERS, api)):
        assert shown["lifecycle"] == "BLOCKED"
        assert [(one["name"], one["restrictedTo"]) for one in shown["scopes"]] == [(scope, ["manager"])]
    ada.done("PUT", ADMINISTRATORS, f"{api}/restrictions", {"blocked": False})
    ada.done("DELETE", ADMINISTRATORS, f"{api}/scopes/{scope}")
    pete.done("DELETE", PUBLISHERS, api)


def application(developer: DecidingMember) -> str:
    body = {"name": f"Application {secrets.token_hex(8)}", "throttlingPolicy": "Unlimited"}
    return developer.done("POST", DEVELOPERS, "/applications", body)["applicationId"]


def subscribe(developer: DecidingMember, application_id: str) -> dict[str, Any]:
    body = {"applicationId": application_id, "apiId": "orders", "throttlingPolicy": "Unlimited"}
    return developer.done("POST", DEVELOPERS, "/subscriptions", body)


def test_s6_a_blocked_developer_does_not_unblock_themself_by_subscribing_again(
    ada: DecidingMember, dev: DecidingMember
) -> None:
    blocked = application(dev)
    first = subscribe(dev, blocked)
    ada.done("POST", PUBLISHERS, f"/subscriptions/{first['subscriptionId']}/block", {"state": "BLOCKED"})
    dev.done("DELETE", DEVELOPERS, f"/subscriptions/{first['subscriptionId']}")

    assert subscribe(dev, blocked)["status"] == "BLOCKED"
    second = subscribe(dev, application(dev))
    assert second["status"] == "ON_HOLD"


def test_s6_an_administrator_lifts_the_block_of_who_unsubscribed(ada: DecidingMember, dev: DecidingMember) -> None:
    blocked = application(dev)
    first = subscribe(dev, blocked)
    ada.done("POST", PUBLISHERS, f"/subscriptions/{first['subscriptionId']}/block", {"state": "BLOCKED"})
    dev.done("DELETE", DEVELOPERS, f"/subscriptions/{first['subscriptionId']}")

    ada.done("DELETE", ADMINISTRATORS, f"/apis/orders/subscription-blocks/{blocked}")

    assert subscribe(dev, blocked)["status"] == "UNBLOCKED"


def test_s5_an_administrator_acts_on_the_applications_of_a_disabled_member(
    ada: DecidingMember, dev: DecidingMember
) -> None:
    made, kept = dev.person.client.application_id, application(dev)
    token = dev.person.post("/token", {"grant_type": "client_credentials", "scope": "read"}).json()["access_token"]
    assert dev.person.call(token).status_code == 200

    disabled = ada.done("POST", ADMINISTRATORS, f"/members/{dev.person.user.username}/disable")
    listed = ada.done("GET", ADMINISTRATORS, f"/applications?owner={dev.person.user.username}")["list"]

    assert {one["applicationId"] for one in disabled["applications"]} == {made, kept}
    assert {one["applicationId"] for one in listed} == {made, kept}
    assert dev.call("GET", DEVELOPERS, "/applications").status_code == 401
    assert dev.person.call(token).status_code == 200
    ada.done("POST", ADMINISTRATORS, f"/applications/{made}/revoke")
    assert dev.person.is_refused_within(token, 5)
    answer = dev.person.post("/token", {"grant_type": "client_credentials"})
    assert answer.json()["error"] == "invalid_client"
    moved = ada.done("POST", ADMINISTRATORS, f"/applications/{kept}/change-owner", {"owner": ada.person.user.username})
    assert (moved["owner"], moved["pendingOwner"]) == (ada.person.user.username, "")
    for one in (made, kept):
        ada.done("DELETE", ADMINISTRATORS, f"/applications/{one}")
        assert ada.call("GET", ADMINISTRATORS, f"/applications/{one}").status_code == 404


def test_s4_a_user_who_is_edited_without_the_status_loses_every_token_and_the_status_is_repaired(
    tables: Tables, person: Person
) -> None:
    issued = person.obtain()
    tables.update(
        tables.directory,
        keys.user("johnsorg", person.user.username),
        UpdateExpression="SET #roles = :none",
        ExpressionAttributeNames={"#roles": "roles"},
        ExpressionAttributeValues={":none": {"L": []}},
    )

    assert person.is_refused_within(issued["access_token"], SECONDS_UNTIL_STREAMED)
    assert person.refresh(issued["refresh_token"]).json()["error"] == "invalid_grant"
    assert person.call(person.obtain()["access_token"]).status_code in {200, 403}


def test_s4_a_status_that_is_lost_is_made_again(tables: Tables, person: Person) -> None:
    issued = person.obtain()
    tables.delete(tables.directory, keys.status(person.user.status_id))

    assert person.is_refused_within(issued["access_token"], 5)
    assert seen_within(SECONDS_UNTIL_STREAMED, lambda: person.call(person.obtain()["access_token"]).status_code, 200)
