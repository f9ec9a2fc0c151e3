"""Client authentication at the token endpoint: statements TOK-07 to -16 (RFC 6749 section 2.3)."""

import base64
from typing import Any

import pytest

from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Secret
from gatehouse.domain.oauth.grants import GRANTS
from gatehouse.endpoints import forms
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.factories import CLIENT_ID, SECRET
from tests.unit.endpoints.conftest import TokenService, basic

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_tok_07_a_client_authenticates_by_basic(service: TokenService, scheme: str) -> None:
    authorization = scheme + basic().removeprefix("Basic")

    assert service.post(CLIENT_CREDENTIALS, authorization=authorization).status == 200


@pytest.mark.parametrize(
    ("client_id", "secret", "written"),
    [
        pytest.param("a:b", "c:d", b"a%3Ab:c%3Ad", id="colons"),
        pytest.param("id", "50%", b"id:50%25", id="percent"),
        pytest.param("id", "a+b/c d", b"id:a%2Bb%2Fc+d", id="plus, slash and space"),
        pytest.param("clé", "geheim€", b"cl%C3%A9:geheim%E2%82%AC", id="non-ASCII"),
        pytest.param("clé", "geheim€", "clé:geheim€".encode(), id="non-ASCII, not encoded"),
        pytest.param("id", "c:d", b"id:c:d", id="a bare colon in the secret"),
    ],
)
def test_tok_08_both_halves_of_basic_are_form_decoded(
    service: TokenService, johnsorg: DirectoryWriter, client_id: str, secret: str, written: bytes
) -> None:
    secrets = (Secret(digest=clients.secret_digest(secret)),)
    johnsorg.save_client(factories.client(client_id=client_id, secrets=secrets))

    authorization = "Basic " + base64.b64encode(written).decode()

    assert service.post(CLIENT_CREDENTIALS, authorization=authorization).status == 200


def test_tok_09_a_client_authenticates_in_the_body(service: TokenService) -> None:
    answer = service.post({**CLIENT_CREDENTIALS, "client_id": CLIENT_ID, "client_secret": SECRET}, authorization=None)

    assert answer.status == 200


@pytest.mark.parametrize(
    ("allowed", "authorization", "form"),
    [
        pytest.param("client_secret_post", basic(), {}, id="Basic"),
        pytest.param("client_secret_basic", None, {"client_id": CLIENT_ID, "client_secret": SECRET}, id="in the body"),
    ],
)
def test_tok_09_a_method_that_the_client_did_not_register_is_refused(
    service: TokenService, johnsorg: DirectoryWriter, allowed: str, authorization: str | None, form: dict[str, str]
) -> None:
    johnsorg.save_client(factories.client(authentication_methods=frozenset({allowed})))

    answer = service.post({**CLIENT_CREDENTIALS, **form}, authorization=authorization)

    assert answer.refusal == (401, "invalid_client")


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(f"client_id={CLIENT_ID}&client_secret={SECRET}", id="both"),
        pytest.param(f"client_id={CLIENT_ID}&CLIENT_SECRET={SECRET}", id="in another case"),
        pytest.param(f"client_id={CLIENT_ID}&client%5Fsecret={SECRET}", id="encoded"),
    ],
)
def test_tok_10_credentials_in_the_url_never_authenticate(service: TokenService, query: str) -> None:
    answer = service.post(CLIENT_CREDENTIALS, query=query, authorization=None)

    assert answer.refusal in {(400, "invalid_request"), (401, "invalid_client")}


def test_tok_10_a_secret_in_the_url_is_refused_beside_good_credentials(service: TokenService) -> None:
    assert service.post(CLIENT_CREDENTIALS, query="password=x").refusal == (400, "invalid_request")


def test_tok_10_every_parameter_of_a_grant_is_a_credential_or_known_to_be_none() -> None:
    harmless = {"code_verifier", "redirect_uri", "resource", "scope", "username", "validity_period"}

    assert {name for one in GRANTS.values() for name in one.parameters} - forms.SECRETS == harmless


@pytest.mark.parametrize("second", ["client_secret", "client_assertion"])
def test_tok_11_two_methods_in_one_request_are_refused(service: TokenService, second: str) -> None:
    answer = service.post({**CLIENT_CREDENTIALS, "client_id": CLIENT_ID, second: SECRET})

    assert answer.refusal == (400, "invalid_request")


