"""How an API is used where it runs: calls, errors and latency of each stage, and calls of each application.

API Gateway counts them. They are read where the deployment's parameter `UsageMetrics` allows it, and nowhere else.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.kernel.refusals import InvalidInputError

DAYS = (7, 30, 90)
_STAGES_MAX = 10


class DayUsage(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a stage, in UTC.

    Attributes:
        median_ms: The latency that half of the calls did not exceed, in milliseconds; 0 without a call.
        slow_ms: The latency that 95 of 100 calls did not exceed.
    """

    day: str
    calls: int = 0
    client_errors: int = 0
    server_errors: int = 0
    median_ms: float = 0
    slow_ms: float = 0


class ApplicationCalls(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of one application at a stage; without an application, of all that have no limit."""

    organisation: str
    application_id: str
    calls: int


class StageUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a stage.

    Attributes:
        days: Every day that was asked for, the oldest first.
        applications: Those with a limited tier, by their API keys, the busiest first.
        missing: `elsewhere` if it runs in another AWS account, so that nothing is known; or empty.
    """

    deployment: Deployment
    days: tuple[DayUsage, ...] = ()
    applications: tuple[ApplicationCalls, ...] = ()
    missing: str = ""

    @property
    def calls(self) -> int:
        """The sum of all days."""
        return sum(one.calls for one in self.days)

    @property
    def errors(self) -> int:
        """The failed calls of all days."""
        return sum(one.client_errors + one.server_errors for one in self.days)


class UsageReader(Protocol):
    """Where API Gateway's counts are read."""

    def find_stage(self, deployment: Deployment, days: tuple[str, ...]) -> StageUsage:
        """Return the usage of a stage on these days, the oldest first."""
        ...


def last_days(now: int, count: int) -> tuple[str, ...]:
    """Return the last days in UTC, the oldest first and today last.

    Raises:
        InvalidInputError: It is none of the periods that can be asked for.
    """
    if count not in DAYS:
        raise InvalidInputError("days is 7, 30 or 90.", field="days")
    today = datetime.fromtimestamp(now, UTC).date()
    return tuple((today - timedelta(days=back)).isoformat() for back in reversed(range(count)))


def find(reader: UsageReader, api: Api, days: tuple[str, ...]) -> tuple[StageUsage, ...]:
    """Return the usage of an API, stage by stage; of the first ten stages."""
    return tuple(reader.find_stage(one, days) for one in api.deployments[:_STAGES_MAX])
