"""The transport that runs in Lambda: its signature beside botocore's, its retries, what it makes of answers."""

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws import deadlines, transport
from gatehouse.storage.aws.credentials import AwsCredentials
from gatehouse.storage.aws.transport import (
    DYNAMODB,
    SECRETS_MANAGER,
    ConditionFailedError,
    RequestRefusedError,
    Service,
    SignedTransport,
    TransactionCanceledError,
)
from gatehouse.storage.dynamodb.tables import Tables
from tests.clocks import Clock

NOW = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
OK = (200, b"{}")

type Scripted = tuple[int, bytes] | OSError


class ScriptedConnection:
    """Plays a script of answers and breakdowns, and remembers what it was sent."""

    script: list[Scripted]
    sent: list[tuple[Mapping[str, str], bytes]]
    closed: int
    timeouts: list[float]

    def __init__(self, *_: object, **__: object) -> None: ...

    def open(self) -> None:
        self._next()

    def exchange(self, request: bytes, timeout: float) -> tuple[int, bytes]:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name: value for name, _, value in (line.partition(": ") for line in lines)}
        assert first == "POST / HTTP/1.1"
        assert headers["Content-Length"] == str(len(body))
        type(self).sent.append((headers, body))
        type(self).timeouts.append(timeout)
        return self._next()

    def close(self) -> None:
        type(self).closed += 1

    def _next(self) -> tuple[int, bytes]:
        answer = type(self).script.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer


class RetryClock(Clock):
    """Time that passes only by sleeping; each attempt takes `attempt_seconds`."""

    def __init__(self) -> None:
        super().__init__(now=0)
        self.slept: list[float] = []
        self.attempt_seconds = 0.0
        self._attempts = itertools.count()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)

    def monotonic(self) -> float:
        return max(0, next(self._attempts) - 1) * self.attempt_seconds + self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> RetryClock:
    clock = RetryClock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(time, "gmtime", lambda: NOW.timetuple())
    monkeypatch.setattr(deadlines.clock, "begin", lambda: None)
    return clock


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ScriptedConnection]]:
    ScriptedConnection.script, ScriptedConnection.sent, ScriptedConnection.closed, ScriptedConnection.timeouts = (
        [],
        [],
        0,
        [],
    )
    deadlines.begin(None)
    monkeypatch.setattr(transport, "HttpConnection", ScriptedConnection)
    yield ScriptedConnection
    deadlines.begin(None)
    assert ScriptedConnection.script == []


def signed(service: Service = DYNAMODB, session_token: str = "", url: str = "https://dynamodb.test") -> SignedTransport:
    credentials = AwsCredentials(
        access_key_id="AKIDEXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG", session_token=session_token
    )
    return SignedTransport(url, "eu-west-1", lambda: credentials, service)


def refusal(code: str, status: int = 400, **more: Any) -> tuple[int, bytes]:
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **more}).encode()


@pytest.mark.parametrize("service", [DYNAMODB, SECRETS_MANAGER], ids=lambda service: service.name)
@pytest.mark.parametrize("session_token", ["", "IQoJb3JpZ2luX2VjEXAMPLE/+="], ids=["long-lived", "of a role"])
@pytest.mark.parametrize("host", ["dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:4566"])
def test_the_signature_is_the_one_that_botocore_makes(
    connection: type[ScriptedConnection],
    monkeypatch: pytest.MonkeyPatch,
    service: Service,
    session_token: str,
    host: str,
) -> None:
    connection.script = [OK]
    signed(service, session_token, f"https://{host}").call("GetItem", {"TableName": "té", "Key": {"pk": {"S": "x"}}})
    headers, body = connection.sent[0]

    theirs = AWSRequest(
        "POST", f"https://{host}/", data=body, headers={"X-Amz-Target": f"{service.target}.GetItem", "Host": host}
    )
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: NOW.replace(tzinfo=None))
    credentials = BotoCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", session_token or None)
    SigV4Auth(credentials, service.name, "eu-west-1").add_auth(theirs)

    assert headers["Authorization"] == theirs.headers["Authorization"]
    assert headers["x-amz-date"] == theirs.headers["X-Amz-Date"]
    assert headers.get("x-amz-security-token") == theirs.headers.get("X-Amz-Security-Token")
    assert headers["Content-Type"] == service.media_type


