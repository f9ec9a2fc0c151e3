"""`gatehouse parameters`: change what the stack was deployed with, and leave the code that runs as it is."""

from typing import Annotated
from urllib.parse import urlsplit

import typer
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from gatehouse_cli import aws_errors, commands, output, pairs, sdk
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack
from gatehouse_cli.words import one_line

app = commands.Group("Parameters of the stack.")

_BUILDS = {"Architecture", "Build"}
_POLL_SECONDS = 5
_NOTHING_TO_DO = "No updates are to be performed"
_TOO_LONG = "Max attempts exceeded"


@app.command("set")
def set_parameters(
    connected: Stack,
    values: Annotated[
        list[str],
        typer.Argument(
            help="A parameter and its value, such as LogLevel=DEBUG. May be given several times.",
            metavar="NAME=VALUE...",
        ),
    ],
) -> output.Answer:
    """Change parameters by an update of the stack that keeps its template, code and other parameters."""
    wanted = pairs.unique(map(_parse, values))
    try:
        changed = _update(connected.name, connected.region, wanted)
    except KeyboardInterrupt:
        typer.echo(f"gatehouse: the update may go on without this command; {_read_events(connected.name)}", err=True)
        raise
    except WaiterError as error:
        if _TOO_LONG in str(error):
            advice = _read_events(connected.name)
            raise OperatorError(f"stack {connected.name!r}: the update is still under way; {advice}") from None
        cause = _find_cause(connected.name, connected.region)
        raise OperatorError(f"stack {connected.name!r}: the update failed and is rolled back: {cause}") from None
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"stack {connected.name!r}: {aws_errors.explain(error)}") from None
    return output.Fields({"stack": connected.name, "changed": changed})


def _find_cause(name: str, region: str) -> str:
    """Return the first cause of the last update's failure: what failed by itself, not what was cancelled with it."""
    advice = _read_events(name)
    client = sdk.client("cloudformation", region)
    causes: list[str] = []
    try:
        for page in client.get_paginator("describe_stack_events").paginate(StackName=name):
            for event in page["StackEvents"]:  # the newest first
                status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
                if status == "UPDATE_IN_PROGRESS" and event["ResourceType"] == "AWS::CloudFormation::Stack":
                    return f"{causes[-1]}; {advice}" if causes else advice
                if status.endswith("_FAILED") and "cancelled" not in reason:
                    causes.append(f"{event['LogicalResourceId']}: {one_line(reason)}")
    except (BotoCoreError, ClientError):
        return advice
    return advice


def _read_events(name: str) -> str:
    return f"read its events: aws cloudformation describe-stack-events --stack-name {name}"


def _parse(value: str) -> tuple[str, str]:
    name, separator, given = value.partition("=")
    if not separator:
        raise OperatorError(f"{value!r} is not NAME=VALUE")
    if name in _BUILDS:
        raise OperatorError(f"{name} belongs to what was built: make deploy")
    return name, given


def _warn_of_passkeys(present: list[dict[str, str]], changed: dict[str, str]) -> None:
    """Say what another host of the public URL takes away: passkeys are made for one host."""
    before = next((one.get("ParameterValue", "") for one in present if one["ParameterKey"] == "PublicUrl"), "")
    after = changed.get("PublicUrl", before)
    if before and urlsplit(before).hostname != urlsplit(after).hostname:
        typer.echo(
            "warning: passkeys that members set up at the present PublicUrl do not work at another host; they sign in "
            "with an authenticator app or a recovery code, and set up new ones",
            err=True,
        )


def _update(name: str, region: str, changed: dict[str, str]) -> list[str]:
    cloudformation = sdk.client("cloudformation", region)
    present = cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("Parameters", [])
    known = {one["ParameterKey"] for one in present}
    if not changed.keys() <= known:
        raise OperatorError(f"the stack has no parameter {', '.join(sorted(changed.keys() - known))}")
    _warn_of_passkeys(present, changed)
    kept = [{"ParameterKey": one, "UsePreviousValue": True} for one in sorted(known - changed.keys())]
    given = [{"ParameterKey": one, "ParameterValue": value} for one, value in changed.items()]
    try:
        cloudformation.update_stack(
            StackName=name,
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[*kept, *given],
        )
    except ClientError as error:
        if _NOTHING_TO_DO in str(error):
            return []
        raise
    waiter = cloudformation.get_waiter("stack_update_complete")
    waiter.wait(StackName=name, WaiterConfig={"Delay": _POLL_SECONDS, "MaxAttempts": 360})
    return list(changed)
