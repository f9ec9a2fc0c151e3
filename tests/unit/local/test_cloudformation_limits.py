"""How far the stack is from limits of AWS that a deployment meets only when it is refused."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.template import ROOT

TEMPLATE, REGION = ROOT / "template.yaml", "ap-southeast-1"
UNRESOLVED_BYTES = 200
"""More than what a reference to a name, an ARN or an address takes."""


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    """The stack with every option on, as CloudFormation creates it."""
    from local.lint.options import every_option  # the linters take a second in each process that imports them
    from local.lint.resolved import resolve

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)  # changed for SAM's translator; put back afterwards
        return resolve(TEMPLATE, every_option(TEMPLATE, REGION), REGION)


def of_type(stack: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, one in stack["Resources"].items():
        if one["Type"] == kind:
            yield name, one.get("Properties", {})


def size(value: Any) -> int:
    """The bytes of a value as JSON, with a generous guess of what only CloudFormation knows."""
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        if len(found) == 1 and next(iter(found)).startswith(("Ref", "Fn::")):
            return UNRESOLVED_BYTES
        return 2 + sum(len(json.dumps(name)) + 2 + size(one) for name, one in found.items())
    if isinstance(value, list):
        return 2 + sum(size(one) + 2 for one in cast("list[Any]", value))
    return len(json.dumps(value))


def test_the_template_has_a_size_and_a_number_of_resources_that_cloudformation_takes(stack: dict[str, Any]) -> None:
    assert size(stack) < 1_000_000
    assert len(stack["Resources"]) < 500
    assert len(stack["Outputs"]) < 200


def test_the_http_api_takes_all_routes(stack: dict[str, Any]) -> None:
    assert len(list(of_type(stack, "AWS::ApiGatewayV2::Route"))) < 300


def test_each_role_holds_its_policies(stack: dict[str, Any]) -> None:
    """10,240 characters for all inline policies of a role."""
    sizes = {name: size(one.get("Policies", [])) for name, one in of_type(stack, "AWS::IAM::Role")}

    assert len(sizes) > 5
    assert {name: one for name, one in sizes.items() if one > 10_240} == {}


def test_each_function_holds_its_environment_and_its_layers(stack: dict[str, Any]) -> None:
    functions = dict(of_type(stack, "AWS::Lambda::Function"))

    sizes = {name: size(one["Environment"]["Variables"]) for name, one in functions.items()}

    assert {name: one for name, one in sizes.items() if one > 4096} == {}
    assert all(len(one["Layers"]) <= 5 for one in functions.values())


def test_each_function_holds_the_permissions_of_its_callers(stack: dict[str, Any]) -> None:
    """A resource policy has at most 20 KB; a statement takes some 400 bytes beside what it refers to."""
    callers = Counter(json.dumps(one["FunctionName"]) for _, one in of_type(stack, "AWS::Lambda::Permission"))

    assert max(callers.values()) * (400 + 2 * UNRESOLVED_BYTES) <= 20 * 1024


def test_each_pattern_is_short_enough(stack: dict[str, Any]) -> None:
    of_logs = {name: len(one["FilterPattern"]) for name, one in of_type(stack, "AWS::Logs::MetricFilter")}
    of_streams = {
        name: len(pattern["Pattern"])
        for name, one in of_type(stack, "AWS::Lambda::EventSourceMapping")
        for pattern in one["FilterCriteria"]["Filters"]
    }

    assert {name: one for name, one in of_logs.items() if one > 1024} == {}
    assert {name: one for name, one in of_streams.items() if one > 4096} == {}
