"""Usage plans on moto: keys and plans follow the subscriptions, whatever is told how often."""

from copy import replace
from typing import Any

import pytest

from functions.plans.gateway import ApiGatewayPlans
from gatehouse.bootstrap import plans
from gatehouse.domain.apis import apis, throttling_policies, usage_keys
from gatehouse.domain.apis.apis import Deployment
from gatehouse.domain.portal.usage_plan_sync import UsagePlanSync
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
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
    application,
    change,
    held,
    remembering_nothing,
    repair,
)
from tests.unit.functions.plans import gateway as gateway
from tests.unit.functions.plans import quota as quota
from tests.unit.functions.plans import sync as sync


def test_a_subscription_puts_the_applications_key_into_the_plan_of_its_tier(
    gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))

    sync.settle_application(change(None, "Bronze"))

    (plan,), (key,) = gateway.get_usage_plans()["items"], gateway.get_api_keys(includeValues=True)["items"]
    assert held(gateway) == {BRONZE: {KEY}}
    assert plan["apiStages"] == [{"apiId": "abc123", "stage": "v1"}]
    assert plan["throttle"] == {"rateLimit": pytest.approx(1000 / 60), "burstLimit": 1000}
    assert key["value"] == usage_keys.counting(NAMES.deployment, application("Bronze"), factories.api())


def test_registered_clients_share_a_key_in_the_plan_of_the_apis_tier(
    gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter
) -> None:
    tier = "DefaultSubscriptionless"
    stage = replace(STAGE, open_tier=tier)
    api = factories.api(tiers=frozenset({tier}), deployments=(stage,))
    writer.save_api(api)
    writer.save_deployment(stage)

    sync.settle_stage(stage)
    repair(sync)

    key = "gatehouse eu-west-1 johnsorg registered-clients"
    assert held(gateway) == {f"gatehouse eu-west-1 abc123/v1 {tier}": {key}, UNLIMITED: {UNLIMITED}}
    values = {one["name"]: one["value"] for one in gateway.get_api_keys(includeValues=True)["items"]}
    assert values[key] == usage_keys.counting(NAMES.deployment, apis.of_registered_clients("johnsorg"), api)

    writer.save_deployment(STAGE)
    sync.settle_stage(STAGE)

    assert held(gateway) == {UNLIMITED: {UNLIMITED}}


def test_what_is_told_twice_is_done_once(gateway: Any, tables: Tables, sync: UsagePlanSync) -> None:
    DirectoryWriter(tables).save_application(application("Bronze"))

    for one in (sync, sync, remembering_nothing(tables)):
        one.settle_application(change(None, "Bronze"))
        one.settle_stage(STAGE)

    assert held(gateway) == {BRONZE: {KEY}, UNLIMITED: {UNLIMITED}}
    assert len(gateway.get_api_keys()["items"]) == 2


def test_another_tier_moves_the_key(gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter) -> None:
    writer.save_application(application("Bronze"))
    sync.settle_application(change(None, "Bronze"))
    writer.save_application(application("Gold"))

    sync.settle_application(change("Bronze", "Gold"))

    assert held(gateway) == {BRONZE: set(), GOLD: {KEY}}


@pytest.mark.parametrize("after", [pytest.param("Unlimited", id="no limit"), pytest.param(None, id="unsubscribed")])
def test_without_a_limit_the_key_goes(
    gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter, after: str | None
) -> None:
    writer.save_application(application("Bronze"))
    sync.settle_application(change(None, "Bronze"))
    writer.save_application(application(after))

    sync.settle_application(change("Bronze", after))

    assert held(gateway) == {BRONZE: set()}
    assert gateway.get_api_keys()["items"] == []


def test_a_late_record_follows_what_is_stored_now(gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter) -> None:
    writer.save_application(application("Gold"))

    sync.settle_application(change(None, "Bronze"))

    assert held(gateway) == {GOLD: {KEY}}


def test_a_change_that_is_none_of_the_tiers_asks_api_gateway_nothing(tables: Tables) -> None:
    def refuse(region: str) -> ApiGatewayPlans:
        raise AssertionError(region)

    settings = factories.settings(stack_name="gatehouse", account=ACCOUNT, region=REGION)
    idle = plans.sync(settings, refuse, tables)

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
    gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter, elsewhere: Deployment
) -> None:
    writer.save_api(factories.api(deployments=(elsewhere,)))
    writer.save_deployment(elsewhere)
    writer.save_application(application("Bronze"))

    sync.settle_application(change(None, "Bronze"))
    sync.settle_stage(elsewhere)

    assert held(gateway) == {}


def test_a_stage_that_is_not_ours_any_more_loses_its_plans(
    gateway: Any, tables: Tables, sync: UsagePlanSync, writer: DirectoryWriter
) -> None:
    writer.save_application(application("Bronze"))
    sync.settle_application(change(None, "Bronze"))
    sync.settle_stage(STAGE)
    tables.delete(tables.directory, keys.deployment(ACCOUNT, REGION, "abc123", "v1"))

    remembering_nothing(tables).settle_stage(STAGE)

    assert held(gateway) == {UNLIMITED: {UNLIMITED}}
    assert gateway.get_usage_plans()["items"][0]["apiStages"] == []


def test_a_tier_of_a_day_is_a_quota(
    gateway: Any, sync: UsagePlanSync, writer: DirectoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sample,) = throttling_policies.parse_tiers("Sample:100/day")
    monkeypatch.setitem(throttling_policies.SUBSCRIPTION, "Sample", sample)
    writer.save_application(application("Sample"))

    sync.settle_application(change(None, "Sample"))

    (plan,) = gateway.get_usage_plans()["items"]
    assert plan["quota"] == {"limit": 100, "period": "DAY"}
    assert "throttle" not in plan


@pytest.mark.parametrize("text", ["Trial", "Trial:0/minute", "Trial:1/fortnight", "Unlimited:1/day", "a b:1/day"])
def test_what_is_no_tier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a tier"):
        throttling_policies.parse_tiers(text)
