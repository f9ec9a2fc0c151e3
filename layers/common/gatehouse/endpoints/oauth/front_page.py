"""`GET /`: people at a browser are sent to the API Store; programs get JSON, as at any path without an endpoint."""

import re

from gatehouse.endpoints import responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

PATH = "/"

_HTML = re.compile(r"(?:^|,)\s*text/html\s*(?:;|,|$)", re.IGNORECASE)


def is_browser(request: Request) -> bool:
    """Say whether the request asks for a page, as browsers do and `*/*` alone does not."""
    return _HTML.search(request.headers.get("accept", "")) is not None


def get(request: Request, organisation: str | None) -> Response:
    """Redirect a browser to the store of the organisation that the path names, if it names one."""
    if not is_browser(request):
        return responses.not_found()
    location = f"/store?who={organisation}" if organisation else "/store"
    headers = {"Location": location, "Cache-Control": "no-store", "Vary": "Accept"}
    return responses.text(303, headers)
