"""From a proof to a session: the one way in which a page continues a sign-in.

While a second factor is missing there is no session, but a half-finished sign-in (see
`domain.accounts.pending_sign_ins`) and a cookie of its own. It belongs to one request: the query that the pages carry.
"""

from collections.abc import Mapping, Sequence
from copy import replace
from urllib.parse import urlencode

import msgspec

from gatehouse.domain.accounts import factors, pending_sign_ins, remembered_browsers, sessions
from gatehouse.domain.accounts.factors import NO_DEMAND, Demand
from gatehouse.domain.accounts.links import Link
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.pending_sign_ins import PendingSignIn, PendingSignInStore
from gatehouse.domain.accounts.remembered_browsers import RememberedBrowser, RememberedBrowserStore
from gatehouse.domain.accounts.sessions import Session
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import LoginRequiredError
from gatehouse.domain.oauth.clients import Client
from gatehouse.endpoints import forms
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.best_effort import best_effort
from gatehouse.endpoints.signin.page_context import (
    PageContext,
    PageContexts,
    RedirectError,
    SignedInUser,
    browser_cookie,
    next_page,
)
from gatehouse.endpoints.web import cookies

SECOND_STEP = "/account/second-step"
REMINDER = "/account/second-step/reminder"

_COOKIE = "__Host-gatehouse.step"
_ACCOUNT_PAGES: Mapping[str, str] = {
    "account": "/account",
    "factors": "/account/factors",
    "enrol": "/account/enrol",
    "email": "/account/email",
    "new-email": "/account/email/confirm",
    "password": "/account/password",
    "identities": "/account/identities",
}
"""The account's pages by the names that the sign-in page takes, so that no page takes an address to continue at."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The proof that a person is a user.

    Attributes:
        user: As the read says that held what the proof was checked against.
        organisation: The user's.
        methods: What was proved: see `domain.accounts.factors`.
        proved_at: See `domain.accounts.sessions.Session`. A second factor of ours that follows is a proof of now.
        browser: The browser, if it was read already and the user had signed in there before.
    """

    user: User
    organisation: Organisation
    methods: frozenset[str]
    proved_at: int | None = None
    browser: RememberedBrowser | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose sign-in is half-finished."""

    user: User
    organisation: Organisation
    pending: PendingSignIn


class Steps(msgspec.Struct, frozen=True):
    """Decides what follows a proof. Every way to sign in ends here."""

    contexts: PageContexts
    pending: PendingSignInStore
    browsers: RememberedBrowserStore

    def proceed(self, context: PageContext, proof: Proof, more_cookies: Sequence[str] = ()) -> Response:
        """Start the session and continue, with these cookies besides its own.

        What the application asks for besides is asked at the authorization endpoint (`require`), which knows it.

        Raises:
            RedirectError: Something is missing.
        """
        browser = proof.browser or self.find_browser(context, proof.user)
        methods = proof.methods | _skipped(browser, proof, context.now)
        need = factors.missing(methods, proof.user, proof.organisation, None, context.now)
        if need != "nothing":
            raise self._begin(context, proof.user, proof.organisation, proof.methods, more_cookies=more_cookies)
        given = (
            *self.remember(context, proof.user, proof.organisation, browser),
            self.contexts.sign_in(context, proof.user, proof.organisation, methods, context.query, proof.proved_at),
            *more_cookies,
        )
        will_be_demanded = factors.is_demanded(proof.organisation, proof.user.roles, None, context.now, in_grace=True)
        is_enrolling = context.parameters.get("page") == "enrol"  # by the link that the reminder would send
        if will_be_demanded and not (proof.user.factors or factors.MULTI_FACTOR in methods or is_enrolling):
            return pages.redirect(in_organisation(context, proof.user.organisation, REMINDER), given)
        return pages.redirect(onward(context, proof.user.organisation), given)

    def require(
        self,
        context: PageContext,
        person: SignedInUser,
        client: Client | None,
        demand: Demand = NO_DEMAND,
        *,
        may_ask: bool = True,
    ) -> None:
        """Make sure that a session lacks nothing, for the client and its request.

        Raises:
            RedirectError: Something is missing.
            LoginRequiredError: Something is missing, and the user may not be asked.
        """
        session, user = person.session, person.user
        need = factors.missing(session.methods, user, person.organisation, client, context.now, demand)
        if need == "nothing":
            return
        if not may_ask:
            raise LoginRequiredError(f"{need} is missing, and the user may not be asked")
        methods = session.methods - {factors.REMEMBERED}
        raise self._begin(context, user, person.organisation, methods, session.authenticated_at_ms)

    def require_fresh(self, context: PageContext, page: str, **parameters: str) -> SignedInUser:
        """Return who has signed in freshly, and with every factor: a change of the account needs that.

        Args:
            context: The request.
            page: Where a fresh sign-in leads back to: see `_ACCOUNT_PAGES`.
            parameters: What that page carries.

        Raises:
            RedirectError: Nobody has.
        """
        wanted = replace(context, parameters={"page": page, **parameters})
        person = self.contexts.require_person(wanted)
        if not sessions.is_recent(person.session, context.now):
            raise RedirectError(wanted.path("/signin"))
        self.require(wanted, person, None, Demand(is_fresh=True))
        return person

    def require_factors(self, context: PageContext, page: str) -> SignedInUser:
        """Return who has signed in with every factor: a remembered browser may have skipped the second one.

        Raises:
            RedirectError: Nobody has.
        """
        person = self.contexts.require_person(context)
        self.require(replace(context, parameters={"page": page}), person, None, Demand(is_fresh=True))
        return person

    def find(self, context: PageContext, *, of_any_request: bool = False) -> Waiting | None:
        """Return whose sign-in is half-finished in this browser; two strong reads."""
        digest = context.cookie_digest(_COOKIE)
        if context.organisation is None or not digest:
            return None
        key = context.organisation.key
        found = self.pending.find_pending(key, digest)
        user = None if found is None else self.contexts.directory.find_user(key, found.username)
        query = None if of_any_request else context.query
        if found is None or user is None:
            return None
        if not pending_sign_ins.is_alive(found, context.organisation, user, query, context.now):
            return None
        return Waiting(user=user, organisation=context.organisation, pending=found)

    def find_enrolling(self, context: PageContext) -> Waiting | None:
        """Return whose sign-in, of the last minutes, lacks nothing but a first second factor."""
        waiting = self.find(context, of_any_request=True)
        if waiting is None or waiting.user.factors:
            return None
        return waiting if pending_sign_ins.is_recent(waiting.pending, context.now) else None

    def count_try(self, waiting: Waiting) -> bool:
        """Count a try before it is looked at; False if it is one too many, or the sign-in was finished meanwhile."""
        found: PendingSignIn | None = waiting.pending
        while found is not None and found.tries < pending_sign_ins.TRIES_MAX:
            if self.pending.replace_pending(found.organisation, found, replace(found, tries=found.tries + 1)):
                return True
            found = self.pending.find_pending(found.organisation, found.digest)
        return False

    def prepare(
        self, context: PageContext, waiting: Waiting, methods: frozenset[str]
    ) -> tuple[Session, tuple[str, ...]]:
        """Return the session that a second factor finishes, still to be stored, and its cookies.

        In place of an earlier session, it is as old as that, and ends when that would have.
        """
        secret, pending = digests.generate_secret(), waiting.pending
        session = self.contexts.prepare(
            context, waiting.user, waiting.organisation, secret, pending.methods | methods, context.query
        )
        if at_ms := pending.authenticated_at_ms:
            ends_at = at_ms // 1000 + self.contexts.session_lifetime_seconds
            session = replace(session, authenticated_at_ms=at_ms, expires_at=ends_at)
        return session, (self.contexts.cookie(waiting.organisation.key, secret), _forget())

    def find_browser(self, context: PageContext, user: User) -> RememberedBrowser | None:
        """Return the browser if the user had signed in there before; one strong read of a browser with a cookie."""
        digest = context.browser_digest(user.organisation)
        found = self.browsers.find_browser(user.organisation, digest) if digest else None
        return found if found is not None and remembered_browsers.is_known(found, user, context.now) else None

    def remember(
        self,
        context: PageContext,
        user: User,
        organisation: Organisation,
        browser: RememberedBrowser | None = None,
        *,
        skips_second_factor: bool = False,
    ) -> tuple[str, ...]:
        """Return the cookie of a browser in which the user has just signed in, if it needs another one.

        A user without a password has none that could be locked. After an outage the browser needs another sign-in.

        Args:
            context: The request.
            user: As read with what the sign-in was checked against.
            organisation: The user's.
            browser: What is remembered of the browser, if the user had signed in there before.
            skips_second_factor: Whether the browser skips the second factor from now on, if the organisation allows it.
        """
        skips = skips_second_factor and remembered_browsers.lifetime_seconds(organisation) > 0
        is_lasting = browser is not None and remembered_browsers.is_lasting(browser, context.now)
        if not skips and (is_lasting or not user.password_hash):
            return ()
        secret = digests.generate_secret()
        with best_effort("remember the browser"):
            made = remembered_browsers.remember(
                self.browsers, user, organisation, secret, context.device, context.now, skips_second_factor=skips
            )
            if browser is not None:
                remembered_browsers.retire(self.browsers, browser, context.now)
            return (cookies.render(browser_cookie(user.organisation), secret, made.expires_at - context.now),)
        return ()

    def keep_known(
        self, context: PageContext, before: User, stored: User, organisation: Organisation
    ) -> tuple[str, ...]:
        """Return another cookie for a browser that was known until the user's own change ended that; none for others.

        Without it, strangers who lock the account would lock out its user after each change. An outage is no failure.

        Args:
            context: The request.
            before: The user as read before the change.
            stored: The user as stored by it.
            organisation: The user's.
        """
        with best_effort("find the browser"):
            return self.remember(context, stored, organisation) if self.find_browser(context, before) else ()
        return ()

    def renew(self, context: PageContext, person: SignedInUser, stored: User) -> tuple[str, ...]:
        """Start a session in place of those that the user's own change ended; return the cookies.

        A change proves nothing: the session is as old as the one before it.

        Args:
            context: The request.
            person: The user as read before the change.
            stored: The user as stored by it.
        """
        return (
            self.contexts.resume(context, stored, person.organisation, person.session),
            *self.keep_known(context, person.user, stored, person.organisation),
        )

    def give_up(self, waiting: Waiting) -> tuple[str, ...]:
        """Forget the half-finished sign-in; return the cookie that does."""
        self.pending.end_pending(waiting.pending.organisation, waiting.pending.digest)
        return (_forget(),)

    def _begin(
        self,
        context: PageContext,
        user: User,
        organisation: Organisation,
        methods: frozenset[str],
        authenticated_at_ms: int = 0,
        more_cookies: Sequence[str] = (),
    ) -> RedirectError:
        """Store a half-finished sign-in; return the way to the second step."""
        secret = digests.generate_secret()
        pending = pending_sign_ins.start(
            user,
            organisation,
            secret,
            methods=methods,
            query=context.query,
            now=context.now,
            authenticated_at_ms=authenticated_at_ms,
        )
        self.pending.add_pending(user.organisation, pending)
        cookie = cookies.render(_COOKIE, secret, pending_sign_ins.LIFETIME_SECONDS)
        return RedirectError(in_organisation(context, user.organisation, SECOND_STEP), (cookie, *more_cookies))


def onward(context: PageContext, organisation: str) -> str:
    """Return where a finished sign-in leads: a request, a device, a page of the account, or the account."""
    page = context.parameters.get("page")
    if page is not None and "client_id" not in context.parameters:
        rest = {name: value for name, value in context.parameters.items() if name == "link"}
        path = f"/t/{organisation}{_ACCOUNT_PAGES.get(page, '/account')}"
        return f"{path}?{urlencode(rest)}" if rest else path
    leads_on = context.parameters.keys() - {"login_hint", "provider"}  # hints alone are no request to continue with
    return context.path(next_page(context.parameters)) if leads_on else f"/t/{organisation}/account"


def behind(context: PageContext, link: Link) -> PageContext:
    """Return the context of what led to a mailed link: a client's request is at the issuer where it began."""
    parameters = forms.parse_query(link.query)
    prefix = link.prefix if "client_id" in parameters else context.prefix
    return replace(context, prefix=prefix, parameters=parameters)


def in_organisation(context: PageContext, organisation: str, path: str) -> str:
    """Return one of our paths, in the organisation even if nothing but the username said which it is."""
    return context.path(path) if context.organisation else replace(context, prefix=f"/t/{organisation}").path(path)


def _skipped(browser: RememberedBrowser | None, proof: Proof, now: int) -> frozenset[str]:
    """Return what the browser may skip."""
    is_skipping = browser is not None and remembered_browsers.is_alive(browser, proof.user, proof.organisation, now)
    return frozenset({factors.REMEMBERED}) if is_skipping and proof.user.factors else frozenset[str]()


def _forget() -> str:
    return cookies.expire(_COOKIE)