def test_each_call_is_signed_by_its_own_second(
    connection: type[ScriptedConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.script = [OK, OK, OK]
    seconds = iter([1.0, 1.9, 2.0])
    monkeypatch.setattr(time, "time", lambda: next(seconds))
    dates = iter([NOW, NOW.replace(second=7)])
    monkeypatch.setattr(time, "gmtime", lambda: next(dates).timetuple())
    calling = signed()

    for _ in range(3):
        calling.call("GetItem", {})

    stamps = [(headers["x-amz-date"][-3:], headers["Authorization"]) for headers, _ in connection.sent]
    assert [date for date, _ in stamps] == ["06Z", "06Z", "07Z"]
    assert stamps[0] == stamps[1]
    assert stamps[1][1] != stamps[2][1]


def test_calls_of_different_operations_are_signed_as_what_they_are(connection: type[ScriptedConnection]) -> None:
    connection.script = [OK, OK, OK]
    calling = signed()

    for operation in ("GetItem", "PutItem", "GetItem"):
        calling.call(operation, {})

    targets = [headers["x-amz-target"].rpartition(".")[2] for headers, _ in connection.sent]
    signatures = [headers["Authorization"] for headers, _ in connection.sent]
    assert targets == ["GetItem", "PutItem", "GetItem"]
    assert len(set(signatures)) == 2


def test_an_answer_is_read_as_json(connection: type[ScriptedConnection]) -> None:
    connection.script = [(200, '{"Item": {"pk": {"S": "é"}}}'.encode())]

    assert signed().call("GetItem", {}) == {"Item": {"pk": {"S": "é"}}}


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(ConnectionResetError(), id="a kept-alive connection that was closed meanwhile"),
        pytest.param(TimeoutError(), id="no answer in time"),
        pytest.param(refusal("ProvisionedThroughputExceededException"), id="throttled table"),
        pytest.param(refusal("ThrottlingException"), id="throttled account"),
        pytest.param(refusal("RequestLimitExceeded"), id="request limit"),
        pytest.param(refusal("InternalServerError", 500), id="DynamoDB's own failure"),
        pytest.param((503, b"<html>"), id="a load balancer's page"),
        pytest.param(refusal("TransactionInProgressException"), id="the same transaction still runs"),
        pytest.param(
            refusal("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}]),
            id="another transaction on the same item",
        ),
        pytest.param(
            refusal(
                "TransactionCanceledException", CancellationReasons=[{"Code": "None"}, {"Code": "ThrottlingError"}]
            ),
            id="throttled inside a transaction",
        ),
    ],
)
def test_what_may_pass_is_tried_again_at_once(
    connection: type[ScriptedConnection], clock: RetryClock, first: Scripted
) -> None:
    connection.script = [first, (200, b'{"a": 1}')]

    assert signed().call("GetItem", {}) == {"a": 1}
    assert clock.slept == []
    assert connection.closed == isinstance(first, OSError)


def test_what_does_not_pass_is_tried_four_times_with_growing_pauses(
    connection: type[ScriptedConnection], clock: RetryClock
) -> None:
    connection.script = [refusal("ThrottlingException")] * 4

    with pytest.raises(TemporarilyUnavailableError) as unavailable:
        signed().call("PutItem", {"secret": "geheim"})

    assert unavailable.value.reason == "PutItem: 400 ThrottlingException"
    assert len(connection.sent) == 4
    assert len(clock.slept) == 2
    assert all(0 <= pause <= limit for pause, limit in zip(clock.slept, (0.1, 0.2), strict=True))


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"])
def test_a_throttled_transaction_is_resent_byte_for_byte_and_then_an_outage_not_a_lost_race(
    connection: type[ScriptedConnection], reason: str
) -> None:
    reasons = [{"Code": "None"}, {"Code": reason}]
    connection.script = [refusal("TransactionCanceledException", CancellationReasons=reasons)] * 4

    with pytest.raises(TemporarilyUnavailableError) as unavailable:
        Tables(transport=signed(), directory="directory", grants="grants").try_transact([{"Put": {}}])

    assert unavailable.value.reason == f"TransactWriteItems: 400 TransactionCanceledException {reason}"
    bodies = {body for _, body in connection.sent}
    assert len(connection.sent) == 4
    assert len(bodies) == 1
    assert len(json.loads(bodies.pop())["ClientRequestToken"]) == 32


def test_attempts_end_within_the_authorizers_time_out(connection: type[ScriptedConnection], clock: RetryClock) -> None:
    clock.attempt_seconds = 2.0
    connection.script = [TimeoutError()] * 2

    with pytest.raises(TemporarilyUnavailableError):
        signed().call("GetItem", {})


class Invocation:
    """A Lambda context with so much time left."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


def test_calls_are_bounded_by_the_remaining_time_of_the_invocation(
    connection: type[ScriptedConnection], clock: RetryClock
) -> None:
    deadlines.begin(Invocation(1.3))
    clock.attempt_seconds = 0.6
    connection.script = [TimeoutError()]

    with pytest.raises(TemporarilyUnavailableError):
        signed().call("GetItem", {})

    assert connection.timeouts == [pytest.approx(0.4)]  # pyright: ignore[reportUnknownMemberType] - no types for it


def test_a_call_without_time_left_is_an_outage_at_once(connection: type[ScriptedConnection]) -> None:
    deadlines.begin(Invocation(0.2))

    with pytest.raises(TemporarilyUnavailableError) as unavailable:
        signed().call("GetItem", {})

    assert unavailable.value.reason == "GetItem: no time left"
    assert connection.sent == []


def test_an_attempt_has_two_seconds_where_the_invocation_has_more(connection: type[ScriptedConnection]) -> None:
    deadlines.begin(Invocation(60))
    connection.script = [OK]

    signed().call("GetItem", {})

    assert connection.timeouts == [2.0]


def test_an_attempt_has_as_long_as_an_operator_waits(connection: type[ScriptedConnection], clock: RetryClock) -> None:
    credentials = AwsCredentials(access_key_id="AKIDEXAMPLE", secret_access_key="x")
    clock.attempt_seconds = 40
    connection.script = [TimeoutError(), OK]

    SignedTransport("https://dynamodb.test", "eu-west-1", lambda: credentials, patience_seconds=60).call("Scan", {})

    assert connection.timeouts == [60, 60]


def test_a_failed_condition_is_no_outage(connection: type[ScriptedConnection]) -> None:
    connection.script = [refusal("ConditionalCheckFailedException", Item={"pk": {"S": "x"}})]

    with pytest.raises(ConditionFailedError) as failed:
        signed().call("PutItem", {})

    assert failed.value.item == {"pk": {"S": "x"}}


def test_a_canceled_transaction_says_why(connection: type[ScriptedConnection]) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}]
    connection.script = [refusal("TransactionCanceledException", CancellationReasons=reasons)]

    with pytest.raises(TransactionCanceledError) as canceled:
        signed().call("TransactWriteItems", {})

    assert canceled.value.reasons == ["None", "ConditionalCheckFailed"]


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"])
def test_what_is_our_fault_is_not_tried_again(connection: type[ScriptedConnection], code: str) -> None:
    connection.script = [refusal(code, message="why")]

    with pytest.raises(RequestRefusedError, match=f"400 {code}: why"):
        signed().call("PutItem", {})


def test_keys_that_a_throttled_table_leaves_unprocessed_are_asked_for_after_a_pause(
    connection: type[ScriptedConnection], clock: RetryClock
) -> None:
    tables = Tables(transport=signed(), directory="directory", grants="grants")
    left = {"directory": {"Keys": [{"pk": {"S": "b"}}], "ConsistentRead": True}}
    throttled = 200, json.dumps({"Responses": {}, "UnprocessedKeys": left}).encode()
    answered = 200, json.dumps({"Responses": {"directory": [{"pk": {"S": "b"}}]}}).encode()
    connection.script = [throttled, throttled, throttled, answered]

    assert tables.get_items([("directory", {"pk": {"S": "b"}})]) == [{"pk": {"S": "b"}}]

    assert len(clock.slept) == 2
    assert all(0 <= pause <= limit for pause, limit in zip(clock.slept, (0.1, 0.2), strict=True))


def test_warming_up_to_nothing_is_no_failure(connection: type[ScriptedConnection]) -> None:
    connection.script = [ConnectionRefusedError(), OK]
    waiting = signed()

    waiting.warm_up()

    assert waiting.call("GetItem", {}) == {}


def test_credentials_are_asked_for_each_call(connection: type[ScriptedConnection]) -> None:
    connection.script = [OK, OK]
    keys = iter(["first", "second"])
    renewing = SignedTransport(
        "http://localhost:1",
        "eu-west-1",
        lambda: AwsCredentials(access_key_id=next(keys), secret_access_key="x"),
    )

    renewing.call("GetItem", {})
    renewing.call("GetItem", {})

    assert [headers["Authorization"].split("/")[0].rpartition("=")[2] for headers, _ in connection.sent] == [
        "first",
        "second",
    ]


def test_credentials_that_cannot_be_had_are_an_outage(connection: type[ScriptedConnection]) -> None:
    def unreachable() -> AwsCredentials:
        raise ConnectionRefusedError

    with pytest.raises(TemporarilyUnavailableError):
        SignedTransport("http://localhost:1", "eu-west-1", unreachable).call("GetItem", {})

    assert connection.sent == []
