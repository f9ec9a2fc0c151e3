"""What WSO2's portal has and Gatehouse has not: read, it is empty, as in a WSO2 where nobody uses it; not written."""

from typing import Any

import msgspec

from gatehouse.domain.portal import visible_apis
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.rest import listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(takes_tenant=True)
_PAGING = ("limit", "offset")


class Unsupported(msgspec.Struct, frozen=True):
    """Answers with nothing."""

    portal: Portal

    @router.get(
        "/webhooks/subscriptions", gives="EmptyList", query=_PAGING, summary="Webhooks; there are no asynchronous APIs."
    )
    @router.get("/recommendations", gives="EmptyList", query=_PAGING, summary="Recommended APIs; there are none.")
    @router.get(
        "/api-categories", gives="EmptyList", query=_PAGING, summary="Categories of APIs; there are none, tags do it."
    )
    def find_none(self, call: ApiCall) -> Answer:
        """List nothing."""
        return Answer(_nothing(call))

    @router.get(
        "/apis/{apiId}/topics",
        summary="Topics of an API; there are no asynchronous APIs.",
        gives="EmptyList",
        query=_PAGING,
    )
    @router.get(
        "/apis/{apiId}/comments", summary="Comments on an API; there are none.", gives="EmptyList", query=_PAGING
    )
    def find_none_of_api(self, call: ApiCall) -> Answer:
        """List nothing about an API that the caller sees."""
        visible_apis.find(self.portal.directory, call.caller, call.path["apiId"], call.tenant)
        return Answer(_nothing(call))

    @router.get("/apis/{apiId}/ratings", gives="RatingList", query=_PAGING)
    def find_no_ratings(self, call: ApiCall) -> Answer:
        """Ratings of an API; there are none."""
        visible_apis.find(self.portal.directory, call.caller, call.path["apiId"], call.tenant)
        return Answer({"avgRating": "0.0", "userRating": 0, **_nothing(call)})


def _nothing(call: ApiCall) -> dict[str, Any]:
    return listings.paged("", listings.slice_of((), call.window))
