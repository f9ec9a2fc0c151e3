"""AWS clients and environments that can reach the local stack and nothing else."""

import os
from typing import TYPE_CHECKING, Any

import boto3

from local.layout import Layout

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

REGION = "us-east-1"
# MiniStack takes any; they must not look like an account number, which it would take for the account.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
NOWHERE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def environment(layout: Layout) -> dict[str, str]:
    """Make the environment of a tool that calls AWS: nothing of the caller's own AWS settings is left in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    region = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    return kept | CREDENTIALS | NOWHERE | region | {"AWS_ENDPOINT_URL": layout.aws_endpoint_url}


def cloudformation(layout: Layout) -> "CloudFormationClient":
    """Make a client of the local CloudFormation."""
    client: CloudFormationClient = _client(layout, "cloudformation")
    return client


def verify_sender(layout: Layout, address: str) -> None:
    """Let the local SES send from the address; on AWS, whoever owns it does that."""
    _client(layout, "ses").verify_email_identity(EmailAddress=address)


def settle_usage_plans(layout: Layout, function_name: str) -> None:
    """Make the usage plans of what is published before anybody calls it; on AWS the stream does that within seconds."""
    answer = _client(layout, "lambda").invoke(FunctionName=function_name, Payload=b'{"action": "repair"}')
    if "FunctionError" in answer:
        raise SystemExit(f"the usage plans could not be made: {answer['Payload'].read().decode()}")


def _client(layout: Layout, service: str) -> Any:
    return boto3.client(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportCallIssue]
        service,  # pyright: ignore[reportArgumentType]
        endpoint_url=layout.aws_endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
