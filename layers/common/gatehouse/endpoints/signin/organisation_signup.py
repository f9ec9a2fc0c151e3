"""Pages to create an organisation, where the deployment allows it: a mail first, then its key, name and a password."""

import msgspec

from gatehouse.domain.accounts import jobs, links, organisation_signup
from gatehouse.domain.accounts.links import Link, LinkStore, Use
from gatehouse.domain.accounts.organisation_signup import OrganisationSignup, OrganisationSignupStore, Problem
from gatehouse.domain.kernel import names
from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.endpoints import forms
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages, sign_up
from gatehouse.endpoints.signin.job_queue import JobQueue
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts
from gatehouse.endpoints.signin.pages import SignInPages

PATH = "/signup/organisation"
CONFIRM = f"{PATH}/confirm"

_DEAD_LINK = "This link was used already, or is too old. Begin at the API Store again."


class OrganisationSignupEndpoint(msgspec.Struct, frozen=True):
    """Takes people who bring an organisation."""

    contexts: PageContexts
    job_queue: JobQueue
    links: LinkStore
    signups: OrganisationSignupStore
    pages: SignInPages

    def get(self, request: Request, organisation: str | None) -> Response:
        """Ask for name and address."""
        return self.pages.show(self._begin(request, organisation), "organisation_signup", email="", name="")

    def post(self, request: Request, organisation: str | None) -> Response:
        """Promise a mail to the address; nothing else is told or kept."""
        form = forms.parse(request)
        context = self._begin(request, organisation)
        context.check(form)
        email, name = form.get("email", "").strip(), form.get("name", "").strip()
        problems = sign_up.problems(name, email)
        if problems:
            return self.pages.show(context, "organisation_signup", email=email, name=name, problems=problems)
        self.job_queue.enqueue(
            context,
            "create_organisation",
            organisation_signup.NOBODY,
            login=email,
            display_name=names.parse(name, sign_up.NAME_MAX_CHARACTERS) or "",
            most=organisation_signup.REQUESTS_MAX,
        )
        return pages.redirect("/account/sent")

    def get_link(self, request: Request, organisation: str | None) -> Response:
        """Show the form behind the link, which it does not use up.

        Raises:
            InvalidRequestError: The link has expired or was used.
        """
        context = self._begin(request, organisation)
        secret = forms.parse_query(request.query).get("link", "")
        return self._show(context, self._find(context, secret), secret)

    def post_link(self, request: Request, organisation: str | None) -> Response:
        """Create the organisation. The link is used by the transaction that stores it, or not at all.

        A form whose answer was lost can be sent again: it is answered by what the first attempt made.

        Raises:
            InvalidRequestError: The link has expired or was used.
            TooManyFailuresError: The source tried too many keys.
        """
        form = forms.parse(request)
        context = self._begin(request, organisation)
        context.check(form)
        secret = form.get("link", "")
        link = self._find(context, secret, context.form_digest)
        draft = OrganisationSignup(
            key=form.get("key", ""), name=form.get("name", ""), password=form.get("new_password", "")
        )
        if link.used_by is not None:
            return self._repeat(context, draft, link)
        problem = organisation_signup.check(draft, link.email)
        if problem is None:
            self.job_queue.count(context, f"key {context.request.source}", jobs.REQUESTS_MAX)
            problem = organisation_signup.taken() if self.signups.is_taken(draft.key.lower()) else None
        if problem is not None:
            return self._show(context, link, secret, draft, problem)
        used = Use(link=link, form=context.form_digest, now=context.now)
        if organisation_signup.create_organisation(self.signups, draft, used, request.arrived_at_ms) is not None:
            return self._show_done(context, draft, link)
        link = self._find(context, secret, context.form_digest)
        if link.used_by is not None:
            return self._repeat(context, draft, link)
        return self._show(context, link, secret, draft, organisation_signup.taken())

    def _repeat(self, context: PageContext, draft: OrganisationSignup, link: Link) -> Response:
        """Answer a form that was sent before, if it says the same.

        Raises:
            InvalidRequestError: It says something else.
        """
        if not organisation_signup.is_done(self.contexts.directory, draft, link):
            raise InvalidRequestError("link used for something else", description=_DEAD_LINK)
        return self._show_done(context, draft, link)

    def _show_done(self, context: PageContext, draft: OrganisationSignup, link: Link) -> Response:
        made = organisation_signup.organisation(draft)
        message = f"{made.name} is there, and you administer it. Sign in as {link.username}@{made.key}."
        return self.pages.show(context, "done", organisation=made, message=message, path="/store", cookies=())

    def _begin(self, request: Request, organisation: str | None) -> PageContext:
        if organisation is not None:
            raise InvalidRequestError("a new organisation in another", description="There is no such page.")
        return self.contexts.begin(request, None, {})

    def _find(self, context: PageContext, secret: str, form: bytes | None = None) -> Link:
        link = self.links.find_link(organisation_signup.NOBODY, links.digest(secret))
        if link is None or not links.is_alive(link, context.now, form):
            raise InvalidRequestError("dead link", description=_DEAD_LINK)
        return link

    def _show(
        self,
        context: PageContext,
        link: Link,
        secret: str,
        draft: OrganisationSignup | None = None,
        problem: Problem | None = None,
    ) -> Response:
        return self.pages.show(
            context,
            "organisation_signup_confirm",
            link=secret,
            username=link.username,
            draft=draft,
            problems={problem.field: problem.description} if problem else {},
        )
