"""Requests to the token endpoint and its answers: TOK-01 to -06 and -17 to -19 (RFC 6749 sections 3.2 and 5)."""

import json

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import TokenService

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_tok_01_only_post_issues_tokens(service: TokenService, method: str) -> None:
    answer = service.post({}, method=method, query="grant_type=client_credentials")

    assert answer.refusal == (405, "invalid_request")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "media_type",
    [
        pytest.param("application/x-www-form-urlencoded", id="plain"),
        pytest.param("application/x-www-form-urlencoded; charset=UTF-8", id="with a charset"),
        pytest.param("Application/X-WWW-Form-Urlencoded;charset=utf-8", id="in another case"),
    ],
)
def test_tok_02_a_form_is_read(service: TokenService, media_type: str) -> None:
    assert service.post(CLIENT_CREDENTIALS, headers={"content-type": media_type}).status == 200


@pytest.mark.parametrize(
    "media_type",
    [
        pytest.param("application/json", id="JSON"),
        pytest.param("multipart/form-data; boundary=x", id="multipart"),
        pytest.param("text/plain", id="text"),
        pytest.param("", id="none"),
    ],
)
def test_tok_02_what_is_no_form_is_refused(service: TokenService, media_type: str) -> None:
    answer = service.post(CLIENT_CREDENTIALS, headers={"content-type": media_type})

    assert answer.refusal == (400, "invalid_request")


def test_tok_02_the_gateway_may_pass_the_body_as_text(service: TokenService) -> None:
    assert service.post("grant_type=client_credentials", is_base64=False).status == 200


def test_tok_03_a_parameter_without_a_value_counts_as_omitted(service: TokenService) -> None:
    assert service.post({"grant_type": "client_credentials", "scope": ""}).json["scope"] == "default"
    assert service.post({"grant_type": ""}).refusal == (400, "invalid_request")
    assert service.password(password="").refusal == (400, "invalid_request")


def test_tok_04_unknown_parameters_are_ignored(service: TokenService) -> None:
    assert service.client_credentials(shoe_size="44", refresh_token="nonsense", username="x").status == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"grant_type=client_credentials&grant_type=client_credentials", id="equal values"),
        pytest.param(b"grant_type=client_credentials&scope=read&scope=update", id="different values"),
        pytest.param(b"grant_type=client_credentials&colour=red&colour=red", id="an unknown name"),
        pytest.param(b"grant_type=client_credentials&scope=&scope=", id="without values"),
        pytest.param(b"grant_type=client_credentials&sc%6fpe=read&scope=read", id="spelled in two ways"),
    ],
)
def test_tok_05_a_repeated_parameter_is_refused(service: TokenService, body: bytes) -> None:
    assert service.post(body).refusal == (400, "invalid_request")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        pytest.param({}, "invalid_request", id="missing"),
        pytest.param({"grant_type": "tea_leaves"}, "unsupported_grant_type", id="unknown"),
        pytest.param({"grant_type": "Password"}, "unsupported_grant_type", id="in another case"),
        pytest.param({"grant_type": "password"}, "unauthorized_client", id="not the client's"),
    ],
)
def test_tok_06_the_grant_type_is_checked(
    service: TokenService, johnsorg: DirectoryWriter, form: dict[str, str], error: str
) -> None:
    johnsorg.save_client(factories.client(grant_types=frozenset({"client_credentials"})))

    assert service.post(form).refusal == (400, error)


def test_tok_17_a_token_response_has_the_members_of_the_documents(service: TokenService) -> None:
    answer = service.password(scope="read")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json.keys() == {"scope", "token_type", "expires_in", "refresh_token", "access_token"}
    assert (answer.json["token_type"], answer.json["scope"]) == ("Bearer", "read")
    assert type(answer.json["expires_in"]) is int
    assert answer.json["expires_in"] == 3600


def test_tok_18_tokens_and_errors_are_not_cached(service: TokenService) -> None:
    for answer in (service.password(), service.password(password="wrong"), service.post({}, path="/nowhere")):
        assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"grant_type": '"><script>\\'}, id="grant type"),
        pytest.param({"grant_type": "password", "username": 'jo"hn\\€', "password": "geheim"}, id="username"),
        pytest.param({"grant_type": "client_credentials", "scope": 'a"b\\ü'}, id="scope"),
        pytest.param({"grant_type": "refresh_token", "refresh_token": 'ghr_"geheim'}, id="refresh token"),
    ],
)
def test_tok_19_an_error_echoes_nothing(service: TokenService, form: dict[str, str]) -> None:
    answer = service.post(form)

    assert answer.refusal[0] == 400
    assert not any(value in json.dumps(answer.json, ensure_ascii=False) for value in list(form.values())[1:])


def test_tok_19_a_path_that_is_not_there_is_json_too(service: TokenService) -> None:
    assert service.post({}, path="/nowhere").refusal == (404, "not_found")
    assert service.post({}, path="/t/johnsorg/nowhere").refusal == (404, "not_found")


@pytest.mark.parametrize("path", ["/t/johnsorg/token", "/t/JohnsOrg/token", "/t/JOHNSORG/token"])
def test_an_organisation_can_be_named_in_the_path(service: TokenService, path: str) -> None:
    assert service.post(CLIENT_CREDENTIALS, path=path).status == 200


@pytest.mark.parametrize("organisation", ["acme", "ghost"])
def test_a_client_does_not_work_under_another_organisations_path(
    service: TokenService, acme: DirectoryWriter, organisation: str
) -> None:
    del acme

    assert service.post(CLIENT_CREDENTIALS, path=f"/t/{organisation}/token").refusal == (401, "invalid_client")


@pytest.mark.parametrize("key", ["", "9lives", "a", "x" * 64, "john#org", "john org", "jöhn", "a\0b", "..", "a_b"])
def test_an_impossible_organisation_in_the_path_is_a_clear_error(service: TokenService, key: str) -> None:
    assert service.post(CLIENT_CREDENTIALS, path=f"/t/{key}/token").refusal == (400, "invalid_request")
