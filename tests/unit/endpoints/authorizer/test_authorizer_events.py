"""The one authorizer for every kind of event: what each is answered, on moto."""

from collections.abc import Callable
from copy import replace
from dataclasses import dataclass
from typing import Any

import pytest

from gatehouse.bootstrap import plans
from gatehouse.domain.apis.apis import Resource, Subscription
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories, http_events
from tests.factories import NOW
from tests.unit import iam
from tests.unit.endpoints.conftest import TokenService

ARN = http_events.STAGE_ARN
TOKEN_EVENT = http_events.token_authorizer("x", "GET", "/orders")


@dataclass
class Gate:
    """Sends one event of each kind; `says` is how API Gateway would understand the answer."""

    authorizer: Authorizer
    now: int = NOW

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        answer: Any = self.authorizer.answer(event, self.now)
        return answer

    def rest(self, token: str, method: str, path: str, resource: str) -> dict[str, Any]:
        return self.send(http_events.request_authorizer(f"Bearer {token}", method, resource, path=path))

    def token(self, token: str, method: str, path: str) -> dict[str, Any]:
        return self.send(http_events.token_authorizer(f"Bearer {token}", method, path))

    def http(self, token: str, route_key: str, method: str, path: str) -> dict[str, Any]:
        return self.send(http_events.http_authorizer(f"Bearer {token}", route_key, path=f"{method} {path}"))


@pytest.fixture
def events(gate: Authorizer) -> Gate:
    return Gate(gate)


@pytest.fixture
def token(service: TokenService) -> Callable[[str], str]:
    return lambda scope: service.password(scope=scope).json["access_token"]


def test_f_02_a_rest_answer_opens_its_own_route_for_every_value_and_no_other(
    events: Gate, token: Callable[[str], str]
) -> None:
    answer = events.rest(token("read"), "GET", "/orders/1", "/orders/{id}")

    assert iam.is_allowed(answer, f"{ARN}/GET/orders/1")
    assert iam.is_allowed(answer, f"{ARN}/GET/orders/2")
    assert not iam.is_allowed(answer, f"{ARN}/POST/orders")
    assert not iam.is_allowed(answer, f"{ARN.replace('v1', 'v2')}/GET/orders/1")
    assert answer["context"]["scope"] == "read"


def test_f_02_a_token_answer_is_right_for_every_route_at_once(events: Gate, token: Callable[[str], str]) -> None:
    answer = events.token(token("read"), "DELETE", "/orders/1")

    calls = ["GET/orders", "POST/orders", "GET/orders/1", "DELETE/orders/1"]
    assert [iam.is_allowed(answer, f"{ARN}/{call}") for call in calls] == [True, False, True, False]
    assert answer["context"]["code"] == "900910"
    assert answer["context"]["username"] == "john@gmail.com"
    assert answer["context"]["www_authenticate"] == 'Bearer realm="gatehouse", error="insufficient_scope"'


@pytest.mark.parametrize("tier", ["Bronze", "Unlimited"])
def test_rest_answers_name_the_key_that_counts_the_call(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter, tier: str
) -> None:
    access_token = token("read")
    subscription = Subscription(api_organisation="johnsorg", api_id="orders", tier=tier)
    johnsorg.save_application(factories.application(subscriptions=(subscription,)))
    names = plans.names(factories.settings())

    answers = [
        events.rest(access_token, "GET", "/orders", "/orders"),
        events.token(access_token, "GET", "/orders"),
    ]

    own, shared = names.key("johnsorg", "app-1").value, names.shared_key().value
    assert {answer["usageIdentifierKey"] for answer in answers} == {own if tier == "Bronze" else shared}
    assert own != shared
    assert own.isalnum()
    assert "usageIdentifierKey" not in events.http(access_token, "GET /orders", "GET", "/orders")


def test_a_token_without_any_scope_of_the_api_opens_nothing_by_token_event(
    events: Gate, token: Callable[[str], str]
) -> None:
    answer = events.token(token("other"), "GET", "/orders")

    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert not iam.is_allowed(answer, f"{ARN}/GET/orders")


