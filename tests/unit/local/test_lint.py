"""The linter sees what CloudFormation would refuse, and every option of every template.

The linters are imported by the tests that run them: it takes a second, in each process.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from local.lint.cloudformation_yaml import load
from tests.template import ROOT

TEMPLATES = (ROOT / "template.yaml", *sorted((ROOT / "examples").glob("*/template.yaml")))

PERMISSION = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Accounts: {Type: CommaDelimitedList, Default: "none,none"}
Conditions:
  HasAccount: !Not [!Equals [!Select [0, !Ref Accounts], none]]
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Runtime: python3.13, Handler: app.handler}
  Permission:
    Type: AWS::Lambda::Permission
    Condition: HasAccount
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub
        - arn:${AWS::Partition}:execute-api:REGION:${Account}:*/authorizers/*
        - Account: !Select [0, !Ref Accounts]
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # changed for SAM's translator; put back afterwards


def written(folder: Path, region: str) -> Path:
    file = folder / "template.yaml"
    file.write_text(PERMISSION.replace("REGION", region), encoding="utf-8")
    return file


@pytest.mark.parametrize("region", ["cn-north-1", "eu-west-1", "us-gov-west-1"])
def test_a_template_is_resolved_as_cloudformation_does(tmp_path: Path, region: str) -> None:
    from local.lint.resolved import resolve

    partition = {"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}.get(region, "aws")

    found = resolve(written(tmp_path, "${AWS::Region}"), {"Accounts": "444444444444,none"}, region)

    arn = f"arn:{partition}:execute-api:{region}:444444444444:*/authorizers/*"
    assert found["Resources"]["Permission"]["Properties"]["SourceArn"] == arn
    assert "Permission" not in resolve(written(tmp_path, "*"), {}, region)["Resources"]


@pytest.mark.sampled(0)
@pytest.mark.parametrize(("region", "rules"), [("*", ["E3031"]), ("${AWS::Region}", [])])
def test_a_permission_for_every_region_is_found(tmp_path: Path, region: str, rules: list[str]) -> None:
    from cfnlint import api
    from cfnlint.config import ManualArgs

    from local.lint.resolved import resolve

    text = json.dumps(resolve(written(tmp_path, region), {"Accounts": "444444444444,none"}, "us-east-1"))

    found = api.lint(text, config=ManualArgs(regions=["us-east-1"]))

    assert [one.rule.id for one in found] == rules


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.parent.name)
def test_every_option_on_means_every_resource(template: Path) -> None:
    from local.lint.__main__ import groups
    from local.lint.options import every_option
    from local.lint.resolved import resolve

    written = load(template)
    conditional = {name for name, one in written["Resources"].items() if "Condition" in one}

    for regions in groups():
        options = every_option(template, regions[0])
        resources: dict[str, Any] = resolve(template, options, regions[0])["Resources"]

        assert options.keys() <= written["Parameters"].keys()
        assert conditional <= resources.keys()


def test_every_condition_of_a_value_is_true_with_every_option_on() -> None:
    from local.lint.options import every_option

    template = load(ROOT / "template.yaml")
    options = every_option(ROOT / "template.yaml", "us-east-1")

    unset = [
        name
        for name, one in template["Parameters"].items()
        if f'{{"Ref": "{name}"}}' in json.dumps(template["Conditions"])
        and options.get(name, str(one["Default"])) == str(one["Default"])
    ]

    assert not unset


def test_no_rule_of_schemas_or_patterns_is_ignored_and_each_exception_says_why() -> None:
    for file in TEMPLATES:
        for line in file.read_text(encoding="utf-8").splitlines():
            if "ignore_checks" in line:
                assert "[E" not in line
                assert "W1031" not in line
                assert "#" in line
