"""The graph of `functions/plans`."""

from collections.abc import Callable

from gatehouse.bootstrap import tables
from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.apis.usage_plans import Names, PlanGateway
from gatehouse.domain.portal.enforcement import Enforcement
from gatehouse.settings import Settings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.enforcement import DynamoDBEnforcedDirectory


def enforcement(
    settings: Settings, gateway: Callable[[str], PlanGateway], connected: Tables | None = None
) -> Enforcement:
    """Build it on DynamoDB."""
    throttling_policies.offer(throttling_policies.parse_tiers(settings.more_tiers))
    return Enforcement(
        names=names(settings),
        account=settings.account,
        home=settings.region,
        directory=DynamoDBEnforcedDirectory(connected or tables.build(settings)),
        gateway=gateway,
    )


def names(settings: Settings) -> Names:
    """Return how this deployment calls its plans and keys."""
    return Names(settings.stack_name)
