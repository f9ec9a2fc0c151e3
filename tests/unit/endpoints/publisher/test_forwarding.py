"""The publisher API through the store: its answers pass unchanged, and busy publishing is told in full."""

import json
import re
from typing import Any

import pytest

from gatehouse.domain.apis.publishing_shares import PublishingShares
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse.endpoints import requests
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.publisher.forwarding import BASE, PublisherFront
from gatehouse.endpoints.publisher.scopes import CHANGES
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.grants import DynamoDBGrants
from gatehouse.storage.publishing_places import DynamoDBPublishingPlaces
from tests import http_events, roles
from tests.answers import Answer
from tests.publishing_function import PublishingInProcess
from tests.refusals import answered
from tests.unit.endpoints.publisher.conftest import Publisher

DOCUMENT = {"openapi": "3.0.3", "info": {"title": "Orders", "version": "1"}, "paths": {}}


@pytest.fixture
def function(tables: Tables) -> PublishingInProcess:
    return PublishingInProcess(tables)


def front(function: PublishingInProcess) -> PublisherFront:
    acting = roles.acting_as(function.tables, "Store")
    bearers = Bearers(Subjects(DynamoDBDirectory(acting, TtlCache(0)), DynamoDBGrants(acting)))
    return PublisherFront(function, bearers, PublishingShares(DynamoDBPublishingPlaces(acting), 0))


def send(function: PublishingInProcess, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    event = http_events.http(method, BASE + path, headers=headers, json_body=body)
    return Answer.of(answered(lambda request: front(function).answer(request, event), requests.parse(event)))


def test_requests_and_answers_pass_unchanged(publisher: Publisher, function: PublishingInProcess) -> None:
    authorization = f"Bearer {publisher.token('apim:api_publish')}"

    made = send(function, "POST", "/apis", {"document": DOCUMENT}, authorization=authorization)
    shown = send(function, "GET", "/apis/orders-1", authorization=authorization)
    refused = send(function, "GET", "/apis")

    assert (made.status, made.headers["Location"]) == (201, f"{BASE}/apis/orders-1")
    assert shown.json["name"] == "Orders"
    assert refused.status == 401


def test_busy_publishing_is_a_503_that_says_when_to_try_again(
    publisher: Publisher, function: PublishingInProcess
) -> None:
    function.is_busy = True

    authorization = f"Bearer {publisher.token('apim:api_publish')}"
    answer = send(function, "POST", "/apis", {"document": DOCUMENT}, authorization=authorization)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json["description"].startswith("Too many documents are being read at this moment.")


@pytest.mark.parametrize(
    "answer", [None, {"errorMessage": "Task timed out after 15.00 seconds"}, TemporarilyUnavailableError("why")]
)
def test_a_function_that_fails_is_an_outage(function: PublishingInProcess, answer: Any) -> None:
    def invoke(event: Any) -> Any:
        del event
        if isinstance(answer, Exception):
            raise answer
        return answer

    function.invoke = invoke

    refused = send(function, "GET", "/apis")

    assert (refused.status, "Retry-After" in refused.headers) == (503, True)
    assert json.loads(refused.body)["code"] == 503


@pytest.mark.parametrize("scope", ["apim:api_view", "apim:api_publish", "apim:subscription_block"])
@pytest.mark.parametrize(("method", "template"), [*CHANGES, ("PUT", "/apis"), ("POST", "/nothing"), ("PATCH", "/apis")])
def test_whoever_lacks_the_scope_is_answered_as_by_the_function_and_takes_neither_a_place_nor_an_execution(
    publisher: Publisher, function: PublishingInProcess, method: str, template: str, scope: str
) -> None:
    """What does not exist is answered by the function, and takes a place as every other call does."""
    path = re.sub(r"{.+?}", "x", template)
    headers = {"authorization": f"Bearer {publisher.token(scope)}"}
    event = http_events.http(method, BASE + path, headers=headers, json_body={})
    wanted = Answer.of(function.invoke(event))
    function.events.clear()

    answer = send(function, method, path, {}, **headers)

    assert (answer.status, answer.headers, answer.body) == (wanted.status, wanted.headers, wanted.body)
    is_refused = (method, template) in CHANGES and scope not in CHANGES[method, template]
    assert (answer.status == 401) == is_refused
    assert is_refused == (not function.events)
    taken = DynamoDBPublishingPlaces(function.tables).find_places("johnsorg").revision
    assert is_refused == (taken == 0)


@pytest.mark.parametrize(
    ("path", "is_taken"), [(f"{BASE}/apis", True), (BASE, False), ("/api/am/devportal/v3/apis", False), ("/", False)]
)
def test_other_requests_are_left_to_the_store(function: PublishingInProcess, path: str, is_taken: object) -> None:
    assert front(function).takes(requests.parse(http_events.http("GET", path))) == is_taken
