"""What CloudFormation knows of a stack of Gatehouse."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from gatehouse_cli.errors import OperatorError

_OUTPUTS = frozenset({"AuthApiUrl", "DirectoryTableName", "GrantsTableName"})

FAILED_STATES = frozenset(
    {
        "CREATE_FAILED",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_FAILED",
        "DELETE_FAILED",
    }
)
"""States of a stack in which CloudFormation gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A stack that was deployed at least once."""

    account: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]


def find(session: boto3.Session, name: str, region: str) -> Deployment:
    """Return the stack of this name.

    Raises:
        OperatorError: There is none, it is not Gatehouse's, or it was never deployed.
    """
    cloudformation: Any = session.client("cloudformation")  # pyright: ignore[reportUnknownMemberType]
    try:
        described: Any = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        advice = "name another with --stack, or set AWS_REGION"
        raise OperatorError(f"stack {name!r} does not exist in {region}; {advice}") from None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", ())}
    status: str = described["StackStatus"]
    if not outputs.keys() >= _OUTPUTS and status in FAILED_STATES:
        advice = "read its events, delete it, and deploy again"
        raise OperatorError(f"stack {name!r} was never deployed: it is {status}; {advice}")
    if not outputs.keys() >= _OUTPUTS:
        raise OperatorError(f"stack {name!r} is not one of Gatehouse's, or not complete: it is {status}")
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", ())}
    account = described["StackId"].split(":")[4]
    return Deployment(account=account, status=status, parameters=parameters, outputs=outputs)
