"""How often an application calls its APIs, day by day; Gatehouse's own."""

from typing import Any

import msgspec

from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import applications, usage
from gatehouse.domain.portal.services import Portal, find_subscribed
from gatehouse.domain.portal.usage import DAYS, ApiCalls, UsageReader
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=frozenset({"apim:subscribe"}))


class ApplicationUsage(msgspec.Struct, frozen=True):
    """Answers about usage; without a reader, nothing is known."""

    portal: Portal
    reader: UsageReader | None

    @router.get("/applications/{applicationId}/usage", gives="ApplicationUsage", query=("days",), statuses=(200, 403))
    def find(self, call: ApiCall) -> Answer:
        """Calls of an application per API and day, where the deployment reads usage; Gatehouse's own."""
        application = applications.find_visible(self.portal.applications, call.caller, call.path["applicationId"])
        if self.reader is None:
            raise NotFoundError("This deployment does not read usage: its parameter UsageMetrics is off.")
        count = bodies.Fields(call.query).number("days")
        days = usage.last_days(call.caller.now, DAYS[0] if count is None else count)
        found = usage.find_of_application(self.reader, application, find_subscribed(self.portal, application), days)
        return Answer(
            {
                "applicationId": application.application_id,
                "name": application.name,
                "apis": [_calls(one, days) for one in found],
            }
        )


def _calls(one: ApiCalls, days: tuple[str, ...]) -> dict[str, Any]:
    return {
        "organisation": one.organisation,
        "apiId": one.api_id,
        "name": one.name,
        "version": one.version,
        "missing": one.missing,
        "calls": one.calls,
        "days": [{"day": day, "calls": count} for day, count in zip(days, one.days, strict=False)],
    }
