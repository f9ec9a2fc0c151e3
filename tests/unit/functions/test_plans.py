"""Usage plans on moto: keys and plans follow the subscriptions, whatever is told how often."""

import importlib
import sys
from collections.abc import Callable, Iterator
from copy import replace
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from functions.plans.gateway import ApiGatewayPlans, _client
from gatehouse.bootstrap import plans
from gatehouse.domain.apis import apis, throttling_policies, usage_keys
from gatehouse.domain.apis.apis import Application, Deployment, Subscription
from gatehouse.domain.apis.usage_plans import Names
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.portal.enforcement import ApplicationChange, Enforcement
from gatehouse.domain.portal.subscriptions import Blocks, with_application
from gatehouse.settings import Settings
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.enforcement import DynamoDBEnforcedDirectory, parse_change
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import factories, roles

REGION = "eu-west-1"
ACCOUNT = "123456789012"
NAMES = Names("gatehouse")
STAGE = factories.deployment(account=ACCOUNT, region=REGION, gateway_id="abc123", stage="v1")
UNLIMITED, BRONZE, GOLD = (f"gatehouse {name}" for name in ("Unlimited", "abc123/v1 Bronze", "abc123/v1 Gold"))
KEY = "gatehouse johnsorg app-1"


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
def enforcement(gateway: Any, tables: Tables, writer: DirectoryWriter) -> Enforcement:  # noqa: ARG001 - made before
    """The function's graph, with `orders` published on a stage."""
    writer.save_organisation(factories.organisation())
    writer.save_api(factories.api(deployments=(STAGE,)))
    writer.save_deployment(STAGE)
    return remembering_nothing(tables)


def remembering_nothing(tables: Tables) -> Enforcement:
    """Build it as for one invocation."""
    settings = factories.settings(stack_name="gatehouse", account=ACCOUNT, region=REGION)
    seen = roles.acting_as(tables, "Plans")
    return plans.enforcement(settings, lambda region: ApiGatewayPlans(region, NAMES.prefix), seen)


def repair(enforcement: Enforcement) -> None:
    """Take every step of a repair."""
    for _, run in enforcement.repairs():
        run()


def application(tier: str | None, **overrides: Any) -> Application:
    subscribed = () if tier is None else (Subscription(api_organisation="johnsorg", api_id="orders", tier=tier),)
    return factories.application(subscriptions=subscribed, **overrides)


def change(before: str | None, after: str | None) -> ApplicationChange:
    """Tell of a changed application as the stream does."""
    images = {
        name: attribute_values.render(mappers.values(application(tier)))
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


def test_a_subscription_puts_the_applications_key_into_the_plan_of_its_tier(
    gateway: Any, enforcement: Enforcement, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))

    enforcement.settle_application(change(None, "Bronze"))

    (plan,), (key,) = gateway.get_usage_plans()["items"], gateway.get_api_keys(includeValues=True)["items"]
    assert held(gateway) == {BRONZE: {KEY}}
    assert plan["apiStages"] == [{"apiId": "abc123", "stage": "v1"}]
    assert plan["throttle"] == {"rateLimit": pytest.approx(1000 / 60), "burstLimit": 1000}
    assert key["value"] == usage_keys.counting("gatehouse", application("Bronze"), factories.api())


def test_registered_clients_share_a_key_in_the_plan_of_the_apis_tier(
    gateway: Any, enforcement: Enforcement, writer: DirectoryWriter
) -> None:
    tier = "DefaultSubscriptionless"
    stage = replace(STAGE, open_tier=tier)
    api = factories.api(tiers=frozenset({tier}), deployments=(stage,))
    writer.save_api(api)
    writer.save_deployment(stage)

    enforcement.settle_stage(stage)
    repair(enforcement)

    key = "gatehouse johnsorg registered-clients"
    assert held(gateway) == {f"gatehouse abc123/v1 {tier}": {key}, UNLIMITED: {UNLIMITED}}
    values = {one["name"]: one["value"] for one in gateway.get_api_keys(includeValues=True)["items"]}
    assert values[key] == usage_keys.counting("gatehouse", apis.of_registered_clients("johnsorg"), api)

    writer.save_deployment(STAGE)
    enforcement.settle_stage(STAGE)

    assert held(gateway) == {UNLIMITED: {UNLIMITED}}


def test_what_is_told_twice_is_done_once(gateway: Any, tables: Tables, enforcement: Enforcement) -> None:
    DirectoryWriter(tables).save_application(application("Bronze"))

    for one in (enforcement, enforcement, remembering_nothing(tables)):
        one.settle_application(change(None, "Bronze"))
        one.settle_stage(STAGE)

    assert held(gateway) == {BRONZE: {KEY}, UNLIMITED: {UNLIMITED}}
    assert len(gateway.get_api_keys()["items"]) == 2


def test_another_tier_moves_the_key(gateway: Any, enforcement: Enforcement, writer: DirectoryWriter) -> None:
    writer.save_application(application("Bronze"))
    enforcement.settle_application(change(None, "Bronze"))
    writer.save_application(application("Gold"))

    enforcement.settle_application(change("Bronze", "Gold"))

    assert held(gateway) == {BRONZE: set(), GOLD: {KEY}}


