"""`gatehouse doctor`: what it says of the stack, of its parameters and of what AWS refuses to tell."""

import json
from copy import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from gatehouse_cli import inspections

from tests.unit.cli.patients import OUTPUTS, Patient, days_ago, healthy, kept, refusal
from tests.unit.cli.patients import patient as patient


def test_a_fresh_stack_is_well(patient: Patient) -> None:
    lines = patient.lines()

    assert patient.wrong() == {}
    assert {name for name, one in lines.items() if one["state"] == "not checked"} == {"HTTP APIs"}
    assert lines["directory"]["seen"] == "no organisation yet"
    assert "organisations create" in lines["directory"]["do"]


def test_the_report_can_be_read_by_people(patient: Patient) -> None:
    printed = patient.operator.done("doctor")

    assert "not checked" in printed
    assert "under its own name" in printed


def test_functions_are_found_on_every_page_of_the_stacks_resources(patient: Patient) -> None:
    """DescribeStackResources answers 100 resources at most; this stack has more."""
    assert {name for name in patient.lines() if name.startswith("functions")} == {
        "functions: Events",
        "functions: Token",
    }


def test_a_line_of_the_log_may_stand_on_a_later_page(patient: Patient) -> None:
    patient.aws["logs.filter_log_events"] = lambda **asked: [{"events": [], "nextToken": "2"}, kept(**asked)]

    assert patient.lines()["logs"]["state"] == "ok"


