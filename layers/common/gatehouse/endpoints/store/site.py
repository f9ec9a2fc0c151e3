"""The pages' routes, and what happens around each: session, form check, errors shown where they belong."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from gatehouse.domain.kernel.errors import DomainError, TemporarilyUnavailableError, TooManyFailuresError
from gatehouse.domain.kernel.refusals import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    PortalError,
)
from gatehouse.domain.portal.services import Origin
from gatehouse.endpoints import error_table, methods, paths, responses
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.rest.json_api import match
from gatehouse.endpoints.store import lost_forms, sessions
from gatehouse.endpoints.store.page_context import DONE, StorePageContext
from gatehouse.endpoints.store.pages import StorePages, redirect
from gatehouse.endpoints.store.routes import Route
from gatehouse.endpoints.store.sessions import StoreSession, StoreSessions
from gatehouse.endpoints.web import own_forms

_START = "/store/home"
_ENDED = "ended-meanwhile"


class Site(msgspec.Struct, frozen=True):
    """Answers the requests below `/store`. `takes_organisations` says that anybody may create one."""

    pages: StorePages
    sessions: StoreSessions
    issuers: Issuers
    routes: Sequence[Route]
    count_waiting: Callable[[str], int]
    takes_organisations: bool = False

    @property
    def outside(self) -> Mapping[tuple[str, str], Callable[[Request, Mapping[str, str]], Response]]:
        """The pages that need no session."""
        return {
            ("GET", "/store"): self._welcome,
            ("GET", "/store/signin"): self._welcome,
            ("POST", "/store/signin"): self._begin,
            ("GET", "/store/callback"): self._complete,
            ("POST", "/store/signout"): self._end,
        }

    def answer(self, request: Request) -> Response:
        """Find the page, the session and the answer. HEAD is answered wherever GET is.

        Raises:
            RefusalError: The answer is a page that says what is wrong.
        """
        try:
            return methods.answer_head(request, self._answer)
        except DomainError as error:
            refusal = self._refuse(request, error)
            raise RefusalError(refusal.error, methods.answer_head(request, lambda _: refusal.response)) from error

    def failure(self, event: Mapping[str, Any]) -> Response:
        """Return the answer to anything unexpected, telling nothing: a page for people, JSON for programs."""
        if not str(event.get("rawPath", "")).startswith("/store"):
            return responses.server_error()
        return self.pages.render(
            "error",
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            caller=None,
            form_token="",
            here="/store",
            done="",
            code=500,
            message="The API Store failed unexpectedly. Go back, and try again in a moment.",
        )

    def _refuse(self, request: Request, error: DomainError) -> RefusalError:
        """Show a refusal within the frame of the signed-in user, who has to be read for it; an outage without."""
        if isinstance(error, TemporarilyUnavailableError):
            return RefusalError(error, self._show_error(request, error, None))
        try:
            return RefusalError(error, self._show_error(request, error, self.sessions.find(request)))
        except TemporarilyUnavailableError as outage:
            return RefusalError(outage, self._show_error(request, outage, None))

    def _show_error(self, request: Request, error: DomainError, session: StoreSession | None) -> Response:
        status, headers = error_table.status(error), dict[str, str]()
        if isinstance(error, TemporarilyUnavailableError | TooManyFailuresError):
            headers["Retry-After"] = str(error.retry_after_seconds)
        return self._render(
            "error", request, session, status=status, headers=headers, code=status.value, message=error.description
        )

    def _render(self, template: str, request: Request, session: StoreSession | None, **values: Any) -> Response:
        """Return a page that no route shows, in the frame of the signed-in user."""
        return self.pages.render(
            template,
            cookies=session.cookies if session else (),
            caller=session.caller if session else None,
            form_token=session.form_token if session else "",
            here=paths.spell(request.path),
            done="",
            **values,
        )

    def _answer(self, request: Request) -> Response:
        asset = self.pages.assets.answer(request.path) if request.method in {"GET", "HEAD"} else None
        if asset is not None:
            return asset
        path = request.path.rstrip("/")
        query = bodies.query(request.query)
        outside = self.outside.get((request.method, path))
        if outside is not None:
            return outside(request, query)
        found = [(one, match(one.path, path)) for one in self.routes if one.method == request.method]
        route, parameters = next(((one, given) for one, given in found if given is not None), (None, None))
        session = self.sessions.find(request)
        if session is None:
            return self._keep(request, route) or redirect(self._way_in(request))
        if route is None or parameters is None:
            return self._lead_back(request, path, session)
        if route.scope and route.scope not in session.caller.scopes:
            people = "publishers" if route.scope == "apim:api_publish" else "administrators"
            raise NotAllowedError(f"This page is for {people} of your organisation.")
        form, files = _fields(request, route)
        if request.method == "POST":
            again = self._send_again(request, route, form, files, session)
            if again is not None:
                return again
            self.sessions.check(request, session, form)
        origin = Origin(source=request.source, issuer=self.issuers.of(request, None))
        return route.run(
            StorePageContext(
                request=request,
                session=session,
                path=parameters,
                query=query,
                form=form,
                files=files,
                origin=origin,
                pages=self.pages,
                count_waiting=self.count_waiting,
            )
        )

    def _lead_back(self, request: Request, path: str, session: StoreSession) -> Response:
        """Redirect from the address of a form, which a page that refused it leaves in the browser, to its page."""
        if request.method != "GET" or not self._has_route("POST", path):
            raise NotFoundError("There is no such page.")
        return redirect(self._find_shown(paths.spell(path)), session.cookies)

    def _keep(self, request: Request, route: Route | None) -> Response | None:
        """Show what was typed to a person without a session; None where that cannot be."""
        if route is None or request.method != "POST":
            return None
        try:
            return self._send_again(request, route, *_fields(request, route), None)
        except InvalidInputError:
            return None

    def _send_again(
        self,
        request: Request,
        route: Route,
        form: Mapping[str, str],
        files: Mapping[str, bytes],
        session: StoreSession | None,
    ) -> Response | None:
        """Show what was typed to a user whose session ended meanwhile, or who has signed in again since.

        Nothing is done until they send it with a form token of this session: what they see is what they send. Another
        site cannot lead here, since the browser has to say that a page of ours sent the form.
        """
        if not _is_ours(request) or (session is not None and self.sessions.is_checked(request, session, form)):
            return None
        kept = lost_forms.keep(form, files, route.text_of_file)
        if kept is None:
            return None
        return self._render("send_again", request, session, kept=kept, is_multipart=route.takes_files)

    def _welcome(self, request: Request, query: Mapping[str, str]) -> Response:
        session = self.sessions.find(request)
        going_to = query.get("to", _START)
        if session is not None:
            return redirect(going_to if sessions.is_page(going_to) else _START, session.cookies)
        return self._ask(
            query.get("who", "") or request.cookies.get(sessions.ORGANISATION, ""),
            going_to,
            done=query.get("done", "") if own_forms.is_led_here(request) else "",
            is_landing=request.path.rstrip("/") == "/store",
        )

    def _way_in(self, request: Request) -> str:
        """Return where a person without a session signs in, and continues; a lost form is mentioned."""
        if request.method == "GET":
            path = paths.spell(request.path)
            return f"/store/signin?to={quote(f'{path}?{request.query}' if request.query else path)}"
        shown = self._find_shown(urlsplit(request.headers.get("referer", "")).path)
        return f"/store/signin?to={quote(shown)}&done={_ENDED}"

    def _find_shown(self, path: str) -> str:
        """Return the page of a form's address: the same, or the one above."""
        return next((one for one in (path, path.rpartition("/")[0]) if self._has_route("GET", one)), _START)

    def _has_route(self, method: str, path: str) -> bool:
        return any(one.method == method and match(one.path, path) is not None for one in self.routes)

    def _ask(
        self,
        who: str,
        going_to: str,
        message: str = "",
        status: int = 200,
        done: str = "",
        *,
        is_landing: bool = False,
    ) -> Response:
        return self.pages.render(
            "welcome",
            status=status,
            ended=done == _ENDED,
            is_landing=is_landing,
            caller=None,
            form_token="",
            here="/store",
            done=DONE.get(done, ""),
            who=who,
            to=going_to,
            message=message,
            takes_organisations=self.takes_organisations,
        )

    def _begin(self, request: Request, _query: Mapping[str, str]) -> Response:
        if not own_forms.is_own_site(request):
            raise NotAllowedError("Begin on the store's own page.")
        form = sessions.parse_form(request)
        wanted = form.get("to", "")
        going_to = wanted if sessions.is_page(wanted) else _START
        try:
            location, cookies = self.sessions.begin(
                request, form.get("who", ""), going_to, is_new=form.get("account") == "create"
            )
        except PortalError as error:
            page = self._ask(form.get("who", ""), going_to, error.description, error_table.status(error))
            raise RefusalError(error, page) from error
        return redirect(location, cookies)

    def _complete(self, request: Request, query: Mapping[str, str]) -> Response:
        try:
            return redirect(*self.sessions.complete(request, query))
        except InvalidInputError:
            session = self.sessions.find(request)
            if session is None:
                raise
            return redirect(_START, session.cookies)  # another tab signed in meanwhile

    def _end(self, request: Request, _query: Mapping[str, str]) -> Response:
        session = self.sessions.find(request)
        if session is not None:
            form = sessions.parse_form(request)
            if _is_ours(request) and not self.sessions.is_checked(request, session, form):
                return self._ask_to_end(request, session)
            self.sessions.check(request, session, form)
        return redirect(*self.sessions.end(request))

    def _ask_to_end(self, request: Request, session: StoreSession) -> Response:
        """Ask a user who has signed in again since the page with the button was opened."""
        return self._render(
            "confirm",
            request,
            session,
            title="Sign out?",
            message="You signed in again after this page was opened.",
            button="Sign out",
            back=_START,
        )


def _is_ours(request: Request) -> bool:
    """Say whether the browser says that a page of ours sent the form."""
    return request.headers.get("sec-fetch-site", "") == "same-origin"


def _fields(request: Request, route: Route) -> tuple[dict[str, str], dict[str, bytes]]:
    if request.method != "POST":
        return {}, {}
    if route.takes_files:
        return sessions.parse_upload(request, route.body_max_bytes)
    return sessions.parse_form(request, route.fields_max), {}
