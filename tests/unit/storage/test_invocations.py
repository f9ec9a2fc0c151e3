"""Calling other functions: the request beside botocore's signature, and what is made of Lambda's answers."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from gatehouse.domain.kernel.errors import DomainError, TemporarilyUnavailableError
from gatehouse.domain.kernel.fetching import FetchedDocument, FetchError
from gatehouse.domain.kernel.refusals import BusyError, InvalidInputError
from gatehouse.storage.aws import invocations, transport
from gatehouse.storage.aws.credentials import AwsCredentials
from gatehouse.storage.aws.invocations import FetcherFunction, PublishingFunction
from gatehouse.storage.aws.transport import RequestRefusedError

NOW = datetime(2026, 11, 29, 4, 5, 6, tzinfo=UTC)
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:gatehouse-Fetcher-1X:live"
TARGET = "/2015-03-31/functions/gatehouse-Fetcher-1X/invocations?Qualifier=live"
URL = "https://client.example/jwks.json"


class InvocationConnection:
    """Answers as it is told, and remembers what it was sent."""

    def __init__(self, answer: tuple[int, bytes] | OSError) -> None:
        self.answer = answer
        self.sent: list[tuple[Mapping[str, str], bytes, float, str]] = []
        self.is_closed = False

    def post(self, headers: Mapping[str, str], body: bytes, timeout: float, target: str) -> tuple[int, bytes]:
        self.sent.append((headers, body, timeout, target))
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer

    def close(self) -> None:
        self.is_closed = True


def call(monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes] | OSError) -> tuple[InvocationConnection, Any]:
    return run(monkeypatch, answer, FetcherFunction, lambda function: function.fetch("johnsorg", URL, 5120))


def publish(monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes] | OSError) -> tuple[InvocationConnection, Any]:
    return run(monkeypatch, answer, PublishingFunction, lambda function: function.invoke({"path": "/\u00e9"}))


def run(
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, bytes] | OSError,
    kind: Callable[..., Any],
    act: Callable[[Any], Any],
) -> tuple[InvocationConnection, Any]:
    connection = InvocationConnection(answer)
    monkeypatch.setattr(invocations, "connect", lambda *_: (connection, "lambda.eu-west-1.amazonaws.com"))
    credentials = AwsCredentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret", session_token="session")
    function = kind("https://lambda.eu-west-1.amazonaws.com", "eu-west-1", lambda: credentials, ARN)
    try:
        return connection, act(function)
    except (DomainError, FetchError, RequestRefusedError) as error:
        return connection, error
    finally:
        assert connection.is_closed


def test_the_request_is_signed_as_botocore_signs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.time, "gmtime", lambda: NOW.timetuple())
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: NOW)

    connection, _ = call(monkeypatch, (200, b'{"body": "{}", "max_age": null}'))

    headers, body, timeout, target = connection.sent[0]
    assert json.loads(body) == {"url": URL, "max_bytes": 5120}
    assert (target, 0 < timeout <= 7) == (TARGET, True)
    request = AWSRequest("POST", f"https://lambda.eu-west-1.amazonaws.com{TARGET}", data=body)
    SigV4Auth(BotoCredentials("AKIDEXAMPLE", "secret", "session"), "lambda", "eu-west-1").add_auth(request)
    assert headers["Authorization"] == request.headers["Authorization"]
    assert headers["x-amz-security-token"] == "session"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, b'{"body": "{}", "max_age": 60}'), FetchedDocument(body="{}", max_age=60)),
        ((200, b'{"body": "{}", "max_age": null}'), FetchedDocument(body="{}")),
    ],
)
def test_a_document_is_handed_on(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes], outcome: FetchedDocument
) -> None:
    assert call(monkeypatch, answer)[1] == outcome


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        pytest.param((200, b'{"fault": "redirect"}'), "redirect", id="a fault"),
        pytest.param((200, b'{"errorMessage": "Task timed out after 7.00 seconds"}'), "unavailable", id="timed out"),
        pytest.param((200, b'{"fault": "of a newer version"}'), "unavailable", id="an unknown fault"),
        pytest.param((200, b"null"), "unavailable", id="nothing"),
        pytest.param(
            (429, b'{"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}'), "unavailable", id="busy"
        ),
        pytest.param((500, b"{}"), "unavailable", id="a fault of Lambda's"),
        pytest.param((409, b'{"Type": "User"}'), "unavailable", id="its snapshot is made again"),
        pytest.param((408, b"not JSON"), "unavailable", id="its snapshot takes too long"),
        pytest.param(TimeoutError(), "unavailable", id="no answer"),
    ],
)
def test_anything_else_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes] | OSError, fault: str
) -> None:
    error = call(monkeypatch, answer)[1]

    assert isinstance(error, FetchError)
    assert error.fault == fault


def test_a_missing_permission_is_a_bug_and_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = call(monkeypatch, (403, b'{"Message": "not authorized to perform: lambda:InvokeFunction"}'))[1]

    assert isinstance(refused, RequestRefusedError)


class TestPublishing:
    def test_an_event_and_its_answer_are_json(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connection, answer = publish(monkeypatch, (200, b'{"statusCode": 200}'))

        _, body, timeout, target = connection.sent[0]
        assert (body, target, 15 < timeout < 20) == ('{"path":"/\u00e9"}'.encode(), TARGET, True)
        assert answer == {"statusCode": 200}

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            pytest.param(
                (429, b'{"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}'), BusyError, id="busy"
            ),
            pytest.param((413, b"{}"), InvalidInputError, id="too large"),
            pytest.param((500, b"{}"), TemporarilyUnavailableError, id="a fault of Lambda's"),
            pytest.param((409, b"{}"), TemporarilyUnavailableError, id="its snapshot is made again"),
            pytest.param((408, b"{}"), TemporarilyUnavailableError, id="its snapshot takes too long"),
            pytest.param(TimeoutError(), TemporarilyUnavailableError, id="no answer"),
            pytest.param((403, b"{}"), RequestRefusedError, id="a missing permission"),
        ],
    )
    def test_what_lambda_refuses_is_told_apart(
        self, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes] | OSError, kind: type[Exception]
    ) -> None:
        assert type(publish(monkeypatch, answer)[1]) is kind
