"""HEAD wherever GET works (RFC 9110 section 9.3.2)."""

from collections.abc import Callable, Iterable
from copy import replace

from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response


def answer_head(request: Request, answer: Callable[[Request], Response]) -> Response:
    """Answer the request; HEAD is answered as GET, without the body."""
    if request.method != "HEAD":
        return answer(request)
    return {**answer(replace(request, method="GET")), "body": "", "isBase64Encoded": False}


def allowed(methods: Iterable[str]) -> list[str]:
    """Return the value of `Allow`: the methods of a path, in a stable order, with those that follow from them."""
    return sorted({*methods, *(("HEAD",) if "GET" in methods else ())})
