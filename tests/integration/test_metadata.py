"""Discovery from outside: statements MET-* and JWK-01 (RFC 8414, RFC 7517, OpenID Connect Discovery)."""

import base64
from typing import Any

import httpx
import pytest

from tests.deployed import Deployed, Document
from tests.vectors import forgeries
from tests.visitors import Visitor

AS = "/.well-known/oauth-authorization-server"
OIDC = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization", "token", "revocation", "introspection", "userinfo", "end_session")


@pytest.fixture(scope="module")
def document(deployed: Deployed, http: httpx.Client) -> Document:
    return http.get(f"{deployed.stack['base_url']}{AS}").json()


@pytest.fixture(scope="module")
def jwks(http: httpx.Client, document: Document) -> Any:
    return http.get(document["jwks_uri"]).json()


@pytest.mark.parametrize(
    ("path", "issuer"),
    [
        pytest.param(AS, "", id="RFC 8414"),
        pytest.param(OIDC, "", id="OpenID Connect"),
        pytest.param(f"{AS}/t/johnsorg", "/t/johnsorg", id="RFC 8414 inserts"),
        pytest.param(f"/t/johnsorg{OIDC}", "/t/johnsorg", id="OpenID Connect appends"),
    ],
)
def test_met_01_met_02_bcp_12_the_issuer_is_the_one_the_url_was_built_from(
    deployed: Deployed, http: httpx.Client, path: str, issuer: str
) -> None:
    base = deployed.stack["base_url"]

    answer = http.get(f"{base}{path}")

    assert (answer.status_code, answer.json()["issuer"]) == (200, f"{base}{issuer}")
    assert answer.json()["token_endpoint"] == f"{base}{issuer}/token"


@pytest.mark.parametrize("path", ["", "/t/johnsorg"])
def test_met_02_tokens_name_the_published_issuer(
    deployed: Deployed, http: httpx.Client, visitor: Visitor, path: str
) -> None:
    issuer = http.get(f"{deployed.stack['base_url']}{path}{OIDC}").json()["issuer"]

    form = {"grant_type": "password", "username": visitor.person.user.username, "password": "a-test-person-types-this"}
    issued = visitor.person.post(f"{path}/token", {**form, "scope": "openid"}).json()

    assert forgeries.claims(issued["id_token"])["iss"] == issuer
    assert visitor.answer(f"{path}/authorize")["iss"] == issuer


def test_met_03_nothing_is_empty_and_every_endpoint_is_there(document: Document) -> None:
    assert document["response_types_supported"] == ["code"]
    assert all(document[name] for name in document.keys() - {"request_uri_parameter_supported"})
    assert {f"{name}_endpoint" for name in ENDPOINTS} <= document.keys()


def test_met_03_auth_endpoint_has_fragment(document: Document) -> None:
    assert [url for name in ENDPOINTS if "#" in (url := document[f"{name}_endpoint"])] == []


@pytest.mark.parametrize("grant_type", ["authorization_code", "client_credentials", "password", "refresh_token"])
def test_met_04_a_listed_grant_type_is_known(visitor: Visitor, document: Document, grant_type: str) -> None:
    answer = visitor.person.post("/token", {"grant_type": grant_type})

    assert grant_type in document["grant_types_supported"]
    assert answer.json().get("error") != "unsupported_grant_type"


def test_met_04_what_is_not_listed_is_not_there(visitor: Visitor, document: Document) -> None:
    other = "urn:ietf:params:oauth:grant-type:token-exchange"

    assert other not in document["grant_types_supported"]
    assert visitor.person.post("/token", {"grant_type": other}).json()["error"] == "unsupported_grant_type"


def test_met_04_bcp_11_token_endpoint_is_asymmetric_client_authentication_used(document: Document) -> None:
    methods = {"client_secret_basic", "client_secret_post", "private_key_jwt"}

    assert set(document["token_endpoint_auth_methods_supported"]) == methods | {"none"}
    assert set(document["introspection_endpoint_auth_methods_supported"]) == methods


@pytest.mark.parametrize("endpoint", ["token", "revocation", "introspection"])
def test_met_05_algorithms_of_client_assertions_are_listed_and_none_is_not(document: Document, endpoint: str) -> None:
    algorithms = set(document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"])

    assert algorithms == {"ES256", "Ed25519", "EdDSA", "PS256", "RS256"}


def test_met_06_bcp_05_features_plain_pkce(document: Document) -> None:
    """Support of PKCE is visible, and `plain` is not offered."""
    assert document["code_challenge_methods_supported"] == ["S256"]


@pytest.mark.parametrize("path", [AS, OIDC, "/.well-known/jwks.json"])
def test_met_07_documents_are_json_cacheable_and_open_to_every_origin(
    deployed: Deployed, http: httpx.Client, path: str
) -> None:
    answer = http.get(f"{deployed.stack['base_url']}{path}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"


def test_jwk_01_id_tokens_signing_key_secure(jwks: Any) -> None:
    """Public parts only, ids of their own, RSA of 2048 bits and more."""
    published = jwks["keys"]

    assert len({key["kid"] for key in published}) == len(published) >= 2
    for key in published:
        assert key.keys() == {"kty", "kid", "alg", "use", "n", "e"}
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        assert len(base64.urlsafe_b64decode(key["n"] + "==")) >= 256
