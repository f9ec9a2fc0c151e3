"""The password grant from outside: statements PWD-* (RFC 6749 section 4.3).

Guessing is in test_lock_out.py, impossible names in test_bad_input.py, organisations in test_isolation.py.
"""

from copy import replace

import httpx
import pytest

from gatehouse.domain.accounts import passwords
from gatehouse.domain.kernel import digests
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.deployed import Deployed
from tests.people import Person


@pytest.mark.parametrize("missing", ["username", "password"])
def test_pwd_01_username_and_password_are_required(citizen: Person, missing: str) -> None:
    form = {"grant_type": "password", "username": citizen.user.username, "password": people.PASSWORD}

    for value in ({}, {missing: ""}):
        sent = {name: form[name] for name in form if name != missing} | value
        answer = citizen.post("/token", sent)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_pwd_02_pwd_07_bcp_10_features_password_flow_supported(
    deployed: Deployed, tables: Tables, http: httpx.Client
) -> None:
    """Only for a client that opted in: OAuch counts having it at all against a server."""
    person = people.person(deployed, tables, http, grant_types=frozenset({"client_credentials", "refresh_token"}))

    answer = person.sign_in()

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("пароль 密碼 🎉 ünd mehr", id="not ASCII"),
        pytest.param("x" * 72 + " and what comes after 72 bytes", id="over 72 bytes"),
        pytest.param(" a password with blanks at its ends ", id="blanks"),
        pytest.param("a+b%20c&d=e;f#g", id="reserved characters"),
        pytest.param("p" * 256, id="256 characters"),
    ],
)
def test_pwd_05_a_password_is_taken_as_it_is(citizen: Person, tables: Tables, password: str) -> None:
    user = replace(
        citizen.user,
        user_id=f"{citizen.user.user_id}-{len(password)}",
        status_id=digests.generate_id(),
        username=f"{citizen.user.username}-{len(password)}",
        password_hash=passwords.hash_password(password),
    )
    DirectoryWriter(tables).add_user(user)
    other = replace(citizen, user=user)

    assert other.sign_in(password=password).status_code == 200
    assert other.sign_in(password=password[:-1]).status_code == 400


@pytest.mark.parametrize("grant_types", [{"password"}, {"password", "refresh_token"}], ids=["may not", "may"])
def test_pwd_08_a_refresh_token_comes_only_if_the_client_may_refresh(
    deployed: Deployed, tables: Tables, http: httpx.Client, grant_types: set[str]
) -> None:
    person = people.person(deployed, tables, http, grant_types=frozenset(grant_types))

    assert ("refresh_token" in person.obtain()) is ("refresh_token" in grant_types)
