"""Cross-origin requests of browsers: the CORS protocol of the Fetch standard (https://fetch.spec.whatwg.org).

Any origin may read the answers. None of these endpoints takes a cookie, and no answer carries
`Access-Control-Allow-Credentials`, so a foreign page reaches only what any program reaches with the same token or code.
A preflight names no client, so it cannot be answered for the origins of one; a client that allows some origins only is
checked by `oauth.client_authenticator`. The pages of sign-in are never opened: they live on cookies.
"""

from collections.abc import Iterable
from typing import cast

from gatehouse.endpoints import responses
from gatehouse.endpoints.responses import Response

_NO_CONTENT = 204
_MAX_AGE_SECONDS = 7200  # the most that Chromium keeps
_ORIGIN = {"Access-Control-Allow-Origin": "*"}
# "*" covers neither Authorization nor, in older browsers, anything; the names after it are those that clients send.
_REQUEST_HEADERS = "Authorization, *, Content-Type, If-Match, If-None-Match, MCP-Protocol-Version, X-WSO2-Tenant"
_ANSWER_HEADERS = "ETag, Last-Modified, Location, Retry-After, WWW-Authenticate"


def allow(response: Response) -> Response:
    """Return the answer, readable for scripts of any origin."""
    headers = cast("dict[str, str]", response["headers"])
    return {**response, "headers": {**headers, **_ORIGIN, "Access-Control-Expose-Headers": _ANSWER_HEADERS}}


def preflight(methods: Iterable[str]) -> Response:
    """Answer an OPTIONS request: which methods and headers a script may send to the path.

    It is answered alike with and without `Origin`: OPTIONS has no other use here.
    """
    allowed = ", ".join(sorted(methods))
    headers = {
        **_ORIGIN,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Max-Age": str(_MAX_AGE_SECONDS),
        "Allow": allowed,
        "Cache-Control": "no-store",
    }
    return responses.text(_NO_CONTENT, headers)
