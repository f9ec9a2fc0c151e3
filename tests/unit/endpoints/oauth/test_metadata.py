"""Metadata statements MET-* and JWK-* (RFC 8414, RFC 7517, OpenID Connect Discovery)."""

import pytest

from gatehouse.bootstrap import keys
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.answers import Answer
from tests.factories import NOW
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.conftest import TokenService

AS = "/.well-known/oauth-authorization-server"
OIDC = "/.well-known/openid-configuration"


def get(service: TokenService, path: str) -> Answer:
    return service.post(b"", path=path, method="GET", authorization=None)


@pytest.mark.parametrize(
    ("path", "issuer"),
    [
        pytest.param(AS, "https://auth.example", id="RFC 8414"),
        pytest.param(OIDC, "https://auth.example", id="OpenID Connect"),
        pytest.param(f"{AS}/t/johnsorg", "https://auth.example/t/johnsorg", id="RFC 8414 inserts"),
        pytest.param(f"{OIDC}/t/johnsorg", "https://auth.example/t/johnsorg", id="OpenID Connect inserted too"),
        pytest.param(f"/t/JohnsOrg{OIDC}", "https://auth.example/t/johnsorg", id="OpenID Connect appends"),
        pytest.param("/oauth2/token/.well-known/openid-configuration", "https://auth.example", id="WSO2"),
    ],
)
def test_met_01_02_the_issuer_is_the_one_the_url_was_built_from(service: TokenService, path: str, issuer: str) -> None:
    answer = get(service, path)

    assert (answer.status, answer.json["issuer"]) == (200, issuer)
    assert answer.json["token_endpoint"] == f"{issuer}/token"


def test_met_03_nothing_is_empty_and_response_types_are_there(service: TokenService) -> None:
    document = get(service, AS).json

    assert document["response_types_supported"] == ["code"]
    assert all(document[name] for name in document.keys() - {"request_uri_parameter_supported"})


def test_met_04_it_says_that_there_are_no_request_objects_by_reference(service: TokenService) -> None:
    """OpenID Connect Discovery 1.0 section 3: if the metadata do not say so, they offer them."""
    assert get(service, OIDC).json["request_uri_parameter_supported"] is False


def test_met_04_05_06_what_is_listed_is_true(service: TokenService) -> None:
    document = get(service, AS).json

    assert {"client_credentials", "password", "refresh_token"} <= set(document["grant_types_supported"])
    assert "client_secret_basic" in document["token_endpoint_auth_methods_supported"]
    assert "none" not in document["token_endpoint_auth_signing_alg_values_supported"]
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]
    assert document["code_challenge_methods_supported"] == ["S256"]


def test_it_says_which_authentication_classes_there_are(service: TokenService) -> None:
    document = get(service, OIDC).json

    assert document["acr_values_supported"] == ["phr", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"]
    assert {"acr", "amr", "auth_time"} <= set(document["claims_supported"])


def test_met_07_documents_are_cacheable(service: TokenService) -> None:
    headers = get(service, AS).headers

    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "public, max-age=300"


def test_jwk_01_the_key_set_has_public_parts_only(
    service: TokenService, tables: Tables, secrets: MemorySecrets
) -> None:
    keys.rotation(factories.settings(), tables, secrets).replace_all("rsa-keys-" + "0" * 32, NOW)

    published = get(service, "/.well-known/jwks.json").json["keys"]

    assert len({key["kid"] for key in published}) == len(published) == 2
    for key in published:
        assert key.keys() == {"kty", "kid", "alg", "use", "n", "e"}
        assert (key["alg"], key["use"]) == ("RS256", "sig")
        assert len(key["n"]) >= 342  # 2048 bits in base64url


def test_metadata_does_not_tell_which_organisations_exist(service: TokenService) -> None:
    assert get(service, f"{AS}/t/nobody-has-this").status == 200