def test_tok_12_basic_for_one_client_and_the_id_of_another_is_refused(service: TokenService) -> None:
    assert service.client_credentials(client_id=CLIENT_ID).status == 200
    assert service.client_credentials(client_id="other").refusal == (400, "invalid_request")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"client_id": CLIENT_ID}, id="only an id"),
        pytest.param({"client_id": CLIENT_ID, "client_secret": ""}, id="an empty secret"),
        pytest.param({"client_secret": SECRET}, id="only a secret"),
    ],
)
def test_tok_13_a_confidential_client_must_authenticate(service: TokenService, form: dict[str, str]) -> None:
    answer = service.post({**CLIENT_CREDENTIALS, **form}, authorization=None)

    assert answer.refusal == (401, "invalid_client")


def test_tok_13_a_public_client_sends_its_id_and_no_secret(service: TokenService, johnsorg: DirectoryWriter) -> None:
    public = factories.client(client_id="public", authentication_methods=frozenset({"none"}), secrets=())
    johnsorg.save_client(public)
    form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}

    assert service.post({**form, "client_id": "public"}, authorization=None).status == 200
    with_secret = service.post({**form, "client_id": "public", "client_secret": "x"}, authorization=None)
    assert with_secret.refusal == (401, "invalid_client")


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(basic(secret="wrong"), id="wrong secret"),
        pytest.param(basic(secret=SECRET.upper()), id="secret in another case"),
        pytest.param(basic(client_id="nobody"), id="unknown client"),
        pytest.param(basic(client_id=""), id="no client"),
        pytest.param(basic(client_id="x" * 5000), id="5,000 characters"),
        pytest.param(basic(client_id="#" * 129), id="over 128 characters that grow when escaped"),
        pytest.param(basic(client_id="😀" * 128), id="128 emoji"),
        pytest.param(basic(client_id="a\0b"), id="NUL"),
        pytest.param("Basic", id="nothing behind the scheme"),
        pytest.param("Basic !!!", id="not base64"),
        pytest.param("Basic " + base64.b64encode(b"\xff:\xff").decode(), id="not UTF-8"),
        pytest.param("Basic " + base64.b64encode(b"a%FF:b").decode(), id="not UTF-8 below"),
        pytest.param("Basic " + base64.b64encode(CLIENT_ID.encode()).decode(), id="no colon"),
        pytest.param("Bearer gha_x", id="another scheme"),
        pytest.param("", id="empty header"),
    ],
)
def test_tok_14_bad_credentials_are_401_with_a_basic_challenge(service: TokenService, authorization: str) -> None:
    answer = service.post(CLIENT_CREDENTIALS, authorization=authorization)

    assert answer.refusal == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="gatehouse", charset="UTF-8"'


def test_tok_14_bad_credentials_in_the_body_are_401(service: TokenService) -> None:
    form = {**CLIENT_CREDENTIALS, "client_id": CLIENT_ID, "client_secret": "wrong"}

    assert service.post(form, authorization=None).refusal == (401, "invalid_client")


def test_tok_15_guessing_secrets_is_slowed_and_the_right_one_still_works(service: TokenService) -> None:
    for _ in range(100):
        assert service.post(CLIENT_CREDENTIALS, authorization=basic(secret="wrong")).status == 401

    throttled = service.post(CLIENT_CREDENTIALS, authorization=basic(secret="wrong"))

    assert throttled.refusal == (429, "temporarily_unavailable")
    assert 0 < int(throttled.headers["Retry-After"]) <= 300
    assert service.client_credentials().status == 200
    service.source = "192.0.2.2"
    assert service.post(CLIENT_CREDENTIALS, authorization=basic(secret="wrong")).status == 401


def test_tok_16_unknown_client_and_wrong_secret_look_alike_and_cost_the_same(
    service: TokenService, transport: Any
) -> None:
    seen: list[Any] = []
    for client_id in (CLIENT_ID, "nobody"):
        transport.operations.clear()
        answer = service.post(CLIENT_CREDENTIALS, authorization=basic(client_id, "wrong"))
        seen.append((answer, list(transport.operations)))

    assert seen[0] == seen[1]
