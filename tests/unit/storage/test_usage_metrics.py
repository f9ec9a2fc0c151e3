"""What is asked of CloudWatch and of API Gateway, and what is made of their answers."""

import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.portal.usage import ApplicationCalls, DayUsage
from gatehouse.storage.aws import rest
from gatehouse.storage.aws.credentials import AwsCredentials
from gatehouse.storage.aws.rest import SignedRest
from gatehouse.storage.aws.transport import RequestRefusedError
from tests import factories
from tests.usage_counts import DAYS, REST, VALUES, ControlPlane, Metrics, reader

WEEK = tuple(DAYS)


def test_a_rest_stage_is_measured_by_the_name_of_its_api() -> None:
    metrics, control = Metrics(VALUES), ControlPlane(REST)
    stage = factories.deployment(account="123456789012", gateway_id="abc123", stage="prod")

    found = reader(metrics, control).find_stage(stage, WEEK)

    assert found.days == (
        DayUsage(day="2027-01-13", calls=100, client_errors=4, server_errors=1, median_ms=12.4, slow_ms=90),
        DayUsage(day="2027-01-14"),
        DayUsage(day="2027-01-15", calls=50, client_errors=1, median_ms=20, slow_ms=120.6),
    )
    assert (found.calls, found.errors) == (150, 6)
    query = metrics.requests[0]["MetricDataQueries"][1]
    assert query["MetricStat"]["Metric"] == {
        "Namespace": "AWS/ApiGateway",
        "MetricName": "4XXError",
        "Dimensions": [{"Name": "ApiName", "Value": "Orders"}, {"Name": "Stage", "Value": "prod"}],
    }
    assert [one["MetricStat"]["Stat"] for one in metrics.requests[0]["MetricDataQueries"]] == [
        "Sum",
        "Sum",
        "Sum",
        "p50",
        "p95",
    ]
    assert (metrics.requests[0]["StartTime"], metrics.requests[0]["EndTime"]) == (1799798400, 1800057600)
    assert metrics.requests[1]["NextToken"] == "more"


@pytest.mark.parametrize(("stages", "missing"), [({"prod"}, "namesake"), ({"test"}, "")])
def test_a_rest_stage_that_cloudwatch_counts_with_another_of_its_name_is_not_measured(
    stages: set[str], missing: str
) -> None:
    """An organisation would see the calls, errors and latency of another one's API."""
    theirs = {f"/restapis/ghi789/stages/{one}": {"stageName": one} for one in stages}
    metrics, control = Metrics(VALUES), ControlPlane({**REST, **theirs})
    stage = factories.deployment(account="123456789012", gateway_id="abc123", stage="prod")

    found = reader(metrics, control).find_stage(stage, WEEK)

    assert (found.missing, found.calls) == (missing, 0 if missing else 150)
    assert bool(metrics.requests) != bool(missing)
    assert len(found.applications) == 3


def test_calls_of_applications_are_those_of_their_keys_in_the_plans_of_the_stage() -> None:
    control = ControlPlane(REST)
    stage = factories.deployment(account="123456789012", gateway_id="abc123", stage="prod")

    found = reader(Metrics(VALUES), control).find_stage(stage, WEEK)

    assert found.applications == (
        ApplicationCalls(organisation="acme", application_id="app-2", calls=100),
        ApplicationCalls(organisation="johnsorg", application_id="app-1", calls=13),
        ApplicationCalls(organisation="", application_id="", calls=2),
    )
    assert ("/apikeys", {"name": "gatehouse ", "limit": "500"}) in control.asked
    assert (
        "/usageplans/p1/usage",
        {"startDate": "2027-01-13", "endDate": "2027-01-15", "limit": "500"},
    ) in control.asked
    assert "/usageplans/p2/usage" not in [path for path, _ in control.asked]


def test_each_of_the_keys_that_an_account_may_have_is_named() -> None:
    pages = [
        {"item": [{"id": f"k{one}", "name": f"gatehouse acme app-{one}"}], "position": f"{one + 1}"}
        for one in range(19)
    ]
    last = {"item": [{"id": "k19", "name": "gatehouse johnsorg app-19"}]}
    usage = {"usagePlanId": "p1", "values": {"k19": [[5, 95]]}}
    control = ControlPlane({**REST, "/apikeys": [*pages, last], "/usageplans/p1/usage": usage})
    stage = factories.deployment(account="123456789012", gateway_id="abc123", stage="prod")

    found = reader(Metrics(VALUES), control).find_stage(stage, WEEK)

    assert found.applications == (ApplicationCalls(organisation="johnsorg", application_id="app-19", calls=5),)


@pytest.mark.parametrize("stage", ["$default", "v1"])
def test_an_http_stage_is_measured_by_the_id_of_its_api_and_has_no_usage_plans(stage: str) -> None:
    metrics, control = Metrics(VALUES), ControlPlane()
    deployment = factories.deployment(account="123456789012", gateway_id="abc123", stage=stage)

    found = reader(metrics, control).find_stage(deployment, WEEK)

    metric = metrics.requests[0]["MetricDataQueries"][2]["MetricStat"]["Metric"]
    assert (metric["MetricName"], metric["Dimensions"][0]) == ("5xx", {"Name": "ApiId", "Value": "abc123"})
    assert (found.calls, found.applications) == (150, ())
    assert [path for path, _ in control.asked] == ([] if stage == "$default" else ["/restapis/abc123"])


