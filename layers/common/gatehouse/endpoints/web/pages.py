"""Pages and redirects as responses: one Jinja environment, one set of headers that keep other sites out."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gatehouse.endpoints import responses
from gatehouse.endpoints.responses import Response

SECURITY: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""What no page goes without; each set of pages adds its Referrer-Policy."""


_BREAKS = re.compile(r"(?<=[@/_:-])|(?<=[a-z])(?=[A-Z])")


def environment(folder: Path) -> Environment:
    """Return the templates of a folder: every value is escaped, and an unknown one fails."""
    made = Environment(
        loader=FileSystemLoader(folder / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["breakable"] = breakable
    return made


def breakable(text: str) -> Markup:
    """Return a long name that breaks where a reader would break it: after signs, and between joined words."""
    return Markup("<wbr>").join(escape(part) for part in _BREAKS.split(text))


def page(body: str, policy: str, *, status: int, cookies: Sequence[str], headers: Mapping[str, str]) -> Response:
    """Return a page under its Content-Security-Policy; `cookies` are whole Set-Cookie values."""
    html = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return _response(body, status, cookies, html | dict(headers))


def redirect(location: str, cookies: Sequence[str], headers: Mapping[str, str]) -> Response:
    """Send the browser elsewhere by GET: 303, never 307 (RFC 9700 section 4.12)."""
    return _response("", HTTPStatus.SEE_OTHER, cookies, {"Location": location, **headers})


def policy(form_target: str = "", **sources: str) -> str:
    """Return a Content-Security-Policy that allows these sources, such as `script="'self'"`, and nothing else.

    Forms go to our own pages, and from there to `form_target`: browsers hold a form to the policy across redirects.
    """
    allowed = "".join(f"{name}-src {source}; " for name, source in sources.items())
    target = f" {form_target}" if form_target else ""
    return f"default-src 'none'; {allowed}form-action 'self'{target}; base-uri 'none'; frame-ancestors 'none'"


def _response(body: str, status: int, cookies: Sequence[str], headers: Mapping[str, str]) -> Response:
    return {**responses.text(int(status), {**SECURITY, **headers}, body), "cookies": list(cookies)}
