"""Resource indicators from outside: statements RI-01 and RI-02 (RFC 8707)."""

import httpx
import pytest

from tests.people import Person


def own_api(person: Person) -> str:
    return f"{person.deployed.stack['base_url']}/api/am/devportal/v3"


def post(person: Person, *resources: str, **more: str) -> httpx.Response:
    return person.post("/token", {"grant_type": "client_credentials", "scope": "read", "resource": resources, **more})


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_ri_01_a_token_opens_the_named_resource_and_no_other(citizen: Person) -> None:
    orders = citizen.deployed.stack["orders_url"]

    named, both, other = (
        post(citizen, orders),
        post(citizen, f"{orders}/", own_api(citizen)),
        post(citizen, own_api(citizen)),
    )

    assert [citizen.call(one.json()["access_token"]).status_code for one in (named, both, other)] == [200, 200, 401]
    introspected = citizen.post("/introspect", {"token": named.json()["access_token"]}).json()
    assert (introspected["active"], introspected["aud"]) == (True, orders)


@pytest.mark.parametrize("resource", ["orders", "https://unknown.example/", "https://user@api.example/", "#x"])
def test_ri_01_a_resource_that_is_none_is_an_invalid_target(citizen: Person, resource: str) -> None:
    assert refusal(post(citizen, resource)) == (400, "invalid_target")
    fragment = f"{citizen.deployed.stack['orders_url']}#x"
    assert refusal(post(citizen, fragment)) == (400, "invalid_target")


def test_ri_02_a_refresh_names_a_part_of_the_granted_resources_only(person: Person) -> None:
    orders = person.deployed.stack["orders_url"]
    form = {"grant_type": "password", "username": person.user.username, "password": "a-test-person-types-this"}
    first = person.post("/token", {**form, "scope": "read", "resource": [orders, own_api(person)]}).json()
    bound = person.post("/token", {**form, "scope": "read", "resource": orders}).json()

    narrowed = person.refresh(first["refresh_token"], resource=own_api(person)).json()

    assert person.call(narrowed["access_token"]).status_code == 401
    assert refusal(person.refresh(bound["refresh_token"], resource=own_api(person))) == (400, "invalid_target")
    again = person.refresh(bound["refresh_token"], resource=orders).json()
    assert person.call(again["access_token"]).status_code == 200
