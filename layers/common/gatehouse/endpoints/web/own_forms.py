"""Whether one of our own pages sent a form: a forged one (CSRF) would act in the name of the user who is signed in."""

import hmac
from collections.abc import Mapping

from gatehouse.endpoints.requests import Request


def is_own_site(request: Request) -> bool:
    """Say whether the browser says that no other site sent the request (Fetch Metadata); an old one says nothing."""
    return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}


def is_led_here(request: Request) -> bool:
    """Say whether the browser says that a page of ours led here: no link of another site or of a mail."""
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def is_own(request: Request, form: Mapping[str, str], form_token: str) -> bool:
    """Say whether the form carries the token of its page, and no other site sent it."""
    return is_own_site(request) and hmac.compare_digest(form.get("form_token", "").encode(), form_token.encode())
