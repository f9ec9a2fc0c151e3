"""The gate from outside, on `orders` (RFC 6750). What API Gateway cannot tell apart is in docs/gate-answers.md."""

import http.client
import ssl
import time

import httpx
import pytest

from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants
from tests import grants, people
from tests.deployed import Deployed, bearer, obtain
from tests.people import Person

SECONDS_UNTIL_SEEN = 5
"""Gateway cache and process cache together, as documented."""


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Authorization: Bearer", id="as everybody writes it"),
        pytest.param("Authorization: bearer", id="scheme in lower case"),
        pytest.param("Authorization: BEARER", id="scheme in upper case"),
        pytest.param("authorization: Bearer", id="header in lower case"),
        pytest.param("AUTHORIZATION: Bearer", id="header in upper case"),
    ],
)
def test_rs_01_f_09_api_endpoint_supports_authorization_header_in_any_case(
    deployed: Deployed, person: Person, header: str
) -> None:
    name, _, scheme = header.partition(": ")

    status = raw_get(deployed, "/orders", [(name, f"{scheme} {person.obtain()['access_token']}")])

    assert status == 200


@pytest.mark.parametrize(
    "order", [pytest.param((0, 1), id="valid one first"), pytest.param((1, 0), id="valid one last")]
)
def test_rs_02_f_15_two_authorization_headers_are_refused(
    deployed: Deployed, person: Person, order: tuple[int, int]
) -> None:
    values = [f"Bearer {person.obtain()['access_token']}", "Bearer gha_another.one"]

    status = raw_get(deployed, "/orders", [("Authorization", values[one]) for one in order])

    assert status == 401


def test_f_15_a_header_that_claims_to_be_remapped_is_refused(deployed: Deployed, person: Person) -> None:
    token = person.obtain()["access_token"]

    status = raw_get(
        deployed, "/orders", [("Authorization", f"Bearer {token}"), ("x-amzn-remapped-authorization", "Bearer x")]
    )

    assert status == 401


def test_rs_03_api_endpoint_token_as_query_parameter_disabled(
    deployed: Deployed, http: httpx.Client, person: Person
) -> None:
    token = person.obtain()["access_token"]

    answer = http.get(f"{deployed.stack['orders_url']}/orders", params={"access_token": token})

    assert answer.status_code == 401


