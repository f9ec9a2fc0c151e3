"""Revocation from outside: statements REV-* (RFC 7009); REV-09 is in test_gate.py."""

from typing import Any

import httpx
import pytest

from gatehouse.domain.oauth import tokens
from gatehouse.storage.dynamodb.tables import Tables
from local.emulator import throttled_items
from tests.people import Person

SECONDS_UNTIL_SEEN = 5


def revoke(person: Person, token: str, **more: str) -> httpx.Response:
    return person.post("/revoke", {"token": token, **more})


def test_document_support_rfc7009_supported(citizen: Person) -> None:
    document = citizen.http.get(f"{citizen.deployed.stack['base_url']}/.well-known/oauth-authorization-server").json()

    assert document["revocation_endpoint"] == f"{citizen.deployed.stack['base_url']}/revoke"
    assert revoke(citizen, citizen.obtain()["access_token"]).status_code == 200


def test_rev_01_a_missing_token_is_an_invalid_request(citizen: Person) -> None:
    answer = citizen.post("/revoke", {"token_type_hint": "access_token"})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_rev_01_only_post_revokes(citizen: Person) -> None:
    issued = citizen.obtain()

    url = f"{citizen.deployed.stack['base_url']}/revoke"
    answer = citizen.http.get(url, params={"token": issued["access_token"]}, auth=citizen.credentials)

    assert answer.status_code in {400, 405}
    assert citizen.call(issued["access_token"]).status_code == 200


@pytest.mark.parametrize("secret", [pytest.param(None, id="none"), pytest.param("wrong", id="wrong")])
def test_rev_01_revocation_is_client_auth_required(citizen: Person, stranger: httpx.Client, secret: str | None) -> None:
    issued = citizen.obtain()
    auth: Any = None if secret is None else (citizen.client.client_id, secret)

    url = f"{citizen.deployed.stack['base_url']}/revoke"
    answer = stranger.post(url, data={"token": issued["access_token"]}, auth=auth)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert citizen.call(issued["access_token"]).status_code == 200


def test_rev_01_a_public_client_names_itself(public: Person) -> None:
    form = {"grant_type": "password", "username": public.user.username, "password": "a-test-person-types-this"}
    named = {"client_id": public.client.client_id}
    issued = public.post("/token", {**form, **named, "scope": "read"}, auth=None).json()

    answer = public.post("/revoke", {"token": issued["refresh_token"], **named}, auth=None)

    assert answer.status_code == 200
    assert public.call(issued["access_token"]).status_code == 401


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(tokens.render_access("a" * 22, "d" * 22, "b" * 43), id="unknown access token"),
        pytest.param(tokens.render_refresh("a" * 22, "d" * 22, "b" * 22, "c" * 43), id="unknown refresh token"),
        pytest.param("a.b.c", id="some JWT"),
        pytest.param("nonsense", id="nonsense"),
    ],
)
def test_rev_02_an_unknown_token_is_answered_with_200_and_nothing(citizen: Person, token: str) -> None:
    answer = revoke(citizen, token)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"


def test_rev_02_a_revoked_token_may_be_revoked_again(citizen: Person) -> None:
    token = citizen.obtain()["access_token"]

    assert [revoke(citizen, token).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_rev_03_revocation_is_bound_to_client(citizen: Person, rival: Person, kind: str) -> None:
    """Another client's token is refused with an error, and lives on."""
    issued = citizen.obtain()

    answer = revoke(rival, issued[kind])

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    assert citizen.call(issued["access_token"]).status_code == 200
    assert citizen.refresh(issued["refresh_token"]).status_code == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "banana"])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_rev_04_a_wrong_hint_does_not_stop_the_search(citizen: Person, kind: str, hint: str) -> None:
    issued = citizen.obtain()

    assert revoke(citizen, issued[kind], token_type_hint=hint).status_code == 200

    assert citizen.call(issued["access_token"]).status_code == 401


def test_rev_05_revocation_can_refresh_tokens_be_revoked(citizen: Person) -> None:
    token = citizen.obtain()["refresh_token"]

    revoke(citizen, token)

    answer = citizen.refresh(token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_rev_05_revocation_can_access_tokens_be_revoked(request: pytest.FixtureRequest, token_format: str) -> None:
    person: Person = request.getfixturevalue("jwt_citizen" if token_format == "jwt" else "citizen")
    token = person.obtain()["access_token"]

    revoke(person, token)

    assert person.call(token).status_code == 401


def test_rev_06_revocation_refresh_revokes_access(citizen: Person) -> None:
    issued = citizen.obtain()
    assert citizen.call(issued["access_token"]).status_code == 200

    revoke(citizen, issued["refresh_token"])

    assert citizen.is_refused_within(issued["access_token"], SECONDS_UNTIL_SEEN)


def test_rev_07_revocation_access_revokes_refresh(citizen: Person) -> None:
    issued = citizen.obtain()

    revoke(citizen, issued["access_token"])

    assert citizen.refresh(issued["refresh_token"]).json()["error"] == "invalid_grant"


def test_rev_08_a_revocation_that_cannot_be_stored_is_a_503_and_the_token_lives_on(
    person: Person, tables: Tables
) -> None:
    issued = person.obtain()
    access = tokens.parse_access(issued["access_token"])
    assert access is not None
    throttled = throttled_items.mark(f"GRANT#{access.grant_id}", "UpdateItem")

    tables.put(tables.grants, throttled)
    failed = revoke(person, issued["access_token"])

    assert (failed.status_code, failed.json()["error"]) == (503, "temporarily_unavailable")
    assert int(failed.headers["Retry-After"]) >= 1
    assert person.post("/introspect", {"token": issued["access_token"]}).json()["active"] is True
    assert person.call(issued["access_token"]).status_code == 200
    tables.delete(tables.grants, {"pk": throttled["pk"]})
    assert revoke(person, issued["access_token"]).status_code == 200
    assert person.post("/introspect", {"token": issued["access_token"]}).json() == {"active": False}
    assert person.refresh(issued["refresh_token"]).json()["error"] == "invalid_grant"
