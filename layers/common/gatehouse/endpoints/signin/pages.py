"""Pages as responses: the template, and the headers that keep others from framing, caching or extending it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment

from gatehouse.domain.kernel.errors import (
    DeadLinkError,
    OAuthError,
    PasswordUncertainError,
    StalePageError,
)
from gatehouse.endpoints import error_table, responses
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin.page_context import PageContext
from gatehouse.endpoints.web import pages as web
from gatehouse.endpoints.web.assets import Assets

_HEADERS = {"Pragma": "no-cache", "Referrer-Policy": "no-referrer"}
_IN_WINDOW = {**_HEADERS, "Cross-Origin-Opener-Policy": "unsafe-none"}
"""What leads to a client: one that opens a window for it hears of it there (docs/decisions/0382)."""

PASSWORD_PAGES = frozenset({"sign_in", "set_password", "change_password", "organisation_signup_confirm"})
"""Pages with a field for a password: a script shows what was typed, and how strong a new one is."""


class SignInPages:
    """Renders the templates of one folder; beside them are the style sheet, the icon and the scripts."""

    def __init__(self, folder: Path) -> None:
        """Read the files of the folder and prepare its templates."""
        self.assets = Assets(folder, "/static/signin/")
        self._environment = _environment(folder)

    def render(
        self,
        template: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        cookies: Sequence[str] = (),
        redirect_uri: str | None = None,
        headers: Mapping[str, str] | None = None,
        is_scripted: bool = False,
        leads_to_client: bool = False,
        **values: Any,
    ) -> Response:
        """Return a page.

        Args:
            template: Without `.html`.
            status: Its status.
            cookies: Whole Set-Cookie values.
            redirect_uri: Where sending the page's form may end, so that the browser follows it there.
            headers: More headers.
            is_scripted: Whether it runs the script of passkeys, which no page needs.
            leads_to_client: Whether a client sent the browser here, perhaps in a window of its own.
            values: What the template shows.
        """
        body = self._environment.get_template(f"{template}.html").render(
            values,
            passwords=self.assets.path("passwords.js") if template in PASSWORD_PAGES else "",
            style=self.assets.path("signin.css"),
            icon=self.assets.path("icon.svg"),
            script=self.assets.path("passkeys.js") if is_scripted else "",
        )
        more = {**(_IN_WINDOW if leads_to_client else _HEADERS), **(headers or {})}
        return web.page(
            body,
            _policy(redirect_uri, is_scripted=is_scripted or template in PASSWORD_PAGES),
            status=status,
            cookies=cookies,
            headers=more,
        )

    def show(
        self,
        context: PageContext,
        template: str,
        *,
        status: HTTPStatus | None = None,
        cookies: Sequence[str] | None = None,
        **values: Any,
    ) -> Response:
        """Return a page of the context's organisation; see `render`.

        Args:
            context: Whose page it is. Its cookies are sent if none are given.
            template: Without `.html`.
            status: Its status; without one, 400 if the page shows a `problem`, or `problems` by field, else 200.
            cookies: Whole Set-Cookie values.
            values: What the template shows, and further arguments of `render`.
        """
        shown: dict[str, Any] = {"organisation": context.organisation, "problem": "", "problems": {}, **values}
        is_refused = bool(shown["problem"] or shown["problems"])
        return self.render(
            template,
            status=status or (HTTPStatus.BAD_REQUEST if is_refused else HTTPStatus.OK),
            cookies=context.cookies if cookies is None else cookies,
            context=context,
            leads_to_client="client_id" in context.parameters,
            **shown,
        )

    def error(self, error: OAuthError) -> Response:
        """Return the page of a refusal that concerns no client; the private reason stays behind."""
        return self.render(
            "error",
            status=error_table.status(error),
            headers=responses.retry_after(error),
            organisation=None,
            code=error.code,
            message=error.description,
            is_dead_link=isinstance(error, DeadLinkError),
            page_of_links=error.path if isinstance(error, DeadLinkError) else "",
            is_password_uncertain=isinstance(error, PasswordUncertainError),
            fresh_page=error.path if isinstance(error, StalePageError) else "",
        )

    def failure(self) -> Response:
        """Return the page of anything unexpected, telling nothing."""
        return self.render(
            "error",
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            organisation=None,
            code="server_error",
            message="The service failed unexpectedly. Try again in a moment.",
            is_dead_link=False,
            page_of_links="",
            is_password_uncertain=False,
            fresh_page="",
        )


def _environment(folder: Path) -> Environment:
    made = web.environment(folder)
    made.filters["day"], made.filters["moment"] = _day, _moment
    return made


def _day(seconds: int) -> str:
    """Return the day of a NumericDate, in UTC, such as 29 November 2026."""
    return f"{datetime.fromtimestamp(seconds, UTC):%-d %B %Y}"


def _moment(seconds: int) -> str:
    """Return a NumericDate as day and time, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%-d %B %Y %H:%M} UTC"


def redirect(location: str, cookies: Sequence[str] = ()) -> Response:
    """Send the browser elsewhere by GET."""
    leads_to_client = not location.startswith("/") or "client_id=" in location
    return web.redirect(location, cookies, _IN_WINDOW if leads_to_client else _HEADERS)


def _policy(redirect_uri: str | None, *, is_scripted: bool) -> str:
    script = {"script": "'self'"} if is_scripted else {}
    target = "" if redirect_uri is None else _sources(redirect_uri)
    return web.policy(target, **script, style="'self'", img="'self'")


def _sources(redirect_uri: str) -> str:
    """Return where a form may end that leads to a client: browsers hold it to the policy across every redirect.

    The client's redirect URI may redirect onwards to a host that only the client knows (docs/decisions/0382).
    """
    return " ".join(sorted({"https:", f"{urlsplit(redirect_uri).scheme}:"}))