def test_an_unsubscribed_application_is_told_so_by_token_event(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter
) -> None:
    access_token = token("read")
    johnsorg.save_application(factories.application(subscriptions=()))

    answer = events.token(access_token, "GET", "/orders")

    assert not iam.is_allowed(answer, f"{ARN}/GET/orders")
    assert answer["context"]["code"] == "900908"


@pytest.mark.parametrize(
    ("route_key", "method", "path", "expected"),
    [
        pytest.param("GET /orders", "GET", "/orders", True, id="scope is there"),
        pytest.param("POST /orders", "POST", "/orders", False, id="scope is missing"),
        pytest.param("GET /orders/{number}", "GET", "/orders/7", True, id="path variable of another name"),
        pytest.param("ANY /orders", "GET", "/orders", False, id="a route for any method was not published"),
        pytest.param("$default", "GET", "/orders", False, id="the default route was not published"),
    ],
)
def test_an_http_api_gets_a_simple_answer(
    events: Gate, token: Callable[[str], str], route_key: str, method: str, path: str, *, expected: bool
) -> None:
    answer = events.http(token("read"), route_key, method, path)

    assert answer["isAuthorized"] is expected
    assert "policyDocument" not in answer


def test_an_http_api_that_wants_policies_gets_one(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_deployment(factories.deployment(has_simple_answers=False))

    allowed = events.http(token("read"), "GET /orders/{id}", "GET", "/orders/7")
    denied = events.http(token("read"), "POST /orders", "POST", "/orders")

    assert "isAuthorized" not in allowed
    assert iam.is_allowed(allowed, f"{ARN}/GET/orders/8")
    assert not iam.is_allowed(denied, f"{ARN}/POST/orders")
    assert denied["context"]["code"] == "900910"


def test_the_default_route_of_an_http_api_is_the_resource_that_aws_exports(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter
) -> None:
    route = Resource(method="ANY", path="/$default", scopes=frozenset({"read"}))
    johnsorg.save_api(factories.api(resources=(route,)))

    assert events.http(token("read"), "$default", "GET", "/any/thing")["isAuthorized"] is True


def test_an_http_api_in_payload_format_1_gets_policies_and_no_exception(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter
) -> None:
    """AWS documents a 500 for the exception there, and knows simple answers in format 2.0 only."""

    def ask(presented: str, method: str, resource: str, path: str) -> dict[str, Any]:
        event = http_events.request_authorizer(f"Bearer {presented}", method, resource, path=path)
        return events.send(event | {"version": "1.0"})

    route = Resource(method="ANY", path="/$default", scopes=frozenset({"read"}))
    johnsorg.save_api(factories.api(resources=(*factories.api().resources, route)))
    with pytest.raises(UnauthorizedError) as refused:
        ask("nonsense", "GET", "/orders", "/orders")
    default = ask(token("read"), "GET", "$default", "/any/thing")
    denied = ask(token("update"), "GET", "$default", "/any/thing")

    bad: Any = refused.value.answer
    assert not iam.is_allowed(bad, f"{ARN}/GET/orders")
    assert iam.is_allowed(default, f"{ARN}/GET/any/thing")
    assert not iam.is_allowed(denied, f"{ARN}/GET/any/thing")
    for answer in (bad, default, denied):
        assert not {"isAuthorized", "usageIdentifierKey"} & answer.keys()


@pytest.mark.parametrize("subscribed", [True, False])
@pytest.mark.parametrize("path", ["/orders", "/unpublished"])
@pytest.mark.parametrize("kind", ["rest", "token", "http"])
def test_a_denied_call_names_its_application_for_access_logs(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter, kind: str, path: str, *, subscribed: bool
) -> None:
    access_token = token("read")
    if not subscribed:
        johnsorg.save_application(factories.application(subscriptions=()))
    answers = {
        "rest": lambda: events.rest(access_token, "POST", path, path),
        "token": lambda: events.token(access_token, "POST", path),
        "http": lambda: events.http(access_token, f"POST {path}", "POST", path),
    }

    context = answers[kind]()["context"]

    assert context["code"] in {"900906", "900908", "900910"}
    assert (context["organisation"], context["application_id"]) == ("johnsorg", "app-1")


def test_an_unknown_stage_is_refused_in_both_of_an_http_apis_languages(
    events: Gate, token: Callable[[str], str]
) -> None:
    event_arn = ARN.replace("abc123", "unknown")
    answer = events.send(http_events.http_authorizer(f"Bearer {token('read')}", "GET /orders", stage=event_arn))

    assert answer["isAuthorized"] is False
    assert not iam.is_allowed(answer, f"{event_arn}/GET/orders")


def test_an_api_without_resources_opens_nothing(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter
) -> None:
    access_token = token("read")
    johnsorg.save_api(factories.api(resources=()))

    assert not iam.is_allowed(events.token(access_token, "GET", "/orders"), f"{ARN}/GET/orders")
    assert events.rest(access_token, "GET", "/orders", "/orders")["context"]["code"] == "900906"


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({}, id="empty"),
        pytest.param([], id="no object"),
        pytest.param(http_events.without(TOKEN_EVENT, "authorizationToken"), id="no token"),
        pytest.param(
            http_events.token_authorizer("x", "GET", "/orders", methodArn="arn:aws:s3:::bucket"), id="other ARN"
        ),
        pytest.param(
            http_events.without(http_events.request_authorizer("x", "GET", "/orders"), "requestContext"),
            id="no context",
        ),
        pytest.param(http_events.http_authorizer("x", "GET /orders", routeKey=None, routeArn=None), id="nulls"),
    ],
)
def test_a_malformed_event_is_unauthorized(events: Gate, event: Any) -> None:
    with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
        events.send(event)


