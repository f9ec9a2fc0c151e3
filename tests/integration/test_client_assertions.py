"""Client authentication by `private_key_jwt` from outside: statement CA-01 (RFC 7523 section 3), OAuch's Jwt cases."""

import json
import time
from collections.abc import Callable, Iterator
from copy import replace
from typing import Any

import httpx
import pytest

from gatehouse.domain.kernel import jose
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.deployed import Deployed
from tests.people import Person
from tests.vectors import assertions, forgeries
from tests.vectors.forgeries import FORGERIES


@pytest.fixture(scope="module")
def keyed(deployed: Deployed, tables: Tables) -> Iterator[Person]:
    """Somebody whose application has a key instead of a secret, at an address of its own: many attempts fail."""
    methods = frozenset({"private_key_jwt"})
    with people.stranger(deployed) as client:
        yield people.person(deployed, tables, client, secrets=(), authentication_methods=methods, jwks=assertions.JWKS)


def sign(person: Person, skew: int = 0, **overrides: Any) -> str:
    issuer = person.deployed.stack["base_url"]
    return assertions.sign(person.client.client_id, issuer, int(time.time()) + skew, **overrides)


def send(person: Person, assertion: str, path: str = "/token", **more: str) -> httpx.Response:
    return person.post(path, assertions.form(assertion, **more), auth=None)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_ca_01_jwt_supports_jwt_client_authentication(keyed: Person) -> None:
    answer = send(keyed, sign(keyed), scope="read")

    assert answer.status_code == 200
    assert keyed.call(answer.json()["access_token"]).status_code == 200


def test_ca_01_it_authenticates_at_the_other_endpoints_too(keyed: Person) -> None:
    token = send(keyed, sign(keyed)).json()["access_token"]

    def post(path: str) -> httpx.Response:
        form = assertions.form(sign(keyed), token=token)
        return keyed.post(path, {name: form[name] for name in form.keys() - {"grant_type"}}, auth=None)

    assert post("/introspect").json()["active"] is True
    assert post("/revoke").status_code == 200
    assert post("/introspect").json() == {"active": False}


@pytest.mark.parametrize("skew", assertions.CLOCKS)
def test_ca_01_the_clients_clock_may_be_ten_seconds_off_either_way(keyed: Person, skew: int) -> None:
    now = int(time.time()) + skew

    assert send(keyed, sign(keyed, skew, nbf=now)).status_code == 200


def test_ca_01_jwt_is_jwt_replay_detected(keyed: Person) -> None:
    assertion = sign(keyed)

    first, second = send(keyed, assertion), send(keyed, assertion)

    assert first.status_code == 200
    assert refusal(second) == (401, "invalid_client")


def test_ca_01_the_audience_is_the_issuer_whose_path_was_called(keyed: Person) -> None:
    tenant = f"{keyed.deployed.stack['base_url']}/t/johnsorg"

    assert send(keyed, sign(keyed, aud=tenant), "/t/johnsorg/token").status_code == 200
    assert refusal(send(keyed, sign(keyed, aud=tenant))) == (401, "invalid_client")
    assert refusal(send(keyed, sign(keyed), "/t/johnsorg/token")) == (401, "invalid_client")


def test_ca_01_the_token_endpoint_is_no_audience(keyed: Person) -> None:
    assert refusal(send(keyed, sign(keyed, aud=keyed.deployed.stack["token_url"]))) == (401, "invalid_client")


@pytest.mark.parametrize("overrides", assertions.WRONG)
def test_ca_01_anything_wrong_with_it_is_an_invalid_client(keyed: Person, overrides: dict[str, Any]) -> None:
    assert refusal(send(keyed, sign(keyed, **overrides))) == (401, "invalid_client")


@pytest.mark.parametrize("forge", FORGERIES)
def test_ca_01_jwt_is_signature_required(keyed: Person, forge: Callable[[str], str]) -> None:
    assert refusal(send(keyed, forge(sign(keyed)))) == (401, "invalid_client")


def test_ca_01_a_secret_made_of_the_public_key_signs_nothing(keyed: Person) -> None:
    """Key confusion, RFC 8725 section 2.1."""
    public = json.dumps(jose.public(assertions.PRIVATE)).encode()

    assert refusal(send(keyed, forgeries.by_hmac(sign(keyed), public))) == (401, "invalid_client")


@pytest.mark.parametrize("assertion", ["a", "a.b.c", "e30.e30.", "..", "a" * 20_000, "📮.📮.📮"])
def test_ca_01_what_is_no_jwt_is_an_invalid_client(keyed: Person, assertion: str) -> None:
    assert refusal(send(keyed, assertion)) == (401, "invalid_client")


def test_ca_01_an_assertion_of_one_client_beside_the_id_of_another_is_refused(keyed: Person, rival: Person) -> None:
    assert refusal(send(keyed, sign(keyed), client_id=rival.client.client_id)) == (401, "invalid_client")


def test_ca_01_an_assertion_is_worth_nothing_for_a_client_of_secrets(keyed: Person, rival: Person) -> None:
    assert refusal(send(keyed, sign(replace(rival, http=keyed.http)))) == (401, "invalid_client")


def test_tok_11_basic_beside_an_assertion_is_an_invalid_request(keyed: Person) -> None:
    answer = keyed.post("/token", assertions.form(sign(keyed)), auth=(keyed.client.client_id, "x"))

    assert refusal(answer) == (400, "invalid_request")
