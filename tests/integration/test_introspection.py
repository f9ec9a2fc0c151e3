"""Introspection from outside: statements INT-* (RFC 7662); other organisations are in test_isolation.py."""

import time
from typing import Any

import httpx
import pytest

from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants
from tests import grants, people
from tests.deployed import Deployed, new_address
from tests.people import Person

INACTIVE = {"active": False}
SOURCE_FAILURES_MAX = 100


def introspect(person: Person, token: str, **more: str) -> Any:
    answer = person.post("/introspect", {"token": token, **more})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


@pytest.mark.parametrize("secret", [pytest.param(None, id="none"), pytest.param("wrong", id="wrong")])
def test_int_01_an_unauthenticated_caller_gets_401(citizen: Person, stranger: httpx.Client, secret: str | None) -> None:
    auth: Any = None if secret is None else (citizen.client.client_id, secret)
    url = f"{citizen.deployed.stack['base_url']}/introspect"

    answer = stranger.post(url, data={"token": citizen.obtain()["access_token"]}, auth=auth)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "active" not in answer.json()


def test_int_01_a_public_client_is_not_authenticated(public: Person, stranger: httpx.Client) -> None:
    url = f"{public.deployed.stack['base_url']}/introspect"

    answer = stranger.post(url, data={"token": "x", "client_id": public.client.client_id})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_int_01_only_post_introspects(citizen: Person) -> None:
    url, token = f"{citizen.deployed.stack['base_url']}/introspect", citizen.obtain()["access_token"]

    answer = citizen.http.get(url, params={"token": token}, auth=citizen.credentials)

    assert answer.status_code in {400, 405}
    assert "active" not in answer.json()


def test_int_02_active_is_a_boolean(citizen: Person) -> None:
    assert introspect(citizen, citizen.obtain()["access_token"])["active"] is True
    assert introspect(citizen, "nonsense")["active"] is False


def test_int_03_whatever_is_not_active_looks_the_same(citizen: Person, rival: Person, tables: Tables) -> None:
    revoked = citizen.obtain()["access_token"]
    citizen.post("/revoke", {"token": revoked})
    expired = grants.of(citizen, ended_at=int(time.time()) - 1)
    DynamoDBGrants(tables).add_grant(expired.grant)
    anothers = rival.obtain()["refresh_token"]

    answers = [introspect(citizen, one) for one in ("nonsense", revoked, expired.access_token, anothers, "é")]

    assert answers == [INACTIVE] * 5


@pytest.mark.parametrize("fixture", ["citizen", "jwt_citizen"])
def test_int_04_an_active_token_is_described(request: pytest.FixtureRequest, fixture: str) -> None:
    person: Person = request.getfixturevalue(fixture)
    before = int(time.time())

    described = introspect(person, person.obtain("read update")["access_token"])

    issuer, now = person.deployed.stack["base_url"], int(time.time())
    assert before <= described["iat"] <= now
    assert described["exp"] == described["iat"] + 3600
    assert described.pop("jti").endswith(f".0.{person.user.status_id}")
    assert before <= described["auth_time"] <= now
    assert {name: value for name, value in described.items() if name not in {"iat", "exp", "auth_time"}} == {
        "active": True,
        "scope": "read update",
        "client_id": person.client.client_id,
        "username": f"{person.user.username}@johnsorg",
        "token_type": "Bearer",
        "sub": person.user.user_id,
        "aud": issuer,
        "iss": issuer,
        "aut": "APPLICATION_USER",
        "amr": ["pwd"],
    }


def test_int_04_an_applications_own_token_says_so_in_wso2s_member(citizen: Person) -> None:
    token = citizen.post("/token", {"grant_type": "client_credentials"}).json()["access_token"]

    described = introspect(citizen, token)

    assert (described["aut"], described["sub"]) == ("APPLICATION", citizen.client.client_id)
    assert "username" not in described


@pytest.mark.parametrize(
    ("ended", "active"),
    [
        pytest.param((), (True, True), id="nothing"),
        pytest.param(("access_expires_at",), (False, True), id="the access token"),
        pytest.param(("refresh_expires_at",), (True, False), id="the refresh token"),
        pytest.param(("ends_at",), (False, False), id="the grant"),
    ],
)
def test_int_05_what_expired_and_is_still_stored_is_inactive(
    citizen: Person, tables: Tables, ended: tuple[str, ...], active: tuple[bool, bool]
) -> None:
    now = int(time.time())
    stored = grants.of(citizen, ended_at=now + 600, **dict.fromkeys(ended, now - 1))
    DynamoDBGrants(tables).add_grant(stored.grant)

    answers = [introspect(citizen, one) for one in (stored.access_token, stored.refresh_token)]

    assert tuple(one["active"] for one in answers) == active
    assert [one for one in answers if not one["active"]] == [INACTIVE] * active.count(False)


def test_int_06_who_scans_without_credentials_is_throttled(deployed: Deployed, tables: Tables) -> None:
    address = new_address()
    people.let_have_failed(tables, address, SOURCE_FAILURES_MAX)
    with people.stranger(deployed, address) as scanner:
        url = f"{deployed.stack['base_url']}/introspect"
        answer = scanner.post(url, data={"token": "guess"}, auth=("nobody", "x"))

    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "banana"])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_int_07_a_wrong_hint_still_finds_the_token(citizen: Person, kind: str, hint: str) -> None:
    assert introspect(citizen, citizen.obtain()[kind], token_type_hint=hint)["active"] is True
