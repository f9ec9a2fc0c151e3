"""Who is at the browser, and at which organisation's page."""

from collections.abc import Mapping, Sequence
from copy import replace
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from gatehouse.domain.accounts import devices, jobs, organisations, sessions, sign_in_history
from gatehouse.domain.accounts.jobs import Job, Notice
from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.domain.accounts.sessions import Session, SessionStore
from gatehouse.domain.accounts.sign_in import Attempt
from gatehouse.domain.accounts.sign_in_history import SignInHistoryStore
from gatehouse.domain.accounts.usernames import Login
from gatehouse.domain.accounts.users import PasswordStore, User
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import InvalidRequestError, StalePageError
from gatehouse.domain.oauth import authorization
from gatehouse.domain.oauth.authorization import Destination
from gatehouse.domain.oauth.clients import ClientStore
from gatehouse.endpoints import forms
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.web import cookies, own_forms

DEVICE, USER_CODE = "/device", "user_code"
"""The page of devices, and the parameter that it carries through a sign-in."""

_CSRF_COOKIE = "__Host-gatehouse.form"
_SESSION = "__Host-gatehouse-"
_BROWSER = "__Host-gatehouse.browser-"
COOKIE_MAX_CHARACTERS = 128
LOGIN_MAX_CHARACTERS = 600
"""More than a username has, with its organisation."""

_PAGES_OF_FORMS = {
    "/account/consent": "/authorize",
    "/account/enrolment": "/account/factors",
    "/account/factors/forget": "/account/factors",
    "/account/factors/recovery": "/account/factors",
    "/account/factors/remove": "/account/factors",
    "/account/factors/rename": "/account/factors",
    "/account/sessions/end": "/account/sessions",
    "/account/signout": "/account",
    "/account/passkey": "/signin",
    "/device/decision": "/device",
}
"""The pages that show those forms whose own address has no page."""


class PageDirectory(OrganisationStore, PasswordStore, ClientStore, Protocol):
    """What a page reads of the directory."""


class RedirectError(Exception):
    """Another page of ours comes first, such as that of the sign-in.

    Args:
        location: Its path, with its query.
        cookies: Whole Set-Cookie values.
    """

    def __init__(self, location: str, cookies: Sequence[str] = ()) -> None:
        """Keep both for the answer."""
        super().__init__(location)
        self.location = location
        self.cookies = cookies


class SignedInUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user who has signed in to an organisation."""

    user: User
    organisation: Organisation
    session: Session


class PageContext(msgspec.Struct, frozen=True, kw_only=True):
    """One request for a page.

    Attributes:
        organisation: Whose page it is; None if neither the path nor a client says so.
        prefix: `/t/<organisation>` if the path began so.
        parameters: Those of the authorization request, or of the device's code, that the page carries in its query.
        form_token: What every form must bring back.
        shown_to: Whose page sent the form, by user id; empty if the form does not say.
    """

    request: Request
    organisation: Organisation | None
    prefix: str
    parameters: Mapping[str, str]
    form_token: str
    issuers: Issuers
    shown_to: str = ""

    @property
    def now(self) -> int:
        """The arrival as NumericDate."""
        return self.request.now

    @property
    def form_digest(self) -> bytes:
        """The form token as it is stored with what a form used up."""
        return digests.digest(self.form_token)

    @property
    def query(self) -> str:
        """The authorization request in its one spelling."""
        return urlencode(self.parameters)

    @property
    def login_hint(self) -> str:
        """The username that the client of the request expects."""
        return self.parameters.get("login_hint", "")[:LOGIN_MAX_CHARACTERS]

    @property
    def device(self) -> str:
        """What the browser calls itself."""
        return devices.describe(self.request.headers.get("user-agent", ""))

    @property
    def cookies(self) -> tuple[str, ...]:
        """The cookie that forms are checked against, for a browser that has none yet."""
        if self.request.cookies.get(_CSRF_COOKIE) == self.form_token:
            return ()
        return (cookies.render(_CSRF_COOKIE, self.form_token),)

    def cookie_digest(self, name: str) -> bytes:
        """Return the digest of a secret that the browser keeps as a cookie; empty without one."""
        secret = self.request.cookies.get(name, "")[:COOKIE_MAX_CHARACTERS]
        return digests.digest(secret) if secret else b""

    def browser_digest(self, organisation: str) -> bytes:
        """Return the digest of the cookie of browsers that an organisation remembers; empty without one."""
        return self.cookie_digest(browser_cookie(organisation))

    def attempt(self, login: Login, password: str) -> Attempt:
        """Return the try of a password in this browser."""
        return Attempt(
            login=login,
            password=password,
            source=self.request.source,
            now=self.now,
            browser=self.browser_digest(login.organisation),
        )

    def issuer(self, organisation: str | None = None) -> str:
        """Return the issuer of an organisation, or the deployment's own."""
        return self.issuers.of(self.request, organisation)

    def entry(self, user: User, action: str, detail: str = "", *, actor: str = "", target: str = "") -> Entry:
        """Return the line of the audit log for what a user does to the own account, unless others are named."""
        return Entry(
            organisation=user.organisation,
            at_ms=self.request.arrived_at_ms,
            actor=actor or user.username,
            action=action,
            target=target or user.username,
            detail=detail,
        )

    def notice(self, user: User, what: Notice) -> Job:
        """Return the job that tells a user of a change of the account."""
        return jobs.notice(user, what, self.issuer(user.organisation), self.request.arrived_at_ms)

    def path(self, path: str) -> str:
        """Return one of our own paths, with the authorization request."""
        return f"{self.prefix}{path}?{self.query}" if self.parameters else f"{self.prefix}{path}"

    def check(self, form: Mapping[str, str]) -> None:
        """Make sure that one of our own pages sent the form: a login CSRF would sign a victim in as another user.

        Raises:
            StalePageError: Another site sent it, or the browser keeps no cookies.
        """
        if self.cookies or not own_forms.is_own(self.request, form, self.form_token):
            raise StalePageError("form token", path=self.fresh_path())

    def fresh_path(self) -> str:
        """Return the page that shows the form anew: the one it was posted to, or the one that leads there."""
        path = self.request.path.removeprefix(self.prefix)
        if path.startswith("/federated/"):
            path = "/account/identities"
        query = f"?{self.request.query}" if self.request.query else ""
        return f"{self.prefix}{_PAGES_OF_FORMS.get(path, path)}{query}"