def test_a_resource_that_is_open_to_everybody_asks_for_no_subscription(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter
) -> None:
    access_token = token("read")
    health = Resource(method="GET", path="/health", security="none")
    johnsorg.save_api(factories.api(resources=(*factories.api().resources, health)))
    johnsorg.save_application(factories.application(subscriptions=()))

    by_route = events.rest(access_token, "GET", "/health", "/health")
    at_once = events.token(access_token, "GET", "/orders")

    assert iam.is_allowed(by_route, f"{ARN}/GET/health")
    assert iam.is_allowed(at_once, f"{ARN}/GET/health")
    assert not iam.is_allowed(at_once, f"{ARN}/GET/orders")


@pytest.mark.parametrize(
    ("state", "code"),
    [
        pytest.param("UNBLOCKED", None, id="unblocked"),
        pytest.param("BLOCKED", "900907", id="blocked"),
        pytest.param("ON_HOLD", "900909", id="on hold"),
    ],
)
def test_the_state_of_the_subscription_decides(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter, state: str, code: str | None
) -> None:
    access_token = token("read")
    subscription = Subscription(api_organisation="johnsorg", api_id="orders", state=state)
    johnsorg.save_application(factories.application(subscriptions=(subscription,)))

    assert events.rest(access_token, "GET", "/orders", "/orders")["context"].get("code") == code
    assert events.http(access_token, "GET /orders", "GET", "/orders")["isAuthorized"] is (code is None)


@pytest.mark.parametrize("lifecycle", ["BLOCKED", "RETIRED"])
def test_a_closed_api_is_closed_for_what_it_opens_to_everybody_too(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter, lifecycle: Any
) -> None:
    access_token = token("read")
    health = Resource(method="GET", path="/health", security="none")
    johnsorg.save_api(factories.api(resources=(*factories.api().resources, health), lifecycle=lifecycle))

    by_route = events.rest(access_token, "GET", "/health", "/health")
    at_once = events.token(access_token, "GET", "/health")

    assert not iam.is_allowed(by_route, f"{ARN}/GET/health")
    assert not iam.is_allowed(at_once, f"{ARN}/GET/health")
    assert events.http(access_token, "GET /health", "GET", "/health")["isAuthorized"] is False


