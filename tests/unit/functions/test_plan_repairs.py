"""Usage plans that are missing, superfluous, refused by a quota or made twice."""

import importlib
import sys
from collections.abc import Callable, Iterator
from copy import replace
from types import ModuleType
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError

from functions.plans.gateway import ApiGatewayPlans, _client
from gatehouse.bootstrap import plans
from gatehouse.domain.apis import throttling_policies, usage_plans
from gatehouse.domain.apis.apis import Subscription
from gatehouse.domain.apis.usage_plans import PlanQuotaError
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.portal.subscription_blocks import Blocks
from gatehouse.domain.portal.subscriptions import with_application
from gatehouse.domain.portal.usage_plan_sync import UsagePlanSync
from gatehouse.settings import Settings
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import factories
from tests.unit.functions.plans import (
    ACCOUNT,
    BRONZE,
    GOLD,
    KEY,
    NAMES,
    REGION,
    STAGE,
    UNLIMITED,
    Quota,
    application,
    change,
    held,
    remembering_nothing,
    repair,
)
from tests.unit.functions.plans import gateway as gateway
from tests.unit.functions.plans import quota as quota
from tests.unit.functions.plans import sync as sync
from tests.unit.functions.variables import ENVIRONMENT


def test_a_repair_makes_what_is_missing_and_removes_what_nobody_needs(
    gateway: Any, tables: Tables, sync: UsagePlanSync, writer: DirectoryWriter
) -> None:
    writer.save_application(application(None))
    subscribe(tables, "Bronze")
    gateway.create_api_key(name="gatehouse eu-west-1 johnsorg gone", value="x" * 20)
    gateway.create_api_key(name="somebody else's", value="y" * 20)
    old = gateway.create_usage_plan(name="gatehouse eu-west-1 old/v1 Gold", apiStages=[{"apiId": "old", "stage": "v1"}])
    gateway.create_usage_plan(name="somebody else's", apiStages=[{"apiId": "other", "stage": "v1"}])

    repair(sync)

    assert held(gateway) == {BRONZE: {KEY}, UNLIMITED: {UNLIMITED}, "somebody else's": set()}
    assert old["id"] not in {plan["id"] for plan in gateway.get_usage_plans()["items"]}
    assert {key["name"] for key in gateway.get_api_keys()["items"]} == {KEY, UNLIMITED, "somebody else's"}


