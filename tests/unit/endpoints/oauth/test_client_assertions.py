"""Client authentication by private_key_jwt: CA-01 (RFC 7523 section 3) and OAuch's Jwt.* cases."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.domain.kernel import jose
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.factories import CLIENT_ID, NOW
from tests.unit.endpoints.conftest import TokenService
from tests.vectors import assertions as vectors
from tests.vectors.forgeries import CRITICAL_HEADERS, FOREIGN_HEADERS, FORGERIES, claims, with_header


def assertion(**overrides: Any) -> str:
    return vectors.sign(CLIENT_ID, "https://auth.example", NOW, **overrides)


@pytest.fixture
def client(service: TokenService, johnsorg: DirectoryWriter) -> TokenService:
    """The service, with a demo application that authenticates by its key alone."""
    johnsorg.save_client(
        factories.client(authentication_methods=frozenset({"private_key_jwt"}), secrets=(), jwks=vectors.JWKS)
    )
    return service


def post(service: TokenService, signed: str, path: str = "/token", **more: str) -> Answer:
    return service.post(vectors.form(signed, **more), path=path, authorization=None)


def test_ca_01_a_right_assertion_authenticates(client: TokenService) -> None:
    assert post(client, assertion()).status == 200


def test_ca_01_an_assertion_works_once(client: TokenService) -> None:
    signed = assertion()

    first, second = post(client, signed), post(client, signed)

    assert (first.status, second.status, second.json["error"]) == (200, 401, "invalid_client")


def test_ca_01_the_audience_is_the_issuer_whose_path_was_called(client: TokenService) -> None:
    tenant = "https://auth.example/t/johnsorg"

    assert post(client, assertion(aud=tenant), path="/t/johnsorg/token").status == 200
    assert post(client, assertion(aud=tenant)).status == 401


@pytest.mark.parametrize("skew", [pytest.param(-10, id="behind"), pytest.param(10, id="ahead")])
def test_clocks_may_be_ten_seconds_off(client: TokenService, skew: int) -> None:
    exp = NOW + 60 if skew > 0 else NOW - 9

    assert post(client, assertion(iat=NOW + skew, nbf=NOW + skew, exp=exp)).status == 200


@pytest.mark.parametrize("overrides", vectors.WRONG)
def test_ca_01_anything_wrong_with_it_is_invalid_client(client: TokenService, overrides: dict[str, Any]) -> None:
    answer = post(client, assertion(**overrides))

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("signed", ["", "a", "a.b.c", "e30.e30.", "..", "a" * 20_000])
def test_what_is_no_jwt_is_invalid_client(client: TokenService, signed: str) -> None:
    assert post(client, signed).json["error"] == "invalid_client"


@pytest.mark.parametrize("forge", FORGERIES)
def test_ca_01_a_forged_assertion_is_invalid_client(client: TokenService, forge: Callable[[str], str]) -> None:
    assert post(client, forge(assertion())).json["error"] == "invalid_client"


@pytest.mark.parametrize("header", FOREIGN_HEADERS)
def test_ca_01_what_its_header_says_besides_is_ignored(client: TokenService, header: dict[str, Any]) -> None:
    assert post(client, with_header(vectors.PRIVATE, claims(assertion()), **header)).status == 200


@pytest.mark.parametrize("header", CRITICAL_HEADERS)
def test_ca_01_what_its_header_calls_critical_must_be_known(client: TokenService, header: dict[str, Any]) -> None:
    signed = with_header(vectors.PRIVATE, claims(assertion()), **header)

    assert post(client, signed).json["error"] == "invalid_client"


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
@pytest.mark.parametrize("of_key", ["EdDSA", "Ed25519", None])
def test_ca_01_ed25519_has_two_names(
    service: TokenService, johnsorg: DirectoryWriter, alg: str, of_key: str | None
) -> None:
    """RFC 9864 section 2.2 replaces `EdDSA` by `Ed25519`; libraries write the one or the other."""
    key = jose.generate("EdDSA", "client-key")
    public = {name: value for name, value in {**jose.public(key), "alg": of_key}.items() if value is not None}
    assert jose.find_fault(public) == ""
    jwks = json.dumps({"keys": [public]})
    johnsorg.save_client(factories.client(authentication_methods=frozenset({"private_key_jwt"}), jwks=jwks))

    assert post(service, with_header(key, claims(assertion()), alg=alg)).status == 200


def test_client_a_s_assertion_with_client_id_b_is_refused(client: TokenService) -> None:
    assert post(client, assertion(), client_id="another").status == 401


def test_two_methods_at_once_are_an_invalid_request(client: TokenService) -> None:
    assert post(client, assertion(), client_secret="x").json["error"] == "invalid_request"


def test_a_client_of_secrets_cannot_use_an_assertion(service: TokenService) -> None:
    assert post(service, assertion()).json["error"] == "invalid_client"
