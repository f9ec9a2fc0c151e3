"""JWT access tokens from outside: statements JAT-* (RFC 9068), and forged JWTs wherever one is taken."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gatehouse.domain.kernel import jose
from tests.deployed import Deployed, Document, bearer
from tests.people import Person
from tests.vectors import forgeries
from tests.vectors.forgeries import FORGERIES
from tests.visitors import Visitor


@pytest.fixture(scope="module")
def jwks(deployed: Deployed, http: httpx.Client) -> Any:
    return http.get(f"{deployed.stack['base_url']}/.well-known/jwks.json").json()


@pytest.fixture(scope="module")
def issued(jwt_citizen: Person) -> Document:
    """Tokens that the tests of this file share; none of them revokes it."""
    return jwt_citizen.obtain("read")


def test_jat_01_the_header_names_type_and_algorithm(issued: Document) -> None:
    header = forgeries.header(issued["access_token"])

    assert header.keys() == {"alg", "typ", "kid"}
    assert (header["alg"], header["typ"]) == ("RS256", "at+jwt")


def test_jat_02_every_claim_is_there(jwt_citizen: Person, issued: Document, jwks: Any) -> None:
    claims = jose.verify(issued["access_token"], jwks, typ="at+jwt")

    assert claims is not None
    issuer = jwt_citizen.deployed.stack["base_url"]
    assert claims["exp"] == claims["iat"] + issued["expires_in"]
    assert claims["jti"].endswith(f".0.{jwt_citizen.user.status_id}")
    assert {name: claims[name] for name in claims.keys() - {"exp", "iat", "jti", "generation"}} == {
        "iss": issuer,
        "sub": jwt_citizen.user.user_id,
        "aud": issuer,
        "client_id": jwt_citizen.client.client_id,
        "scope": "read",
        "organisation": "johnsorg",
    }


def test_jat_03_the_subject_is_the_user_or_else_the_application(jwt_citizen: Person, issued: Document) -> None:
    own = jwt_citizen.post("/token", {"grant_type": "client_credentials"}).json()

    assert forgeries.claims(issued["access_token"])["sub"] == jwt_citizen.user.user_id
    assert forgeries.claims(own["access_token"])["sub"] == jwt_citizen.client.client_id


def test_jat_04_a_right_one_opens(jwt_citizen: Person, issued: Document) -> None:
    assert jwt_citizen.call(issued["access_token"]).status_code == 200


@pytest.mark.parametrize("forge", FORGERIES)
def test_jat_04_jwt_accepts_none_signature_nor_any_other_forgery(
    jwt_citizen: Person, issued: Document, forge: Callable[[str], str]
) -> None:
    forged = forge(issued["access_token"])

    at_the_gate = jwt_citizen.call(forged)

    assert at_the_gate.status_code == 401
    assert at_the_gate.headers["www-authenticate"].startswith("Bearer ")
    assert jwt_citizen.post("/introspect", {"token": forged}).json() == {"active": False}
    assert jwt_citizen.post("/revoke", {"token": forged}).status_code == 200
    assert jwt_citizen.call(issued["access_token"]).status_code == 200


@pytest.mark.parametrize("forge", FORGERIES)
def test_jat_04_a_forged_jwt_is_refused_at_userinfo(
    deployed: Deployed, jwt_citizen: Person, forge: Callable[[str], str]
) -> None:
    url = f"{deployed.stack['base_url']}/userinfo"
    token = jwt_citizen.obtain("openid")["access_token"]

    assert jwt_citizen.http.get(url, headers=bearer(token)).status_code == 200
    assert jwt_citizen.http.get(url, headers=bearer(forge(token))).status_code == 401


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_jat_04_rs_10_an_id_token_opens_nothing(
    request: pytest.FixtureRequest, visitor: Visitor, token_format: str
) -> None:
    person: Person = request.getfixturevalue("jwt_citizen") if token_format == "jwt" else visitor.person

    assert person.call(person.obtain("openid read")["id_token"]).status_code == 401


def test_jat_05_the_audience_is_the_issuer_whose_path_was_called(jwt_citizen: Person) -> None:
    form = {"grant_type": "client_credentials"}

    token = jwt_citizen.post("/t/johnsorg/token", form).json()["access_token"]

    assert forgeries.claims(token)["aud"] == f"{jwt_citizen.deployed.stack['base_url']}/t/johnsorg"
