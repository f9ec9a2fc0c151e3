"""What the emulator tells of the calls that it served: as scattered, late and strict as AWS may be."""

from typing import Any

import pytest

from local.emulator import gateway_metrics, key_usage, late_metrics
from local.emulator.late_metrics import Measured

QUERY: dict[str, Any] = {"Id": "calls", "MetricStat": {"Metric": {}, "Period": 86400, "Stat": "Sum"}}
REQUEST: dict[str, Any] = {"MetricDataQueries": [QUERY], "StartTime": 0, "EndTime": 86400}
RESULT: dict[str, Any] = {"Id": "calls", "Timestamps": [0, 86400, 172800], "Values": [1.0, 2.0, 3.0]}


def test_the_values_of_one_metric_are_divided_between_two_pages() -> None:
    first = gateway_metrics.page_of([RESULT], REQUEST)
    second = gateway_metrics.page_of([RESULT], {**REQUEST, "NextToken": first["NextToken"]})

    assert (first["MetricDataResults"][0]["Values"], second["MetricDataResults"][0]["Values"]) == ([3.0], [2.0, 1.0])
    assert "NextToken" not in second


def test_the_oldest_value_comes_first_only_on_request() -> None:
    second = gateway_metrics.page_of([RESULT], {"ScanBy": "TimestampAscending", "NextToken": "second"})

    assert second["MetricDataResults"][0]["Values"] == [2.0, 3.0]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"MetricDataQueries": []}, "1 to 500", id="no query"),
        pytest.param({"MetricDataQueries": [QUERY, QUERY]}, "unique", id="one Id twice"),
        pytest.param(
            {"MetricDataQueries": [{**QUERY, "Id": "4xx"}]}, "lower-case letter", id="an Id with a digit first"
        ),
        pytest.param({"MetricDataQueries": [{**QUERY, "MetricStat": {"Period": 90}}]}, "60", id="a period"),
        pytest.param({"StartTime": "2026-11-29T00:00:00Z"}, "numbers", id="a time as text"),
        pytest.param({"EndTime": 0}, "after", id="an end before the start"),
    ],
)
def test_what_cloudwatch_refuses_is_refused(change: dict[str, Any], fault: str) -> None:
    found = gateway_metrics.find_fault({**REQUEST, **change})

    assert fault in found
    assert bool(found) == bool(fault)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(200, [1, 0, 0], id="answered"),
        pytest.param(429, [1, 1, 0], id="throttled"),
        pytest.param(503, [1, 0, 1], id="failed"),
        pytest.param(413, [], id="too large, so not measured"),
    ],
)
def test_each_call_adds_to_every_metric(status: int, expected: list[int]) -> None:
    errors = gateway_metrics.ERRORS_OF_REST_APIS
    found = list(gateway_metrics.values_of(("1", "us-east-1"), 0, {"ApiName": "orders"}, errors, status))

    assert [one.value for one in found if one.name != "Latency"] == expected
    assert {one.name for one in found} == ({"Count", "4XXError", "5XXError", "Latency"} if expected else set())


def test_equal_values_of_a_minute_are_one_point() -> None:
    points: list[dict[str, Any]] = []
    for at, value in ((60, 1), (61, 2), (119, 1), (120, 1)):
        late_metrics.count(points, Measured(("1", "us-east-1"), at, "AWS/ApiGateway", "Count", {}, value))

    assert [(one["Timestamp"], one["Value"], one["Count"]) for one in points] == [(60, 1, 2), (60, 2, 1), (120, 1, 1)]


def test_usage_is_asked_for_at_most_90_days() -> None:
    assert key_usage.days_of("2026-02-28", "2026-03-01") == ["2026-02-28", "2026-03-01"]
    with pytest.raises(ValueError, match="1 to 90 days"):
        key_usage.days_of("2026-01-01", "2026-12-31")
    with pytest.raises(ValueError, match="1 to 90 days"):
        key_usage.days_of("2026-01-02", "2026-01-01")


def test_a_day_without_calls_is_an_empty_list() -> None:
    class DailyMetrics:
        def find(self, *_: object) -> list[dict[str, Any]]:
            return [{"Timestamp": 86_400, "Count": 2.0}, {"Timestamp": 90_000, "Count": 1.0}]

    metrics: Any = DailyMetrics()
    found = key_usage.usage_of(metrics, {"id": "p1", "quota": {"limit": 5}}, "k1", ["1970-01-01", "1970-01-02"])

    assert found == [[], [3, 2]]
