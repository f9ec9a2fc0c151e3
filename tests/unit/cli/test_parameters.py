"""`gatehouse parameters set` changes what it is told to, and neither code nor other parameters."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import WaiterError

from tests.conftest import REGION
from tests.unit.cli.conftest import Operator


def described() -> Any:
    client: Any = boto3.client("cloudformation", region_name=REGION)
    return client.describe_stacks(StackName="gatehouse")["Stacks"][0]


def parameters() -> dict[str, str]:
    return {one["ParameterKey"]: one["ParameterValue"] for one in described()["Parameters"]}


def test_a_parameter_is_changed_and_the_others_are_kept(newcomer: Operator) -> None:
    newcomer.done("parameters", "set", "LogLevel=DEBUG")
    newcomer.done("parameters", "set", "Dashboard=a=b,c")

    assert parameters() == {"LogLevel": "DEBUG", "Dashboard": "a=b,c", "Build": "INFO"}
    assert described()["StackStatus"] == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param("LogLevel", "not NAME=VALUE", id="no value"),
        pytest.param("Loglevel=DEBUG", "no parameter Loglevel", id="unknown"),
        pytest.param("Dashboard=false", "Dashboard is given twice", id="a repeated name"),
        pytest.param("Dashboard=true", "Dashboard is given twice", id="a repeated pair"),
        pytest.param("Architecture=x86_64", "make deploy", id="what was built"),
        pytest.param("Build=complete", "make deploy", id="whether it was built"),
    ],
)
def test_what_cannot_be_changed_is_refused_before_anything_is(newcomer: Operator, value: str, said: str) -> None:
    before = parameters()

    assert said in newcomer.refused("parameters", "set", "Dashboard=true", value)

    assert parameters() == before


@pytest.mark.parametrize(("url", "is_warned"), [("https://b.example", True), ("https://a.example/x", False)])
def test_another_host_of_the_public_url_is_warned_of(newcomer: Operator, url: str, *, is_warned: bool) -> None:
    """Passkeys are made for one host."""
    client: Any = boto3.client("cloudformation", region_name=REGION)
    outputs = ("AuthApiUrl", "DirectoryTableName", "GrantsTableName")
    template = {
        "Parameters": {"PublicUrl": {"Type": "String"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {one: {"Value": "https://auth.example"} for one in outputs},
    }
    name, given = f"at-a-host-{is_warned}", [{"ParameterKey": "PublicUrl", "ParameterValue": "https://a.example"}]
    client.create_stack(StackName=name, TemplateBody=json.dumps(template), Parameters=given)

    told = newcomer.run("parameters", "set", f"PublicUrl={url}", "--stack", name)

    assert (told.exit_code, "passkeys" in told.stderr) == (0, is_warned)


class Refusing:
    """CloudFormation, which begins the update and rolls it back."""

    def __init__(
        self,
        events: list[tuple[str, str, str, str]],
        ended: BaseException = WaiterError("StackUpdateComplete", "it was rolled back", {}),  # noqa: B008 - raised
    ) -> None:
        self.ended = ended
        names = ("LogicalResourceId", "ResourceType", "ResourceStatus", "ResourceStatusReason")
        self.events = [dict(zip(names, one, strict=True)) for one in events]

    def describe_stacks(self, **_: str) -> Any:
        return {"Stacks": [{"Parameters": [{"ParameterKey": "LogLevel", "ParameterValue": "INFO"}]}]}

    def update_stack(self, **_: Any) -> None:
        """Begin."""

    def get_waiter(self, _name: str) -> Any:
        def wait(**_: Any) -> None:
            raise self.ended

        return SimpleNamespace(wait=wait)

    def get_paginator(self, _name: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"StackEvents": [one]} for one in self.events])


STACK, FUNCTION = "AWS::CloudFormation::Stack", "AWS::Lambda::Function"


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        pytest.param(
            [
                ("gatehouse", STACK, "UPDATE_ROLLBACK_COMPLETE", ""),
                ("Token", FUNCTION, "UPDATE_FAILED", "Resource update cancelled"),
                ("Fetcher", FUNCTION, "UPDATE_FAILED", "after it"),
                ("Authorizer", FUNCTION, "UPDATE_FAILED", "decreases account's\nUnreservedConcurrentExecution"),
                ("gatehouse", STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
                ("Store", FUNCTION, "UPDATE_FAILED", "of an earlier update"),
            ],
            "Authorizer: decreases account's UnreservedConcurrentExecution; read its events",
            id="the first of those that failed by themselves",
        ),
        pytest.param([("gatehouse", STACK, "UPDATE_IN_PROGRESS", "")], "rolled back: read its events", id="no cause"),
        pytest.param([], "rolled back: read its events", id="no events"),
    ],
)
def test_an_update_that_fails_says_why(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, events: list[tuple[str, str, str, str]], cause: str
) -> None:
    monkeypatch.setattr(boto3, "client", lambda *_, **__: Refusing(events))

    assert cause in operator.refused("parameters", "set", "LogLevel=DEBUG")


@pytest.mark.parametrize(
    ("ended", "status", "told"),
    [
        pytest.param(WaiterError("x", "Max attempts exceeded", {}), 1, "is still under way", id="after half an hour"),
        pytest.param(KeyboardInterrupt(), 130, "may go on without this command", id="by Ctrl-C"),
    ],
)
def test_an_update_that_outlives_the_command_is_not_said_to_have_ended(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, ended: BaseException, status: int, told: str
) -> None:
    monkeypatch.setattr(boto3, "client", lambda *_, **__: Refusing([], ended))

    result = operator.run("parameters", "set", "LogLevel=DEBUG")

    assert (result.exit_code, result.stdout) == (status, "")
    assert told in result.stderr
    assert "rolled back" not in result.stderr
