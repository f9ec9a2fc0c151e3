"""Choosing a password: through a one-time link, or signed in with the old one."""

import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import msgspec

from gatehouse.domain.accounts import jobs, links, lockout, password_changes, password_policy, passwords, sign_in
from gatehouse.domain.accounts.links import Link, LinkStore, Purpose, Use
from gatehouse.domain.accounts.lockout import Failures
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.password_changes import AccountStore, NewPassword, Way
from gatehouse.domain.accounts.sign_in import SignInOutcome, SignInStore
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.errors import (
    DeadLinkError,
    InvalidRequestError,
    PasswordUncertainError,
    TemporarilyUnavailableError,
)
from gatehouse.endpoints import forms
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages, steps
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.steps import Steps

_WAITS = "Your account is created and awaits the approval of an administrator. A mail tells you when you can sign in."
_PURPOSES: frozenset[Purpose] = frozenset({"sign_up", "recover", "invite"})


class PasswordEndpoint(msgspec.Struct, frozen=True):
    """Shows the account, and takes new passwords."""

    contexts: PageContexts
    sign_ins: SignInStore
    accounts: AccountStore
    links: LinkStore
    steps: Steps
    pages: SignInPages
    sends_mail: bool

    def get_account(self, request: Request, organisation: str | None) -> Response:
        """Show who is signed in."""
        context = self.contexts.begin(request, organisation)
        person = self.contexts.require_person(context)
        return self.pages.show(context, "account", user=person.user, sends_mail=self.sends_mail)

    def get_change(self, request: Request, organisation: str | None) -> Response:
        """Show the form for a new password."""
        context = self.contexts.begin(request, organisation)
        person = self.steps.require_factors(context, "password")
        return self.pages.show(context, "change_password", user=person.user)

    def post_change(self, request: Request, organisation: str | None) -> Response:
        """Change the password of a user who knows the old one; everything issued before is revoked.

        The session is as old as the one before it: the old password alone is no fresh sign-in of a user with a second
        factor, and prolongs no sign-in at an identity provider.

        Raises:
            TooManyFailuresError: The source address failed too often.
        """
        context, form = self.contexts.receive(request, organisation)
        person = self.steps.require_factors(context, "password")
        chosen = form.get("new_password", "")
        problems = _problems(person.user.username, chosen, context)
        known = None if problems else self._prove(context, person.user, form.get("password", ""))
        if known is None:
            wrong = {"password": "The present password is wrong, or the account is locked for a while."}
            return self.pages.show(context, "change_password", user=person.user, problems=problems or wrong)
        changed = self._store(context, known.user, chosen, "password.change")
        if changed is None:
            return pages.redirect(context.path("/signin"))
        with _stored():
            cookie = self.contexts.resume(context, changed, known.organisation, person.session)
            remembered = self.steps.remember(context, changed, known.organisation)
        return pages.redirect(context.path("/account/done"), (cookie, *remembered))

    def get_link(self, request: Request, organisation: str | None) -> Response:
        """Show the form behind a link. It uses nothing up: mail scanners open links too.

        Raises:
            DeadLinkError: It was used, or is too old.
        """
        parameters = forms.parse_query(request.query)
        context = self.contexts.begin(request, organisation, {})
        secret = parameters.get("link", "")
        link = self._find_link(context, secret)
        return self._show_link(context, link, secret, {})

    def post_link(self, request: Request, organisation: str | None) -> Response:
        """Take the password: of a new account, or for a forgotten one.

        The link is used by the transaction that stores the password, or not at all. A form whose answer was lost can be
        sent again: it is answered by what the first attempt stored.

        Raises:
            DeadLinkError: It was used, or is too old, or the account is gone.
            InvalidRequestError: The account was made meanwhile.
        """
        context, form = self.contexts.receive(request, organisation, {})
        secret, chosen = form.get("link", ""), form.get("new_password", "")
        link = self._find_link(context, secret, context.form_digest)
        problems = _problems(link.username, chosen, context)
        if problems:
            return self._show_link(context, link, secret, problems)
        if link.used_by is None:
            used = Use(link=link, form=context.form_digest, now=context.now)
            is_stored = (
                self._create(context, used, chosen)
                if link.purpose == "sign_up"
                else self._recover(context, used, chosen)
            )
            if not is_stored and self._find_link(context, secret, context.form_digest).used_by is None:
                if link.purpose == "sign_up":
                    description = "This account exists already. Sign in with it."
                    raise InvalidRequestError("account exists", description=description)
                raise DeadLinkError("account gone")
        with _stored():
            user = self.contexts.directory.find_user(link.organisation, link.username)
            if user is None or not passwords.matches(chosen, user.password_hash):
                raise DeadLinkError("link used for another password")
            return self._finish(context, link, user)

    def get_done(self, request: Request, organisation: str | None) -> Response:
        """Say that the password was changed."""
        context = self.contexts.begin(request, organisation)
        message = "Your password is changed. Every other device and application has to sign in again."
        return self._show_done(context, message, context.path("/account"))

    def _find_link(self, context: PageContext, secret: str, form: bytes | None = None) -> Link:
        organisation = "" if context.organisation is None else context.organisation.key
        link = self.links.find_link(organisation, links.digest(secret))
        if link is None or link.purpose not in _PURPOSES or not links.is_alive(link, context.now, form):
            raise DeadLinkError("dead link")
        return link

    def _create(self, context: PageContext, used: Use, chosen: str) -> bool:
        link = used.link
        if context.organisation is None or not context.organisation.self_sign_up:
            raise DeadLinkError("sign-up was switched off meanwhile")
        needs_approval = context.organisation.sign_up_approval
        user = User(
            organisation=link.organisation,
            user_id=secrets.token_hex(16),
            username=link.username,
            password_hash=passwords.hash_password(chosen),
            display_name=link.display_name,
            email=link.email,
            email_verified=True,
            awaits_approval=needs_approval,
            blocks=frozenset({"approval"}) if needs_approval else frozenset(),
        )
        at_ms = context.request.arrived_at_ms
        job = jobs.request(context.organisation, context.issuer(), at_ms)
        return password_changes.sign_up(self.accounts, user, used, at_ms, job)

    def _recover(self, context: PageContext, used: Use, chosen: str) -> bool:
        link = used.link
        user = self.contexts.directory.find_user(link.organisation, link.username)
        if user is None or not links.is_for(link, user):
            raise DeadLinkError("link of an account that changed")
        seen = self._failures(context, user)
        detail = "lock lifted" if lockout.is_locked(seen, context.now) else ""
        return self._store(context, user, chosen, "password.reset", detail, used) is not None

    def _finish(self, context: PageContext, link: Link, user: User) -> Response:
        """Do what follows a stored password; it may be done twice."""
        if link.purpose == "sign_up" and user.awaits_approval:
            return self._show_done(context, _WAITS, None)
        if link.purpose == "sign_up":
            return self._show_done(context, "Your account is created.", _sign_in_path(context, link))
        seen = self._failures(context, user)
        if seen.count:  # people who forgot a password have tried some
            self.sign_ins.replace_failures(user.organisation, user.username, seen, lockout.NONE)
        message = "Your account is ready." if link.purpose == "invite" else "Your password is changed."
        return self._show_done(context, message, _sign_in_path(context, link))

    def _store(
        self, context: PageContext, user: User, chosen: str, way: Way, detail: str = "", used: Use | None = None
    ) -> User | None:
        at_ms = context.request.arrived_at_ms
        job = context.notice(user, "password changed" if way == "password.change" else "password reset")
        new = NewPassword(password=chosen, way=way, detail=detail, at_ms=at_ms, used=used, job=job)
        return password_changes.change_password(self.accounts, user, new)

    def _failures(self, context: PageContext, user: User) -> Failures:
        source, now = context.request.source, context.now
        return self.sign_ins.find_sign_in(user.organisation, user.username, source, now).failures

    def _prove(self, context: PageContext, user: User, password: str) -> SignInOutcome | None:
        """Return the user as the read says that held the hash, if the password is right."""
        login = sign_in.login(f"{user.username}@{user.organisation}", user.organisation)
        attempt = context.attempt(login, password)
        signed_in = sign_in.authenticate(self.sign_ins, self.contexts.directory, attempt)
        return signed_in if signed_in and signed_in.user.user_id == user.user_id else None

    def _show_link(self, context: PageContext, link: Link, secret: str, problems: Mapping[str, str]) -> Response:
        return self.pages.show(
            context,
            "set_password",
            username=link.username,
            link=secret,
            is_new=link.purpose in {"sign_up", "invite"},
            problems=problems,
        )

    def _show_done(self, context: PageContext, message: str, path: str | None) -> Response:
        return self.pages.show(context, "done", message=message, path=path, cookies=())


@contextmanager
def _stored() -> Generator[None]:
    """Say of an outage that the password may be stored: trying the same again with the old one could not work.

    Raises:
        PasswordUncertainError: A table is throttled or out of reach.
    """
    try:
        yield
    except TemporarilyUnavailableError as error:
        raise PasswordUncertainError(error.reason) from error


def _problems(username: str, chosen: str, context: PageContext) -> dict[str, str]:
    """Return what the page's organisation has against a password; people and links are always of one."""
    organisation = context.organisation or Organisation(key="", name="")
    refusal = password_policy.refusal(chosen, username=username, organisation=organisation)
    return {"new_password": refusal} if refusal else {}


def _sign_in_path(context: PageContext, link: Link) -> str:
    """Return where to continue: at the sign-in page, with the request that the sign-up began with, if there was one.

    The request itself may ask for a new account (`prompt=create`) or a fresh sign-in, which only a sign-in ends.
    """
    return steps.behind(context, link).path("/signin")
