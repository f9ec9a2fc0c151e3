"""`gatehouse apis show-usage`, and the doctor's look at usage, with the answers that AWS documents."""

from copy import replace
from typing import Any

import pytest
from gatehouse_cli import connections, usage
from gatehouse_cli.stack import Stack

from gatehouse.domain.apis.apis import Deployment, Subscription
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.unit.cli.conftest import Operator
from tests.usage_counts import DAYS, REST, VALUES, ControlPlane, Metrics, reader


@pytest.fixture
def stages(johnsorg: Operator, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> tuple[Deployment, ...]:
    """The stages of an API, in this account and in another one."""
    made = (
        factories.deployment(account="123456789012", gateway_id="abc123", stage="prod"),
        factories.deployment(account="999999999999", gateway_id="far", stage="prod"),
    )
    DirectoryWriter(tables).save_api(factories.api(api_id="measured", deployments=made))
    found = reader(Metrics(VALUES), ControlPlane(REST))
    monkeypatch.setattr(usage, "reader", lambda _: found)
    monkeypatch.setattr(usage.time, "time", lambda: max(DAYS.values()) + 3600)
    assert johnsorg
    return made


@pytest.mark.usefixtures("stages")
def test_usage_is_printed_stage_by_stage_and_day_by_day(johnsorg: Operator) -> None:
    rows = johnsorg.json("apis", "show-usage", "johnsorg", "measured")

    assert len(rows) == 8
    assert rows[6] == {
        "stage": "abc123/prod",
        "day": "2027-01-15",
        "calls": 50,
        "client_errors": 1,
        "server_errors": 0,
        "median_ms": 20,
        "slow_ms": 121,
    }
    assert rows[7]["calls"] == "in another AWS account"


@pytest.mark.usefixtures("stages")
def test_another_period_and_an_unknown_api_are_refused(johnsorg: Operator) -> None:
    assert "7, 30 or 90" in johnsorg.refused("apis", "show-usage", "johnsorg", "measured", "--days", "8")
    assert "has no API 'nothing'" in johnsorg.refused("apis", "show-usage", "johnsorg", "nothing")


@pytest.mark.usefixtures("stages")
def test_calls_of_an_application_are_printed_api_by_api(johnsorg: Operator, tables: Tables) -> None:
    subscriptions = (
        Subscription(api_organisation="johnsorg", api_id="measured", tier="Gold"),
        Subscription(api_organisation="johnsorg", api_id="free"),
    )
    DirectoryWriter(tables).save_application(
        factories.application(application_id="app-1", name="Measured", subscriptions=subscriptions)
    )
    DirectoryWriter(tables).save_api(factories.api(api_id="free", name="free"))
    rows = johnsorg.json("applications", "show-usage", "johnsorg", "app-1")

    assert [one["calls"] for one in rows if one["api"] == "measured"] == [5, 7, 0, 0, 0, 0, 0]
    assert [one["calls"] for one in rows if one["api"] == "free"] == ["not counted: its tier has no limit"]
    assert "no application 'nothing'" in johnsorg.refused("applications", "show-usage", "johnsorg", "nothing")


@pytest.fixture
def connected(johnsorg: Operator) -> Stack:
    assert johnsorg
    return connections.connect("gatehouse")


def test_the_doctor_asks_nothing_while_usage_is_off(connected: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "reader", lambda _: pytest.fail("asked"))

    (found,) = usage.find_usage("usage", connected)

    assert (found.state, found.seen) == ("ok", "UsageMetrics is off")


@pytest.mark.usefixtures("stages")
def test_the_doctor_reads_every_stage(connected: Stack) -> None:
    on = replace(connected, parameters={"UsageMetrics": "true"})

    read, far = usage.find_usage("usage", on)

    assert (read.state, read.seen) == ("ok", "1 stages read, 150 calls in 7 days")
    assert (far.state, far.seen) == ("not checked", "far/prod: in another AWS account")


@pytest.mark.usefixtures("stages")
def test_a_missing_permission_is_a_finding(connected: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise TemporarilyUnavailableError("throttled")

    monkeypatch.setattr(Metrics, "call", refuse)

    with pytest.raises(TemporarilyUnavailableError):  # which `findings.run` tells
        usage.find_usage("usage", replace(connected, parameters={"UsageMetrics": "true"}))


def test_the_reader_speaks_to_the_endpoints_of_the_sdk(connected: Stack) -> None:
    made: Any = usage.reader(connected)

    assert made._account == connected.account
    assert made._metrics("eu-west-1")._connection._host == "monitoring.eu-west-1.amazonaws.com"
    assert made._control("eu-west-1")._endpoint_url == "https://apigateway.eu-west-1.amazonaws.com"
