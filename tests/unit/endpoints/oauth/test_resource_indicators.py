"""Resource indicators (RFC 8707): tokens for named APIs, at every grant, at the gate and in introspection."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Subscription
from gatehouse.domain.kernel.errors import InvalidTokenError
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse.domain.oauth.tokens import Grant
from gatehouse.endpoints import requests
from gatehouse.endpoints.authorizer import UnauthorizedError
from gatehouse.endpoints.bearer import Bearers
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.grants import DynamoDBGrants
from tests import factories, http_events
from tests.answers import Answer
from tests.unit.endpoints.conftest import Call, TokenService, basic, opens

URL = "https://api.example/orders/1.0.0"
NEWS = "https://news.example"
INVALID_TARGET = (400, "invalid_target")


def subscription(api_id: str, life_id: str = "") -> Subscription:
    return Subscription(api_organisation="johnsorg", api_id=api_id, life_id=life_id)


@pytest.fixture(autouse=True)
def published(johnsorg: DirectoryWriter) -> DirectoryWriter:
    """Johns Org publishes `orders` and `news`, and the demo application subscribes to both."""
    stage = factories.deployment(url=URL)
    news = factories.deployment(gateway_id="news42", stage="$default", api_id="news", url=f"{NEWS}/")
    johnsorg.save_api(factories.api(deployments=(stage,)))
    johnsorg.save_deployment(stage)
    johnsorg.save_api(factories.api(api_id="news", name="news", deployments=(news,)))
    johnsorg.save_deployment(news)
    subscriptions = (subscription("orders"), subscription("news"))
    johnsorg.save_application(factories.application(subscriptions=subscriptions))
    return johnsorg


def client_credentials(service: TokenService, *resources: str, **more: str) -> Answer:
    form = [("grant_type", "client_credentials"), *[("resource", one) for one in resources], *more.items()]
    return service.post(form)


def introspect(service: TokenService, token: str) -> dict[str, Any]:
    return service.post({"token": token}, path="/introspect").json


def only_grant(tables: Tables, answer: Answer) -> Grant:
    grant = DynamoDBGrants(tables).find_grant(answer.json["access_token"].removeprefix("gha_").partition(".")[0])
    assert grant is not None
    return grant


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(URL, id="as published"),
        pytest.param(f"{URL}/", id="a slash behind it"),
        pytest.param("HTTPS://API.Example:443/orders/1.0.0", id="another case, and the port"),
        pytest.param(f"{URL}/mcp", id="an address below it"),
        pytest.param(f"{URL}/mcp?x=y", id="with a query"),
        pytest.param("https://api.example/orders", id="an address above it"),
        pytest.param("https://api.example", id="its origin"),
        pytest.param("https://api.example/", id="its origin with a slash"),
        pytest.param("https://abc123.execute-api.us-east-1.amazonaws.com/v1", id="API Gateway's own URL"),
    ],
)
def test_the_spellings_of_real_clients_name_the_api(
    service: TokenService, call: Call, tables: Tables, resource: str
) -> None:
    answer = client_credentials(service, resource, scope="read")

    assert answer.status == 200
    assert opens(call, answer)
    assert only_grant(tables, answer).access_resources == (f"johnsorg orders  {resource}",)
    assert introspect(service, answer.json["access_token"])["aud"] == resource


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param("orders", id="no URI"),
        pytest.param("/orders", id="relative"),
        pytest.param("urn:example:orders", id="another scheme"),
        pytest.param(f"{URL}#x", id="a fragment"),
        pytest.param(f"{URL}#", id="an empty fragment"),
        pytest.param("https://user@api.example/orders/1.0.0", id="a user name"),
        pytest.param("https://api.example/orders/1.0.0\n", id="a line's end"),
        pytest.param(f"{URL}/{'x' * 300}", id="too long"),
        pytest.param("https://unknown.example/orders", id="unknown"),
        pytest.param("https://api.example/orders/1.0", id="half a segment"),
        pytest.param("https://api.example.evil.example/orders/1.0.0", id="a longer host"),
        pytest.param(f"{URL} {URL} {URL} {URL} {URL} {URL}", id="six"),
        pytest.param(f"{URL}  {URL}", id="an empty one between"),
        pytest.param(f"{URL} https://unknown.example/", id="one of two unknown"),
    ],
)
def test_a_resource_that_is_none_is_an_invalid_target(service: TokenService, resource: str) -> None:
    assert client_credentials(service, resource).refusal == INVALID_TARGET


def test_an_api_of_another_organisation_is_an_invalid_target(service: TokenService, acme: DirectoryWriter) -> None:
    theirs = factories.deployment(organisation="acme", gateway_id="acme1", url="https://acme.example")
    acme.save_api(factories.api(organisation="acme", deployments=(theirs,)))

    assert client_credentials(service, "https://acme.example").refusal == INVALID_TARGET


def test_an_address_above_several_apis_is_ambiguous(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_api(
        factories.api(api_id="news", name="news", deployments=(factories.deployment(url="https://api.example/news"),))
    )

    assert client_credentials(service, "https://api.example").refusal == INVALID_TARGET
    assert client_credentials(service, "https://api.example/news").status == 200


def test_the_gate_refuses_a_token_that_names_another_api(service: TokenService, call: Call) -> None:
    news, both = client_credentials(service, NEWS, scope="read"), client_credentials(service, NEWS, URL, scope="read")

    with pytest.raises(UnauthorizedError) as refused:
        call(news.json["access_token"], "GET", "/orders")

    assert refused.value.reason == "token for other resources than johnsorg/orders"
    assert opens(call, both)
    assert introspect(service, both.json["access_token"])["aud"] == [NEWS, URL]


def test_another_life_of_the_api_is_another_api(service: TokenService, johnsorg: DirectoryWriter, call: Call) -> None:
    answer = client_credentials(service, URL, scope="read")

    api = factories.api(deployments=(factories.deployment(url=URL),), life_id="another")
    johnsorg.save_api(api)
    application = factories.application(subscriptions=(subscription("orders", "another"),))
    johnsorg.save_application(application)

    assert apis.find_subscription(application, api) is not None
    assert not opens(call, answer)


def test_without_the_parameter_nothing_changes(service: TokenService, tables: Tables, call: Call) -> None:
    answer = client_credentials(service, scope="read")

    grant = only_grant(tables, answer)
    item: Any = tables.transport.call(
        "GetItem", {"TableName": "grants", "Key": {"pk": {"S": f"GRANT#{grant.grant_id}"}}}
    )
    assert opens(call, answer)
    assert (grant.resources, grant.access_resources) == ((), ())
    assert not [name for name in item["Item"] if "resources" in name]
    assert introspect(service, answer.json["access_token"])["aud"] == "https://auth.example"


def test_the_password_grant_and_its_refreshes_keep_the_resource(
    service: TokenService, call: Call, tables: Tables
) -> None:
    first = service.password(scope="read", resource=URL)
    second = service.refresh(first.json["refresh_token"])
    third = service.refresh(second.json["refresh_token"])

    assert [opens(call, one) for one in (second, third)] == [True, True]
    assert only_grant(tables, third).previous_access_resources == (f"johnsorg orders  {URL}",)
    assert introspect(service, third.json["access_token"])["aud"] == URL
    assert introspect(service, third.json["refresh_token"])["aud"] == URL


def test_a_refresh_narrows_one_token_and_widens_none(service: TokenService, call: Call) -> None:
    first = service.post(
        [
            ("grant_type", "password"),
            ("username", "john@gmail.com"),
            ("password", factories.PASSWORD),
            ("scope", "read"),
            ("resource", URL),
            ("resource", NEWS),
        ]
    )
    news = service.refresh(first.json["refresh_token"], resource=NEWS)

    assert (opens(call, first), opens(call, news)) == (True, False)
    service.now_ms += 60_000
    assert opens(call, service.refresh(news.json["refresh_token"]), now=service.now_ms // 1000)


def test_a_refresh_names_nothing_that_was_not_named_at_first(service: TokenService) -> None:
    bound, free = service.password(scope="read", resource=URL), service.password(scope="read")

    assert service.refresh(bound.json["refresh_token"], resource=NEWS).refusal == INVALID_TARGET
    assert service.refresh(free.json["refresh_token"], resource=URL).refusal == INVALID_TARGET
    assert service.refresh(bound.json["refresh_token"]).status == 200  # a refusal spends nothing


def test_a_racer_that_names_another_resource_is_refused_and_nothing_is_revoked(service: TokenService) -> None:
    form = [("grant_type", "password"), ("username", "john@gmail.com"), ("password", factories.PASSWORD)]
    first = service.post([*form, ("scope", "read"), ("resource", URL), ("resource", NEWS)]).json["refresh_token"]
    winner = service.refresh(first, resource=URL)

    assert service.refresh(first, resource=NEWS).refusal == INVALID_TARGET
    assert service.refresh(first, resource=f"{URL}/").json["refresh_token"] == winner.json["refresh_token"]
    assert service.refresh(first).json["refresh_token"] == winner.json["refresh_token"]
    assert service.refresh(winner.json["refresh_token"]).status == 200


def test_a_jwt_says_it_in_its_audience_and_the_gate_reads_it(
    service: TokenService, johnsorg: DirectoryWriter, call: Call, claims: Callable[[str], Any]
) -> None:
    johnsorg.save_client(factories.client(token_format="jwt"))

    for checks_revocation in (True, False):
        stage = factories.deployment(url=URL)
        johnsorg.save_api(factories.api(deployments=(stage,), checks_revocation=checks_revocation))
        orders, news = client_credentials(service, URL, scope="read"), client_credentials(service, NEWS, scope="read")
        free = client_credentials(service, scope="read")

        assert (claims(orders.json["access_token"])["aud"], opens(call, orders)) == (URL, True)
        assert (claims(news.json["access_token"])["aud"], opens(call, news)) == (NEWS, False)
        assert (claims(free.json["access_token"])["aud"], opens(call, free)) == ("https://auth.example", True)


@pytest.fixture
def claims() -> Callable[[str], Any]:
    return lambda token: json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def test_other_parameters_are_still_not_repeated(service: TokenService) -> None:
    form = [("grant_type", "client_credentials"), ("scope", "read"), ("scope", "update")]

    assert service.post(form, authorization=basic()).refusal == (400, "invalid_request")


OWN = "https://auth.example/api/am/devportal/v3"


@pytest.mark.parametrize(
    ("resource", "may"), [(OWN, True), (f"{OWN}/apis", True), (None, True), (URL, False), (NEWS, False)], ids=str
)
def test_our_own_apis_refuse_tokens_for_others(
    service: TokenService,
    tables: Tables,
    resource: str | None,
    may: bool,  # noqa: FBT001 - a case
) -> None:
    answer = service.password(scope="apim:subscribe", **({} if resource is None else {"resource": resource}))
    bearers = Bearers(Subjects(DynamoDBDirectory(tables, TtlCache(0)), DynamoDBGrants(tables)))
    headers = {"authorization": f"Bearer {answer.json['access_token']}"}
    event = http_events.http("GET", "/api/am/devportal/v3/apis", headers=headers)

    if may:
        assert bearers.find_caller(requests.parse(event)).username == "john@gmail.com"
    else:
        with pytest.raises(InvalidTokenError, match="for other resources"):
            bearers.find_caller(requests.parse(event))


def test_a_token_for_our_own_apis_opens_no_other(service: TokenService, call: Call) -> None:
    assert not opens(call, service.password(scope="read", resource=OWN))
