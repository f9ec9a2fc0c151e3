"""Signing up, and asking for a new password: both enqueue a job, so both take as long for everyone."""

import msgspec

from gatehouse.domain.accounts import addresses, usernames
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import names
from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.job_queue import JobQueue
from gatehouse.endpoints.signin.page_context import LOGIN_MAX_CHARACTERS, PageContext, PageContexts
from gatehouse.endpoints.signin.pages import SignInPages

NAME_MAX_CHARACTERS = 100


class SignUpEndpoint(msgspec.Struct, frozen=True):
    """Takes the wishes of people who have no password, or not any more."""

    contexts: PageContexts
    job_queue: JobQueue
    pages: SignInPages
    sends_mail: bool

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the sign-up form."""
        context = self.contexts.begin(request, organisation)
        _open(context, sends_mail=self.sends_mail)
        return self.pages.show(context, "sign_up", email="", name="")

    def post(self, request: Request, organisation: str | None) -> Response:
        """Promise a mail to the address, whether or not it has an account."""
        context, form = self.contexts.receive(request, organisation)
        key = _open(context, sends_mail=self.sends_mail).key
        email, name = form.get("email", "").strip(), form.get("name", "").strip()
        wrong = problems(name, email)
        if wrong:
            return self.pages.show(context, "sign_up", email=email, name=name, problems=wrong)
        self.job_queue.enqueue(
            context, "sign_up", key, login=email, display_name=names.parse(name, NAME_MAX_CHARACTERS) or ""
        )
        return pages.redirect(context.path("/account/sent"))

    def get_recovery(self, request: Request, organisation: str | None) -> Response:
        """Show the form for a forgotten password."""
        context = self.contexts.begin(request, organisation)
        return self._show_recovery(context)

    def post_recovery(self, request: Request, organisation: str | None) -> Response:
        """Promise a mail to the account's address, whether or not there is one."""
        context, form = self.contexts.receive(request, organisation)
        typed = form.get("username", "").strip()[:LOGIN_MAX_CHARACTERS]
        if not typed or not self.sends_mail:
            problem = "Enter your username." if self.sends_mail else "Ask your administrator for a new password."
            return self._show_recovery(context, typed, problem)
        default = "" if context.organisation is None else context.organisation.key
        login = usernames.parse(typed, default)
        if login is not None and default in {"", login.organisation}:
            self.job_queue.enqueue(context, "recover", login.organisation, login=login.username)
        return pages.redirect(context.path("/account/sent"))

    def get_sent(self, request: Request, organisation: str | None) -> Response:
        """Say that a mail is on its way, if there is anybody to send it to."""
        context = self.contexts.begin(request, organisation)
        return self.pages.show(context, "sent", cookies=())

    def _show_recovery(self, context: PageContext, username: str = "", problem: str = "") -> Response:
        return self.pages.show(
            context,
            "recover",
            username=username or context.login_hint,
            problem=problem,
            can_recover=self.sends_mail,
        )


def is_open(organisation: Organisation | None, *, sends_mail: bool) -> bool:
    """Say whether people may sign up: the organisation allows it, and the deployment can send the link in a mail."""
    return sends_mail and organisation is not None and organisation.self_sign_up


def _open(context: PageContext, *, sends_mail: bool) -> Organisation:
    if context.organisation is None or not is_open(context.organisation, sends_mail=sends_mail):
        raise InvalidRequestError("sign-up is off", description="This organisation makes its accounts itself.")
    return context.organisation


def problems(name: str, email: str) -> dict[str, str]:
    """Return what is wrong with a person's name, which may be empty, and with the address, by field."""
    found: dict[str, str] = {}
    if name and names.parse(name, NAME_MAX_CHARACTERS) is None:
        found["name"] = "A name has at most 100 characters, in one line, and none that nobody sees."
    if not addresses.is_address(email):
        found["email"] = "Enter an e-mail address such as anna@example.com."
    return found
