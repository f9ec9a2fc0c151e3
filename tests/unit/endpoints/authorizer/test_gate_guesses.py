"""The gate guesses what is to be read from what stood there last; a wrong guess costs a read, never a wrong answer."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.bootstrap import authorizer
from gatehouse.domain.apis.apis import Resource
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.factories import NOW
from tests.http_events import request_authorizer
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import TokenService

type Effect = Callable[[str], str]


@pytest.fixture(params=[pytest.param(0, id="nothing remembered"), pytest.param(60, id="remembered")])
def gate(request: pytest.FixtureRequest, johnsorg: DirectoryWriter, tables: Tables) -> Authorizer:
    del johnsorg
    return authorizer.authorizer(
        factories.settings(process_cache_seconds=request.param, public_url="https://auth.example"), tables
    )


@pytest.fixture
def effect(gate: Authorizer, later: Callable[[], None]) -> Effect:
    """Calls `GET /orders`; then everything that was remembered has ended."""

    def call(token: str) -> str:
        answer: Any = gate.answer(request_authorizer(f"Bearer {token}", "GET", "/orders"), NOW)
        later()
        return answer["policyDocument"]["Statement"][0]["Effect"]

    return call


def test_a_stage_may_run_another_api_than_last_time(
    service: TokenService, johnsorg: DirectoryWriter, effect: Effect
) -> None:
    token = service.password(scope="read").json["access_token"]
    assert effect(token) == "Allow"
    johnsorg.save_api(factories.api(api_id="stock", name="stock"))
    johnsorg.save_deployment(factories.deployment(api_id="stock"))

    assert effect(token) == "Deny"


def test_an_api_may_ask_whether_a_jwt_was_revoked_though_it_did_not_last_time(
    service: TokenService, johnsorg: DirectoryWriter, effect: Effect
) -> None:
    johnsorg.save_client(factories.client(token_format="jwt"))
    johnsorg.save_api(factories.api(checks_revocation=False))
    token = service.password(scope="read").json["access_token"]
    service.post({"token": token}, path="/revoke")
    assert effect(token) == "Allow"
    johnsorg.save_api(factories.api())

    with pytest.raises(UnauthorizedError):
        effect(token)


def test_an_api_may_stop_to_ask(service: TokenService, johnsorg: DirectoryWriter, effect: Effect) -> None:
    johnsorg.save_client(factories.client(token_format="jwt"))
    token = service.password(scope="read").json["access_token"]
    assert effect(token) == "Allow"
    johnsorg.save_api(factories.api(checks_revocation=False, resources=(Resource(method="GET", path="/orders"),)))
    service.post({"token": token}, path="/revoke")

    assert effect(token) == "Allow"


def test_an_unchecked_jwt_that_was_met_costs_one_batched_read(
    service: TokenService,
    johnsorg: DirectoryWriter,
    tables: Tables,
    transport: RecordingTransport,
    later: Callable[[], None],
) -> None:
    johnsorg.save_client(factories.client(token_format="jwt"))
    johnsorg.save_api(factories.api(checks_revocation=False))
    settings = factories.settings(process_cache_seconds=60, public_url="https://auth.example")
    gate = authorizer.authorizer(settings, tables)
    token = service.password(scope="read").json["access_token"]
    event = request_authorizer(f"Bearer {token}", "GET", "/orders")
    gate.answer(event, NOW)
    later()
    transport.operations.clear()

    gate.answer(event, NOW)

    assert transport.operations == ["BatchGetItem"]


def test_a_client_may_belong_to_another_application_than_last_time(
    service: TokenService, johnsorg: DirectoryWriter, effect: Effect
) -> None:
    johnsorg.save_client(factories.client(token_format="jwt"))
    johnsorg.save_api(factories.api(checks_revocation=False))
    token = service.password(scope="read").json["access_token"]
    assert effect(token) == "Allow"
    johnsorg.save_application(factories.application(application_id="app-2", name="Other", subscriptions=()))
    johnsorg.save_client(factories.client(token_format="jwt", application_id="app-2"))

    assert effect(token) == "Deny"


def test_a_stage_may_run_nothing_any_more(
    service: TokenService, tables: Tables, effect: Effect, transport: RecordingTransport
) -> None:
    token = service.password(scope="read").json["access_token"]
    assert effect(token) == "Allow"
    key = {"pk": {"S": "DEPLOYMENT#000000000000#us-east-1#abc123#v1"}}
    transport.call("DeleteItem", {"TableName": tables.directory, "Key": key})

    assert effect(token) == "Deny"


def test_a_disabled_client_is_seen_though_it_was_read_beside_the_grant(
    service: TokenService, johnsorg: DirectoryWriter, effect: Effect
) -> None:
    token = service.password(scope="read").json["access_token"]
    assert effect(token) == "Allow"
    johnsorg.save_client(factories.client(is_active=False))

    with pytest.raises(UnauthorizedError):
        effect(token)
