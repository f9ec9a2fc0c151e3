"""Answers of a JSON API: what Lambda would not take is refused, with words that help."""

import json
from typing import Any

import pytest

from gatehouse.domain.kernel import caller
from gatehouse.endpoints import requests
from gatehouse.endpoints.rest import operations
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter
from tests import factories, http_events
from tests.refusals import answered

LAMBDA_MAX_BYTES = 6 * 1024 * 1024


class _Issuers:
    def of(self, *_: Any) -> str:
        return "https://auth.example"


class _Parrot:
    """Answers with as many of these letters as it is asked for."""

    @OperationRouter(is_catalogue=True).get("/letters/{letter}/{count}")
    def find(self, call: ApiCall) -> Answer:
        return Answer([call.path["letter"] * 1_000] * int(call.path["count"]))

    @OperationRouter(is_catalogue=True).get("/query", query=("described",))
    def find_query(self, call: ApiCall) -> Answer:
        return Answer(dict(call.query))


def _answer(path: str, **query: str) -> Any:
    nobody: Any = None
    issuers: Any = _Issuers()
    visitor = caller.anonymous("johnsorg", factories.NOW * 1000)
    api = JsonApi("", operations.collect(_Parrot()), nobody, issuers, find_visitor=lambda _: visitor)
    return answered(api.answer, requests.parse(http_events.http("GET", path, query=query)))


@pytest.mark.parametrize(
    ("letter", "count", "status"),
    [("a", 4_000, 200), ("a", 6_000, 400), ("界", 4_000, 400), ("%22", 1_000, 200), ("%22", 2_000, 400)],
)
def test_an_answer_that_lambda_would_not_take_is_refused(letter: str, count: int, status: int) -> None:
    answer = _answer(f"/letters/{letter}/{count}")

    assert answer["statusCode"] == status
    assert len(json.dumps(answer, ensure_ascii=False).encode()) < LAMBDA_MAX_BYTES


def test_an_operation_reads_no_parameter_of_the_query_that_its_description_lacks() -> None:
    assert json.loads(_answer("/query", described="1", hidden="2")["body"]) == {"described": "1"}
