"""Signing up, and asking for a new password: both enqueue a job, so both take as long for everyone."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from gatehouse.domain.accounts import addresses, usernames
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import names
from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.job_queue import JobQueue
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts
from gatehouse.endpoints.signin.pages import SignInPages

_NAME_MAX_CHARACTERS = 100
_LOGIN_MAX_CHARACTERS = 300


class SignUpEndpoint(msgspec.Struct, frozen=True):
    """Takes the wishes of people who have no password, or not any more."""

    visits: PageContexts
    job_queue: JobQueue
    pages: SignInPages
    sends_mail: bool

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the sign-up form."""
        visit = self.visits.begin(request, organisation)
        _open(visit, sends_mail=self.sends_mail)
        return self._show_sign_up(visit)

    def post(self, request: Request, organisation: str | None) -> Response:
        """Promise a mail to the address, whether or not it has an account."""
        visit, form = self.visits.receive(request, organisation)
        key = _open(visit, sends_mail=self.sends_mail).key
        email, name = form.get("email", "").strip(), form.get("name", "").strip()
        wrong = problems(name, email)
        if wrong:
            return self._show_sign_up(visit, email=email, name=name, wrong=wrong)
        self.job_queue.enqueue(
            visit, "sign_up", key, login=email, display_name=names.parse(name, _NAME_MAX_CHARACTERS) or ""
        )
        return pages.redirect(visit.path("/account/sent"))

    def get_recovery(self, request: Request, organisation: str | None) -> Response:
        """Show the form for a forgotten password."""
        visit = self.visits.begin(request, organisation)
        return self._show_recovery(visit)

    def post_recovery(self, request: Request, organisation: str | None) -> Response:
        """Promise a mail to the account's address, whether or not there is one."""
        visit, form = self.visits.receive(request, organisation)
        typed = form.get("username", "").strip()[:_LOGIN_MAX_CHARACTERS]
        if not typed or not self.sends_mail:
            message = "Enter your username." if self.sends_mail else "Ask your administrator for a new password."
            return self._show_recovery(visit, username=typed, message=message, status=HTTPStatus.BAD_REQUEST)
        default = "" if visit.organisation is None else visit.organisation.key
        login = usernames.parse(typed, default)
        if login is not None and default in {"", login.organisation}:
            self.job_queue.enqueue(visit, "recover", login.organisation, login=login.username)
        return pages.redirect(visit.path("/account/sent"))

    def get_sent(self, request: Request, organisation: str | None) -> Response:
        """Say that a mail is on its way, if there is anybody to send it to."""
        visit = self.visits.begin(request, organisation)
        return self.pages.render("sent", visit=visit, organisation=visit.organisation)

    def _show_sign_up(
        self, visit: PageContext, *, email: str = "", name: str = "", wrong: Mapping[str, str] | None = None
    ) -> Response:
        return self.pages.render(
            "sign_up",
            status=HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
            cookies=visit.cookies,
            visit=visit,
            organisation=visit.organisation,
            email=email,
            name=name,
            problems=wrong or {},
        )

    def _show_recovery(
        self, visit: PageContext, *, username: str = "", message: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        return self.pages.render(
            "recover",
            status=status,
            cookies=visit.cookies,
            visit=visit,
            organisation=visit.organisation,
            username=username or visit.parameters.get("login_hint", "")[:_LOGIN_MAX_CHARACTERS],
            message=message,
            can_recover=self.sends_mail,
        )


def _open(visit: PageContext, *, sends_mail: bool) -> Organisation:
    if visit.organisation is None or not visit.organisation.self_sign_up or not sends_mail:
        raise InvalidRequestError("sign-up is off", description="This organisation makes its accounts itself.")
    return visit.organisation


def problems(name: str, email: str) -> dict[str, str]:
    """Return what is wrong with a person's name, which may be empty, and with the address, by field."""
    found: dict[str, str] = {}
    if name and names.parse(name, _NAME_MAX_CHARACTERS) is None:
        found["name"] = "A name has at most 100 characters, in one line, and none that nobody sees."
    if not addresses.is_address(email):
        found["email"] = "Enter an e-mail address such as anna@example.com."
    return found
