"""F-17: a throttled or unreachable table is 503 with Retry-After; nothing is issued, nothing is consumed."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from tests.answers import Answer
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import TokenService, basic

REQUESTS: dict[str, Callable[[TokenService, str], Answer]] = {
    "client credentials": lambda service, _: service.client_credentials(scope="read"),
    "password": lambda service, _: service.password(scope="read"),
    "wrong password": lambda service, _: service.password(password="wrong"),
    "wrong secret": lambda service, _: service.post({"grant_type": "password"}, authorization=basic(secret="wrong")),
    "refresh": lambda service, refresh_token: service.refresh(refresh_token),
}
OPERATIONS = ["GetItem", "BatchGetItem", "PutItem", "UpdateItem"]


def fail() -> None:
    raise TemporarilyUnavailableError("ProvisionedThroughputExceededException")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_f_17_an_outage_is_a_503_that_issues_and_consumes_nothing(
    service: TokenService,
    transport: RecordingTransport,
    dump: Callable[[], list[Any]],
    request_: Callable[[TokenService, str], Answer],
    operation: str,
) -> None:
    refresh_token = service.password(scope="read").json["refresh_token"]
    transport.operations.clear()
    service_is_up = request_(service, refresh_token)
    used = operation in transport.operations
    refresh_token = service_is_up.json.get("refresh_token", refresh_token)
    before = [item for item in dump() if item["pk"]["S"].startswith("GRANT")]
    transport.before(operation, fail)

    answer = request_(service, refresh_token)

    assert (answer.status == 503) == used
    if used:
        assert answer.refusal == (503, "temporarily_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert [item for item in dump() if item["pk"]["S"].startswith("GRANT")] == before
        assert service.refresh(refresh_token).status == 200


def test_rev_08_a_token_whose_revocation_failed_lives_on(service: TokenService, transport: RecordingTransport) -> None:
    issued = service.password(scope="read").json
    transport.before("UpdateItem", fail)

    answer = service.post({"token": issued["access_token"]}, path="/revoke")

    assert answer.refusal == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert service.post({"token": issued["access_token"]}, path="/introspect").json["active"] is True
    assert service.refresh(issued["refresh_token"]).status == 200


def test_f_17_keys_that_dynamodb_leaves_unprocessed_are_asked_for_again(
    service: TokenService, transport: RecordingTransport
) -> None:
    call, batches = transport.call, 0

    def halved(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        nonlocal batches
        if operation != "BatchGetItem":
            return call(operation, request)
        batches += 1
        wanted = request["RequestItems"]
        first = {table: {**one, "Keys": one["Keys"][:1]} for table, one in wanted.items()}
        rest = {table: {**one, "Keys": one["Keys"][1:]} for table, one in wanted.items() if one["Keys"][1:]}
        return {**call(operation, {"RequestItems": first}), "UnprocessedKeys": rest}

    transport.call = halved

    assert service.password().status == 200
    assert batches == 5  # the client and its organisation; then who signs in, failures and connection


def test_f_17_keys_that_stay_unprocessed_are_a_503(service: TokenService, transport: RecordingTransport) -> None:
    call = transport.call

    def nothing(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation != "BatchGetItem":
            return call(operation, request)
        return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}

    transport.call = nothing

    assert service.password().refusal == (503, "temporarily_unavailable")
