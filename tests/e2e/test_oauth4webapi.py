"""oauth4webapi under Node.js: it checks each answer against the RFCs and takes no workaround."""

import json
import os
import subprocess
from collections.abc import Callable
from copy import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from gatehouse.domain.kernel import jose
from gatehouse.domain.oauth.grants import device_code
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from local.toolchain import ensure_npm
from tests import people
from tests.browsers import RelyingParty, sign_in
from tests.deployed import Deployed
from tests.people import PASSWORD, SECRET, Person

FOLDER = Path(__file__).parent / "oauth4webapi"

type Run = Callable[..., Any]


@pytest.fixture(scope="session")
def installed() -> Path:
    """The client's folder with what its lock file names."""
    ensure_npm(FOLDER)
    return FOLDER


@pytest.fixture
def run(installed: Path, deployed: Deployed, authority: str) -> Run:
    """Run one flow of the client in a process of its own; whatever it throws is shown."""

    def run(flow: str, person: Person, method: str = "basic", **more: Any) -> Any:
        asked = {
            "flow": flow,
            "method": method,
            "issuer": deployed.stack["base_url"],
            "orders_url": deployed.stack["orders_url"],
            "client_id": person.client.client_id,
            "client_secret": SECRET,
            "username": person.user.username,
            "password": PASSWORD,
            **more,
        }
        ended = subprocess.run(  # noqa: S603
            ["node", "client.mjs", json.dumps(asked)],  # noqa: S607
            cwd=installed,
            env=os.environ | {"NODE_EXTRA_CA_CERTS": authority},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return run


@pytest.mark.parametrize("path", [pytest.param("", id="deployment"), pytest.param("/t/johnsorg", id="organisation")])
def test_met_01_met_02_discovery_of_an_issuer(deployed: Deployed, run: Run, person: Person, path: str) -> None:
    issuer = deployed.stack["base_url"] + path

    found = run("discovery", person, issuer=issuer)

    assert found == {"issuer": issuer, "token_endpoint": f"{issuer}/token", "same": True}


@pytest.mark.client("npm:oauth4webapi", "client credentials")
@pytest.mark.parametrize("method", ["basic", "post"])
def test_client_credentials(run: Run, person: Person, method: str) -> None:
    token = run("clientCredentials", person, method)

    assert (token["token_type"], token["scope"], token["status"]) == ("bearer", "read", 200)
    assert "refresh_token" not in token


@pytest.mark.client("npm:oauth4webapi", "`private_key_jwt`", setting="a JWK Set (`jwks`)")
def test_ca_01_private_key_jwt(deployed: Deployed, tables: Tables, http: httpx.Client, run: Run) -> None:
    private = jose.generate("ES256", "the-clients-own-key")
    jwks = json.dumps({"keys": [jose.public(private)]})
    person = people.person(
        deployed, tables, http, jwks=jwks, secrets=(), authentication_methods=frozenset({"private_key_jwt"})
    )

    token = run("clientCredentials", person, "private_key_jwt", private_jwk=private)

    assert (token["scope"], token["status"]) == ("read", 200)


@pytest.mark.client("npm:oauth4webapi", "refresh")
@pytest.mark.parametrize("path", [pytest.param("", id="deployment"), pytest.param("/t/johnsorg", id="organisation")])
def test_refresh(deployed: Deployed, run: Run, person: Person, path: str) -> None:
    refreshed = run("refresh", person, issuer=deployed.stack["base_url"] + path)

    assert refreshed == {"differs": True, "scope": "read update", "status": 200}


@pytest.mark.client("npm:oauth4webapi", "introspection, revocation")
def test_int_04_rev_06_introspection_and_revocation(deployed: Deployed, run: Run, person: Person) -> None:
    seen = run("introspectionAndRevocation", person)

    assert seen["before"]["active"] is True
    assert seen["before"]["iss"] == deployed.stack["base_url"]
    assert seen["before"]["client_id"] == person.client.client_id
    assert seen["after"] == {"active": False}
    assert seen["gate"] == "OAUTH_WWW_AUTHENTICATE_CHALLENGE: bearer"


def test_challenges_and_errors_are_readable(run: Run, person: Person) -> None:
    assert run("refusals", person) == {
        "client": "OAUTH_WWW_AUTHENTICATE_CHALLENGE: basic",
        "user": "invalid_scope",
        "scope": "OAUTH_WWW_AUTHENTICATE_CHALLENGE: bearer insufficient_scope",
        "token": "OAUTH_WWW_AUTHENTICATE_CHALLENGE: bearer",
    }


@pytest.mark.client("npm:oauth4webapi", "resource server that checks JWT access tokens")
def test_jat_04_a_jwt_access_token_is_validated_by_a_resource_server(
    deployed: Deployed, tables: Tables, http: httpx.Client, run: Run
) -> None:
    person = people.person(deployed, tables, http, token_format="jwt")

    claims = run("jwtAccessToken", person)

    assert (claims["sub"], claims["client_id"]) == (person.user.user_id, person.client.client_id)
    assert (claims["iss"], claims["scope"]) == (deployed.stack["base_url"], "read")


@pytest.mark.client("npm:oauth4webapi", "device authorization", setting="the organisation allows it")
def test_device_authorization_in_a_browser(
    deployed: Deployed, tables: Tables, run: Run, page: Page, party: RelyingParty
) -> None:
    person = party.person
    DirectoryWriter(tables).save_client(
        replace(person.client, grant_types=person.client.grant_types | {device_code.GRANT_TYPE})
    )
    issuer = f"{deployed.stack['base_url']}/t/johnsorg"
    begun = run("deviceAuthorization", person, issuer=issuer)
    page.goto(begun["verification_uri_complete"])
    sign_in(page, person.user.username)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.get_by_role("heading", name="Device connected").wait_for()

    issued = run("deviceCode", person, issuer=issuer, device_code=begun["device_code"])

    assert (begun["pending"], begun["fast"]) == ("authorization_pending", "slow_down")
    assert (issued["scope"], issued["status"]) == ("offline_access openid read", 200)
    assert (issued["claims"]["sub"], issued["claims"]["iss"]) == (person.user.user_id, issuer)
    assert issued["again"] == "invalid_grant"


@pytest.mark.client("npm:oauth4webapi", "sign-in with code, PKCE and ID token, UserInfo")
@pytest.mark.parametrize("path", [pytest.param("", id="deployment"), pytest.param("/t/johnsorg", id="organisation")])
def test_authorization_code_pkce_and_openid_connect_in_a_browser(
    deployed: Deployed, run: Run, page: Page, party: RelyingParty, path: str
) -> None:
    issuer, user = deployed.stack["base_url"] + path, party.person.user
    begun = run("authorizationUrl", party.person, issuer=issuer, redirect_uri=party.redirect_uri)
    page.goto(begun["url"])
    sign_in(page, user.username)
    page.get_by_role("button", name="Allow", exact=True).click()
    party.wait(page)

    answer = run(
        "authorizationAnswer",
        party.person,
        issuer=issuer,
        redirect_uri=party.redirect_uri,
        begun=begun,
        answer=page.url,
    )

    assert answer["scope"] == "email openid profile read"
    assert answer["claims"]["sub"] == user.user_id
    assert answer["claims"]["iss"] == issuer
    assert answer["userinfo"]["preferred_username"] == user.username
    assert answer["userinfo"]["email_verified"] is True
