"""What a request costs in DynamoDB operations (design section 7), with what is remembered remembered; and F-12."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from gatehouse.domain.apis.apis import Subscription
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.endpoints.authorizer import Authorizer
from gatehouse.storage.aws import clock
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import ttl_cache
from tests import factories
from tests.factories import NOW
from tests.http_events import request_authorizer
from tests.memory_secrets import MemorySecrets
from tests.recording_transport import RecordingTransport
from tests.template import ROOT
from tests.unit.endpoints.conftest import TokenService, basic
from tests.unit.endpoints.oauth.costs import gate as gate
from tests.unit.endpoints.oauth.costs import recorded
from tests.unit.endpoints.oauth.costs import service as service


def test_client_credentials_costs_one_write(service: TokenService, transport: RecordingTransport) -> None:
    transport.operations.clear()

    service.client_credentials(scope="read")

    assert transport.operations == ["PutItem"]


def test_client_credentials_costs_one_read_more_if_the_client_is_not_remembered(
    service: TokenService, johnsorg: DirectoryWriter, transport: RecordingTransport
) -> None:
    johnsorg.save_client(factories.client(client_id="second"))
    transport.operations.clear()

    service.post({"grant_type": "client_credentials", "scope": "read"}, authorization=basic("second"))

    assert transport.operations == ["BatchGetItem", "PutItem"]


def test_client_credentials_costs_the_same_once_everything_remembered_ended(
    service: TokenService, transport: RecordingTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ttl_cache, "clock", SimpleNamespace(now=lambda: clock.now() + 61))
    transport.operations.clear()

    service.client_credentials()

    assert transport.operations == ["BatchGetItem", "PutItem"]


@pytest.mark.parametrize(
    ("form", "calls"),
    [
        pytest.param(
            {"grant_type": "client_credentials"},
            ["BatchGetItem", "BatchGetItem", "PutItem"],
            id="client, then application and APIs",
        ),
        pytest.param(
            {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD},
            ["BatchGetItem", "BatchGetItem", "DeleteItem", "PutItem", "PutItem"],
            id="client, then application and APIs beside the user; the connection",
        ),
    ],
)
def test_a_scope_reads_application_and_apis_at_once_when_everything_remembered_ended(
    service: TokenService,
    transport: RecordingTransport,
    later: Callable[[], None],
    form: dict[str, str],
    calls: list[str],
) -> None:
    later()
    transport.operations.clear()

    answer = service.post(form | {"scope": "read"})

    assert answer.json["scope"] == "read"
    assert transport.operations == calls


def test_a_refresh_reads_application_and_apis_beside_the_grant_when_everything_remembered_ended(
    service: TokenService, transport: RecordingTransport, later: Callable[[], None]
) -> None:
    refresh_token = service.password(scope="read").json["refresh_token"]
    later()
    transport.operations.clear()

    assert service.refresh(refresh_token).json["scope"] == "read"
    assert transport.operations == ["BatchGetItem", "BatchGetItem", "UpdateItem"]


def test_nothing_is_read_ahead_that_the_scope_does_not_need(
    service: TokenService, transport: RecordingTransport, later: Callable[[], None]
) -> None:
    later()
    wanted = recorded(transport)

    service.password()

    assert {"APPLICATION", "API"}.isdisjoint(wanted)


def test_what_is_read_ahead_by_a_wrong_guess_is_not_what_counts(
    service: TokenService, johnsorg: DirectoryWriter, later: Callable[[], None]
) -> None:
    johnsorg.save_api(factories.api(api_id="stock", name="stock", scopes={"count": Scope(name="count")}))
    subscription = Subscription(api_organisation="johnsorg", api_id="stock")
    johnsorg.save_application(factories.application(subscriptions=(subscription,)))
    later()

    assert service.client_credentials(scope="read count").json["scope"] == "count"


def test_password_costs_one_batched_read_the_deciding_write_and_the_grant(
    service: TokenService, transport: RecordingTransport
) -> None:
    service.password(scope="read")
    transport.operations.clear()

    service.password(scope="read")

    assert transport.operations == ["BatchGetItem", "DeleteItem", "PutItem"]


def test_password_costs_one_write_more_once_a_day_for_the_connection_which_comes_before_the_grant(
    service: TokenService, transport: RecordingTransport
) -> None:
    wanted = recorded(transport)
    written: list[list[str]] = []

    for _ in range(3):
        wanted.clear()
        service.password(scope="read")
        written.append(wanted[-2:])
        service.now_ms += 13 * 3600 * 1000

    assert written == [["CONNECTION", "GRANT"], ["FAILURES", "GRANT"], ["CONNECTION", "GRANT"]]


def test_refresh_costs_one_batched_read_and_one_conditional_write(
    service: TokenService, transport: RecordingTransport
) -> None:
    refresh_token = service.password(scope="read").json["refresh_token"]
    transport.operations.clear()

    service.refresh(refresh_token)

    assert transport.operations == ["BatchGetItem", "UpdateItem"]


def test_a_refresh_that_gives_an_id_token_reads_the_user_too(
    service: TokenService, transport: RecordingTransport
) -> None:
    refresh_token = service.password(scope="openid read").json["refresh_token"]
    transport.operations.clear()

    assert "id_token" in service.refresh(refresh_token).json
    assert transport.operations == ["BatchGetItem", "GetItem", "UpdateItem"]


def test_refreshes_read_the_secret_once_in_a_quarter_of_an_hour(
    service: TokenService, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = [(0.0, 1), (800.0, 1), (901.0, 2)]  # seconds from the first refresh, and reads until then
    refresh_token = service.password(scope="read").json["refresh_token"]
    started = time.monotonic()
    secrets.operations.clear()

    for seconds, _ in spans:
        monkeypatch.setattr(time, "monotonic", lambda seconds=seconds: started + seconds)
        refresh_token = service.refresh(refresh_token).json["refresh_token"]
        assert (seconds, secrets.operations.count("GetSecretValue")) in spans


def test_a_refresh_reads_of_the_directory_the_status_alone(
    service: TokenService, transport: RecordingTransport
) -> None:
    refresh_token = service.password(scope="read").json["refresh_token"]
    wanted = recorded(transport)

    service.refresh(refresh_token)

    assert wanted == ["GRANT", "STATUS", "GRANT"]


def test_an_unknown_client_and_a_wrong_secret_cost_one_read_and_one_counter(
    service: TokenService, transport: RecordingTransport
) -> None:
    transport.operations.clear()

    service.post({"grant_type": "password"}, authorization=None, headers={"authorization": "Basic eDp5"})
    service.post({"grant_type": "password"}, authorization=basic(factories.CLIENT_ID, "wrong"))

    assert transport.operations == ["BatchGetItem", "UpdateItem"] * 2


def test_f_12_every_read_is_strong_and_by_key(
    service: TokenService, gate: Authorizer, transport: RecordingTransport
) -> None:
    requests: list[tuple[str, dict[str, Any]]] = []
    call: Callable[..., dict[str, Any]] = transport.call

    def recorded(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        requests.append((operation, request))
        return call(operation, request)

    transport.call = recorded
    issued = service.password(scope="read").json
    refreshed = service.refresh(issued["refresh_token"]).json
    gate.answer(request_authorizer({"Authorization": [f"Bearer {refreshed['access_token']}"]}, "GET", "/orders"), NOW)

    operations = Counter(operation for operation, _ in requests)
    assert operations.keys() <= {"GetItem", "BatchGetItem", "DeleteItem", "PutItem", "UpdateItem"}
    for operation, request in requests:
        if operation == "GetItem":
            assert request["ConsistentRead"] is True
        if operation == "BatchGetItem":
            assert all(one["ConsistentRead"] is True for one in request["RequestItems"].values())


def test_a_client_that_was_just_made_works_though_its_absence_is_remembered(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    form = {"grant_type": "client_credentials"}
    assert service.post(form, authorization=basic("new")).status == 401
    johnsorg.save_client(factories.client(client_id="new"))

    assert service.post(form, authorization=basic("new")).status == 200


AGENTS = (
    "gatehouse.domain.apis.own_paths",
    "gatehouse.domain.kernel.fetching",
    "gatehouse.domain.oauth.client_documents",
    "gatehouse.domain.oauth.client_keys",
    "gatehouse.domain.oauth.client_metadata",
    "gatehouse.domain.oauth.device_requests",
    "gatehouse.domain.oauth.registered_clients",
    "gatehouse.domain.oauth.registration",
    "gatehouse.storage.device_requests",
    "gatehouse.storage.fetches",
    "gatehouse.storage.own_paths",
    "gatehouse.storage.registered_clients",
)
"""What only registered clients, devices, and addresses outside need."""


@pytest.mark.parametrize("function", ["token", "authorizer"])
def test_a_cold_start_imports_nothing_that_only_agents_need(function: str, tmp_path: Path) -> None:
    (tmp_path / "msgspec").symlink_to(Path(msgspec.__file__).parent)  # alone: not what stands beside it
    script = f"import sys; import gatehouse.bootstrap.{function}; print(*sys.modules)"

    loaded = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": f"{ROOT / 'layers' / 'common'}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert set(AGENTS) & set(loaded) == set()


def test_requests_of_applications_import_nothing_that_only_agents_need(
    service: TokenService, gate: Authorizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in AGENTS:
        package, _, module = name.rpartition(".")
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.delattr(sys.modules[package], module, raising=False)

    issued = service.password(scope="read openid").json
    refreshed = service.refresh(issued["refresh_token"]).json["access_token"]
    service.post({"token": refreshed}, path="/introspect")
    service.post({}, path="/userinfo", authorization=f"Bearer {refreshed}")
    own = service.client_credentials(scope="read").json["access_token"]
    for token_of in (refreshed, own):
        gate.answer(request_authorizer(f"Bearer {token_of}", "GET", "/orders"), NOW)

    assert set(AGENTS) & sys.modules.keys() == set()
