"""requests-oauthlib, as its documentation uses it."""

from typing import Any, cast

import pytest
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.deployed import Deployed
from tests.people import PASSWORD, SECRET, Person


@pytest.fixture
def session(person: Person, authority: str) -> Any:
    """A session of an application that asks for its user's password."""
    client: Any = LegacyApplicationClient(client_id=person.client.client_id, scope=["read", "update"])
    opened = cast("Any", OAuth2Session(client=client))
    opened.verify, opened.trust_env = authority, False
    yield opened
    opened.close()


def sign_in(session: Any, person: Person, password: str = PASSWORD, secret: str = SECRET) -> Any:
    return session.fetch_token(
        person.deployed.stack["token_url"],
        username=person.user.username,
        password=password,
        auth=HTTPBasicAuth(person.client.client_id, secret),
        verify=session.verify,
    )


@pytest.mark.client("pypi:requests-oauthlib", "password grant")
def test_legacy_application_client_gets_a_token_and_calls_the_api(
    deployed: Deployed, session: Any, person: Person
) -> None:
    token = sign_in(session, person)

    answer = session.get(f"{deployed.stack['orders_url']}/orders")

    assert sorted(token["scope"]) == ["read", "update"]
    assert answer.json()["caller"]["username"] == person.user.username


@pytest.mark.client("pypi:requests-oauthlib", "refresh")
def test_legacy_application_client_refreshes(deployed: Deployed, session: Any, person: Person) -> None:
    first = sign_in(session, person)["access_token"]

    second = session.refresh_token(
        deployed.stack["token_url"],
        auth=HTTPBasicAuth(*person.credentials),
        verify=session.verify,
    )

    assert second["access_token"] != first
    assert session.post(f"{deployed.stack['orders_url']}/orders", json={}).status_code == 201


def test_refusals_arrive_as_the_clients_own_exceptions(session: Any, person: Person) -> None:
    with pytest.raises(InvalidGrantError):
        sign_in(session, person, password="wrong")
    with pytest.raises(InvalidClientError):
        sign_in(session, person, secret="wrong")


@pytest.mark.client("pypi:requests-oauthlib", "client credentials")
def test_backend_application_client(deployed: Deployed, person: Person, authority: str) -> None:
    client: Any = BackendApplicationClient(client_id=person.client.client_id, scope=["read"])
    with cast("Any", OAuth2Session(client=client)) as session:
        session.verify, session.trust_env = authority, False

        token = session.fetch_token(
            deployed.stack["token_url"], auth=HTTPBasicAuth(*person.credentials), verify=authority
        )
        answer = session.get(f"{deployed.stack['orders_url']}/orders")

    assert "refresh_token" not in token
    assert answer.json()["caller"]["client_id"] == person.client.client_id


def test_the_secret_in_the_body_works_too(deployed: Deployed, person: Person, authority: str) -> None:
    client: Any = BackendApplicationClient(client_id=person.client.client_id)
    with cast("Any", OAuth2Session(client=client)) as session:
        session.trust_env = False

        token = session.fetch_token(
            deployed.stack["token_url"], client_secret=SECRET, include_client_id=True, verify=authority
        )

    assert token["token_type"] == "Bearer"
