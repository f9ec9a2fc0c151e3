"""The usage of an API in the JSON API: calls, errors and latency of each stage, and calls of each application."""

from typing import Any

import msgspec

from gatehouse.domain.kernel.refusals import ApiNotFoundError, NotFoundError
from gatehouse.domain.portal import usage
from gatehouse.domain.portal.services import Portal
from gatehouse.domain.portal.usage import DAYS, ApplicationCalls, DayUsage, StageUsage, UsageReader
from gatehouse.endpoints.admin.api import ADMIN
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class UsageApi(msgspec.Struct, frozen=True):
    """Answers about usage; without a reader, nothing is known."""

    portal: Portal
    reader: UsageReader | None

    @router.get("/apis/{apiId}/usage", gives="ApiUsage", query=("days",))
    def find(self, call: ApiCall) -> Answer:
        """Show calls, errors and latency of an API, and calls of each application."""
        if self.reader is None:
            raise NotFoundError("This deployment does not read usage: its parameter UsageMetrics is off.")
        api = self.portal.directory.find_shown_api(call.caller.organisation, call.path["apiId"])
        if api is None:
            raise ApiNotFoundError("There is no API of that id.")
        count = bodies.Fields(call.query).number("days")
        days = usage.last_days(call.caller.now, DAYS[0] if count is None else count)
        found = usage.find(self.reader, api, days)
        return Answer({"stages": [_stage(one, call.caller.organisation) for one in found]})


def _stage(one: StageUsage, organisation: str) -> dict[str, Any]:
    place = one.deployment
    return {
        "account": place.account,
        "region": place.region,
        "gatewayId": place.gateway_id,
        "stage": place.stage,
        "missing": one.missing,
        "days": [_day(each) for each in one.days],
        "applications": [_application(each, organisation) for each in one.applications],
    }


def _day(one: DayUsage) -> dict[str, Any]:
    return {
        "day": one.day,
        "calls": one.calls,
        "clientErrors": one.client_errors,
        "serverErrors": one.server_errors,
        "medianMilliseconds": round(one.median_ms),
        "slowMilliseconds": round(one.slow_ms),
    }


def _application(one: ApplicationCalls, organisation: str) -> dict[str, Any]:
    is_own = one.organisation == organisation
    return {
        "organisation": one.organisation,
        "applicationId": one.application_id if is_own else "",
        "calls": one.calls,
    }