def test_a_repair_changes_the_limits_of_a_tier_that_was_changed(
    gateway: Any, tables: Tables, sync: UsagePlanSync, writer: DirectoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.save_application(application(None))
    subscribe(tables, "Bronze")
    repair(sync)
    (bronze,) = throttling_policies.parse_tiers("Bronze:6000/minute")
    monkeypatch.setitem(throttling_policies.SUBSCRIPTION, "Bronze", bronze)

    repair(remembering_nothing(tables))

    plan = next(one for one in gateway.get_usage_plans()["items"] if one["name"] == BRONZE)
    assert plan["throttle"] == {"rateLimit": 100, "burstLimit": 6000}


def test_a_repair_leaves_what_a_stack_of_the_same_name_in_another_region_keeps_for_its_stages_here(
    gateway: Any, sync: UsagePlanSync
) -> None:
    names = plans.names(factories.settings(stack_name="gatehouse", region="us-east-1"))
    theirs, key = ApiGatewayPlans(REGION, names.prefix), names.key("others", "app-2")
    stage = replace(STAGE, gateway_id="def456")
    usage_plans.settle_shared(theirs, names, usage_plans.stage_of(stage))
    usage_plans.settle_application(theirs, key, {(gold := names.plan(stage, "Gold")).name: gold})

    repair(sync)

    shared = names.shared_key()
    assert held(gateway) == {names.shared: {shared.name}, gold.name: {key.name}, UNLIMITED: {UNLIMITED}}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> ModuleType:
    """The function's entry point, on these tables."""
    for name, value in (ENVIRONMENT | {"AWS_REGION": REGION, "ACCOUNT": ACCOUNT, "STACK_NAME": "gatehouse"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "gateway", importlib.import_module("functions.plans.gateway"))
    module = importlib.import_module("functions.plans.app")
    monkeypatch.setattr(module, "settings", Settings.from_environment())
    build = plans.sync
    monkeypatch.setattr(plans, "sync", lambda settings, gateway: build(settings, gateway, tables))
    return module


def two_apis(tables: Tables, writer: DirectoryWriter) -> None:
    """Publish a second API, and subscribe to both."""
    other = replace(STAGE, api_id="shelves", gateway_id="def456")
    writer.save_api(factories.api(api_id="shelves", deployments=(other,)))
    writer.save_deployment(other)
    writer.save_application(application(None))
    subscribe(tables, "Bronze")
    subscribe(tables, "Bronze", "shelves")


OTHER_BRONZE = "gatehouse eu-west-1 def456/v1 Bronze"


@pytest.mark.usefixtures("sync")
def test_a_full_quota_leaves_the_rest_to_be_repaired_and_is_told(
    app: ModuleType, gateway: Any, tables: Tables, writer: DirectoryWriter, quota: Callable[[int], Quota]
) -> None:
    two_apis(tables, writer)
    stages, limits = [{"apiId": "def456", "stage": "v1"}], {"rateLimit": 1000 / 60, "burstLimit": 1000}
    gateway.create_usage_plan(name=OTHER_BRONZE, apiStages=stages, throttle=limits)
    full = quota(2)

    with pytest.raises(app.RepairIncompleteError, match="1 steps failed, abc123/v1 among them"):
        app.handler({"action": "repair"}, None)

    assert held(gateway) == {OTHER_BRONZE: {KEY}, UNLIMITED: {UNLIMITED}}
    assert full.refusals == 1


@pytest.mark.usefixtures("sync")
def test_a_full_quota_is_met_once_in_an_invocation(
    app: ModuleType, gateway: Any, tables: Tables, writer: DirectoryWriter, quota: Callable[[int], Quota]
) -> None:
    two_apis(tables, writer)
    full = quota(1)

    with pytest.raises(app.RepairIncompleteError, match="2 steps failed"):
        app.handler({"action": "repair"}, None)

    assert held(gateway) == {UNLIMITED: {UNLIMITED}}
    assert full.refusals == 1


def test_a_key_that_leaves_a_plan_has_room_for_another_one(gateway: Any) -> None:
    ours, key = ApiGatewayPlans(REGION, NAMES.prefix), NAMES.key("johnsorg", "app-1")
    for tier in ("Bronze", "Gold"):
        assert ours.ensure_plan(NAMES.plan(STAGE, tier))
    ours.ensure_key(key)
    ours.attach(BRONZE, KEY)

    def refuse(**_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        error = {"Code": "LimitExceededException", "Message": "Usage plans of the API key: 1."}
        told = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 429}}
        return (AWSResponse("", 429, HTTPHeaders(), None), told) if KEY in held(gateway)[BRONZE] else None

    event, events = "before-call.apigateway.CreateUsagePlanKey", _client(REGION).meta.events
    events.register(event, refuse)
    try:
        with pytest.raises(PlanQuotaError):
            ours.attach(GOLD, KEY)
        ours.detach(BRONZE, KEY)
        ours.attach(GOLD, KEY)
    finally:
        events.unregister(event, refuse)

    assert held(gateway) == {BRONZE: set(), GOLD: {KEY}}


def test_what_nobody_needs_makes_room_for_what_is_missing(
    gateway: Any, tables: Tables, sync: UsagePlanSync, writer: DirectoryWriter, quota: Callable[[int], Quota]
) -> None:
    writer.save_application(application(None))
    subscribe(tables, "Bronze")
    gateway.create_usage_plan(name="gatehouse eu-west-1 old/v1 Gold", apiStages=[{"apiId": "old", "stage": "v1"}])
    quota(2)

    repair(sync)

    assert held(gateway) == {BRONZE: {KEY}, UNLIMITED: {UNLIMITED}}


def test_a_plan_that_no_subscription_wants_any_more_goes(
    gateway: Any, tables: Tables, sync: UsagePlanSync, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))
    sync.settle_application(change(None, "Bronze"))
    writer.save_application(application(None))

    repair(remembering_nothing(tables))

    assert held(gateway) == {UNLIMITED: {UNLIMITED}}


@pytest.mark.usefixtures("sync")
def test_a_record_that_a_quota_refuses_does_not_hold_up_those_behind_it(
    app: ModuleType, gateway: Any, writer: DirectoryWriter, quota: Callable[[int], Quota]
) -> None:
    writer.save_application(application("Bronze"))
    gateway.create_api_key(name=KEY, value=NAMES.key("johnsorg", "app-1").value)
    quota(0)
    image = {name: attribute_values.render(plain_values.of(application("Bronze"))) for name in ("NewImage",)}
    subscribed = {"Keys": keys.application("johnsorg", "app-1"), **image, "SequenceNumber": "1"}
    records = [{"eventID": one, "dynamodb": {**subscribed, "SequenceNumber": one}} for one in ("1", "2")]

    assert app.handler({"Records": records}, None) == {"batchItemFailures": []}


