"""`gatehouse parameters set` changes what it is told to, and neither code nor other parameters."""

from typing import Any

import boto3
import pytest

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
        pytest.param("Architecture=x86_64", "make deploy", id="what was built"),
        pytest.param("Build=complete", "make deploy", id="whether it was built"),
    ],
)
def test_what_cannot_be_changed_is_refused_before_anything_is(newcomer: Operator, value: str, said: str) -> None:
    before = parameters()

    assert said in newcomer.refused("parameters", "set", "Dashboard=true", value)

    assert parameters() == before
