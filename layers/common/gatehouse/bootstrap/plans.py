"""The graph of `functions/plans`."""

from collections.abc import Callable

from gatehouse.bootstrap import tables
from gatehouse.domain.apis import throttling_policies, usage_keys
from gatehouse.domain.apis.usage_plans import Names, PlanGateway
from gatehouse.domain.portal.usage_plan_sync import UsagePlanSync
from gatehouse.settings import Settings
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from gatehouse.storage.usage_plan_sync import DynamoDBUsagePlanDirectory


def sync(settings: Settings, gateway: Callable[[str], PlanGateway], connected: Tables | None = None) -> UsagePlanSync:
    """Build it on DynamoDB."""
    throttling_policies.offer(throttling_policies.parse_tiers(settings.more_tiers))
    connected = connected or tables.build(settings)
    return UsagePlanSync(
        names=names(settings),
        account=settings.account,
        home=settings.region,
        applications=DynamoDBApplications(connected),
        published=DynamoDBPublishedApis(connected),
        subscriptions=DynamoDBSubscriptions(connected),
        directory=DynamoDBUsagePlanDirectory(connected),
        gateway=gateway,
    )


def names(settings: Settings) -> Names:
    """Return how this deployment calls its plans and keys."""
    return Names(usage_keys.deployment(settings.stack_name, settings.region))