@pytest.fixture(params=["no such host", "not enabled", "no region has such a name"])
def lost_region(request: pytest.FixtureRequest, aws: None) -> Iterator[tuple[str, list[int]]]:  # noqa: ARG001 - started
    """A region that is out of reach, and how often it was asked."""
    if request.param == "no region has such a name":
        yield "us_west", []
        return
    region, asked = "aa-wst-1", list[int]()

    def fail(**_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        asked.append(1)
        if request.param == "no such host":
            raise EndpointConnectionError(endpoint_url="https://apigateway.aa-wst-1.amazonaws.com")
        error = {
            "Code": "UnrecognizedClientException",
            "Message": "The security token included in the request is invalid",
        }
        return AWSResponse("", 403, HTTPHeaders(), None), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}

    events = _client(region).meta.events
    events.register("before-call.apigateway", fail)
    yield region, asked
    events.unregister("before-call.apigateway", fail)


@pytest.mark.usefixtures("sync")
def test_a_region_that_is_out_of_reach_holds_up_neither_other_regions_nor_other_records(
    app: ModuleType, gateway: Any, writer: DirectoryWriter, lost_region: tuple[str, list[int]]
) -> None:
    region, asked = lost_region
    lost = replace(STAGE, region=region, gateway_id="def456")
    writer.save_api(factories.api(deployments=(lost, STAGE)))
    writer.save_deployment(lost)
    writer.save_application(application("Bronze"))
    image = attribute_values.render(plain_values.of(application("Bronze")))
    changes = [
        {"Keys": keys.deployment(*lost.place), "NewImage": attribute_values.render(plain_values.of(lost))},
        {"Keys": keys.application("johnsorg", "app-1"), "NewImage": image},
    ]
    records = [{"eventID": str(at), "dynamodb": {**one, "SequenceNumber": str(at)}} for at, one in enumerate(changes)]

    assert app.handler({"Records": records}, None) == {"batchItemFailures": []}

    assert held(gateway)[BRONZE] == {KEY}
    assert len(asked) <= 1
    with pytest.raises(app.RepairIncompleteError, match="2 steps failed"):
        app.handler({"action": "repair"}, None)


def test_of_plans_that_were_made_twice_one_stays_with_its_keys(
    gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))
    plan = {
        "name": BRONZE,
        "apiStages": [{"apiId": "abc123", "stage": "v1"}],
        "throttle": {"rateLimit": 1000 / 60, "burstLimit": 1000},
    }
    made = [gateway.create_usage_plan(**plan) for _ in range(2)]
    key = gateway.create_api_key(name=KEY, value=NAMES.key("johnsorg", "app-1").value)
    first, second = sorted(one["id"] for one in made)
    gateway.create_usage_plan_key(usagePlanId=second, keyId=key["id"], keyType="API_KEY")

    sync.settle_application(change(None, "Bronze"))

    assert [plan["id"] for plan in gateway.get_usage_plans()["items"]] == [first]
    assert held(gateway) == {BRONZE: {KEY}}


class Rival:
    """Another invocation, which deletes the plans without keys once; moto adds keys to plans that are gone, AWS not."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.deleted: list[str] = []

    def __call__(self, **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if self.deleted:
            return None
        for plan in self.client.get_usage_plans()["items"]:
            self.client.delete_usage_plan(usagePlanId=plan["id"])
            self.deleted.append(plan["name"])
        error = {"Code": "NotFoundException", "Message": "Invalid Usage Plan identifier specified"}
        return AWSResponse("", 404, HTTPHeaders(), None), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 404}}


def test_a_plan_that_another_invocation_deletes_before_its_first_key_is_made_again(
    gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))
    event, rival, ours = "before-call.apigateway.CreateUsagePlanKey", Rival(gateway), _client(REGION)
    ours.meta.events.register(event, rival)

    sync.settle_application(change(None, "Bronze"))

    ours.meta.events.unregister(event, rival)
    assert rival.deleted == [BRONZE]
    assert held(gateway) == {BRONZE: {KEY}}


def subscribe(tables: Tables, tier: str, api_id: str = "orders") -> None:
    """Subscribe as the store does."""
    application_now = DynamoDBApplications(tables).find_application("johnsorg", "app-1")
    assert application_now is not None
    new = Subscription(api_organisation="johnsorg", api_id=api_id, tier=tier)
    entry = Entry(organisation="johnsorg", at_ms=1, actor="john", action="subscription.create", target="s")
    new_one = with_application(application_now, new)
    assert (
        DynamoDBSubscriptions(tables).add_subscription("johnsorg", application_now, new_one, Blocks(), entry)
        == "stored"
    )
