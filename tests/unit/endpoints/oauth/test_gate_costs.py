"""What a decision of the gate costs in DynamoDB operations."""

from collections.abc import Callable

import pytest

from gatehouse.endpoints.authorizer import Authorizer
from tests.factories import NOW
from tests.http_events import request_authorizer
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.oauth.costs import gate as gate
from tests.unit.endpoints.oauth.costs import recorded
from tests.unit.endpoints.oauth.costs import service as service


def test_the_gate_costs_one_read(service: TokenService, gate: Authorizer, transport: RecordingTransport) -> None:
    tokens = [service.password(scope="read").json["access_token"] for _ in range(2)]
    gate.answer(request_authorizer(f"Bearer {tokens[0]}", "GET", "/orders"), NOW)
    transport.operations.clear()

    gate.answer(request_authorizer(f"Bearer {tokens[1]}", "GET", "/orders"), NOW)

    assert transport.operations == ["BatchGetItem"]


def test_the_gate_reads_grant_and_status_of_a_user_and_the_grant_alone_of_an_application(
    service: TokenService, gate: Authorizer, transport: RecordingTransport
) -> None:
    tokens = [one.json["access_token"] for one in (service.password(scope="read"), service.client_credentials())]
    for one in tokens:
        gate.answer(request_authorizer(f"Bearer {one}", "GET", "/orders"), NOW)
    wanted = recorded(transport)

    for one in tokens:
        gate.answer(request_authorizer(f"Bearer {one}", "GET", "/orders"), NOW)

    assert wanted == ["GRANT", "STATUS", "GRANT"]


def test_the_gate_takes_two_batched_reads_for_the_first_token_that_it_ever_meets(
    service: TokenService, gate: Authorizer, transport: RecordingTransport
) -> None:
    token = service.password(scope="read").json["access_token"]
    transport.operations.clear()

    gate.answer(request_authorizer(f"Bearer {token}", "GET", "/orders"), NOW)

    assert transport.operations == ["BatchGetItem", "BatchGetItem"]


def test_the_gate_costs_one_batched_read_for_a_token_that_it_met_once_everything_remembered_ended(
    service: TokenService, gate: Authorizer, transport: RecordingTransport, later: Callable[[], None]
) -> None:
    token = service.password(scope="read").json["access_token"]
    event = request_authorizer(f"Bearer {token}", "GET", "/orders")
    first = gate.answer(event, NOW)
    later()
    transport.operations.clear()

    assert gate.answer(event, NOW) == first
    assert transport.operations == ["BatchGetItem"]


def test_the_gate_costs_two_batched_reads_for_another_token_once_everything_remembered_ended(
    service: TokenService, gate: Authorizer, transport: RecordingTransport, later: Callable[[], None]
) -> None:
    tokens = [service.password(scope="read").json["access_token"] for _ in range(2)]
    gate.answer(request_authorizer(f"Bearer {tokens[0]}", "GET", "/orders"), NOW)
    later()
    transport.operations.clear()

    gate.answer(request_authorizer(f"Bearer {tokens[1]}", "GET", "/orders"), NOW)

    assert transport.operations == ["BatchGetItem", "BatchGetItem"]


def test_the_gate_reads_nothing_for_what_is_no_token(gate: Authorizer, transport: RecordingTransport) -> None:
    transport.operations.clear()

    with pytest.raises(Exception, match="Unauthorized"):
        gate.answer(request_authorizer({"Authorization": ["Bearer nonsense"]}, "GET", "/orders"), NOW)

    assert transport.operations == []