def test_a_token_event_opens_no_route_that_nobody_published(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter
) -> None:
    access_token = token("read")
    johnsorg.save_api(factories.api(resources=(Resource(method="GET", path="/orders", scopes=frozenset({"read"})),)))

    answer = events.token(access_token, "GET", "/orders")

    assert iam.is_allowed(answer, f"{ARN}/GET/orders")
    assert not iam.is_allowed(answer, f"{ARN}/GET/orders-of-others")
    assert not iam.is_allowed(answer, f"{ARN}/DELETE/orders")


def test_an_api_that_is_no_longer_shared_is_closed_to_the_others_subscriptions(
    events: Gate, token: Callable[[str], str], johnsorg: DirectoryWriter
) -> None:
    access_token = token("read")
    shared = factories.api(organisation="acme", resources=(Resource(method="GET", path="/orders"),), visibility="ALL")
    subscription = Subscription(api_organisation="acme", api_id="orders")
    johnsorg.save_application(factories.application(subscriptions=(subscription,)))
    johnsorg.save_deployment(factories.deployment(organisation="acme"))
    johnsorg.save_api(shared)
    assert events.http(access_token, "GET /orders", "GET", "/orders")["isAuthorized"] is True

    johnsorg.save_api(replace(shared, visibility="CHOSEN", visible_to=frozenset({"another"})))

    assert events.rest(access_token, "GET", "/orders", "/orders")["context"]["code"] == "900908"


BAD_TOKENS = [
    pytest.param(f"gha_{'A' * 22}.{'B' * 43}", id="nobody's"),
    pytest.param("not a token", id="unreadable"),
    pytest.param("", id="empty"),
]


def refused(events: Gate, token: str) -> UnauthorizedError:
    with pytest.raises(UnauthorizedError) as caught:
        events.http(token, "GET /orders", "GET", "/orders")
    return caught.value


@pytest.mark.parametrize("token", BAD_TOKENS)
@pytest.mark.usefixtures("service")
def test_a_bad_token_at_an_http_api_is_denied_by_what_aws_documents(events: Gate, token: str) -> None:
    answer = refused(events, token).answer

    assert answer == {"isAuthorized": False, "context": {"error": "invalid_token", "code": "900901"}}


@pytest.mark.parametrize("token", BAD_TOKENS)
def test_a_bad_token_at_an_http_api_that_wants_policies_is_denied_by_one(
    events: Gate, johnsorg: DirectoryWriter, token: str
) -> None:
    johnsorg.save_deployment(factories.deployment(has_simple_answers=False))

    answer: Any = refused(events, token).answer

    assert "isAuthorized" not in answer
    assert answer["principalId"]
    assert not iam.is_allowed(answer, f"{ARN}/GET/orders")


@pytest.mark.usefixtures("service")
def test_a_bad_token_at_an_unknown_stage_of_an_http_api_is_refused_in_both_languages(gate: Authorizer) -> None:
    event = http_events.http_authorizer("Bearer nothing", "GET /orders", stage=ARN.replace("v1", "v2"))

    with pytest.raises(UnauthorizedError) as caught:
        gate.answer(event, NOW)

    answer: Any = caught.value.answer
    assert answer["isAuthorized"] is False
    assert not iam.is_allowed(answer, f"{ARN}/GET/orders")


@pytest.mark.parametrize("token", BAD_TOKENS)
@pytest.mark.usefixtures("service")
def test_the_deployment_may_have_it_raised(gate: Authorizer, token: str) -> None:
    assert refused(Gate(replace(gate, raises_at_http_apis=True)), token).answer is None


@pytest.mark.usefixtures("service")
def test_a_bad_token_at_a_rest_api_is_always_raised(events: Gate) -> None:
    for send in (
        lambda: events.rest("nothing", "GET", "/orders", "/orders"),
        lambda: events.token("nothing", "GET", "/orders"),
    ):
        with pytest.raises(UnauthorizedError) as caught:
            send()
        assert caught.value.answer is None
