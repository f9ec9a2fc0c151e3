"""A member's own account by the deployed JSON API: sign-in methods, sign-ins, another address; who may change them."""

import secrets
from copy import replace

import httpx
import pytest

from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.second_factors import DynamoDBSecondFactors
from tests import people
from tests.browsers import link_in, read_mail
from tests.deployed import Deployed, bearer
from tests.people import Person

pytestmark = pytest.mark.more


@pytest.fixture
def person(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    return people.person(deployed, tables, http)


def equip(tables: Tables, person: Person) -> Passkey:
    """Give the person a passkey, and let the tokens of before live."""
    passkey = Passkey(
        credential_id=secrets.token_bytes(16), public_key=b"key", rp_id="localhost", name="Phone", since=1
    )
    before = SecondFactors(organisation="johnsorg", user_id=person.user.user_id)
    entry = Entry(organisation="johnsorg", at_ms=1, actor="test", action="factor.add", target=person.user.username)
    changed = (before, replace(before, passkeys=(passkey,)))
    users = (person.user, replace(person.user, factors=frozenset({"passkey"})))
    assert DynamoDBSecondFactors(tables).change_factors("johnsorg", users, changed, entry)
    return passkey


def test_a_token_of_a_password_alone_renames_a_passkey_and_removes_none(
    deployed: Deployed, tables: Tables, person: Person
) -> None:
    headers = bearer(person.obtain("apim:subscribe")["access_token"])
    passkey = equip(tables, person)
    me = f"{deployed.stack['base_url']}/api/am/devportal/v3/me"
    one = f"{me}/passkeys/{passkey.passkey_id}"

    renamed = person.http.put(one, json={"name": "My phone"}, headers=headers)
    removed = person.http.delete(one, headers=headers)
    shown = person.http.get(f"{me}/sign-in-methods", headers=headers).json()

    assert (renamed.status_code, renamed.json()["name"]) == (200, "My phone")
    assert removed.status_code == 401
    assert 'error="insufficient_user_authentication"' in removed.headers["www-authenticate"]
    assert [two["name"] for two in shown["passkeys"]] == ["My phone"]


def test_another_address_is_mailed_a_link(deployed: Deployed, person: Person) -> None:
    headers = bearer(person.obtain("apim:subscribe")["access_token"])
    me, address = f"{deployed.stack['base_url']}/api/am/devportal/v3/me", people.address("Vera")

    asked = person.http.post(f"{me}/email", json={"email": address}, headers=headers)

    assert asked.status_code == 200, asked.text
    assert "/t/johnsorg/account/email/confirm?link=" in link_in(read_mail(deployed, address))
    assert person.http.get(f"{me}/sign-ins", headers=headers).json()["count"] == 0
    assert person.http.get(f"{me}/remembered-browsers", headers=headers).json()["list"] == []
    assert person.http.get(f"{me}/identities", headers=headers).json()["list"] == []
