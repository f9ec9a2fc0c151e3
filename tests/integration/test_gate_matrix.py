"""The deployment matrix: token kind x scope x subscription x key type x route x kind of event, each answer as stated.

Every call is made twice: the second answer is the gateway's cached one.
"""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from typing import Any

import httpx
import pytest

from gatehouse.domain.apis.api_lifecycle import change_lifecycle
from gatehouse.domain.apis.apis import Application, Deployment, Subscription
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.apis.publishing import publish
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import people, rest_apis
from tests.deployed import Deployed, bearer, seen_within
from tests.people import Person, publisher

pytestmark = pytest.mark.long(2)

ROUTES = {
    ("GET", "/orders"): {"read"},
    ("POST", "/orders"): {"update"},
    ("GET", "/orders/7"): {"read", "update"},
    ("DELETE", "/orders/7"): {"delete"},
}
SCOPES = ["read", "update", "read update", "unknown"]
REFUSED = {
    None: "900908",
    "BLOCKED": "900907",
    "ON_HOLD": "900909",
    "REJECTED": "900909",
}
SECONDS_UNTIL_SEEN = 5

type Make = Callable[..., Person]


@pytest.fixture(scope="module")
def make(deployed: Deployed, tables: Tables, http: httpx.Client) -> Make:
    """Makes somebody whose application subscribes to every example, in the state that is asked for."""

    def make(state: str | None = "UNBLOCKED", **of_client: Any) -> Person:
        person = people.person(deployed, tables, http, **of_client)
        subscribe(tables, person, state)
        return person

    return make


def application_of(tables: Tables, person: Person) -> Application:
    found = DynamoDBDirectory(tables, TtlCache(0)).find_application("johnsorg", person.client.application_id)
    assert found is not None
    return found


def subscribe(tables: Tables, person: Person, state: str | None, *names: str) -> None:
    wanted = names or ("orders", "orders-http", "orders-jwt", "orders-token")
    subscriptions = tuple(
        Subscription(api_organisation="johnsorg", api_id=name, state=state) for name in wanted if state is not None
    )
    DirectoryWriter(tables).save_application(replace(application_of(tables, person), subscriptions=subscriptions))


def send(http: httpx.Client, url: str, token: str, method: str, path: str) -> httpx.Response:
    options: dict[str, Any] = {"json": {}} if method == "POST" else {}
    first, again = (http.request(method, url + path, headers=bearer(token), **options) for _ in range(2))
    assert first.status_code == again.status_code
    return again


def expected_code(state: str | None, key_type: str, granted: set[str], needed: set[str]) -> str:
    """Say what the rules say, in WSO2's code; empty if the call passes."""
    if state == "PROD_ONLY_BLOCKED" and key_type == "PRODUCTION":
        return "900907"
    if state in REFUSED:
        return REFUSED[state]
    return "" if granted & needed else "900910"


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
@pytest.mark.parametrize("key_type", ["PRODUCTION", "SANDBOX"])
@pytest.mark.parametrize(
    "state", ["UNBLOCKED", "BLOCKED", "PROD_ONLY_BLOCKED", "ON_HOLD", "REJECTED", "TIER_UPDATE_PENDING", None]
)
def test_each_call_gets_the_stated_answer(
    deployed: Deployed,
    tables: Tables,
    http: httpx.Client,
    make: Make,
    token_api: str,
    token_format: str,
    key_type: str,
    state: str | None,
) -> None:
    person = make(token_format=token_format, key_type=key_type)
    tokens = {scope: person.obtain(scope) for scope in SCOPES}
    subscribe(tables, person, state)  # before any gate has read the application

    for (scope, issued), ((method, path), needed) in itertools.product(tokens.items(), ROUTES.items()):
        granted = set(issued["scope"].split())
        assert granted == (set(scope.split()) if scope != "unknown" else {"default"})
        code = expected_code(state, key_type, granted, needed)
        with ThreadPoolExecutor(max_workers=3) as callers:
            urls = (deployed.stack["orders_url"], deployed.stack["orders-http_url"], token_api)
            calls = [callers.submit(send, http, url, issued["access_token"], method, path) for url in urls]
        rest, plain, by_token = (call.result() for call in calls)
        where = f"{token_format} {key_type} {state} {scope!r} {method} {path}"
        is_open_by_token = not code and key_type == "PRODUCTION"  # that stage takes no other keys
        assert by_token.status_code == (200 if is_open_by_token else 403), where
        if code:
            assert (rest.status_code, rest.json()["code"]) == (403, code), where
            assert plain.status_code == 403, where
        else:
            assert rest.status_code in {200, 201}, f"{where}: {rest.text}"
            assert plain.status_code in {200, 201}, f"{where}: {plain.text}"
            assert plain.json()["caller"]["client_id"] == person.client.client_id


