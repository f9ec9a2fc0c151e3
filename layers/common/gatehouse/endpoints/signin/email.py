"""Changing the e-mail address: by a fresh sign-in, and a link that proves that the new mailbox is the user's."""

from copy import replace

import msgspec

from gatehouse.domain.accounts import addresses, links, users
from gatehouse.domain.accounts.links import Link, LinkStore, Use
from gatehouse.domain.accounts.password_changes import AccountStore
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.errors import DeadLinkError
from gatehouse.endpoints import forms
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.job_queue import JobQueue
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts, SignedInUser
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.steps import Steps


class EmailEndpoint(msgspec.Struct, frozen=True):
    """Takes a new address, and the link that was mailed there."""

    contexts: PageContexts
    steps: Steps
    accounts: AccountStore
    links: LinkStore
    job_queue: JobQueue
    pages: SignInPages

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the form."""
        context = self.contexts.begin(request, organisation, {})
        return self.pages.show(context, "email", user=self.steps.require_fresh(context, "email").user, email="")

    def post(self, request: Request, organisation: str | None) -> Response:
        """Mail a link to the new address; nothing is changed before it is opened.

        Raises:
            StalePageError: Another site sent the form.
            TooManyFailuresError: The source address asked too often.
        """
        context, form = self.contexts.receive(request, organisation, {})
        user = self.steps.require_fresh(context, "email").user
        address = form.get("email", "").strip()
        if not addresses.is_address(address):
            problems = {"email": "Enter an e-mail address such as anna@example.com."}
            return self.pages.show(context, "email", user=user, email=address, problems=problems)
        self.job_queue.enqueue(
            context,
            "email",
            user.organisation,
            login=user.username,
            generation=user.generation,
            address=address,
            entry=context.entry(user, "member.request-email", address),
        )
        return pages.redirect(context.path("/account/sent"))

    def get_link(self, request: Request, organisation: str | None) -> Response:
        """Show the button behind the link. Opening it changes nothing: mail scanners open links too.

        Raises:
            DeadLinkError: It was used, is too old, or is another user's.
        """
        context = self.contexts.begin(request, organisation, {})
        secret = forms.parse_query(request.query).get("link", "")
        _, link = self._find_link(context, secret)
        return self.pages.show(context, "email_confirm", email=link.email, link=secret)

    def post_link(self, request: Request, organisation: str | None) -> Response:
        """Store the address; every other session and every token is revoked, and the old address is notified.

        Raises:
            StalePageError: Another site sent the form.
            DeadLinkError: It was used, is too old, or is another user's.
        """
        context, form = self.contexts.receive(request, organisation, {})
        person, link = self._find_link(context, form.get("link", ""))
        stored = self._store(context, person.user, link)
        if stored is None:
            raise DeadLinkError(
                "the account changed while its address was changed", path=context.path("/account/email")
            )
        return pages.redirect(context.path("/account"), self.steps.renew(context, person, stored))

    def _store(self, context: PageContext, user: User, link: Link) -> User | None:
        entry = context.entry(user, "member.email")
        job = replace(context.notice(user, "email changed"), address=users.address(user) or "")
        new = replace(users.end_everything(user), email=link.email, email_verified=True)
        used = Use(link=link, form=context.form_digest, now=context.now)
        return self.accounts.change_user(user.organisation, user, new, entry, used, job if job.address else None)

    def _find_link(self, context: PageContext, secret: str) -> tuple[SignedInUser, Link]:
        """Return who is signed in, freshly, with the link that is theirs."""
        back = {"page": "new-email", "link": secret} if secret else {"page": "email"}
        person = self.steps.require_fresh(context, **back)
        link = self.links.find_link(person.user.organisation, links.digest(secret))
        is_right = link is not None and link.purpose == "email" and links.is_for(link, person.user)
        if link is None or not is_right or not links.is_alive(link, context.now):
            raise DeadLinkError("dead link of a new address", path=context.path("/account/email"))
        return person, link
