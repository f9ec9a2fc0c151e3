"""Refreshes that meet each other, or the grant's end: statements REF-07 and F-11."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.answers import Answer
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import INVALID_GRANT, Call, TokenService, opens


def test_ref_07_f_11_25_parallel_refreshes_end_in_one_pair_that_lives(service: TokenService, call: Call) -> None:
    issued = service.password(scope="read").json
    answers: list[Answer] = []
    barrier = threading.Barrier(25)

    def refresh() -> None:
        barrier.wait()
        answers.append(service.refresh(issued["refresh_token"]))

    racers = [threading.Thread(target=refresh) for _ in range(25)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert [answer.status for answer in answers] == [200] * 25
    assert len({json.dumps(answer.json) for answer in answers}) == 1
    assert opens(call, answers[0])
    assert service.refresh(answers[0].json["refresh_token"]).status == 200


def test_ref_07_who_loses_between_read_and_write_gets_the_winners_pair(
    service: TokenService, transport: RecordingTransport
) -> None:
    issued = service.password(scope="read update").json
    winners: list[Answer] = []
    transport.before("UpdateItem", lambda: winners.append(service.refresh(issued["refresh_token"], scope="read")))

    loser = service.refresh(issued["refresh_token"])

    assert winners == [loser]
    assert loser.json["scope"] == "read"


def test_ref_07_who_loses_to_two_rotations_is_a_thief_or_a_victim(
    service: TokenService, transport: RecordingTransport
) -> None:
    issued = service.password().json
    last: list[str] = []

    def rotate_twice() -> None:
        second = service.refresh(issued["refresh_token"]).json["refresh_token"]
        last.append(service.refresh(second).json["refresh_token"])

    transport.before("UpdateItem", rotate_twice)

    assert service.refresh(issued["refresh_token"]).refusal == INVALID_GRANT
    assert service.refresh(last[0]).refusal == INVALID_GRANT


@pytest.mark.parametrize("ending", ["revoked", "gone"])
def test_ref_07_a_grant_that_ends_between_read_and_write_issues_nothing(
    service: TokenService, transport: RecordingTransport, dump: Callable[[], list[Any]], ending: str
) -> None:
    issued = service.password().json
    key = next({"pk": item["pk"]} for item in dump() if item["pk"]["S"].startswith("GRANT"))

    def end() -> None:
        if ending == "gone":
            transport.call_uncounted("DeleteItem", {"TableName": "grants", "Key": key})
        else:
            transport.call_uncounted(
                "UpdateItem",
                {
                    "TableName": "grants",
                    "Key": key,
                    "UpdateExpression": "SET revoked = :yes",
                    "ExpressionAttributeValues": {":yes": {"BOOL": True}},
                },
            )

    transport.before("UpdateItem", end)

    assert service.refresh(issued["refresh_token"]).refusal == INVALID_GRANT
    assert len([item for item in dump() if item["pk"]["S"].startswith("GRANT")]) == (0 if ending == "gone" else 1)


def test_ref_07_a_write_whose_answer_was_lost_is_repeated_with_the_same_outcome(
    service: TokenService, transport: RecordingTransport
) -> None:
    """The signed transport sends a write again if its answer was lost: the second try meets the first one's work."""
    issued = service.password().json
    call = transport.call

    def twice(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "UpdateItem":
            call(operation, request)
        return call(operation, request)

    transport.call = twice
    second = service.refresh(issued["refresh_token"])
    transport.call = call

    assert second.status == 200
    assert service.refresh(second.json["refresh_token"]).status == 200