@pytest.mark.parametrize("after", [pytest.param("Unlimited", id="no limit"), pytest.param(None, id="unsubscribed")])
def test_without_a_limit_the_key_goes(
    gateway: Any, enforcement: Enforcement, writer: DirectoryWriter, after: str | None
) -> None:
    writer.save_application(application("Bronze"))
    enforcement.settle_application(change(None, "Bronze"))
    writer.save_application(application(after))

    enforcement.settle_application(change("Bronze", after))

    assert held(gateway) == {BRONZE: set()}
    assert gateway.get_api_keys()["items"] == []


def test_a_late_record_follows_what_is_stored_now(
    gateway: Any, enforcement: Enforcement, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Gold"))

    enforcement.settle_application(change(None, "Bronze"))

    assert held(gateway) == {GOLD: {KEY}}


def test_a_change_that_is_none_of_the_tiers_asks_api_gateway_nothing(tables: Tables) -> None:
    def refuse(region: str) -> ApiGatewayPlans:
        raise AssertionError(region)

    settings = factories.settings(stack_name="gatehouse", account=ACCOUNT, region=REGION)
    idle = plans.enforcement(settings, refuse, tables)

    idle.settle_application(change("Bronze", "Bronze"))
    idle.settle_application(change(None, "Unlimited"))


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param(factories.deployment(account="210987654321"), id="another account"),
        pytest.param(factories.deployment(account=ACCOUNT, stage="$default"), id="HTTP API"),
    ],
)
def test_stages_that_cannot_have_plans_of_ours_are_left_alone(
    gateway: Any, enforcement: Enforcement, writer: DirectoryWriter, elsewhere: Deployment
) -> None:
    writer.save_api(factories.api(deployments=(elsewhere,)))
    writer.save_deployment(elsewhere)
    writer.save_application(application("Bronze"))

    enforcement.settle_application(change(None, "Bronze"))
    enforcement.settle_stage(elsewhere)

    assert held(gateway) == {}


def test_a_stage_that_is_not_ours_any_more_loses_its_plans(
    gateway: Any, tables: Tables, enforcement: Enforcement, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))
    enforcement.settle_application(change(None, "Bronze"))
    enforcement.settle_stage(STAGE)
    tables.delete(tables.directory, keys.deployment(ACCOUNT, REGION, "abc123", "v1"))

    remembering_nothing(tables).settle_stage(STAGE)

    assert held(gateway) == {UNLIMITED: {UNLIMITED}}
    assert gateway.get_usage_plans()["items"][0]["apiStages"] == []


def test_a_repair_makes_what_is_missing_and_removes_what_nobody_needs(
    gateway: Any, tables: Tables, enforcement: Enforcement, writer: DirectoryWriter
) -> None:
    writer.save_application(application(None))
    subscribe(tables, "Bronze")
    gateway.create_api_key(name="gatehouse johnsorg gone", value="x" * 20)
    gateway.create_api_key(name="somebody else's", value="y" * 20)
    old = gateway.create_usage_plan(name="gatehouse old/v1 Gold", apiStages=[{"apiId": "old", "stage": "v1"}])
    gateway.create_usage_plan(name="somebody else's", apiStages=[{"apiId": "other", "stage": "v1"}])

    repair(enforcement)

    assert held(gateway) == {BRONZE: {KEY}, UNLIMITED: {UNLIMITED}, "somebody else's": set()}
    assert old["id"] not in {plan["id"] for plan in gateway.get_usage_plans()["items"]}
    assert {key["name"] for key in gateway.get_api_keys()["items"]} == {KEY, UNLIMITED, "somebody else's"}


