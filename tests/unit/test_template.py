"""What an operator and an auditor expect of template.yaml, and docs/operations.md of its parameters."""

import json
import re
from typing import Any

import pytest

from tests import template
from tests.template import ROOT

TEMPLATE: dict[str, Any] = template.load()
PARAMETERS: dict[str, dict[str, Any]] = TEMPLATE["Parameters"]
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
ALARMS = of_type("AWS::CloudWatch::Alarm")
MAPPINGS = of_type("AWS::Lambda::EventSourceMapping")


def statements(function: str) -> list[dict[str, Any]]:
    """What a function may do; a statement that has a condition of the template stands for itself."""
    found = FUNCTIONS[function]["Policies"][0]["Statement"]
    return [one["!If"][1] if "!If" in one else one for one in found]


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_described_and_bounded(name: str) -> None:
    parameter = PARAMETERS[name]

    assert parameter["Description"].endswith(".")
    assert "Default" in parameter
    bounds = {"AllowedValues", "AllowedPattern", "MaxValue", "MaxLength"}
    assert bounds & parameter.keys() or name == "EndpointUrl"


def test_the_console_shows_every_parameter_in_one_group() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_operators_page_tells_every_parameter_and_its_default(name: str) -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    defaults = {one: default for names, default in rows for one in re.findall(r"`(\w+)`", names)}

    shown = defaults[name]

    default = str(PARAMETERS[name]["Default"])
    assert (default or "empty") in shown.replace("`", "") or shown.strip() == "five times `none`"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_log_group_that_forgets(name: str) -> None:
    logs = of_type("AWS::Logs::LogGroup")[f"{name}Logs"]

    assert logs["LogGroupName"] == {"!Sub": f"/aws/lambda/${{{name}}}"}
    assert logs["RetentionInDays"] == {"!Ref": "LogRetentionDays"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_may_do_everything_anywhere(name: str) -> None:
    for statement in statements(name):
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]

        assert all(re.fullmatch(r"[a-z]+:[A-Za-z]+", action) for action in actions)
        assert statement["Resource"] != "*"


def test_the_token_function_changes_nothing_of_the_directory_but_users() -> None:
    directory = [one for one in statements("Token") if one["Resource"] == {"!GetAtt": "DirectoryTable.Arn"}]
    free = [one for one in directory if "Condition" not in one]

    assert [one["Action"] for one in free] == [["dynamodb:GetItem", "dynamodb:BatchGetItem"]]
    assert [one["Condition"] for one in directory if one not in free] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USER#*"]}}
    ]


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"Keys", "Token", "Store", "Authorizer"}))
def test_who_signs_nothing_cannot_read_the_signing_keys(name: str) -> None:
    assert not any("secretsmanager" in str(statement) for statement in statements(name))


def test_what_people_made_survives_the_stack_and_a_mistake() -> None:
    directory = RESOURCES["DirectoryTable"]

    assert (directory["DeletionPolicy"], directory["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert directory["Properties"]["DeletionProtectionEnabled"] is True
    assert directory["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
def test_tables_are_encrypted_under_a_key_of_the_account(name: str) -> None:
    assert RESOURCES[name]["Properties"]["SSESpecification"] == {"SSEEnabled": True}


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_bad_record_is_given_up_on_by_itself(name: str) -> None:
    mapping = MAPPINGS[name]

    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumRetryAttempts"] <= 10
    assert mapping["MaximumRecordAgeInSeconds"] <= 86_400
    is_repaired = name == "PlansSource"  # by the hour, from what is stored
    assert is_repaired or mapping["DestinationConfig"]["OnFailure"]["Destination"] == {"!GetAtt": "DeadLetters.Arn"}


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_tells_the_topic_and_is_quiet_while_nobody_calls(name: str) -> None:
    topic = {"!Ref": "AlarmTopicArn"}
    told = [topic] if "Condition" in RESOURCES[name] else {"!If": ["HasAlarmTopic", [topic], {"!Ref": "AWS::NoValue"}]}

    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == told
    assert ALARMS[name]["TreatMissingData"] == "notBreaching"
    assert ALARMS[name]["AlarmDescription"].endswith(".")


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


@pytest.mark.parametrize("name", TEMPLATE["Outputs"])
def test_every_output_is_described(name: str) -> None:
    assert TEMPLATE["Outputs"][name]["Description"].endswith(".")