def test_a_stage_of_another_account_is_not_asked_about() -> None:
    metrics, control = Metrics(VALUES), ControlPlane(REST)

    found = reader(metrics, control).find_stage(factories.deployment(account="999999999999"), WEEK)

    assert (found.missing, found.calls, metrics.requests, control.asked) == ("elsewhere", 0, [], [])


def test_a_stage_without_calls_has_days_without_calls() -> None:
    stage = factories.deployment(account="123456789012", stage="$default")

    found = reader(Metrics(), ControlPlane()).find_stage(stage, WEEK)

    assert found.days == tuple(DayUsage(day=day) for day in WEEK)


class MetricsConnection:
    """Takes requests instead of a socket."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers, self.sent = answers, list[tuple[str, dict[str, str], str]]()

    def send(self, method: str, headers: dict[str, str], _body: bytes, _timeout: float, target: str) -> Any:
        self.sent.append((method, headers, target))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> MetricsConnection:
    made = MetricsConnection([])
    monkeypatch.setattr(rest, "connect", lambda *_: (made, "apigateway.eu-west-1.amazonaws.com"))
    return made


def asking() -> SignedRest:
    credentials = AwsCredentials(access_key_id="AKIDEXAMPLE", secret_access_key="s", session_token="t")
    return SignedRest("https://apigateway.eu-west-1.amazonaws.com", "eu-west-1", lambda: credentials, "apigateway")


def test_a_get_is_signed_as_the_sdk_signs_it(connection: MetricsConnection) -> None:
    connection.answers.append((200, b'{"item": []}'))

    assert asking().get("/apikeys", {"name": "gatehouse ", "limit": "500"}) == {"item": []}

    method, headers, target = connection.sent[0]
    request = AWSRequest("GET", f"https://apigateway.eu-west-1.amazonaws.com{target}", data=b"")
    request.headers["X-Amz-Security-Token"] = "t"
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "s", "t"), "apigateway", "eu-west-1")
    request.headers["X-Amz-Date"] = headers["x-amz-date"]
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    assert (method, target) == ("GET", "/apikeys?limit=500&name=gatehouse%20")
    assert headers["Authorization"].endswith(f"Signature={signature}")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([(404, b"{}")], None, id="nothing there"),
        pytest.param([OSError(), (200, b'{"id": "x"}')], {"id": "x"}, id="a broken connection"),
        pytest.param([(503, b""), (200, b'{"id": "x"}')], {"id": "x"}, id="an outage that ends"),
    ],
)
def test_what_may_be_tried_again_is(connection: MetricsConnection, answers: list[Any], expected: Any) -> None:
    connection.answers += answers

    assert asking().get("/restapis/x", {}) == expected


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        pytest.param([(403, b'{"message": "no"}')], RequestRefusedError, id="no permission"),
        pytest.param([(429, b""), (429, b"")], TemporarilyUnavailableError, id="throttled"),
        pytest.param([OSError(), OSError()], TemporarilyUnavailableError, id="out of reach"),
    ],
)
def test_what_may_not_is_told(connection: MetricsConnection, answers: list[Any], error: type[Exception]) -> None:
    connection.answers += answers

    with pytest.raises(error):
        asking().get("/restapis/x", {})


def test_the_documented_shapes_are_those_of_the_sdk() -> None:
    import botocore.session

    session = botocore.session.get_session()
    gateway, cloudwatch = (session.get_service_model(name) for name in ("apigateway", "cloudwatch"))
    usage: Any = gateway.operation_model("GetUsage").output_shape
    plans: Any = gateway.operation_model("GetUsagePlans").output_shape
    data: Any = cloudwatch.operation_model("GetMetricData").output_shape

    assert usage.members["items"].serialization["name"] == "values"
    assert plans.members["items"].serialization["name"] == "item"
    assert cloudwatch.metadata["targetPrefix"] == "GraniteServiceVersion20100801"
    assert "json" in cloudwatch.metadata["protocols"]
    assert set(json.loads(json.dumps(list(data.members)))) >= {"MetricDataResults", "NextToken"}


def test_the_calls_of_one_application_are_asked_for_by_its_key_alone() -> None:
    control = ControlPlane(REST)
    here = factories.deployment(account="123456789012", gateway_id="abc123", stage="prod")
    http = factories.deployment(account="123456789012", gateway_id="abc123", stage="$default")
    far = factories.deployment(account="999999999999", gateway_id="abc123", stage="prod")

    found = reader(Metrics(), control).find_calls("johnsorg", "app-1", (here, http, far), WEEK)

    assert found == ((5, 7, 0), None, None)
    assert [(path, query.get("keyId", "")) for path, query in control.asked] == [
        ("/apikeys", ""),
        ("/usageplans", ""),
        ("/usageplans", ""),
        ("/usageplans/p1/usage", "k1"),
    ]


def test_an_application_without_a_key_made_no_calls_and_no_plan_is_asked() -> None:
    control = ControlPlane(REST)
    stage = factories.deployment(account="123456789012", gateway_id="abc123", stage="prod")

    found = reader(Metrics(), control).find_calls("johnsorg", "app-12", (stage,), WEEK)

    assert found == ((0, 0, 0),)
    assert [path for path, _ in control.asked] == ["/apikeys"]
