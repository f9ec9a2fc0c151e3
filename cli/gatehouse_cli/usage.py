"""`show-usage` of APIs and applications, and the doctor's look: what the store reads with `UsageMetrics`."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Annotated

import boto3
import typer
from msgspec.structs import asdict

from gatehouse.domain.apis import usage_keys
from gatehouse.domain.apis.usage_plans import Names
from gatehouse.domain.portal import usage
from gatehouse.domain.portal.usage import ApiCalls, StageUsage, UsageReader
from gatehouse.storage.aws.rest import SignedRest
from gatehouse.storage.aws.transport import CLOUDWATCH, SignedTransport
from gatehouse.storage.usage_metrics import ApiGatewayUsage
from gatehouse_cli import applications, output, sdk
from gatehouse_cli.arguments import ApiId, ApplicationId, Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.findings import Finding, ok, unchecked
from gatehouse_cli.stack import Stack

_WHYS = {
    "unlimited": "its tier has no limit",
    "elsewhere": "its stages are elsewhere",
    "beyond": "more stages than are read at once",
}


def reader(connected: Stack) -> UsageReader:
    """Return what reads usage with the operator's credentials, whatever the stack's parameter says."""
    session = boto3.Session(region_name=connected.region)
    source = sdk.credentials(session.get_credentials())
    url = partial(sdk.endpoint, session)
    return ApiGatewayUsage(
        lambda region: SignedTransport(url("cloudwatch", region), region, source, CLOUDWATCH),
        lambda region: SignedRest(url("apigateway", region), region, source, "apigateway"),
        Names(usage_keys.deployment(connected.name, connected.region)),
        connected.account,
    )


def show_usage(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    *,
    days: Annotated[int, typer.Option(help="The last 7, 30 or 90 days.")] = 7,
) -> output.Answer:
    """Show calls, errors and latency of an API, stage by stage and day by day."""
    key = connected.organisation(organisation).key
    api = connected.directory.find_api(key, api_id)
    if api is None:
        raise OperatorError(f"{key} has no API {api_id!r}")
    wanted = usage.last_days(int(time.time()), days)
    rows = [row for one in usage.find(reader(connected), api, wanted) for row in _rows(one)]
    return output.Rows(rows, empty=f"{api_id} runs on no stage")


def show_application_usage(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    days: Annotated[int, typer.Option(help="The last 7, 30 or 90 days.")] = 7,
) -> output.Answer:
    """Show the calls of an application, API by API and day by day."""
    application = applications.find(connected, organisation, application_id)
    wanted = usage.last_days(int(time.time()), days)
    found = usage.find_of_application(reader(connected), application, connected.subscribed(application), wanted)
    rows = [row for one in found for row in _rows_of_calls(one, wanted)]
    return output.Rows(rows, empty=f"{application_id} subscribes to no API")


def find_usage(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether the counts of every stage can be read, if the stack reads them."""
    if connected.parameters.get("UsageMetrics") != "true":
        return [ok(check, "UsageMetrics is off", "the store shows no usage")]
    days = usage.last_days(int(time.time()), usage.DAYS[0])
    found = [one for api in connected.apis() for one in usage.find(reader(connected), api, days)]
    unread = [one for one in found if one.missing]
    calls = sum(one.calls for one in found)
    seen = ok(check, f"{len(found) - len(unread)} stages read, {calls} calls in 7 days")
    return [seen, *(unchecked(check, f"{_place(one)}: {_UNREAD[one.missing]}") for one in unread)]


_UNREAD = {
    "elsewhere": "in another AWS account",
    "namesake": "counted together with another REST API of its name; rename one of them",
}
"""Why nothing is known of a stage."""


def _place(one: StageUsage) -> str:
    return f"{one.deployment.gateway_id}/{one.deployment.stage}"


def _rows(one: StageUsage) -> list[output.Row]:
    place = _place(one)
    if one.missing:
        return [{"stage": place, "day": "", "calls": _UNREAD[one.missing]}]
    return [
        {"stage": place, **asdict(day), "median_ms": round(day.median_ms), "slow_ms": round(day.slow_ms)}
        for day in one.days
    ]


def _rows_of_calls(one: ApiCalls, days: tuple[str, ...]) -> list[output.Row]:
    if one.missing:
        return [{"api": one.api_id, "day": "", "calls": f"not counted: {_WHYS[one.missing]}"}]
    return [{"api": one.api_id, "day": day, "calls": count} for day, count in zip(days, one.days, strict=True)]