@pytest.mark.parametrize(
    ("token_format", "path", "statuses"),
    [
        pytest.param("jwt", "/t/johnsorg/token", [200, 403, 200, 403], id="a JWT of the organisation's issuer"),
        pytest.param("jwt", "/token", [401] * 4, id="a JWT of the issuer of all organisations"),
        pytest.param("opaque", "/t/johnsorg/token", [401] * 4, id="an opaque token"),
    ],
)
def test_api_gateways_own_jwt_authorizer_takes_the_organisations_jwts_and_nothing_else(
    deployed: Deployed, http: httpx.Client, make: Make, token_format: str, path: str, statuses: list[int]
) -> None:
    person = make(token_format=token_format)
    form = {"grant_type": "client_credentials", "scope": "read"}
    issued = person.post(path, form).json()["access_token"]

    assert [send(http, deployed.stack["orders-jwt_url"], issued, *route).status_code for route in ROUTES] == statuses


@pytest.mark.parametrize(
    ("name", "status"),
    [
        pytest.param("orders", 401, id="a REST API"),
        pytest.param("orders-http", 403, id="an HTTP API, for whose authorizers AWS documents no 401"),
        pytest.param("orders-jwt", 401, id="API Gateway's own JWT authorizer"),
    ],
)
@pytest.mark.parametrize("token", ["gha_none.of_ours", f"gha_{'A' * 22}.{'B' * 43}", "not a token"])
def test_bad_tokens_are_refused_and_never_a_server_error(
    deployed: Deployed, http: httpx.Client, name: str, status: int, token: str
) -> None:
    url = f"{deployed.stack[f'{name}_url']}/orders"

    assert http.get(url).status_code == 401
    assert http.get(url, headers=bearer(token)).status_code == status


def test_open_resources_ask_for_nothing(deployed: Deployed, http: httpx.Client) -> None:
    for name in ("orders", "orders-http", "orders-jwt"):
        assert http.get(f"{deployed.stack[f'{name}_url']}/health").status_code == 200


@pytest.fixture
def cache_off(deployed: Deployed) -> Iterator[None]:
    """Turn the HTTP API's cache off for a test."""
    client = deployed.aws("apigatewayv2")
    api_id = deployed.outputs("orders-http")["ApiId"]
    (authorizer,) = client.get_authorizers(ApiId=api_id)["Items"]
    key = {"ApiId": api_id, "AuthorizerId": authorizer["AuthorizerId"]}
    client.update_authorizer(**key, AuthorizerResultTtlInSeconds=0)
    yield
    client.update_authorizer(**key, AuthorizerResultTtlInSeconds=authorizer["AuthorizerResultTtlInSeconds"])


@pytest.mark.usefixtures("cache_off")
def test_without_a_cache_the_answers_are_the_same_and_a_revocation_is_seen_at_once(
    deployed: Deployed, http: httpx.Client, make: Make
) -> None:
    person = make()
    token = person.obtain("read")["access_token"]
    url = deployed.stack["orders-http_url"]

    statuses = [send(http, url, token, *route).status_code for route in ROUTES]
    person.post("/revoke", {"token": token})

    assert statuses == [200, 403, 200, 403]
    assert http.get(f"{url}/orders", headers=bearer(token)).status_code == 403


@pytest.mark.parametrize("name", ["orders", "orders-http"])
def test_block_and_unblock_are_seen_within_the_stated_seconds(
    deployed: Deployed, tables: Tables, http: httpx.Client, make: Make, name: str
) -> None:
    person = make()
    headers = bearer(person.obtain("read")["access_token"])

    def call() -> int:
        return http.get(f"{deployed.stack[f'{name}_url']}/orders", headers=headers).status_code

    assert call() == 200
    subscribe(tables, person, "BLOCKED")
    assert seen_within(SECONDS_UNTIL_SEEN, call, 403)
    subscribe(tables, person, "UNBLOCKED")
    assert seen_within(SECONDS_UNTIL_SEEN, call, 200)


