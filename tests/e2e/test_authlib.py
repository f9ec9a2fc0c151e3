"""Authlib's clients, on httpx and on requests, as its documentation uses them."""

import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from authlib.integrations import httpx_client, requests_client

from tests.deployed import Deployed, authority_context
from tests.people import PASSWORD, Person

METHODS = ["client_secret_basic", "client_secret_post"]


@pytest.fixture(params=["httpx", "requests"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=METHODS)
def session(request: pytest.FixtureRequest, kind: str, person: Person, authority: str) -> Iterator[Any]:
    client_id, secret = person.credentials
    options: dict[str, Any] = {"token_endpoint_auth_method": request.param, "scope": "read update"}
    options |= {"token_endpoint": person.deployed.stack["token_url"]}
    if kind == "httpx":
        opened = cast(
            "Any",
            httpx_client.OAuth2Client(
                client_id, secret, verify=authority_context(authority), trust_env=False, timeout=40, **options
            ),
        )
    else:
        opened = cast("Any", requests_client.OAuth2Session(client_id, secret, **options))
        opened.verify, opened.trust_env = authority, False
    with opened:
        yield opened


def sign_in(session: Any, person: Person) -> Any:
    return session.fetch_token(
        person.deployed.stack["token_url"], username=person.user.username, password=PASSWORD, grant_type="password"
    )


@pytest.mark.client("pypi:authlib", "password grant")
def test_password_grant_and_the_api(deployed: Deployed, session: Any, person: Person) -> None:
    token = sign_in(session, person)

    answer = session.get(f"{deployed.stack['orders_url']}/orders")

    assert token["token_type"] == "Bearer"
    assert answer.json()["caller"]["scope"] == "read update"


@pytest.mark.client("pypi:authlib", "refresh by the client itself")
def test_an_expired_token_is_refreshed_by_the_client_itself(deployed: Deployed, session: Any, person: Person) -> None:
    first = sign_in(session, person)["access_token"]
    session.token["expires_at"] = int(time.time()) - 1

    answer = session.post(f"{deployed.stack['orders_url']}/orders", json={})

    assert answer.status_code == 201
    assert session.token["access_token"] != first


@pytest.mark.client("pypi:authlib", "client credentials")
def test_client_credentials(session: Any, person: Person) -> None:
    token = session.fetch_token(person.deployed.stack["token_url"], grant_type="client_credentials")

    assert "refresh_token" not in token
    assert set(token["scope"].split()) == {"read", "update"}


@pytest.mark.client("pypi:authlib", "introspection, revocation")
def test_introspection_and_revocation(deployed: Deployed, session: Any, person: Person) -> None:
    token = sign_in(session, person)
    base_url = deployed.stack["base_url"]

    before = session.introspect_token(f"{base_url}/introspect", token=token["access_token"])
    revoked = session.revoke_token(f"{base_url}/revoke", token=token["refresh_token"])
    after = session.introspect_token(f"{base_url}/introspect", token=token["access_token"])

    assert before.json()["active"] is True
    assert revoked.status_code == 200
    assert after.json() == {"active": False}
