"""Behind each alias stands a published version. A parameter that reaches a function must make a new one.

SAM's transform hashes a function's properties before parameters have values, and CloudFormation publishes only where
the resource `AWS::Lambda::Version` is replaced, as a changed description does:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
"""

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests import template

DESCRIPTION_MAX_CHARACTERS = 256
EMULATORS_ONLY = {"EndpointUrl", "FetcherTestHosts", "FetcherTestAuthority"}
NO_PART_OF_A_VERSION = {"Policies", "VersionDescription", "ReservedConcurrentExecutions"}

PARAMETERS: dict[str, dict[str, Any]] = template.load()["Parameters"]
FUNCTIONS: dict[str, dict[str, Any]] = {
    name: one["Properties"]
    for name, one in template.load()["Resources"].items()
    if one["Type"] == "AWS::Serverless::Function"
}


def references(value: Any) -> Iterator[str]:
    """The parameters that a value depends on."""
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from references(one)
    if isinstance(value, dict):
        for name, one in cast("dict[str, Any]", value).items():
            names = [one] if name == "!Ref" else re.findall(r"\$\{(\w+)\}", str(one)) if name == "!Sub" else []
            yield from PARAMETERS.keys() & set(names)
            yield from references(one)


def longest(parameter: dict[str, Any]) -> int:
    """How many characters a parameter's value may have."""
    if "AllowedValues" in parameter:
        return max(len(str(one)) for one in parameter["AllowedValues"])
    return len(str(parameter["MaxValue"])) if parameter["Type"] == "Number" else parameter["MaxLength"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_that_reaches_a_function_stands_in_its_versions_description(name: str) -> None:
    settings = template.load()["Globals"]["Function"]
    properties = {key: value for key, value in FUNCTIONS[name].items() if key not in NO_PART_OF_A_VERSION}

    reaching = {*references(settings), *references(properties)}

    assert settings["AutoPublishAlias"] == "live"
    assert FUNCTIONS[name]["AutoPublishAliasAllProperties"] is True
    assert {*references(FUNCTIONS[name]["VersionDescription"])} == reaching - EMULATORS_ONLY


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_description_is_never_longer_than_lambda_takes(name: str) -> None:
    text: str = FUNCTIONS[name]["VersionDescription"]["!Sub"]

    used = re.findall(r"\$\{(\w+)\}", text)

    separators = len(re.sub(r"\$\{\w+\}", "", text))
    assert sum(longest(PARAMETERS[one]) for one in used) + separators <= DESCRIPTION_MAX_CHARACTERS
