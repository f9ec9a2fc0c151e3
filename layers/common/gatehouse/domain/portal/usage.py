"""How an API is used where it runs: calls, errors and latency of each stage, and calls of each application.

API Gateway counts them. They are read where the deployment's parameter `UsageMetrics` allows it, and nowhere else.
"""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from gatehouse.domain.apis import usage_plans
from gatehouse.domain.apis.apis import Api, Application, Deployment
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.portal import statistics

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
        missing: `elsewhere` if it runs in another AWS account, so that nothing is known; `namesake` if another REST API
            has its name and a stage of its name, since CloudWatch counts the calls of both together; or empty.
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


class ApiCalls(msgspec.Struct, frozen=True, kw_only=True):
    """How often one application called one API.

    Attributes:
        days: The calls of every day that was asked for, the oldest first; empty if nothing is known.
        missing: Why nothing is known: `unlimited` if the subscription's tier has no limit, since API Gateway counts
            calls by the API keys of limited tiers; `elsewhere` if no stage can be read; `beyond` if more stages would
            have to be read than are read at once; or empty.
    """

    organisation: str
    api_id: str
    name: str
    version: str
    days: tuple[int, ...] = ()
    missing: str = ""

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.name} {self.version}"

    @property
    def calls(self) -> int:
        """The sum of all days."""
        return sum(self.days)


class UsageReader(Protocol):
    """Where API Gateway's counts are read."""

    def find_calls(
        self, organisation: str, application_id: str, deployments: tuple[Deployment, ...], days: tuple[str, ...]
    ) -> tuple[tuple[int, ...] | None, ...]:
        """Return how often an application called each stage on these days; None where that is not known."""
        ...

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
    return statistics.last_days(now, count)


def find(reader: UsageReader, api: Api, days: tuple[str, ...]) -> tuple[StageUsage, ...]:
    """Return the usage of an API, stage by stage; of the first ten stages."""
    return tuple(reader.find_stage(one, days) for one in api.deployments[:_STAGES_MAX])


def find_of_application(
    reader: UsageReader, application: Application, subscribed: tuple[Api, ...], days: tuple[str, ...]
) -> tuple[ApiCalls, ...]:
    """Return how often an application called each API that it subscribes to, by name.

    Ten stages are read at most, and none of an API whose stages are not all among them: its calls would be too few.
    """
    limited = {(organisation, api_id) for organisation, api_id, _ in usage_plans.limited(application.subscriptions)}
    ordered = sorted(subscribed, key=lambda one: (one.name, one.version, one.organisation))
    counted = tuple(one for one in ordered if (one.organisation, one.api_id) in limited)
    measured = _first(counted)
    stages = tuple((api, stage) for api in measured for stage in api.deployments)
    known = reader.find_calls(
        application.organisation, application.application_id, tuple(stage for _, stage in stages), days
    )
    found: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    for (api, _), calls in zip(stages, known, strict=True):
        if calls is not None:
            found.setdefault((api.organisation, api.api_id), []).append(calls)
    whys = {**dict.fromkeys(_places(ordered), "unlimited"), **dict.fromkeys(_places(counted), "beyond")}
    whys |= dict.fromkeys(_places(measured), "elsewhere")
    return tuple(_calls(one, found.get(place, []), whys[place]) for place, one in _places(ordered).items())


def _first(apis: tuple[Api, ...]) -> tuple[Api, ...]:
    """Return those of the APIs whose stages are read: in order, as long as there is room for all stages of one."""
    chosen, room = list[Api](), _STAGES_MAX
    for one in apis:
        if len(one.deployments) <= room:
            chosen.append(one)
            room -= len(one.deployments)
    return tuple(chosen)


def _places(apis: Iterable[Api]) -> dict[tuple[str, str], Api]:
    return {(one.organisation, one.api_id): one for one in apis}


def _calls(api: Api, stages: list[tuple[int, ...]], why_unknown: str) -> ApiCalls:
    return ApiCalls(
        organisation=api.organisation,
        api_id=api.api_id,
        name=api.name,
        version=api.version,
        days=tuple(map(sum, zip(*stages, strict=True))),
        missing="" if stages else why_unknown,
    )
