"""UserInfo: OpenID Connect Core section 5.3."""

from typing import Any

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import issue

pytestmark = pytest.mark.usefixtures("rotation")


def userinfo(service: TokenService, token: str | None, path: str = "/userinfo", method: str = "GET") -> Answer:
    return service.post(b"", path=path, method=method, authorization=None if token is None else f"Bearer {token}")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/userinfo", "/oauth2/userinfo", "/t/johnsorg/userinfo"])
def test_userinfo_tells_what_the_scopes_allow(
    browser: Browser, service: TokenService, web: DirectoryWriter, path: str, method: str
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


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic am9objp4", "DPoP gha_x"])
def test_rs_04_userinfo_names_no_error_when_there_is_no_token(service: TokenService, header: str | None) -> None:
    refused = service.post(b"", path="/userinfo", method="GET", authorization=header)

    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="gatehouse"')


@pytest.mark.parametrize(
    ("token", "path"),
    [
        pytest.param(None, "/userinfo", id="none"),
        pytest.param("gha_x.y", "/userinfo", id="broken"),
        pytest.param("right", "/t/acme/userinfo", id="of another organisation"),
    ],
)
def test_userinfo_refuses_a_token_that_is_not_valid(
    service: TokenService, acme: DirectoryWriter, token: str | None, path: str
) -> None:
    assert acme
    right = service.password(scope="openid").json["access_token"]

    refused = userinfo(service, right if token == "right" else token, path)

    assert refused.refusal == (401, "invalid_token")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"generation": "a fresh one"}, {"user_id": "somebody-else"}],
    ids=["disabled", "revoked", "another of the name"],
)
def test_userinfo_ends_with_the_user(service: TokenService, johnsorg: DirectoryWriter, change: dict[str, Any]) -> None:
    token = service.password(scope="openid").json["access_token"]
    johnsorg.save_user(factories.user(**change))

    assert userinfo(service, token).refusal == (401, "invalid_token")


def test_userinfo_takes_the_token_as_a_form_parameter(browser: Browser, service: TokenService) -> None:
    token = issue(browser, service, scope="openid")["access_token"]

    told = service.post({"access_token": token}, path="/userinfo", authorization=None)

    assert (told.status, told.json) == (200, {"sub": "user-john"})


def test_userinfo_refuses_a_token_that_is_sent_twice(browser: Browser, service: TokenService) -> None:
    token = issue(browser, service, scope="openid")["access_token"]

    refused = service.post({"access_token": token}, path="/userinfo", authorization=f"Bearer {token}")

    assert refused.refusal == (400, "invalid_request")


def test_userinfo_refuses_a_bad_token_in_a_form_as_in_the_header(service: TokenService) -> None:
    refused = service.post({"access_token": "x"}, path="/userinfo", authorization=None)

    assert refused.refusal == (401, "invalid_token")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_userinfo_takes_no_token_from_the_url(browser: Browser, service: TokenService) -> None:
    token = issue(browser, service, scope="openid")["access_token"]

    refused = service.post(b"", path="/userinfo", query=f"access_token={token}", method="GET", authorization=None)

    assert refused.status == 401
