"""A script written for WSO2's Developer Portal, with another base URL and credentials; bodies and fields are WSO2's."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import people
from tests.deployed import SECONDS_UNTIL_STREAMED, Deployed, bearer, seen_within
from tests.people import Person


@pytest.fixture
def portal(deployed: Deployed, person: Person) -> Iterator[httpx.Client]:
    """What the script has to be told: a base URL, and a token got with the password grant as WSO2's examples do."""
    token = person.obtain("apim:subscribe apim:app_manage apim:sub_manage apim:store_settings")["access_token"]
    with people.stranger(deployed) as client:
        client.base_url = httpx.URL(f"{deployed.stack['base_url']}/api/am/devportal/v3/")
        client.headers.update(bearer(token))
        yield client


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_the_script_runs_from_the_catalogue_to_a_called_api_and_cleans_up(
    portal: httpx.Client, deployed: Deployed, person: Person
) -> None:
    settings = ok(portal.get("settings"))
    (manager,) = ok(portal.get("key-managers"))["list"]
    assert {"client_credentials", "password"} <= set(settings["grantTypes"]) & set(manager["availableGrantTypes"])
    found = ok(portal.get("apis", params={"query": "name:orders", "limit": 10, "offset": 0}))
    api = next(one for one in found["list"] if one["name"] == "orders" and one["lifeCycleStatus"] == "PUBLISHED")
    tier = api["throttlingPolicies"][0]
    assert ok(portal.get(f"apis/{api['id']}/swagger"))["info"]["title"]
    assert "10PerMin" in [one["name"] for one in ok(portal.get("throttling-policies/application"))["list"]]

    wanted = {"name": "CalculatorApp", "throttlingPolicy": "Unlimited", "description": "Sums", "tokenType": "JWT"}
    application = ok(portal.post("applications", json={**wanted, "groups": [], "attributes": {}}), 201)
    one = f"applications/{application['applicationId']}"
    duplicate = portal.post("applications", json=wanted)
    assert (duplicate.status_code, duplicate.json()["code"]) == (409, 409)
    assert duplicate.json()["description"] == "An application already exists with name CalculatorApp"

    body: dict[str, Any] = {
        "keyType": "PRODUCTION",
        "keyManager": "Resident Key Manager",
        "grantTypesToBeSupported": ["password", "client_credentials"],
        "callbackUrl": "",
        "scopes": ["am_application_scope", "default"],
        "validityTime": "3600",
        "additionalProperties": {},
    }
    keys = ok(portal.post(f"{one}/generate-keys", json=body))
    assert (keys["keyState"], keys["mode"]) == ("COMPLETED", "CREATED")
    assert keys["token"]["accessToken"]
    again = portal.post(f"{one}/generate-keys", json=body)
    assert (again.status_code, again.json()["code"]) == (409, 901409)

    body = {"applicationId": application["applicationId"], "apiId": api["id"], "throttlingPolicy": tier}
    subscription = ok(portal.post("subscriptions", json=body), 201)
    assert subscription["status"] == "UNBLOCKED"
    listed = ok(portal.get("subscriptions", params={"applicationId": application["applicationId"]}))
    assert [one["subscriptionId"] for one in listed["list"]] == [subscription["subscriptionId"]]

    key = f"{one}/oauth-keys/{keys['keyMappingId']}"
    body = {"consumerSecret": keys["consumerSecret"], "validityPeriod": 3600, "scopes": ["read"]}
    token = ok(portal.post(f"{key}/generate-token", json=body))
    assert token["tokenScopes"] == ["read"]

    def call() -> int:
        url = f"{deployed.stack['orders_url']}/orders"
        return person.http.get(url, headers=bearer(token["accessToken"])).status_code

    assert seen_within(SECONDS_UNTIL_STREAMED, call, 200)

    secret = ok(portal.post(f"{key}/generate-secret", json={"additionalProperties": {"expiresIn": 86400}}), 201)
    secrets = ok(portal.get(f"{key}/secrets"))
    assert (secrets["count"], len({one["secretId"] for one in secrets["list"]} | {secret["secretId"]})) == (2, 2)
    first = next(one["secretId"] for one in secrets["list"] if one["secretId"] != secret["secretId"])
    ok(portal.post(f"{key}/revoke-secret", json={"secretId": first}), 204)

    shown = portal.get(one)
    ok(portal.get(one, headers={"If-None-Match": shown.headers["ETag"]}), 304)
    changed = ok(portal.put(one, json={**shown.json(), "description": "Sums and products"}))
    assert changed["description"] == "Sums and products"
    ok(portal.delete(one, headers={"If-Match": shown.headers["ETag"]}), 412)
    ok(portal.delete(f"subscriptions/{subscription['subscriptionId']}"))
    ok(portal.delete(one))
    assert portal.get(one).json()["code"] == 900307
