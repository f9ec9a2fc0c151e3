"""Token endpoint statements TOK-* (RFC 6749 sections 2.3, 3.2, 3.3 and 5)."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.domain import clients
from gatehouse.domain.clients import Secret
from gatehouse.storage.registry import Registry
from tests import factories
from tests.factories import CLIENT_ID, SECRET
from tests.unit.endpoints.conftest import TokenService, basic

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
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
    service: TokenService, johnsorg: Registry, form: dict[str, str], error: str
) -> None:
    johnsorg.save_client(factories.client(grant_types=frozenset({"client_credentials"})))

    assert service.post(form).refusal == (400, error)


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
    service: TokenService, johnsorg: Registry, client_id: str, secret: str, written: bytes
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
    service: TokenService, johnsorg: Registry, allowed: str, authorization: str | None, form: dict[str, str]
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


def test_tok_13_a_public_client_sends_its_id_and_no_secret(service: TokenService, johnsorg: Registry) -> None:
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


def test_tok_21_scopes_are_a_set_of_case_sensitive_names(service: TokenService) -> None:
    assert service.client_credentials(scope="update read update").json["scope"] == "read update"
    assert service.client_credentials(scope="READ read").json["scope"] == "read"


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param('re"ad', id="quote"),
        pytest.param("re\\ad", id="backslash"),
        pytest.param("lesén", id="non-ASCII"),
        pytest.param("read\tupdate", id="tab"),
        pytest.param("read  update", id="two spaces"),
        pytest.param(" read", id="leading space"),
        pytest.param("x" * 256, id="256 characters"),
        pytest.param(" ".join(f"s{n}" for n in range(101)), id="101 scopes"),
    ],
)
def test_tok_21_a_scope_outside_the_grammar_is_refused(
    service: TokenService, scope: str, dump: Callable[[], list[Any]]
) -> None:
    before = dump()

    for form in (CLIENT_CREDENTIALS, {"grant_type": "password", "username": "x", "password": "y"}):
        assert service.post({**form, "scope": scope}).refusal == (400, "invalid_scope")
    assert dump() == before


def test_tok_22_the_answer_always_states_the_granted_scope(service: TokenService) -> None:
    assert service.client_credentials(scope="read unknown").json["scope"] == "read"


def test_tok_23_without_a_scope_the_token_carries_default(service: TokenService) -> None:
    assert service.client_credentials().json["scope"] == "default"
    assert service.password().json["scope"] == "default"


@pytest.mark.parametrize(
    ("roles", "granted"),
    [
        pytest.param({"employee"}, "read", id="without the role"),
        pytest.param({"employee", "manager"}, "delete read", id="with the role"),
    ],
)
def test_tok_24_a_role_bound_scope_needs_the_role(
    service: TokenService, johnsorg: Registry, roles: set[str], granted: str
) -> None:
    johnsorg.save_user(factories.user(roles=frozenset(roles)))

    assert service.password(scope="read delete").json["scope"] == granted


def test_tok_24_scopes_of_an_api_without_a_subscription_are_dropped(service: TokenService, johnsorg: Registry) -> None:
    johnsorg.save_application(factories.application(subscriptions=()))

    assert service.password(scope="read update").json["scope"] == "default"


def test_tok_24_a_scope_name_shared_by_two_apis_needs_both_to_allow_it(
    service: TokenService, johnsorg: Registry
) -> None:
    loose = factories.api(api_id="loose", name="loose", scopes={"delete": factories.Scope(name="delete")})
    johnsorg.save_api(loose)
    both = tuple(factories.Subscription(api_organisation="johnsorg", api_id=one) for one in ("orders", "loose"))
    johnsorg.save_application(factories.application(subscriptions=both))

    assert service.password(scope="delete").json["scope"] == "default"


def test_tok_24_a_role_of_the_same_name_in_another_organisation_opens_nothing(
    service: TokenService, acme: Registry
) -> None:
    acme.save_api(factories.api(visibility="ALL"))
    acme.save_user(
        factories.user(organisation="acme", user_id="user-anna", username="anna", roles=frozenset({"manager"}))
    )

    answer = service.post(
        {"grant_type": "password", "username": "anna", "password": factories.PASSWORD, "scope": "read delete"},
        authorization=basic("acme-client"),
    )

    assert answer.json["scope"] == "read"


def test_tok_24_an_organisation_cannot_tick_the_role_bound_scopes_of_another_one(
    service: TokenService, acme: Registry
) -> None:
    acme.save_api(factories.api(visibility="ALL"))
    acme.save_application(
        factories.application(
            organisation="acme", application_id="app-acme", client_scopes=frozenset({"read", "delete"})
        )
    )

    form = {"grant_type": "client_credentials", "scope": "read delete"}
    assert service.post(form, authorization=basic("acme-client")).json["scope"] == "read"


@pytest.mark.parametrize("path", ["/t/johnsorg/token", "/t/JohnsOrg/token", "/t/JOHNSORG/token"])
def test_an_organisation_can_be_named_in_the_path(service: TokenService, path: str) -> None:
    assert service.post(CLIENT_CREDENTIALS, path=path).status == 200


@pytest.mark.parametrize("organisation", ["acme", "ghost"])
def test_a_client_does_not_work_under_another_organisations_path(
    service: TokenService, acme: Registry, organisation: str
) -> None:
    del acme

    assert service.post(CLIENT_CREDENTIALS, path=f"/t/{organisation}/token").refusal == (401, "invalid_client")


@pytest.mark.parametrize("key", ["", "9lives", "a", "x" * 64, "john#org", "john org", "jöhn", "a\0b", "..", "a_b"])
def test_an_impossible_organisation_in_the_path_is_a_clear_error(service: TokenService, key: str) -> None:
    assert service.post(CLIENT_CREDENTIALS, path=f"/t/{key}/token").refusal == (400, "invalid_request")
