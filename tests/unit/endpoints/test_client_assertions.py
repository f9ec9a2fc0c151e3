"""Client authentication by private_key_jwt: CA-01 (RFC 7523 section 3) and OAuch's Jwt.* cases."""

import json
from typing import Any

import pytest

from gatehouse.domain import jose
from gatehouse.storage.registry import Registry
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.endpoints.conftest import Answer, TokenService

PRIVATE = jose.generate("ES256", "client-key")
STRANGER = jose.generate("ES256", "client-key")
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ABSENT = object()


def assertion(*, key: dict[str, Any] = PRIVATE, **overrides: Any) -> str:
    claims = {
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "aud": "https://auth.example",
        "exp": NOW + 60,
        "iat": NOW,
        "jti": "once",
    } | overrides
    return jose.sign(json.dumps(key), {k: v for k, v in claims.items() if v is not ABSENT}, typ="JWT")


@pytest.fixture
def client(service: TokenService, johnsorg: Registry) -> TokenService:
    """The service, with a demo application that authenticates by its key alone."""
    jwks = json.dumps({"keys": [jose.public(PRIVATE)]})
    johnsorg.save_client(factories.client(authentication_methods=frozenset({"private_key_jwt"}), secrets=(), jwks=jwks))
    return service


def post(service: TokenService, signed: str, path: str = "/token", **more: str) -> Answer:
    form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": signed, **more}
    return service.post(form, path=path, authorization=None)


def test_ca_01_a_right_assertion_authenticates(client: TokenService) -> None:
    assert post(client, assertion()).status == 200


def test_ca_01_an_assertion_works_once(client: TokenService) -> None:
    signed = assertion()

    first, second = post(client, signed), post(client, signed)

    assert (first.status, second.status, second.json["error"]) == (200, 401, "invalid_client")


def test_ca_01_the_audience_is_the_issuer_whose_path_was_called(client: TokenService) -> None:
    tenant = "https://auth.example/t/johnsorg"

    assert post(client, assertion(aud=tenant), path="/t/johnsorg/token").status == 200
    assert post(client, assertion(aud=tenant, jti="two")).status == 401


@pytest.mark.parametrize("skew", [pytest.param(-10, id="behind"), pytest.param(10, id="ahead")])
def test_clocks_may_be_ten_seconds_off(client: TokenService, skew: int) -> None:
    exp = NOW + 60 if skew > 0 else NOW - 9

    assert post(client, assertion(iat=NOW + skew, nbf=NOW + skew, exp=exp)).status == 200


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param({"iss": ABSENT}, id="no iss"),
        pytest.param({"iss": "someone"}, id="iss of another"),
        pytest.param({"aud": ABSENT}, id="no aud"),
        pytest.param({"aud": ["https://auth.example"]}, id="aud as array"),
        pytest.param({"aud": "https://auth.example/token"}, id="aud is the token endpoint"),
        pytest.param({"aud": "https://evil.example"}, id="foreign aud"),
        pytest.param({"exp": ABSENT}, id="no exp"),
        pytest.param({"exp": NOW - 10}, id="expired"),
        pytest.param({"exp": NOW + 86_400}, id="exp a day ahead"),
        pytest.param({"exp": "soon"}, id="exp as text"),
        pytest.param({"exp": True}, id="exp as boolean"),
        pytest.param({"iat": NOW + 60}, id="iat in the future"),
        pytest.param({"iat": NOW - 7200}, id="iat two hours ago"),
        pytest.param({"nbf": NOW + 60}, id="nbf in the future"),
        pytest.param({"jti": ABSENT}, id="no jti"),
        pytest.param({"jti": ""}, id="empty jti"),
        pytest.param({"jti": "x" * 256}, id="endless jti"),
        pytest.param({"jti": ["once"]}, id="jti as list"),
        pytest.param({"sub": ABSENT}, id="no sub"),
        pytest.param({"key": STRANGER}, id="signed by a stranger"),
        pytest.param({"noise": "x" * 9000}, id="huge"),
    ],
)
def test_ca_01_anything_wrong_with_it_is_invalid_client(client: TokenService, overrides: dict[str, Any]) -> None:
    answer = post(client, assertion(**overrides))

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("signed", ["", "a", "a.b.c", "e30.e30.", "..", "a" * 20_000])
def test_what_is_no_jwt_is_invalid_client(client: TokenService, signed: str) -> None:
    assert post(client, signed).json["error"] == "invalid_client"


def test_an_unsigned_assertion_is_refused(client: TokenService) -> None:
    head = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}

    assert post(client, f"{head}.{assertion().split('.')[1]}.").status == 401


def test_client_a_s_assertion_with_client_id_b_is_refused(client: TokenService) -> None:
    assert post(client, assertion(), client_id="another").status == 401


def test_two_methods_at_once_are_an_invalid_request(client: TokenService) -> None:
    assert post(client, assertion(), client_secret="x").json["error"] == "invalid_request"


def test_a_client_of_secrets_cannot_use_an_assertion(service: TokenService) -> None:
    assert post(service, assertion()).json["error"] == "invalid_client"
