"""What an operator expects of the alarms, the dashboard and the access logs of template.yaml."""

import json
import re
from typing import Any

import pytest

from tests import metric_filters
from tests.template import ROOT
from tests.unit.resources import FUNCTIONS, RESOURCES, TEMPLATE, of_type

ALARMS = of_type("AWS::CloudWatch::Alarm")


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_tells_the_topic_and_is_quiet_while_nobody_calls(name: str) -> None:
    topic = {"!Ref": "AlarmTopicArn"}
    told = [topic] if "Condition" in RESOURCES[name] else {"!If": ["HasAlarmTopic", [topic], {"!Ref": "AWS::NoValue"}]}

    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == told
    assert ALARMS[name]["TreatMissingData"] == "notBreaching"
    assert ALARMS[name]["AlarmDescription"].endswith(".")


def alarmed(alarm: str, metric: str) -> dict[str, str]:
    """Which functions an alarm looks at for a metric, with the ids that its expression knows them by."""
    found: dict[str, str] = {}
    for one in ALARMS[alarm]["Metrics"][1:]:
        said = one["MetricStat"]["Metric"]
        assert (said["Namespace"], said["MetricName"]) == ("AWS/Lambda", metric)
        found[said["Dimensions"][0]["Value"]["!Ref"]] = one["Id"]
    return found


def test_an_alarm_sees_errors_of_each_function() -> None:
    watched_by_themselves = {"Authorizer", "Keys"}

    assert alarmed("FunctionErrorAlarm", "Errors").keys() == FUNCTIONS.keys() - watched_by_themselves
    assert ALARMS["KeyRotationAlarm"]["Dimensions"] == [{"Name": "FunctionName", "Value": {"!Ref": "Keys"}}]


def test_an_alarm_sees_each_throttled_function() -> None:
    assert alarmed("FunctionThrottleAlarm", "Throttles").keys() == FUNCTIONS.keys()


def test_an_alarm_sees_each_function_that_is_about_to_time_out() -> None:
    default = TEMPLATE["Globals"]["Function"]["Timeout"]
    watched = alarmed("FunctionDurationAlarm", "Duration")

    shares = [f"{watched[name]}/{1000 * one.get('Timeout', default)}" for name, one in FUNCTIONS.items()]

    expression = ALARMS["FunctionDurationAlarm"]["Metrics"][0]["Expression"]
    assert sorted(re.findall(r"\w+/\d+", expression)) == sorted(shares)


def test_an_alarm_sees_each_throttled_table_and_index() -> None:
    places = [
        [{"Name": "TableName", "Value": {"!Ref": table}}, *dimensions]
        for table, one in of_type("AWS::DynamoDB::Table").items()
        for dimensions in (
            [],
            *(
                [{"Name": "GlobalSecondaryIndexName", "Value": index["IndexName"]}]
                for index in one["GlobalSecondaryIndexes"]
            ),
        )
    ]

    watched = [one["MetricStat"]["Metric"] for one in ALARMS["TableThrottleAlarm"]["Metrics"][1:]]

    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        seen = [one["Dimensions"] for one in watched if one["MetricName"] == metric]
        assert sorted(map(str, seen)) == sorted(map(str, places))


@pytest.mark.parametrize("name", [name for name, one in ALARMS.items() if "Metrics" in one])
def test_an_alarm_has_no_more_metrics_than_cloudwatch_takes(name: str) -> None:
    metrics = ALARMS[name]["Metrics"]

    assert len(metrics) - 1 <= 10
    assert len({one["Id"] for one in metrics}) == len(metrics)


def test_the_operators_page_says_how_many_metrics_are_charged() -> None:
    metrics = sum(len(one.get("Metrics", "..")) - 1 for one in ALARMS.values())

    page = (ROOT / "docs" / "how-to" / "monitor.md").read_text()

    assert f"here are {metrics} (" in page


def gate_failures(line: dict[str, Any]) -> int:
    """How often the gate's alarm counts a line of the authorizer's log."""
    filters = of_type("AWS::Logs::MetricFilter").values()
    counting = [one for one in filters if one["MetricTransformations"][0]["MetricName"] == "AuthorizerFailures"]
    assert all(one["LogGroupName"] == {"!Ref": "AuthorizerLogs"} for one in counting)
    return sum(metric_filters.matches(one["FilterPattern"], json.dumps(line)) for one in counting)


def report(kind: str = "report", **record: str) -> dict[str, Any]:
    return {"time": "2026-11-29T02:00:00.000Z", "type": f"platform.{kind}", "record": {"requestId": "1", **record}}


@pytest.mark.parametrize(
    ("line", "times"),
    [
        pytest.param({"level": "ERROR", "message": "failed"}, 1, id="a failure"),
        pytest.param({"level": "INFO", "message": "refused"}, 0, id="a 401"),
        pytest.param(report(status="success"), 0, id="an answer"),
        pytest.param(report(status="timeout"), 1, id="a time-out"),
        pytest.param(report(status="failure"), 1, id="a fault of the platform"),
        pytest.param(report(status="error", errorType="Runtime.OutOfMemory"), 1, id="out of memory"),
        pytest.param(report(status="error", errorType="Runtime.ExitError"), 1, id="a crash"),
        pytest.param(report(status="error", errorType="Sandbox.Timedout"), 1, id="a time-out by another name"),
        pytest.param(report(status="error", errorType="Runtime.ImportModuleError"), 1, id="a failed import"),
        pytest.param(report("initReport", status="error", errorType="KeyError"), 1, id="a failed initialisation"),
        pytest.param(report("initReport", status="timeout"), 1, id="an initialisation that took too long"),
        pytest.param(report("restoreReport", status="error"), 1, id="a snapshot that does not start"),
        pytest.param(report("initReport", status="success"), 0, id="a start"),
        # What the runtime calls an exception of a handler in Python is not documented.
        pytest.param(report(status="error"), 0, id="a 401, reported without a type"),
        pytest.param(report(status="error", errorType="Function.Unhandled"), 0, id="a 401, reported as unhandled"),
        pytest.param(report(status="error", errorType="Runtime.Unknown"), 0, id="a 401, reported as unknown"),
        pytest.param(report(status="error", errorType="UnauthorizedError"), 0, id="a 401, reported by its class"),
    ],
)
def test_the_gates_alarm_counts_what_is_broken_and_no_401(line: dict[str, Any], times: int) -> None:
    assert gate_failures(line) == times


def test_lambda_writes_the_reports_that_the_gates_alarm_needs() -> None:
    logging = TEMPLATE["Globals"]["Function"]["LoggingConfig"]

    assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")  # what failed is WARN, else it is INFO


def test_the_dashboard_is_json_about_what_is_in_the_stack() -> None:
    text: str = RESOURCES["OperatorsDashboard"]["Properties"]["DashboardBody"]["!Sub"]

    named = set(re.findall(r"\$\{(\w+)[.}]", text))

    assert named <= RESOURCES.keys()
    assert json.loads(re.sub(r"\$\{[^}]+\}", "x", text))["widgets"]


def test_access_logs_hold_neither_query_nor_header_nor_anything_of_the_authorizer() -> None:
    settings = RESOURCES["AuthApiStage"]["Properties"]["AccessLogSettings"]["!If"][1]

    line: dict[str, str] = json.loads(settings["Format"])

    assert set(line.values()) == {
        "$context.requestId",
        "$context.requestTime",
        "$context.identity.sourceIp",
        "$context.httpMethod",
        "$context.path",
        "$context.routeKey",
        "$context.status",
        "$context.responseLength",
        "$context.responseLatency",
        "$context.integrationErrorMessage",
    }