ILL: dict[str, tuple[str, Any, str, str]] = {
    "a function whose update failed": (
        "lambda.get_function_configuration",
        {"State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no image"},
        "functions: Token",
        "last update Failed",
    ),
    "a stream that is switched off": (
        "lambda.list_event_source_mappings",
        {"EventSourceMappings": [{"UUID": "1", "State": "Disabled"}]},
        "functions: Events",
        "switched off",
    ),
    "no rotation": (
        "secretsmanager.describe_secret",
        {"RotationEnabled": False, "VersionIdsToStages": {"1": ["AWSCURRENT"]}},
        "signing keys",
        "rotation is off",
    ),
    "a rotation left behind": (
        "secretsmanager.describe_secret",
        {"RotationEnabled": True, "VersionIdsToStages": {"1": ["AWSCURRENT"], "2": ["AWSPENDING"]}},
        "signing keys",
        "AWSPENDING",
    ),
    "old keys": (
        "secretsmanager.list_secret_version_ids",
        {"Versions": [{"VersionId": "1", "VersionStages": ["AWSCURRENT"], "CreatedDate": days_ago(40)}]},
        "signing keys",
        "40 days old",
    ),
    "an unverified sender": (
        "ses.get_identity_verification_attributes",
        {"VerificationAttributes": {"example.com": {"VerificationStatus": "Pending"}}},
        "mail",
        "not verified",
    ),
    "the sandbox": ("sesv2.get_account", {"ProductionAccessEnabled": False}, "mail", "sandbox"),
    "paused mails": (
        "sesv2.get_account",
        {"ProductionAccessEnabled": True, "SendingEnabled": False, "EnforcementStatus": "SHUTDOWN"},
        "mail",
        "SHUTDOWN",
    ),
    "a new account's concurrency": (
        "lambda.get_account_settings",
        {"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}},
        "concurrency",
        "the account has 10",
    ),
}


@pytest.mark.parametrize(("asked", "said", "check", "seen"), ILL.values(), ids=ILL)
def test_what_aws_says_is_wrong_is_told(patient: Patient, asked: str, said: Any, check: str, seen: str) -> None:
    patient.aws["lambda.get_function_concurrency"] = {}
    patient.aws[asked] = said

    assert seen in patient.wrong()[check]["seen"]


def test_the_command_that_enables_a_stream_names_the_one_that_is_off(patient: Patient) -> None:
    streams = [{"UUID": "1", "State": "Enabled"}, {"UUID": "2", "State": "Disabled"}]
    patient.aws["lambda.list_event_source_mappings"] = {"EventSourceMappings": streams}

    assert patient.wrong()["functions: Events"]["do"].endswith("--enabled --uuid 2")


@pytest.mark.parametrize(
    ("limit", "action"),
    [
        ("0", "consider PublishingConcurrency, such as 5"),
        ("1", "consider PublishingConcurrency of at least 2, such as 5"),
        ("5", ""),
    ],
)
def test_publishing_without_a_bound_is_told(patient: Patient, limit: str, action: str) -> None:
    patient.connected = replace(
        patient.connected, parameters={**patient.connected.parameters, "PublishingConcurrency": limit}
    )

    (found,) = (one for one in json.loads(patient.run().stdout) if one["check"] == "concurrency")

    assert (found["state"], found["do"]) == ("ok", action)


@pytest.mark.parametrize(("days", "state"), [(0.001, "not checked"), (1, "wrong")])
def test_a_rotation_under_way_is_told_apart_from_one_left_behind(patient: Patient, days: float, state: str) -> None:
    versions = [("1", "AWSCURRENT", 3), ("2", "AWSPENDING", days)]
    patient.aws["secretsmanager.describe_secret"] = {
        "RotationEnabled": True,
        "VersionIdsToStages": {one: [label] for one, label, _ in versions},
    }
    patient.aws["secretsmanager.list_secret_version_ids"] = {
        "Versions": [
            {"VersionId": one, "VersionStages": [label], "CreatedDate": days_ago(age)} for one, label, age in versions
        ]
    }

    assert patient.lines()["signing keys"]["state"] == state


@pytest.mark.parametrize("asked", healthy())
@pytest.mark.parametrize("code", ["AccessDeniedException", "AccessDenied"])
def test_what_the_operator_may_not_ask_is_not_checked(patient: Patient, asked: str, code: str) -> None:
    patient.aws[asked] = refusal("TheOperation", code)

    unchecked = [one for one in patient.lines().values() if one["state"] == "not checked"]

    assert patient.wrong() == {}
    assert asked.startswith("apigatewayv2") or any("TheOperation" in one["do"] for one in unchecked)


def test_a_service_that_is_not_reached_is_not_checked(patient: Patient) -> None:
    patient.aws["sesv2.get_account"] = EndpointConnectionError(endpoint_url="https://email.nowhere.example")

    assert patient.lines()["mail"]["state"] == "not checked"


@pytest.mark.parametrize(
    ("running", "built", "state"),
    [("1", "1", "ok"), ("1", "2", "wrong"), ("none", "", "wrong"), ("", "2", "not checked"), ("1", "", "not checked")],
)
def test_the_version_that_runs_is_compared_with_the_build(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, running: str, built: str, state: str
) -> None:
    patient.connected = replace(patient.connected, outputs={**OUTPUTS, "BuildVersion": running})
    monkeypatch.setattr(inspections, "_built_version", lambda: built)

    assert patient.lines()["version"]["state"] == state


@pytest.mark.parametrize(
    ("status", "state"),
    [("UPDATE_COMPLETE", "ok"), ("UPDATE_ROLLBACK_FAILED", "wrong"), ("UPDATE_IN_PROGRESS", "not checked")],
)
def test_the_state_of_the_stack_is_told(patient: Patient, status: str, state: str) -> None:
    patient.connected = replace(patient.connected, status=status)

    assert patient.lines()["stack"]["state"] == state


@pytest.mark.parametrize(
    ("verified", "state"), [("mail.example.com", "ok"), ("example.com", "ok"), ("com", "wrong"), ("ple.com", "wrong")]
)
def test_a_verified_domain_above_the_senders_is_enough(patient: Patient, verified: str, state: str) -> None:
    patient.connected = replace(patient.connected, parameters={"MailFrom": "gate@mail.example.com"})

    def attributes(**asked: Any) -> Any:
        known = {verified: {"VerificationStatus": "Success"}}
        return {"VerificationAttributes": {one: known[one] for one in asked["Identities"] if one in known}}

    patient.aws["ses.get_identity_verification_attributes"] = attributes

    assert patient.lines()["mail"]["state"] == state


def test_no_mail_address_is_no_fault(patient: Patient) -> None:
    patient.connected = replace(patient.connected, parameters={})

    assert patient.lines()["mail"]["state"] == "ok"
    assert patient.lines()["certificate"]["state"] == "ok"
