"""The graph of `functions/plans`."""

from collections.abc import Callable

from gatehouse.bootstrap import tables
from gatehouse.domain.enforcement import Enforcement
from gatehouse.domain.portal import policies
from gatehouse.domain.usage_plans import Names, PlanGateway
from gatehouse.settings import Settings
from gatehouse.storage.enforcement import EnforcedDirectory
from gatehouse.storage.tables import Tables


def enforcement(
    settings: Settings, gateway: Callable[[str], PlanGateway], connected: Tables | None = None
) -> Enforcement:
    """Build it on DynamoDB."""
    policies.offer(policies.parse_tiers(settings.more_tiers))
    return Enforcement(
        names=names(settings),
        account=settings.account,
        home=settings.region,
        directory=EnforcedDirectory(connected or tables.build(settings)),
        gateway=gateway,
    )


def names(settings: Settings) -> Names:
    """Return how this deployment calls its plans and keys."""
    return Names(settings.stack_name)
