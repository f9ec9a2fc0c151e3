"""Resource statements RS-* and F-* at the gate (RFC 6750), by REST REQUEST events of `orders`."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.bootstrap import authorizer
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.factories import NOW
from tests.http_events import request_authorizer
from tests.unit import iam
from tests.unit.endpoints.conftest import Call, TokenService, basic

ARN = "arn:aws:execute-api:us-east-1:000000000000:abc123/v1"


@pytest.fixture
def token(service: TokenService) -> str:
    """John's token for `read`."""
    return service.password(scope="read").json["access_token"]


def ask(gate: Authorizer, headers: dict[str, list[str]], **overrides: Any) -> Any:
    return gate.answer(request_authorizer(headers, "GET", "/orders", **overrides), NOW)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
def test_rs_01_f_09_scheme_and_header_are_case_insensitive(
    gate: Authorizer, token: str, header: str, scheme: str
) -> None:
    assert iam.is_allowed(ask(gate, {header: [f"{scheme} {token}"]}), f"{ARN}/GET/orders")


def test_rs_01_single_value_headers_are_enough(gate: Authorizer, token: str) -> None:
    event = request_authorizer({"authorization": [f"Bearer {token}"]}, "GET", "/orders", multiValueHeaders=None)

    assert iam.is_allowed(gate.answer(event, NOW), f"{ARN}/GET/orders")


SMUGGLED = {
    "twice in one header": {"Authorization": ["Bearer {}", "Bearer {}"]},
    "twice in two cases": {"Authorization": ["Bearer {}"], "authorization": ["Bearer {}"]},
    "joined by a comma": {"Authorization": ["Bearer {}, Bearer {}"]},
    "under API Gateway's other name": {"x-amzn-remapped-authorization": ["Bearer {}"]},
    "under both names": {"Authorization": ["Bearer {}"], "X-Amzn-Remapped-Authorization": ["Basic x"]},
}


@pytest.mark.parametrize("headers", SMUGGLED.values(), ids=SMUGGLED)
def test_rs_02_f_15_a_second_authorization_header_is_refused(
    gate: Authorizer, token: str, headers: dict[str, list[str]]
) -> None:
    with pytest.raises(UnauthorizedError):
        ask(gate, {name: [value.replace("{}", token) for value in values] for name, values in headers.items()})


def test_rs_03_a_token_in_the_query_is_no_token(gate: Authorizer, token: str) -> None:
    query = {"access_token": token}

    with pytest.raises(UnauthorizedError):
        ask(gate, {}, queryStringParameters=query, multiValueQueryStringParameters={"access_token": [token]})


def test_rs_04_f_05_a_refusal_is_the_exact_word_that_api_gateway_knows(gate: Authorizer) -> None:
    with pytest.raises(UnauthorizedError) as refused:
        ask(gate, {})

    assert str(refused.value) == "Unauthorized"


BAD = {
    "empty": "",
    "no scheme": "{}",
    "another scheme": "Basic {}",
    "only a scheme": "Bearer",
    "a tab instead of a space": "Bearer\t{}",
    "a character too many": "Bearer {}A",
    "a line feed and more": "Bearer {}\nx",
    "another secret": "Bearer {}",
    "unknown": "Bearer gha_" + "A" * 22 + "." + "A" * 43,
    "JWT without a signature": "Bearer eyJhbGciOiJub25lIn0.eyJqdGkiOiJ4In0.",
    "JWT whose claims are no object": "Bearer eyJhbGciOiJub25lIn0.W10.x",
    "NUL": "Bearer \0",
    "emoji": "Bearer 🔑",
    "100,000 characters": "Bearer " + "x" * 100_000,
}


@pytest.mark.parametrize(("name", "written"), BAD.items(), ids=BAD)
def test_rs_05_a_bad_token_is_unauthorized(gate: Authorizer, token: str, name: str, written: str) -> None:
    presented = token[:-1] + ("A" if token[-1] != "A" else "B") if name == "another secret" else token

    with pytest.raises(UnauthorizedError):
        ask(gate, {"Authorization": [written.replace("{}", presented)]})


def test_rs_05_a_token_ends_with_its_second(gate: Authorizer, token: str) -> None:
    event = request_authorizer(f"Bearer {token}", "GET", "/orders")

    assert iam.is_allowed(gate.answer(event, NOW + 3599), f"{ARN}/GET/orders")
    with pytest.raises(UnauthorizedError):
        gate.answer(event, NOW + 3600)


def test_rs_06_a_missing_scope_is_a_deny_that_names_it(call: Call, token: str) -> None:
    answer = call(token, "POST", "/orders")

    assert (answer["effect"], answer["code"]) == ("Deny", "900910")
    assert answer["error"] == "insufficient_scope"
    assert answer["www_authenticate"] == 'Bearer realm="gatehouse", error="insufficient_scope", scope="update"'


def test_rs_06_any_one_of_several_scopes_opens(service: TokenService, call: Call, token: str) -> None:
    updater = service.password(scope="update").json["access_token"]
    plain = service.password().json["access_token"]

    assert call(token, "GET", "/orders/{id}")["effect"] == "Allow"
    assert call(updater, "GET", "/orders/{id}")["effect"] == "Allow"
    assert call(plain, "GET", "/orders/{id}")["www_authenticate"].endswith('scope="read update"')


def test_rs_06_default_opens_no_resource_that_needs_a_scope(
    service: TokenService, call: Call, johnsorg: DirectoryWriter
) -> None:
    resource = factories.Resource(method="GET", path="/orders", scopes=frozenset({"default"}))
    johnsorg.save_api(factories.api(resources=(resource,)))

    assert call(service.password().json["access_token"], "GET", "/orders")["effect"] == "Deny"