def test_rs_04_rs_08_f_01_a_missing_token_is_challenged_without_an_error_code(
    deployed: Deployed, http: httpx.Client
) -> None:
    answer = http.get(f"{deployed.stack['orders_url']}/orders")

    challenge = answer.headers["www-authenticate"]
    assert answer.status_code == 401
    assert challenge.startswith('Bearer realm="gatehouse"')
    assert f'resource_metadata="{deployed.stack["base_url"]}/.well-known/oauth-protected-resource' in challenge
    assert "error=" not in challenge
    assert not [name for name in answer.headers if name.startswith("x-amzn-remapped")]


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("Bearer gha_AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43, id="unknown"),
        pytest.param("Bearer gha_x.y", id="malformed"),
        pytest.param("Bearer", id="empty"),
        pytest.param("Bearer " + "a" * 9000, id="long"),
        pytest.param("Basic d1U2MkRqbHk6eA==", id="another scheme"),
        pytest.param("Bearer eyJhbGciOiJub25lIn0.eyJqdGkiOiJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBLjAifQ.AAAA", id="alg none"),
        pytest.param('Bearer "quoted"', id="quoted"),
    ],
)
def test_rs_05_rs_07_f_05_a_token_that_is_none_of_ours_is_401(
    deployed: Deployed, http: httpx.Client, authorization: str
) -> None:
    answer = http.get(f"{deployed.stack['orders_url']}/orders", headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert answer.json()["code"] == "900902"
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_rs_10_a_refresh_token_opens_nothing(person: Person) -> None:
    assert person.call(person.obtain()["refresh_token"]).status_code == 401


def test_rs_06_f_01_a_missing_scope_is_named(person: Person) -> None:
    answer = person.call(person.obtain("read")["access_token"], "POST")

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="update"' in answer.headers["www-authenticate"]
    assert f'resource_metadata="{person.deployed.stack["base_url"]}/.well-known/' in answer.headers["www-authenticate"]
    assert answer.json()["code"] == "900910"


@pytest.mark.parametrize(
    ("username", "status"),
    [pytest.param("john@gmail.com", 403, id="employee"), pytest.param("mary@gmail.com", 200, id="manager")],
)
def test_a_scope_that_is_bound_to_a_role_opens_for_that_role(
    deployed: Deployed, http: httpx.Client, username: str, status: int
) -> None:
    token = obtain(http, deployed, "read delete", username=username)

    answer = http.delete(f"{deployed.stack['orders_url']}/orders/7", headers=bearer(token["access_token"]))

    assert answer.status_code == status
    assert ("delete" in token["scope"].split()) is (status == 200)


def test_rs_09_tokens_token_timeout(person: Person, tables: Tables) -> None:
    """It says an hour at most, and ends then, though what it came from can still be refreshed."""
    assert person.obtain()["expires_in"] <= 3600
    now = int(time.time())
    hour_old = grants.of(person, ended_at=now + 3600, access_expires_at=now, issued_at_ms=(now - 3600) * 1000)
    DynamoDBGrants(tables).add_grant(hour_old.grant)

    assert person.call(hour_old.access_token).status_code == 401
    assert person.refresh(hour_old.refresh_token).status_code == 200


def test_f_02_a_cached_answer_neither_opens_nor_closes_another_route(person: Person) -> None:
    reader, writer = person.obtain("read")["access_token"], person.obtain("read update")["access_token"]

    as_reader = [person.call(reader, *route).status_code for route in ROUTES]
    as_writer = [person.call(writer, *route).status_code for route in ROUTES]

    assert as_reader == [200, 403, 200, 200, 403, 200, 403]
    assert as_writer == [200, 201, 200, 200, 403, 200, 201]


ROUTES = [
    ("GET", "/orders"),
    ("POST", "/orders"),
    ("GET", "/orders/1"),
    ("GET", "/orders/2"),
    ("DELETE", "/orders/1"),
    ("GET", "/orders"),
    ("POST", "/orders"),
]


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_f_07_rev_09_a_token_in_use_is_refused_within_seconds_of_its_revocation(person: Person, which: str) -> None:
    issued = person.obtain()
    for _ in range(3):
        assert person.call(issued["access_token"]).status_code == 200

    revoked = person.post("/revoke", {"token": issued[which]})

    assert revoked.status_code == 200
    assert person.is_refused_within(issued["access_token"], SECONDS_UNTIL_SEEN)
    assert person.refresh(issued["refresh_token"]).json()["error"] == "invalid_grant"


def test_f_07_a_revoked_token_that_was_not_used_yet_is_refused_at_once(person: Person) -> None:
    token = person.obtain()["access_token"]

    person.post("/revoke", {"token": token})

    assert person.call(token).status_code == 401


def test_f_10_an_expired_item_that_is_still_stored_is_dead(person: Person, tables: Tables) -> None:
    ended = grants.of(person, ended_at=int(time.time()) - 1)
    DynamoDBGrants(tables).add_grant(ended.grant)

    at_the_gate = person.call(ended.access_token)
    refreshed = person.refresh(ended.refresh_token)
    tokens = (ended.access_token, ended.refresh_token)
    described = [person.post("/introspect", {"token": token}).json() for token in tokens]

    assert at_the_gate.status_code == 401
    assert refreshed.json()["error"] == "invalid_grant"
    assert described == [{"active": False}] * 2


def test_f_10_the_same_item_lives_before_its_end(person: Person, tables: Tables) -> None:
    living = grants.of(person, ended_at=int(time.time()) + 600)
    DynamoDBGrants(tables).add_grant(living.grant)

    assert person.call(living.access_token).status_code == 200


def raw_get(deployed: Deployed, path: str, headers: list[tuple[str, str]]) -> int:
    """Send header names exactly as they are written."""
    context = ssl.create_default_context(cafile=str(deployed.directory / "state" / "tls" / "authority.pem"))
    url = httpx.URL(deployed.stack["orders_url"])
    connection = http.client.HTTPSConnection(url.host, url.port, context=context, timeout=40)
    connection.putrequest("GET", url.path + path)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_rs_03_features_token_as_query_parameter_and_api_endpoint_cache_control(citizen: Person) -> None:
    """Such tokens are not taken, and so there is no answer that a cache could keep."""
    url, token = f"{citizen.deployed.stack['orders_url']}/orders", citizen.obtain("read")["access_token"]

    answers = [
        citizen.http.get(url, params={"access_token": token}),
        citizen.http.post(url, data={"access_token": token}),
    ]

    assert [one.status_code for one in answers] == [401, 401]
    assert {one.headers["cache-control"] for one in answers} == {"no-store"}


@pytest.mark.parametrize("seconds_left", [pytest.param(-1, id="ended"), pytest.param(600, id="living")])
def test_rs_09_tokens_short_token_timeout_of_an_application_that_asked_for_it(
    deployed: Deployed, http: httpx.Client, tables: Tables, seconds_left: int
) -> None:
    person = people.person(deployed, tables, http, access_token_lifetime_seconds=600)
    now = int(time.time())
    stored = grants.of(person, ended_at=now + 3600, access_expires_at=now + seconds_left)
    DynamoDBGrants(tables).add_grant(stored.grant)

    assert person.obtain()["expires_in"] == 600
    assert person.call(stored.access_token).status_code == (200 if seconds_left > 0 else 401)


def test_rs_07_a_request_that_no_resource_fits_is_refused_in_words(citizen: Person) -> None:
    answer = citizen.call(citizen.obtain()["access_token"], path="/nowhere")

    assert (answer.status_code, answer.json()["code"]) == (404, "900906")


def test_bcp_09_a_token_of_an_application_without_a_subscription_is_refused_every_time(
    deployed: Deployed, http: httpx.Client, citizen: Person
) -> None:
    answers = [
        http.get(f"{deployed.stack['orders-http_url']}/orders", headers=bearer(citizen.obtain()["access_token"]))
        for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [403, 403]
