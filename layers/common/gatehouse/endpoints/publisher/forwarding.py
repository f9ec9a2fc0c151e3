"""The publisher API as the store hands it on, so that a caller is told in full when publishing is busy.

API Gateway itself would answer a throttled function with a status of its own, without `Retry-After` and without a word.
A call that may carry a document takes a place of its organisation's share first. Without a valid token, or without a
scope of its operation, it is refused here, so that it takes neither a place nor an execution. Reads are handed on as
they are.
"""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from gatehouse.domain.apis.publishing_shares import PublishingShares
from gatehouse.domain.kernel.errors import DomainError, TemporarilyUnavailableError
from gatehouse.domain.kernel.invoking import FunctionInvoker
from gatehouse.endpoints import cors
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.publisher.scopes import CHANGES
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.rest.json_api import check_scope, match, render_error

BASE = "/api/am/publisher/v1"

COUNTED = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""The methods of calls that take a place."""


class PublisherFront(msgspec.Struct, frozen=True):
    """Hands requests of the publisher API to the publishing function, which checks their tokens once more."""

    function: FunctionInvoker
    bearers: Bearers
    shares: PublishingShares

    def takes(self, request: Request) -> bool:
        """Say whether a request is for the publisher API."""
        return request.path.startswith(f"{BASE}/")

    def answer(self, request: Request, event: Mapping[str, Any]) -> Response:
        """Return the function's answer to a request, which `event` is.

        Raises:
            RefusalError: It could not be asked; the answer is WSO2's error body.
        """
        try:
            answer: Any = self._invoke(request, event)
            if not isinstance(answer, dict) or "statusCode" not in answer:
                raise TemporarilyUnavailableError("the publishing function failed")  # or was stopped at its time-out
        except DomainError as error:
            raise RefusalError(error, cors.allow(render_error(error))) from error
        return cast("Response", answer)

    def _invoke(self, request: Request, event: Mapping[str, Any]) -> Any:
        if request.method not in COUNTED:
            return self.function.invoke(event)
        caller = self.bearers.find_caller(request)
        check_scope(caller, _find_scopes(request))
        return self.shares.run(caller, lambda: self.function.invoke(event))


def _find_scopes(request: Request) -> frozenset[str]:
    """Return the scopes of the operation, any one of which is needed; none if the function will say it is missing."""
    path = request.path.removeprefix(BASE)
    for (method, template), scopes in CHANGES.items():
        if method == request.method and match(template, path) is not None:
            return scopes
    return frozenset()
