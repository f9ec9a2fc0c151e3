"""ID tokens and UserInfo from outside: OAuch's IdTokens cases (OpenID Connect Core sections 2, 3.1.3.6 and 5.3)."""

import base64
import hashlib
import time
from typing import Any

import httpx
import pytest

from gatehouse.domain.kernel import jose
from tests.deployed import Deployed, Document, bearer
from tests.vectors import forgeries
from tests.visitors import Visitor

NONCE = "n-0S6_WzA2Mj"


@pytest.fixture(scope="module")
def jwks(deployed: Deployed, http: httpx.Client) -> Any:
    return http.get(f"{deployed.stack['base_url']}/.well-known/jwks.json").json()


@pytest.fixture(scope="module")
def issued(visitor: Visitor) -> Document:
    """Tokens that the tests of this file share."""
    return visitor.obtain(scope="openid profile email read", nonce=NONCE)


@pytest.fixture(scope="module")
def claims(issued: Document) -> Document:
    return forgeries.claims(issued["id_token"])


def test_id_tokens_is_signed(issued: Document, jwks: Any) -> None:
    assert forgeries.header(issued["id_token"])["alg"] == "RS256"
    assert jose.verify(issued["id_token"], jwks) is not None
    assert jose.verify(forgeries.with_another_key(issued["id_token"]), jwks) is None


def test_id_tokens_key_references(issued: Document) -> None:
    """The header names a published key by its id, and carries none."""
    assert forgeries.header(issued["id_token"]).keys() == {"alg", "typ", "kid"}


def test_id_tokens_has_required_claims(claims: Document) -> None:
    now = int(time.time())

    assert {"iss", "sub", "aud", "exp", "iat"} <= claims.keys()
    assert now - 300 <= claims["iat"] <= now < claims["exp"] <= claims["iat"] + 3600
    assert claims["auth_time"] <= claims["iat"]


def test_id_tokens_has_correct_issuer(visitor: Visitor, claims: Document) -> None:
    assert claims["iss"] == visitor.base


def test_id_tokens_has_correct_audience(visitor: Visitor, claims: Document) -> None:
    assert claims["aud"] == visitor.person.client.client_id


def test_id_tokens_has_authorized_party(visitor: Visitor, claims: Document) -> None:
    assert claims["azp"] == visitor.person.client.client_id


@pytest.mark.parametrize(
    "statement", ["id_tokens_is_access_token_hash_present", "id_tokens_is_access_token_hash_correct"]
)
def test_the_access_token_is_bound_by_its_hash(issued: Document, claims: Document, statement: str) -> None:
    half = hashlib.sha256(issued["access_token"].encode()).digest()[:16]

    assert statement
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def test_id_tokens_nonce_present_in_token(visitor: Visitor, claims: Document) -> None:
    assert claims["nonce"] == NONCE
    assert "nonce" not in forgeries.claims(visitor.obtain(scope="openid")["id_token"])


def test_the_claims_are_those_of_the_scopes_and_userinfo_tells_the_same(
    visitor: Visitor, issued: Document, claims: Document
) -> None:
    user = visitor.person.user

    told = visitor.browser.get(f"{visitor.base}/userinfo", headers=bearer(issued["access_token"])).json()

    assert told == {
        "sub": user.user_id,
        "name": "Vera",
        "preferred_username": user.username,
        "organisation": "johnsorg",
        "email": user.email,
        "email_verified": True,
    }
    assert {name: claims[name] for name in told} == told


def test_oidc_12_2_a_refresh_tells_of_the_same_sign_in(visitor: Visitor, jwks: Any) -> None:
    issued = visitor.obtain(scope="openid", nonce=NONCE)
    first = forgeries.claims(issued["id_token"])

    again = visitor.person.refresh(issued["refresh_token"]).json()["id_token"]

    assert jose.verify(again, jwks) is not None
    kept = ("iss", "sub", "aud", "azp", "auth_time")
    assert [forgeries.claims(again)[name] for name in kept] == [first[name] for name in kept]
    assert "nonce" not in forgeries.claims(again)


def test_without_openid_there_is_no_id_token(visitor: Visitor) -> None:
    assert "id_token" not in visitor.obtain(scope="read profile")


def test_rs_06_userinfo_needs_openid(visitor: Visitor) -> None:
    token = visitor.obtain(scope="read")["access_token"]

    answer = visitor.browser.get(f"{visitor.base}/userinfo", headers=bearer(token))

    assert answer.status_code == 403
    assert 'error="insufficient_scope", scope="openid"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("path", ["/userinfo", "/t/johnsorg/userinfo"])
def test_rs_01_userinfo_by_get_and_by_post(visitor: Visitor, issued: Document, path: str) -> None:
    header = bearer(issued["access_token"])

    answers = [visitor.browser.request(method, f"{visitor.base}{path}", headers=header) for method in ("GET", "POST")]

    assert [one.status_code for one in answers] == [200, 200]


@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        pytest.param(None, None, id="rs_04 none"),
        pytest.param("Bearer gha_x.y", "invalid_token", id="rs_05 broken"),
        pytest.param("Bearer " + "a" * 9000, "invalid_token", id="rs_05 long"),
    ],
)
def test_rs_04_rs_05_userinfo_challenges(visitor: Visitor, authorization: str | None, error: str | None) -> None:
    """UserInfo is a resource of our own, so that its challenge can tell what API Gateway's cannot."""
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = visitor.browser.get(f"{visitor.base}/userinfo", headers=headers)

    challenge = answer.headers["www-authenticate"]
    assert answer.status_code == 401
    assert challenge.startswith("Bearer ")
    assert ("error=" in challenge) is (error is not None)
    assert error is None or f'error="{error}"' in challenge