@pytest.fixture(scope="module")
def token_api(deployed: Deployed, tables: Tables) -> Iterator[str]:
    """A REST API with a TOKEN authorizer and caching on, imported and published by this test; its URL."""
    region = deployed.stack["region"]
    api = rest_apis.create(deployed, "orders-token", cache_seconds=3)
    client, api_id = api.client, api.api_id
    orders = client.create_resource(restApiId=api_id, parentId=api.root_id, pathPart="orders")
    order = client.create_resource(restApiId=api_id, parentId=orders["id"], pathPart="{id}")
    for method, path in ROUTES:
        key = {"restApiId": api_id, "resourceId": order["id"] if "7" in path else orders["id"], "httpMethod": method}
        client.put_method(**key, authorizationType="CUSTOM", authorizerId=api.authorizer_id)
        client.put_method_response(**key, statusCode="200")
        client.put_integration(**key, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        client.put_integration_response(**key, statusCode="200", selectionPattern="")
    client.create_deployment(restApiId=api_id, stageName="v1")
    stage = Deployment(
        account="000000000000",
        region=region,
        gateway_id=api_id,
        stage="v1",
        organisation="johnsorg",
        api_id="orders-token",
        key_types=frozenset({"PRODUCTION"}),
    )
    publish(
        DynamoDBPublishedApis(tables),
        publisher(),
        ApiDraft(document=document(ROUTES), api_id="orders-token", deployments=(stage,)),
    )
    yield f"{deployed.stack['aws_endpoint_url']}/restapis/{api_id}/v1/_user_request_"
    client.delete_rest_api(restApiId=api_id)


def document(routes: dict[tuple[str, str], set[str]]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for (method, path), scopes in routes.items():
        paths.setdefault(path.replace("7", "{id}"), {})[method.lower()] = {"security": [{"gatehouse": sorted(scopes)}]}
    return {"openapi": "3.0.3", "info": {"title": "orders-token", "version": "1"}, "paths": paths}


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_f_02_a_cached_token_policy_is_right_for_every_route(
    token_api: str, http: httpx.Client, make: Make, token_format: str
) -> None:
    person = make(token_format=token_format)
    tokens = {scope: person.obtain(scope)["access_token"] for scope in ("read", "update", "read update")}

    for scope, token in tokens.items():
        statuses = {route: send(http, token_api, token, *route).status_code for route in ROUTES}
        assert statuses == {route: 200 if needed & set(scope.split()) else 403 for route, needed in ROUTES.items()}


def test_a_key_of_the_wrong_type_opens_nothing(token_api: str, http: httpx.Client, make: Make) -> None:
    token = make(key_type="SANDBOX").obtain("read")["access_token"]

    assert send(http, token_api, token, "GET", "/orders").status_code == 403


def test_republishing_and_the_lifecycle_take_effect_within_the_stated_seconds(
    token_api: str, tables: Tables, http: httpx.Client, make: Make
) -> None:
    token, store = make().obtain("read")["access_token"], DynamoDBPublishedApis(tables)
    api = store.find_api_now("johnsorg", "orders-token")
    assert api is not None

    def call() -> int:
        return http.get(f"{token_api}/orders", headers=bearer(token)).status_code

    def publish_with(scopes: set[str]) -> None:
        routes = {**ROUTES, ("GET", "/orders"): scopes}
        draft = ApiDraft(document=document(routes), api_id="orders-token", deployments=api.deployments)
        publish(store, publisher(), draft)

    assert call() == 200
    publish_with({"another"})
    assert seen_within(SECONDS_UNTIL_SEEN, call, 403)
    publish_with({"read"})
    assert seen_within(SECONDS_UNTIL_SEEN, call, 200)
    change_lifecycle(store, publisher(), "orders-token", "BLOCKED")
    assert seen_within(SECONDS_UNTIL_SEEN, call, 403)
    change_lifecycle(store, publisher(), "orders-token", "PUBLISHED")
    assert seen_within(SECONDS_UNTIL_SEEN, call, 200)


def test_an_api_that_does_not_check_revocation_takes_a_jwt_until_it_ends_and_no_opaque_token(
    token_api: str, tables: Tables, http: httpx.Client, make: Make
) -> None:
    store, people = (
        DynamoDBPublishedApis(tables),
        [make(token_format=token_format) for token_format in ("jwt", "opaque")],
    )
    api = store.find_api_now("johnsorg", "orders-token")
    assert api is not None
    draft = ApiDraft(document=document(ROUTES), api_id="orders-token", deployments=api.deployments)
    tokens = [person.obtain("read")["access_token"] for person in people]
    for person, token in zip(people, tokens, strict=True):
        person.post("/revoke", {"token": token})

    def call(token: str) -> int:
        return http.get(f"{token_api}/orders", headers=bearer(token)).status_code

    publish(store, publisher(), replace(draft, checks_revocation=False))
    assert seen_within(SECONDS_UNTIL_SEEN, lambda: call(tokens[0]), 200)
    assert call(tokens[1]) == 401
    publish(store, publisher(), draft)
    assert seen_within(SECONDS_UNTIL_SEEN, lambda: call(tokens[0]), 401)


def test_prm_01_the_challenges_link_leads_to_the_metadata(deployed: Deployed, http: httpx.Client) -> None:
    url = deployed.stack["orders_url"]
    challenge = http.get(f"{url}/orders").headers["www-authenticate"]
    link = challenge.split('resource_metadata="')[1].split('"')[0]

    found = http.get(link)

    assert found.status_code == 200
    assert found.json()["resource"] == url
