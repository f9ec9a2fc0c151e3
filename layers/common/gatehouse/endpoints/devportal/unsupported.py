"""What WSO2's portal has and Gatehouse has not: read, it is empty, as in a WSO2 where nobody uses it; not written."""

from typing import Any

import msgspec

from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable


class Unsupported(msgspec.Struct, frozen=True):
    """Answers with nothing."""

    portal: Portal

    def find_none(self, call: ApiCall) -> Answer:
        """GET a list that is always empty."""
        return Answer(_nothing(call))

    def find_none_of_api(self, call: ApiCall) -> Answer:
        """GET an empty list about an API that the caller sees."""
        subscriptions.find_api(self.portal.directory, call.caller, call.path["apiId"], call.tenant)
        return Answer(_nothing(call))

    def find_no_ratings(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/ratings."""
        subscriptions.find_api(self.portal.directory, call.caller, call.path["apiId"], call.tenant)
        return Answer({"avgRating": "0.0", "userRating": 0, **_nothing(call)})


def _nothing(call: ApiCall) -> dict[str, Any]:
    window = bodies.window(call.query)
    pagination = {"offset": window.offset, "limit": window.limit, "total": 0, "next": "", "previous": ""}
    return {"count": 0, "list": [], "pagination": pagination}


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here, one, table = Unsupported(portal), "/apis/{apiId}", OperationTable(takes_tenant=True)
    rows = (
        ("/api-categories", here.find_none, "Categories of APIs; there are none, tags do it."),
        ("/recommendations", here.find_none, "Recommended APIs; there are none."),
        ("/webhooks/subscriptions", here.find_none, "Webhooks; there are no asynchronous APIs."),
        (f"{one}/comments", here.find_none_of_api, "Comments on an API; there are none."),
        (f"{one}/topics", here.find_none_of_api, "Topics of an API; there are no asynchronous APIs."),
        (f"{one}/ratings", here.find_no_ratings, "Ratings of an API; there are none."),
    )
    return tuple(
        table.get(
            path,
            summary,
            run,
            gives="RatingList" if path.endswith("/ratings") else "EmptyList",
            query=("limit", "offset"),
            statuses=(200, 404) if "{" in path else (200,),
        )
        for path, run, summary in rows
    )
