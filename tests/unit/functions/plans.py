"""Usage plans on moto, and the changes that they follow."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from functions.plans.gateway import ApiGatewayPlans, _client
from gatehouse.bootstrap import plans
from gatehouse.domain.apis import usage_keys
from gatehouse.domain.apis.apis import Application, Subscription
from gatehouse.domain.apis.usage_plans import Names
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.portal.usage_plan_sync import ApplicationChange, UsagePlanSync
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.usage_plan_sync import parse_change
from tests import factories, roles

REGION = "eu-west-1"
ACCOUNT = "123456789012"
NAMES = Names(usage_keys.deployment("gatehouse", REGION))
STAGE = factories.deployment(account=ACCOUNT, region=REGION, gateway_id="abc123", stage="v1")
UNLIMITED, BRONZE, GOLD = (f"{NAMES.prefix}{name}" for name in ("Unlimited", "abc123/v1 Bronze", "abc123/v1 Gold"))
KEY = f"{NAMES.prefix}johnsorg app-1"


@pytest.fixture
def gateway(aws: None) -> Iterator[Any]:  # noqa: ARG001 - started for its effect
    """API Gateway's control plane, empty."""
    client, ours = boto3.client("apigateway", region_name=REGION), _client(REGION)
    ours.meta.events.register("before-call.apigateway", asking := roles.checks_control_plane("Plans"))
    yield client
    ours.meta.events.unregister("before-call.apigateway", asking)
    for plan in client.get_usage_plans()["items"]:
        client.delete_usage_plan(usagePlanId=plan["id"])
    for key in client.get_api_keys()["items"]:
        client.delete_api_key(apiKey=key["id"])


@pytest.fixture
def sync(gateway: Any, tables: Tables, writer: DirectoryWriter) -> UsagePlanSync:  # noqa: ARG001 - made before
    """The function's graph, with `orders` published on a stage."""
    writer.save_organisation(factories.organisation())
    writer.save_api(factories.api(deployments=(STAGE,)))
    writer.save_deployment(STAGE)
    return remembering_nothing(tables)


def remembering_nothing(tables: Tables) -> UsagePlanSync:
    """Build it as for one invocation."""
    settings = factories.settings(stack_name="gatehouse", account=ACCOUNT, region=REGION)
    seen = roles.acting_as(tables, "Plans")
    return plans.sync(settings, lambda region: ApiGatewayPlans(region, NAMES.prefix), seen)


def repair(sync: UsagePlanSync) -> None:
    """Take every step of a repair."""
    for _, run in sync.repairs():
        run()


def application(tier: str | None, **overrides: Any) -> Application:
    subscribed = () if tier is None else (Subscription(api_organisation="johnsorg", api_id="orders", tier=tier),)
    return factories.application(subscriptions=subscribed, **overrides)


def change(before: str | None, after: str | None) -> ApplicationChange:
    """Tell of a changed application as the stream does."""
    images = {
        name: attribute_values.render(plain_values.of(application(tier)))
        for name, tier in (("OldImage", before), ("NewImage", after))
    }
    parsed = parse_change({"dynamodb": {"Keys": keys.application("johnsorg", "app-1"), **images}})
    assert isinstance(parsed, ApplicationChange)
    return parsed


def held(gateway: Any) -> dict[str, set[str]]:
    """Return the names of the keys in each plan."""
    return {
        plan["name"]: {key["name"] for key in gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]}
        for plan in gateway.get_usage_plans()["items"]
    }


class Quota:
    """API Gateway's quota of usage plans, with so many places; counts how often it refused."""

    def __init__(self, client: Any, places: int) -> None:
        self.client = client
        self.places = places
        self.refusals = 0

    def __call__(self, **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if len(self.client.get_usage_plans()["items"]) < self.places:
            return None
        self.refusals += 1
        error = {"Code": "LimitExceededException", "Message": "Maximum number of Usage plans has been reached."}
        return AWSResponse("", 429, HTTPHeaders(), None), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 429}}


@pytest.fixture
def quota(gateway: Any) -> Iterator[Callable[[int], Quota]]:
    """Give the account a quota of usage plans."""
    event, ours, made = "before-call.apigateway.CreateUsagePlan", _client(REGION), list[Quota]()

    def limit(places: int) -> Quota:
        made.append(Quota(gateway, places))
        ours.meta.events.register(event, made[-1])
        return made[-1]

    yield limit
    for one in made:
        ours.meta.events.unregister(event, one)