def test_rs_07_an_unknown_route_is_a_deny(call: Call, token: str) -> None:
    assert call(token, "GET", "/nowhere")["code"] == "900906"
    assert call(token, "PATCH", "/orders")["code"] == "900906"


def test_rs_08_the_challenge_says_where_the_resource_describes_itself(
    johnsorg: DirectoryWriter, tables: Tables, token: str
) -> None:
    del johnsorg
    gate = authorizer.authorizer(factories.settings(public_url="https://auth.example"), tables)

    answer: Any = gate.answer(request_authorizer(f"Bearer {token}", "POST", "/orders"), NOW)

    assert answer["context"]["www_authenticate"].endswith(
        'resource_metadata="https://auth.example/.well-known/oauth-protected-resource/t/johnsorg/orders/abc123/v1"'
    )


def test_rs_09_access_tokens_live_an_hour(service: TokenService) -> None:
    assert service.password().json["expires_in"] <= 3600
    assert service.client_credentials().json["expires_in"] <= 3600


def test_rs_10_a_refresh_token_opens_nothing(service: TokenService, gate: Authorizer) -> None:
    with pytest.raises(UnauthorizedError):
        ask(gate, {"Authorization": [f"Bearer {service.password().json['refresh_token']}"]})


def test_rs_10_a_token_of_another_organisation_needs_a_subscription_of_its_own(
    service: TokenService, acme: DirectoryWriter, call: Call
) -> None:
    acme.save_api(factories.api(visibility="ALL"))
    form = {"grant_type": "client_credentials", "scope": "read"}
    subscribed = service.post(form, authorization=basic("acme-client")).json["access_token"]
    assert call(subscribed, "GET", "/orders")["effect"] == "Allow"

    acme.save_application(factories.application(organisation="acme", application_id="app-acme", subscriptions=()))

    assert call(subscribed, "GET", "/orders")["code"] == "900908"


@pytest.mark.parametrize(
    ("shared", "effect"),
    [
        ({"visibility": "ALL"}, "Allow"),
        ({"visibility": "CHOSEN", "visible_to": frozenset({"acme"})}, "Allow"),
        ({"visibility": "CHOSEN", "visible_to": frozenset({"others"})}, "Deny"),
        ({"visibility": "ORGANISATION", "visible_to": frozenset({"acme"})}, "Deny"),
        ({"visibility": "ALL", "visible_roles": frozenset({"manager"})}, "Deny"),
    ],
    ids=str,
)
def test_a_subscription_of_another_organisation_lasts_while_the_api_is_shared_with_it(
    service: TokenService, acme: DirectoryWriter, call: Call, shared: dict[str, Any], effect: str
) -> None:
    acme.save_api(factories.api(visibility="ALL"))
    form = {"grant_type": "client_credentials", "scope": "read"}
    token = service.post(form, authorization=basic("acme-client")).json["access_token"]

    acme.save_api(factories.api(**shared))

    answer = call(token, "GET", "/orders")
    assert answer["effect"] == effect
    assert effect == "Allow" or answer["code"] == "900908"
    again = service.post(form, authorization=basic("acme-client")).json
    assert again["scope"] == ("read" if effect == "Allow" else "default")


def test_f_02_a_cached_answer_fits_every_path_of_its_route(gate: Authorizer, token: str) -> None:
    policy = gate.answer(request_authorizer(f"Bearer {token}", "GET", "/orders/{id}"), NOW)

    assert iam.is_allowed(policy, f"{ARN}/GET/orders/1")
    assert iam.is_allowed(policy, f"{ARN}/GET/orders/2")
    assert not iam.is_allowed(policy, f"{ARN}/DELETE/orders/1")
    assert not iam.is_allowed(policy, f"{ARN}/POST/orders")
    assert not iam.is_allowed(policy, f"{ARN}/POST/orders")


def test_f_03_an_answer_belongs_to_one_stage_of_one_api(gate: Authorizer, token: str) -> None:
    policy = ask(gate, {"Authorization": [f"Bearer {token}"]})

    assert not iam.is_allowed(policy, f"{ARN[:-2]}v2/GET/orders")
    assert not iam.is_allowed(policy, f"{ARN.replace('abc123', 'abc124')}/GET/orders")


ENDS: dict[str, Callable[[DirectoryWriter], None]] = {
    "client deactivated": lambda writer: writer.save_client(factories.client(is_active=False)),
    "everything of the client ended": lambda writer: writer.save_client(factories.client(generation="a fresh one")),
    "organisation disabled": lambda writer: writer.save_organisation(factories.organisation(is_active=False)),
    "organisation swept": lambda writer: writer.save_organisation(factories.organisation(generation="a fresh one")),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_f_20_what_ends_the_client_or_the_organisation_ends_its_tokens(
    gate: Authorizer, token: str, johnsorg: DirectoryWriter, end: Callable[[DirectoryWriter], None]
) -> None:
    end(johnsorg)

    with pytest.raises(UnauthorizedError):
        ask(gate, {"Authorization": [f"Bearer {token}"]})


def test_the_backend_learns_who_calls_in_text(call: Call, token: str) -> None:
    context = call(token, "GET", "/orders")

    assert {name: context[name] for name in ("organisation", "username", "user_id", "client_id", "scope")} == {
        "organisation": "johnsorg",
        "username": "john@gmail.com",
        "user_id": "user-john",
        "client_id": factories.CLIENT_ID,
        "scope": "read",
    }
    assert all(type(value) is str for value in context.values())


def test_cc_04_a_clients_token_has_no_user(service: TokenService, call: Call) -> None:
    context = call(service.client_credentials(scope="read").json["access_token"], "GET", "/orders")

    assert (context["user_id"], context["username"], context["grant_type"]) == ("", "", "client_credentials")
