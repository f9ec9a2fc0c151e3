"""ID tokens, UserInfo and sign-out: OAuch A5, OpenID Connect Core and RP-Initiated Logout."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwk, jws

from gatehouse.domain.key_rotation import KeyRotation
from gatehouse.storage.registry import Registry
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.endpoints.conftest import Answer, TokenService
from tests.unit.endpoints.signin.conftest import Browser, web_client
from tests.unit.endpoints.signin.test_codes import redeem

pytestmark = pytest.mark.usefixtures("rotation")


def issue(browser: Browser, service: TokenService, **overrides: str | None) -> dict[str, Any]:
    overrides = {"scope": "openid profile email read", "nonce": "n-0S6_WzA2Mj", **overrides}
    return redeem(service, browser.obtain_code(**overrides)["code"]).json


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


def test_oidc_3_1_2_1_a_hint_of_the_user_who_signed_in_is_answered(browser: Browser, service: TokenService) -> None:
    hint = issue(browser, service)["id_token"]

    assert "code" in browser.authorize(id_token_hint=hint, prompt="none").answer
    assert "code" in browser.authorize(id_token_hint=hint).answer


def test_oidc_3_1_2_1_an_old_hint_is_taken(browser: Browser, service: TokenService) -> None:
    hint = issue(browser, service)["id_token"]
    browser.now_ms += 2 * 3600 * 1000

    assert "code" in browser.authorize(id_token_hint=hint, prompt="none").answer


def test_oidc_3_1_2_1_a_hint_of_another_user_is_login_required_in_silence(
    browser: Browser, service: TokenService, web: Registry
) -> None:
    hint = issue(browser, service)["id_token"]
    web.add_user(factories.user(user_id="user-mary", username="mary@gmail.com"))
    browser.jar.clear()
    browser.sign_in(browser.authorize(), "mary@gmail.com")

    assert browser.authorize(id_token_hint=hint, prompt="none").answer["error"] == "login_required"


def test_oidc_3_1_2_1_a_hint_of_another_user_asks_for_that_user_and_takes_nobody_else(
    browser: Browser, service: TokenService, web: Registry
) -> None:
    hint = issue(browser, service)["id_token"]
    web.add_user(factories.user(user_id="user-mary", username="mary@gmail.com"))
    browser.jar.clear()
    browser.sign_in(browser.authorize(), "mary@gmail.com")

    asked = browser.authorize(id_token_hint=hint)
    assert "/signin?" in asked.location
    again = browser.get(browser.sign_in(asked, "mary@gmail.com").location)
    assert again.answer["error"] == "login_required"
    browser.now_ms += 400_000
    as_john = browser.get(browser.sign_in(browser.authorize(id_token_hint=hint), "john@gmail.com").location)
    assert "code" in as_john.answer


def test_oidc_3_1_2_1_a_hint_without_a_session_asks(browser: Browser, service: TokenService) -> None:
    hint = issue(browser, service)["id_token"]
    browser.jar.clear()

    assert browser.authorize(id_token_hint=hint, prompt="none").answer["error"] == "login_required"
    assert "/signin?" in browser.authorize(id_token_hint=hint).location


@pytest.mark.parametrize(
    "mangle",
    [
        pytest.param(lambda _: "nonsense", id="no JWT"),
        pytest.param(lambda hint: hint[:-8] + "AAAAAAAA", id="a wrong signature"),
        pytest.param(lambda hint: f"{str(hint).rpartition('.')[0]}.", id="no signature"),
        pytest.param(lambda _: "x" * 5000, id="5,000 characters"),
    ],
)
def test_oidc_3_1_2_1_what_is_no_id_token_of_ours_is_an_invalid_request(
    browser: Browser, service: TokenService, mangle: Callable[[str], str]
) -> None:
    hint = mangle(issue(browser, service)["id_token"])

    assert browser.authorize(id_token_hint=hint, prompt="none").answer["error"] == "invalid_request"
    assert browser.authorize(id_token_hint=hint).answer["error"] == "invalid_request"


def test_oidc_3_1_2_1_another_clients_id_token_is_no_hint(
    browser: Browser, service: TokenService, web: Registry
) -> None:
    hint = issue(browser, service)["id_token"]
    web.save_client(replace(web_client(), client_id="another"))

    answer = browser.authorize(client_id="another", id_token_hint=hint, prompt="none").answer

    assert answer["error"] == "invalid_request"


def userinfo(service: TokenService, token: str | None, path: str = "/userinfo", method: str = "GET") -> Answer:
    return service.post(b"", path=path, method=method, authorization=None if token is None else f"Bearer {token}")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/userinfo", "/oauth2/userinfo", "/t/johnsorg/userinfo"])
def test_userinfo_tells_what_the_scopes_allow(
    browser: Browser, service: TokenService, web: Registry, path: str, method: str
) -> None:
    web.save_user(factories.user(email="john@johns.example", email_verified=True, display_name="John"))

    told = userinfo(service, issue(browser, service)["access_token"], path, method).json

    assert told == {
        "sub": "user-john",
        "name": "John",
        "preferred_username": "john@gmail.com",
        "organisation": "johnsorg",
        "email": "john@johns.example",
        "email_verified": True,
    }


def test_userinfo_tells_no_more_than_the_subject_to_openid_alone(browser: Browser, service: TokenService) -> None:
    token = issue(browser, service, scope="openid")["access_token"]

    assert userinfo(service, token).json == {"sub": "user-john"}


def test_userinfo_refuses_a_token_without_openid(service: TokenService) -> None:
    refused = userinfo(service, service.password(scope="read").json["access_token"])

    assert refused.refusal == (403, "insufficient_scope")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="gatehouse", error="insufficient_scope", scope="openid"'


def test_rs_04_userinfo_names_no_error_when_there_is_no_token(service: TokenService) -> None:
    assert userinfo(service, None).headers["WWW-Authenticate"] == 'Bearer realm="gatehouse"'


@pytest.mark.parametrize(
    ("token", "path"),
    [
        pytest.param(None, "/userinfo", id="none"),
        pytest.param("gha_x.y", "/userinfo", id="broken"),
        pytest.param("right", "/t/acme/userinfo", id="of another organisation"),
    ],
)
def test_userinfo_refuses_a_token_that_is_not_valid(
    service: TokenService, acme: Registry, token: str | None, path: str
) -> None:
    assert acme
    right = service.password(scope="openid").json["access_token"]

    refused = userinfo(service, right if token == "right" else token, path)

    assert refused.refusal == (401, "invalid_token")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"revoked_before_ms": NOW * 1000 + 1}, {"user_id": "somebody-else"}],
    ids=["disabled", "revoked", "another of the name"],
)
def test_userinfo_ends_with_the_user(service: TokenService, johnsorg: Registry, change: dict[str, Any]) -> None:
    token = service.password(scope="openid").json["access_token"]
    johnsorg.save_user(replace(factories.user(), **change))

    assert userinfo(service, token).refusal == (401, "invalid_token")


def logout(browser: Browser, **parameters: str) -> Any:
    return browser.get(f"/logout?{urlencode(parameters)}")


def is_signed_in(browser: Browser) -> bool:
    return not browser.authorize().location.startswith("/signin")


def test_logout_with_the_users_id_token_ends_the_session_and_returns(browser: Browser, service: TokenService) -> None:
    id_token = issue(browser, service)["id_token"]

    page = logout(browser, id_token_hint=id_token, post_logout_redirect_uri="https://client.example/bye", state="s 1")

    assert page.location == "https://client.example/bye?state=s%201"
    assert not is_signed_in(browser)


def test_logout_takes_an_expired_id_token(browser: Browser, service: TokenService) -> None:
    id_token = issue(browser, service)["id_token"]
    browser.now_ms += 7_200_000

    page = logout(browser, id_token_hint=id_token)

    assert "signed out" in page.body
    assert not is_signed_in(browser)


def test_logout_without_a_hint_asks(browser: Browser) -> None:
    browser.obtain_code()

    page = logout(browser, client_id=CLIENT_ID, post_logout_redirect_uri="https://client.example/bye")
    assert (page.status, page.location) == (200, "")
    assert is_signed_in(browser)
    left = browser.submit(page)

    assert left.location == "https://client.example/bye"
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "hint",
    [
        pytest.param("{}AAAA", id="forged"),
        pytest.param("eyJhbGciOiJub25lIn0.e30.", id="alg none"),
        pytest.param("garbage", id="garbage"),
    ],
)
def test_logout_with_a_bad_hint_asks(browser: Browser, service: TokenService, hint: str) -> None:
    id_token = issue(browser, service)["id_token"]

    page = logout(browser, id_token_hint=hint.format(id_token[:-4]), client_id=CLIENT_ID)

    assert page.status == 200
    assert is_signed_in(browser)


def test_logout_with_somebody_elses_id_token_asks(browser: Browser, service: TokenService, web: Registry) -> None:
    web.add_user(factories.user(user_id="user-mary", username="mary"))
    hers = service.password("mary", scope="openid").json["id_token"]
    browser.obtain_code()

    assert logout(browser, id_token_hint=hers).status == 200
    assert is_signed_in(browser)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"post_logout_redirect_uri": "https://evil.example/"}, id="unregistered"),
        pytest.param({"post_logout_redirect_uri": "https://client.example/bye?x"}, id="a query more"),
        pytest.param({"post_logout_redirect_uri": "https://client.example/bye", "client_id": "nobody"}, id="unknown"),
        pytest.param({"post_logout_redirect_uri": "https://client.example/bye", "client_id": ""}, id="no client"),
    ],
)
def test_bcp_02_logout_redirects_nowhere_else(browser: Browser, parameters: dict[str, str]) -> None:
    page = logout(browser, **{"client_id": CLIENT_ID, **parameters})

    assert (page.status, page.location) == (400, "")


def test_logout_without_any_parameter_asks_for_the_organisation_that_the_browser_knows(browser: Browser) -> None:
    browser.obtain_code()

    page = browser.get(logout(browser).location)

    assert "john@gmail.com" in page.body
    assert "signed out" in browser.submit(page).body
    assert not is_signed_in(browser)


def test_logout_of_nobody_just_returns(browser: Browser) -> None:
    page = logout(browser, client_id=CLIENT_ID, post_logout_redirect_uri="https://client.example/bye")

    assert page.location == "https://client.example/bye"


def test_logout_takes_a_form_of_another_site_and_goes_on_by_get(browser: Browser) -> None:
    page = browser.send("POST", "/oidc/logout", {"client_id": CLIENT_ID})

    assert page.location == f"/logout?client_id={CLIENT_ID}"


def test_a_forged_yes_does_not_sign_out(browser: Browser) -> None:
    browser.obtain_code()

    page = browser.send("POST", f"/logout?client_id={CLIENT_ID}", {"form_token": "forged"})

    assert page.status == 400
    assert is_signed_in(browser)


def test_a_rotated_key_still_proves_an_old_id_token(
    browser: Browser, service: TokenService, rotation: KeyRotation, web: Registry
) -> None:
    assert rotation
    web.save_client(web_client())
    id_token = issue(browser, service)["id_token"]

    assert "signed out" in logout(browser, id_token_hint=id_token).body
