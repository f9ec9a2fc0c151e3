"""Two organisations beside each other: nothing of one opens, refreshes, ends or shows anything of the other."""

from typing import Any

import httpx
import pytest

from tests.deployed import Deployed, Document, bearer, obtain
from tests.people import Person


def ask(deployed: Deployed, http: httpx.Client, organisation: str, path: str = "/token", **form: str) -> httpx.Response:
    """Send a form as the first application of an organisation."""
    return http.post(f"{deployed.stack['base_url']}{path}", data=form, auth=deployed.credentials(organisation))


def sign_in(deployed: Deployed, http: httpx.Client, organisation: str, typed: str, password: str) -> httpx.Response:
    return ask(deployed, http, organisation, grant_type="password", username=typed, password=password, scope="read")


@pytest.fixture
def alice(deployed: Deployed, http: httpx.Client) -> Document:
    """Tokens of acme's user."""
    answer = sign_in(deployed, http, "acme", "alice", deployed.user("alice", "acme")["password"])
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("client", "typed"),
    [
        pytest.param("johnsorg", "alice@acme", id="acme's user through johnsorg's application"),
        pytest.param("johnsorg", "alice", id="without the organisation"),
        pytest.param("johnsorg", "alice@johnsorg", id="with the wrong organisation"),
    ],
)
def test_pwd_06_a_user_signs_in_through_the_own_organisation_only(
    deployed: Deployed, http: httpx.Client, client: str, typed: str
) -> None:
    answer = sign_in(deployed, http, client, typed, deployed.user("alice", "acme")["password"])

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "typed", ["john@gmail.com@johnsorg", "john@gmail.com@JohnsOrg", "JOHN@gmail.com", "john@gmail.com"]
)
def test_pwd_06_the_ways_to_write_a_username(deployed: Deployed, http: httpx.Client, typed: str) -> None:
    answer = sign_in(deployed, http, "johnsorg", typed, deployed.user("john@gmail.com")["password"])

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/t/johnsorg/token", 200, id="its own"),
        pytest.param("/t/JohnsOrg/token", 200, id="in any case"),
        pytest.param("/t/acme/token", 401, id="another's"),
        pytest.param("/t/nobody/token", 401, id="nobody's"),
    ],
)
def test_the_organisation_in_the_path_must_be_the_clients(
    deployed: Deployed, http: httpx.Client, path: str, status: int
) -> None:
    answer = ask(deployed, http, "johnsorg", path, grant_type="client_credentials")

    assert answer.status_code == status


def test_rs_10_bcp_09_a_token_of_another_organisation_opens_no_api_it_has_no_subscription_to(
    deployed: Deployed, http: httpx.Client, alice: Document
) -> None:
    answer = http.get(f"{deployed.stack['orders_url']}/orders", headers=bearer(alice["access_token"]))

    assert (answer.status_code, answer.json()["code"]) == (403, "900908")


def test_a_scope_of_another_organisations_api_is_not_granted(alice: Document) -> None:
    assert alice["scope"] == "default"


def test_ref_02_another_organisations_refresh_token_is_refused_and_not_consumed(
    deployed: Deployed, http: httpx.Client
) -> None:
    mine = obtain(http, deployed, "read")["refresh_token"]
    form: dict[str, Any] = {"grant_type": "refresh_token", "refresh_token": mine}

    theirs = ask(deployed, http, "acme", **form)

    assert (theirs.status_code, theirs.json()["error"]) == (400, "invalid_grant")
    assert ask(deployed, http, "johnsorg", **form).status_code == 200


def test_rev_03_another_organisation_cannot_revoke(deployed: Deployed, http: httpx.Client) -> None:
    mine = obtain(http, deployed, "read")["access_token"]

    theirs = ask(deployed, http, "acme", "/revoke", token=mine)

    assert (theirs.status_code, theirs.json()["error"]) == (400, "unauthorized_client")
    assert http.get(f"{deployed.stack['orders_url']}/orders", headers=bearer(mine)).status_code == 200


def test_int_03_another_organisations_token_looks_like_none(deployed: Deployed, http: httpx.Client) -> None:
    mine = obtain(http, deployed, "read")["access_token"]

    theirs, ours = (ask(deployed, http, key, "/introspect", token=mine).json() for key in ("acme", "johnsorg"))

    assert theirs == {"active": False}
    assert (ours["active"], ours["username"], ours["scope"]) == (True, "john@gmail.com@johnsorg", "read")


def test_ref_02_token_endpoint_is_refresh_bound_to_client_of_the_same_organisation_too(
    deployed: Deployed, http: httpx.Client, person: Person
) -> None:
    mine = person.obtain()["refresh_token"]

    theirs = ask(deployed, http, "johnsorg", grant_type="refresh_token", refresh_token=mine)

    assert theirs.json()["error"] == "invalid_grant"
    assert person.refresh(mine).status_code == 200