def test_a_repair_changes_the_limits_of_a_tier_that_was_changed(
    gateway: Any, tables: Tables, enforcement: Enforcement, writer: DirectoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.save_application(application(None))
    subscribe(tables, "Bronze")
    repair(enforcement)
    (bronze,) = throttling_policies.parse_tiers("Bronze:6000/minute")
    monkeypatch.setitem(throttling_policies.SUBSCRIPTION, "Bronze", bronze)

    repair(remembering_nothing(tables))

    plan = next(one for one in gateway.get_usage_plans()["items"] if one["name"] == BRONZE)
    assert plan["throttle"] == {"rateLimit": 100, "burstLimit": 6000}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> ModuleType:
    """The function's entry point, on these tables."""
    variables = {
        "DIRECTORY_TABLE": "directory",
        "GRANTS_TABLE": "grants",
        "PROCESS_CACHE_SECONDS": "0",
        "ACCESS_TOKEN_LIFETIME_SECONDS": "3600",
        "REFRESH_TOKEN_LIFETIME_SECONDS": "86400",
        "GRANT_LIFETIME_SECONDS": "2592000",
        "AWS_REGION": REGION,
        "ACCOUNT": ACCOUNT,
        "STACK_NAME": "gatehouse",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "gateway", importlib.import_module("functions.plans.gateway"))
    module = importlib.import_module("functions.plans.app")
    monkeypatch.setattr(module, "settings", Settings.from_environment())
    build = plans.enforcement
    monkeypatch.setattr(plans, "enforcement", lambda settings, gateway: build(settings, gateway, tables))
    return module


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


def two_apis(tables: Tables, writer: DirectoryWriter) -> None:
    """Publish a second API, and subscribe to both."""
    other = replace(STAGE, api_id="shelves", gateway_id="def456")
    writer.save_api(factories.api(api_id="shelves", deployments=(other,)))
    writer.save_deployment(other)
    writer.save_application(application(None))
    subscribe(tables, "Bronze")
    subscribe(tables, "Bronze", "shelves")


OTHER_BRONZE = "gatehouse def456/v1 Bronze"


@pytest.mark.usefixtures("enforcement")
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


@pytest.mark.usefixtures("enforcement")
def test_a_full_quota_is_met_once_in_an_invocation(
    app: ModuleType, gateway: Any, tables: Tables, writer: DirectoryWriter, quota: Callable[[int], Quota]
) -> None:
    two_apis(tables, writer)
    full = quota(1)

    with pytest.raises(app.RepairIncompleteError, match="2 steps failed"):
        app.handler({"action": "repair"}, None)

    assert held(gateway) == {UNLIMITED: {UNLIMITED}}
    assert full.refusals == 1


def test_what_nobody_needs_makes_room_for_what_is_missing(
    gateway: Any, tables: Tables, enforcement: Enforcement, writer: DirectoryWriter, quota: Callable[[int], Quota]
) -> None:
    writer.save_application(application(None))
    subscribe(tables, "Bronze")
    gateway.create_usage_plan(name="gatehouse old/v1 Gold", apiStages=[{"apiId": "old", "stage": "v1"}])
    quota(2)

    repair(enforcement)

    assert held(gateway) == {BRONZE: {KEY}, UNLIMITED: {UNLIMITED}}


def test_a_plan_that_no_subscription_wants_any_more_goes(
    gateway: Any, tables: Tables, enforcement: Enforcement, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))
    enforcement.settle_application(change(None, "Bronze"))
    writer.save_application(application(None))

    repair(remembering_nothing(tables))

    assert held(gateway) == {UNLIMITED: {UNLIMITED}}


@pytest.mark.usefixtures("enforcement")
def test_a_record_that_a_quota_refuses_does_not_hold_up_those_behind_it(
    app: ModuleType, gateway: Any, writer: DirectoryWriter, quota: Callable[[int], Quota]
) -> None:
    writer.save_application(application("Bronze"))
    gateway.create_api_key(name=KEY, value=NAMES.key("johnsorg", "app-1").value)
    quota(0)
    image = {name: attribute_values.render(mappers.values(application("Bronze"))) for name in ("NewImage",)}
    subscribed = {"Keys": keys.application("johnsorg", "app-1"), **image, "SequenceNumber": "1"}
    records = [{"eventID": one, "dynamodb": {**subscribed, "SequenceNumber": one}} for one in ("1", "2")]

    assert app.handler({"Records": records}, None) == {"batchItemFailures": []}


def test_of_plans_that_were_made_twice_one_stays_with_its_keys(
    gateway: Any, enforcement: Enforcement, writer: DirectoryWriter
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

    enforcement.settle_application(change(None, "Bronze"))

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
    gateway: Any, enforcement: Enforcement, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))
    event, rival, ours = "before-call.apigateway.CreateUsagePlanKey", Rival(gateway), _client(REGION)
    ours.meta.events.register(event, rival)

    enforcement.settle_application(change(None, "Bronze"))

    ours.meta.events.unregister(event, rival)
    assert rival.deleted == [BRONZE]
    assert held(gateway) == {BRONZE: {KEY}}


def test_a_tier_of_a_day_is_a_quota(
    gateway: Any, enforcement: Enforcement, writer: DirectoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sample,) = throttling_policies.parse_tiers("Sample:100/day")
    monkeypatch.setitem(throttling_policies.SUBSCRIPTION, "Sample", sample)
    writer.save_application(application("Sample"))

    enforcement.settle_application(change(None, "Sample"))

    (plan,) = gateway.get_usage_plans()["items"]
    assert plan["quota"] == {"limit": 100, "period": "DAY"}
    assert "throttle" not in plan


@pytest.mark.parametrize("text", ["Trial", "Trial:0/minute", "Trial:1/fortnight", "Unlimited:1/day", "a b:1/day"])
def test_what_is_no_tier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a tier"):
        throttling_policies.parse_tiers(text)


def subscribe(tables: Tables, tier: str, api_id: str = "orders") -> None:
    """Subscribe as the store does."""
    application_now = DynamoDBEnforcedDirectory(tables).find_application("johnsorg", "app-1")
    assert application_now is not None
    new = Subscription(api_organisation="johnsorg", api_id=api_id, tier=tier)
    entry = Entry(organisation="johnsorg", at_ms=1, actor="john", action="subscription.create", target="s")
    new_one = with_application(application_now, new)
    assert (
        DynamoDBSubscriptions(tables).add_subscription("johnsorg", application_now, new_one, Blocks(), entry)
        == "stored"
    )
