"""The publisher API as the store hands it on, so that a caller is told in full when publishing is busy.

API Gateway itself would answer a throttled function with a status of its own, without `Retry-After` and without a word.
"""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from gatehouse.domain.kernel.errors import DomainError, TemporarilyUnavailableError
from gatehouse.domain.kernel.invoking import FunctionInvoker
from gatehouse.endpoints import cors
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.rest.json_api import render_error

BASE = "/api/am/publisher/v1"


class PublisherFront(msgspec.Struct, frozen=True):
    """Hands requests of the publisher API to the publishing function, which checks tokens."""

    function: FunctionInvoker

    def takes(self, request: Request) -> bool:
        """Say whether a request is for the publisher API."""
        return request.path.startswith(f"{BASE}/")

    def answer(self, event: Mapping[str, Any]) -> Response:
        """Return the function's answer.

        Raises:
            RefusalError: It could not be asked; the answer is WSO2's error body.
        """
        try:
            answer: Any = self.function.invoke(event)
            if not isinstance(answer, dict) or "statusCode" not in answer:
                raise TemporarilyUnavailableError("the publishing function failed")  # or was stopped at its time-out
        except DomainError as error:
            raise RefusalError(error, cors.allow(render_error(error))) from error
        return cast("Response", answer)