def browser_cookie(organisation: str) -> str:
    """Return the name of the cookie of browsers that an organisation remembers."""
    return f"{_BROWSER}{organisation}"


def next_page(parameters: Mapping[str, str]) -> str:
    """Return the page of ours that takes the parameters after a sign-in: that of devices, or the usual one."""
    return DEVICE if USER_CODE in parameters and "client_id" not in parameters else "/authorize"


class PageContexts(msgspec.Struct, frozen=True):
    """Finds organisation and person of a request."""

    directory: PageDirectory
    sessions: SessionStore
    history: SignInHistoryStore
    issuers: Issuers
    session_lifetime_seconds: int

    def begin(
        self, request: Request, organisation: str | None, parameters: Mapping[str, str] | None = None
    ) -> PageContext:
        """Return the context; a client in the query says whose page it is, if the path does not.

        Args:
            request: What arrived.
            organisation: That of the path, if it names one.
            parameters: What the page carries on; None takes the whole query.

        Raises:
            InvalidRequestError: There is no such organisation.
        """
        parameters = forms.parse_query(request.query) if parameters is None else parameters
        key = organisation or self._of_client(parameters)
        found = None if key is None else self.directory.find_organisation(key)
        if key is not None and (found is None or not found.is_active):
            raise InvalidRequestError(f"organisation {key!r}", description="There is no such organisation.")
        presented = request.cookies.get(_CSRF_COOKIE, "")
        is_token = presented.isascii() and 0 < len(presented) <= COOKIE_MAX_CHARACTERS
        return PageContext(
            request=request,
            organisation=found,
            prefix="" if organisation is None else f"/t/{organisation}",
            parameters=parameters,
            form_token=presented if is_token else digests.generate_secret(),
            issuers=self.issuers,
        )

    def find_destination(self, context: PageContext) -> Destination | None:
        """Return where the authorization request that the page carries leads in the end; None if it carries none.

        Raises:
            InvalidRequestError: It carries a broken one.
        """
        if not context.parameters.get("client_id"):
            return None
        organisation = context.prefix.removeprefix("/t/") or None
        return authorization.find_destination(self.directory, organisation, context.parameters, context.now)

    def receive(
        self, request: Request, organisation: str | None, parameters: Mapping[str, str] | None = None
    ) -> tuple[PageContext, dict[str, str]]:
        """Return the context and its form, which one of our own pages sent; see `begin`.

        Raises:
            InvalidRequestError: It is no form, or there is no such organisation.
            StalePageError: Another site sent it, or the browser keeps no cookies.
        """
        form = forms.parse(request)
        context = self.begin(request, organisation, parameters)
        context.check(form)
        return replace(context, shown_to=form.get("user", "")), form

    def find_remembered(self, request: Request) -> str | None:
        """Return an organisation that the browser holds a session cookie of."""
        names = [name.removeprefix(_SESSION) for name in request.cookies if name.startswith(_SESSION)]
        return next((name for name in names if organisations.is_key(name)), None)

    def find_person(self, context: PageContext) -> SignedInUser | None:
        """Return who has signed in to the page's organisation; three strong reads.

        Raises:
            StalePageError: The form is of a page that was shown to another user, before this one signed in.
        """
        if context.organisation is None:
            return None
        key = context.organisation.key
        session = self._find_session(context, key)
        user = None if session is None else self.directory.find_user(key, session.username)
        if session is None or user is None or not sessions.is_alive(session, context.organisation, user, context.now):
            return None
        if context.shown_to not in {"", user.user_id}:
            raise StalePageError("a form of another user's page", path=context.fresh_path())
        return SignedInUser(user=user, organisation=context.organisation, session=session)

    def require_person(self, context: PageContext) -> SignedInUser:
        """Return who has signed in to the page's organisation.

        Raises:
            RedirectError: Nobody has.
        """
        person = self.find_person(context)
        if person is None:
            raise RedirectError(context.path("/signin"))
        return person

    def sign_in(
        self,
        context: PageContext,
        user: User,
        organisation: Organisation,
        methods: frozenset[str],
        authenticated_for: str,
        proved_at: int | None = None,
    ) -> str:
        """Start a session and return its cookie; a browser's older one of the organisation ends (RFC 6265 has one).

        Args:
            context: The request.
            user: As the read says that held what the proof was checked against.
            organisation: The user's.
            methods: What was proved: see `domain.accounts.factors`.
            authenticated_for: The query of the authorization request that led here.
            proved_at: See `domain.accounts.sessions.Session`.
        """
        secret = digests.generate_secret()
        session = self.prepare(context, user, organisation, secret, methods, authenticated_for)
        session = replace(session, proved_at=proved_at)
        self.history.add_sign_in(user.organisation, sign_in_history.record(session, context.now))
        self.sessions.add_session(user.organisation, session)
        return self.cookie(user.organisation, secret)

    def prepare(
        self,
        context: PageContext,
        user: User,
        organisation: Organisation,
        secret: str,
        methods: frozenset[str],
        authenticated_for: str,
    ) -> Session:
        """Return a session that is still to be stored; the browser's older one ends, and the oldest of too many."""
        if replaced := context.cookie_digest(_session_cookie(user.organisation)):
            self.sessions.forget_session(user.organisation, replaced)
        sessions.make_room(self.sessions, user, organisation, context.request.arrived_at_ms)
        session = sessions.start(
            user,
            organisation,
            secret,
            now_ms=context.request.arrived_at_ms,
            lifetime_seconds=self.session_lifetime_seconds,
            methods=methods,
            authenticated_for=authenticated_for,
        )
        return replace(session, device=context.device, source=context.request.source)

    def resume(self, context: PageContext, user: User, organisation: Organisation, before: Session) -> str:
        """Start a session in place of one that the user's own change ended; it is as old as that. Return its cookie."""
        secret = digests.generate_secret()
        begun = self.prepare(context, user, organisation, secret, before.methods, "")
        as_before = {name: getattr(before, name) for name in ("authenticated_at_ms", "proved_at", "expires_at")}
        session = replace(begun, **as_before)
        self.sessions.add_session(user.organisation, session)
        return self.cookie(user.organisation, secret)

    def cookie(self, organisation: str, secret: str) -> str:
        """Return the cookie of a session."""
        return cookies.render(_session_cookie(organisation), secret)

    def sign_out(self, context: PageContext, organisation: str) -> str:
        """End the session and return the cookie that forgets it."""
        session = self._find_session(context, organisation)
        if session is not None:
            sessions.end(self.sessions, session, context.request.arrived_at_ms)
        return cookies.expire(_session_cookie(organisation))

    def _find_session(self, context: PageContext, organisation: str) -> Session | None:
        presented = context.cookie_digest(_session_cookie(organisation))
        return self.sessions.find_session(organisation, presented) if presented else None

    def _of_client(self, parameters: Mapping[str, str]) -> str | None:
        if "client_id" not in parameters:
            return None
        client = self.directory.find_client(parameters["client_id"])
        return None if client is None else client.organisation


def _session_cookie(organisation: str) -> str:
    return f"{_SESSION}{organisation}"
