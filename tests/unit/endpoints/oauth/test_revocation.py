"""Revocation statements REV-* (RFC 7009)."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.endpoints.authorizer import UnauthorizedError
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.factories import NOW
from tests.unit.endpoints.conftest import TokenService, basic

type Call = Callable[..., dict[str, Any]]

OTHER = factories.client(client_id="other-client", application_id="app-2")


def revoke(service: TokenService, token: str, **options: Any) -> Any:
    return service.post({"token": token}, path="/revoke", **options)


def test_rev_01_a_missing_token_is_an_invalid_request(service: TokenService) -> None:
    answer = service.post({"token_type_hint": "access_token"}, path="/revoke")

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_rev_01_client_authentication_is_required(service: TokenService) -> None:
    token = service.password().json["access_token"]

    answer = revoke(service, token, authorization=None)

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("gha_" + "a" * 22 + "." + "b" * 43, id="unknown access token"),
        pytest.param("ghr_" + ("a" * 22 + ".") * 3 + "c" * 43, id="unknown refresh token"),
        pytest.param("a.b.c", id="some JWT"),
        pytest.param("nonsense", id="nonsense"),
    ],
)
def test_rev_02_unknown_tokens_are_answered_with_200_and_nothing(service: TokenService, token: str) -> None:
    answer = revoke(service, token)

    assert (answer.status, answer.json) == (200, None)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_rev_03_another_clients_token_is_refused_and_lives_on(
    service: TokenService, johnsorg: DirectoryWriter, kind: str
) -> None:
    johnsorg.save_client(OTHER)
    tokens = service.password().json

    answer = revoke(service, tokens[kind], authorization=basic("other-client"))

    assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")
    assert service.refresh(tokens["refresh_token"]).status == 200


def test_rev_03_a_grant_id_alone_revokes_nothing(service: TokenService) -> None:
    tokens = service.password().json
    grant_id = tokens["access_token"][4:26]
    status_id = tokens["access_token"][27:49]

    revoke(service, f"ghr_{grant_id}.{status_id}.{'x' * 22}.{'y' * 43}")
    revoke(service, f"gha_{grant_id}.{status_id}.{'y' * 43}")
    revoke(service, tokens["access_token"].replace(status_id, "x" * 22))
    revoke(service, tokens["refresh_token"].replace(status_id, "x" * 22))

    assert service.refresh(tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "banana"])
def test_rev_04_a_wrong_hint_does_not_stop_the_search(service: TokenService, call: Call, hint: str) -> None:
    token = service.password(scope="read").json["access_token"]

    service.post({"token": token, "token_type_hint": hint}, path="/revoke")

    with pytest.raises(UnauthorizedError):
        call(token, "GET", "/orders", now=NOW)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_rev_05_06_07_revoking_either_token_ends_both(service: TokenService, call: Call, kind: str) -> None:
    tokens = service.password(scope="read").json

    assert revoke(service, tokens[kind]).status == 200

    assert service.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    with pytest.raises(UnauthorizedError):
        call(tokens["access_token"], "GET", "/orders", now=NOW)


def test_a_refresh_token_spent_long_ago_still_ends_its_grant(service: TokenService) -> None:
    first = service.password().json
    second = service.refresh(first["refresh_token"]).json
    third = service.refresh(second["refresh_token"]).json
    service.now_ms += 60_000

    revoke(service, first["refresh_token"])

    assert service.refresh(third["refresh_token"]).json["error"] == "invalid_grant"


def test_wso2s_path_revokes_too(service: TokenService) -> None:
    tokens = service.password().json

    assert service.post({"token": tokens["refresh_token"]}, path="/t/johnsorg/oauth2/revoke").status == 200
    assert service.refresh(tokens["refresh_token"]).status == 400
