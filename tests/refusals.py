"""What a caller gets, whether a rule refused it or not."""

from collections.abc import Callable
from typing import Any

from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response


def answered(answer: Callable[[Request], Response | None], request: Request) -> Any:
    """Return the answer as an entry point does, which logs refusals besides."""
    try:
        return answer(request)
    except RefusalError as refusal:
        return refusal.response
