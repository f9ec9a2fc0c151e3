"""ID tokens: OAuch A5 and OpenID Connect Core sections 2 and 12.2."""

import base64
import hashlib
import json
from typing import Any

import pytest
from joserfc import jwk, jws

from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import issue

pytestmark = pytest.mark.usefixtures("rotation")


def claims_of(service: TokenService, token: str) -> dict[str, Any]:
    jwks: Any = service.post(b"", path="/.well-known/jwks.json", method="GET", authorization=None).json
    signed = jws.deserialize_compact(token, jwk.KeySet.import_key_set(jwks), algorithms=["RS256", "ES256"])
    header = signed.headers()
    assert header.keys() == {"alg", "typ", "kid"}
    return json.loads(signed.payload)


def test_a5_the_id_token_has_the_required_claims_and_is_signed(browser: Browser, service: TokenService) -> None:
    claims = claims_of(service, issue(browser, service)["id_token"])

    assert claims["iss"] == "https://auth.example"
    assert claims["sub"] == "user-john"
    assert (claims["aud"], claims["azp"]) == (CLIENT_ID, CLIENT_ID)
    assert (claims["iat"], claims["exp"], claims["auth_time"]) == (NOW, NOW + 3600, NOW)


def test_a5_the_nonce_comes_back(browser: Browser, service: TokenService) -> None:
    assert claims_of(service, issue(browser, service)["id_token"])["nonce"] == "n-0S6_WzA2Mj"
    assert "nonce" not in claims_of(service, issue(browser, service, nonce=None)["id_token"])


def test_a5_at_hash_binds_the_access_token(browser: Browser, service: TokenService) -> None:
    issued = issue(browser, service)

    half = hashlib.sha256(issued["access_token"].encode()).digest()[:16]
    assert claims_of(service, issued["id_token"])["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def test_auth_time_is_when_the_password_was_typed(browser: Browser, service: TokenService) -> None:
    issue(browser, service)
    browser.now_ms += 100_000
    service.now_ms += 100_000

    claims = claims_of(service, issue(browser, service)["id_token"])

    assert (claims["auth_time"], claims["iat"]) == (NOW, NOW + 100)


def test_without_openid_there_is_no_id_token(browser: Browser, service: TokenService) -> None:
    assert "id_token" not in issue(browser, service, scope="read profile")


def test_openid_alone_needs_no_subscription_and_leaves_no_default(browser: Browser, service: TokenService) -> None:
    assert issue(browser, service, scope="openid")["scope"] == "openid"


def test_an_application_gets_no_id_token_for_itself(service: TokenService) -> None:
    answer = service.client_credentials(scope="openid").json

    assert answer["scope"] == "default"
    assert "id_token" not in answer


def test_the_password_grant_gives_one_too(service: TokenService) -> None:
    assert claims_of(service, service.password(scope="openid").json["id_token"])["sub"] == "user-john"


def test_the_issuer_is_the_one_whose_path_was_called(service: TokenService) -> None:
    form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD, "scope": "openid"}
    issued = service.post(form, path="/t/johnsorg/token").json

    assert claims_of(service, issued["id_token"])["iss"] == "https://auth.example/t/johnsorg"


def test_oidc_12_2_a_refresh_gives_an_id_token_of_the_same_sign_in(browser: Browser, service: TokenService) -> None:
    issued = issue(browser, service)
    first = claims_of(service, issued["id_token"])
    service.now_ms += 100_000

    refreshed = service.refresh(issued["refresh_token"]).json
    claims = claims_of(service, refreshed["id_token"])

    kept = ("iss", "sub", "aud", "azp", "auth_time")
    assert {name: claims[name] for name in kept} == {name: first[name] for name in kept}
    assert (claims["iat"], claims["exp"]) == (NOW + 100, NOW + 3700)
    assert "nonce" not in claims
    half = hashlib.sha256(refreshed["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def test_oidc_12_2_the_issuer_stays_whichever_path_refreshes(service: TokenService) -> None:
    issued = service.password(scope="openid").json
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}

    refreshed = service.post(form, path="/t/johnsorg/token").json

    assert claims_of(service, refreshed["id_token"])["iss"] == "https://auth.example"


def test_oidc_12_2_a_retry_within_the_window_gets_one_too(browser: Browser, service: TokenService) -> None:
    issued = issue(browser, service)

    answers = [service.refresh(issued["refresh_token"]).json for _ in range(2)]

    assert {claims_of(service, one["id_token"])["auth_time"] for one in answers} == {NOW}
    assert answers[0]["access_token"] == answers[1]["access_token"]


def test_oidc_12_2_a_refresh_narrowed_below_openid_gives_none(browser: Browser, service: TokenService) -> None:
    issued = issue(browser, service)

    assert "id_token" not in service.refresh(issued["refresh_token"], scope="read").json
