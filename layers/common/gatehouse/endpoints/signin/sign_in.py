"""The sign-in page."""

from http import HTTPStatus

import msgspec

from gatehouse.domain.accounts import factors, sign_in, usernames
from gatehouse.domain.accounts.sign_in import Attempt, SignInOutcome, SignInStore
from gatehouse.domain.accounts.usernames import Login
from gatehouse.domain.apis.apis import ApiStore
from gatehouse.domain.kernel.errors import InvalidGrantError
from gatehouse.domain.oauth import authorization, registered_clients
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts, PageDirectory
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.passkeys import RENEW_SECONDS, PasskeyChecks, Passkeys
from gatehouse.endpoints.signin.steps import Proof, Steps

_WRONG_PASSKEY = "This passkey is not known here, or the page has expired. Try again, or use your password."
_WRONG = "The username or the password is wrong, or the account is locked for a while or not let in yet."


class SignInEndpoint(msgspec.Struct, frozen=True):
    """Asks for username and password."""

    directory: PageDirectory
    apis: ApiStore
    visits: PageContexts
    sign_ins: SignInStore
    steps: Steps
    passkeys: Passkeys
    checks: PasskeyChecks
    pages: SignInPages
    sends_mail: bool

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the form."""
        visit = self.visits.begin(request, organisation)
        return self._show(visit, username=visit.parameters.get("login_hint", "")[:500])

    def post(self, request: Request, organisation: str | None) -> Response:
        """Check the password by the rules of the password grant; one answer for everything that is wrong.

        Raises:
            InvalidRequestError: Another site sent the form.
            TooManyFailuresError: The source address failed too often.
        """
        visit, form = self.visits.receive(request, organisation)
        typed = form.get("username", "")
        signed_in = self._authenticate(visit, typed, form.get("password", ""))
        if signed_in is None:
            page = self._show(visit, username=typed, message=_WRONG, status=HTTPStatus.BAD_REQUEST)
            raise RefusalError(InvalidGrantError("user authentication failed"), page)
        proof = Proof(user=signed_in.user, organisation=signed_in.organisation, methods=factors.PASSWORD_ALONE)
        return self.steps.proceed(visit, proof)

    def post_passkey(self, request: Request, organisation: str | None) -> Response:
        """Check a passkey, which says itself whose it is; one answer for everything that is wrong.

        Raises:
            StalePageError: Another site sent the form.
            TooManyFailuresError: The source address failed too often.
        """
        visit, form = self.visits.receive(request, organisation)
        proof = self.checks.sign_in(visit, form)
        if proof is None:
            page = self._show(visit, username="", message=_WRONG_PASSKEY, status=HTTPStatus.BAD_REQUEST)
            raise RefusalError(InvalidGrantError("passkey authentication failed"), page)
        return self.steps.proceed(visit, proof)

    def post_sign_out(self, request: Request, organisation: str | None) -> Response:
        """End the session and ask who signs in instead; or offer to sign out at an identity provider, too."""
        visit, _ = self.visits.receive(request, organisation)
        cookies = () if visit.organisation is None else (self.visits.sign_out(visit, visit.organisation.key),)
        has_providers = visit.organisation is not None and any(visit.organisation.identity_providers.values())
        return pages.redirect(visit.path("/logout" if has_providers and not visit.parameters else "/signin"), cookies)

    def _authenticate(self, visit: PageContext, typed: str, password: str) -> SignInOutcome | None:
        attempt = Attempt(login=_login(visit, typed), password=password, source=visit.request.source, now=visit.now)
        return sign_in.authenticate(self.sign_ins, self.directory, attempt)

    def _show(
        self, visit: PageContext, *, username: str, message: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        redirect_uri, application = self._client(visit)
        passkey = self.passkeys.request(visit)
        return self.pages.render(
            "sign_in",
            status=status,
            is_scripted=bool(passkey),
            passkey=passkey,
            renew_seconds=RENEW_SECONDS,
            cookies=visit.cookies,
            redirect_uri=redirect_uri,
            visit=visit,
            organisation=visit.organisation,
            application=application,
            username=username,
            message=message,
            can_recover=self.sends_mail,
            can_sign_up=self.sends_mail and visit.organisation is not None and visit.organisation.self_sign_up,
        )

    def _client(self, visit: PageContext) -> tuple[str | None, str]:
        """Return where the sign-in leads in the end, and the name of the application.

        Raises:
            InvalidRequestError: The query carries a broken authorization request.
        """
        if not visit.parameters.get("client_id"):
            return None, ""
        organisation = visit.prefix.removeprefix("/t/") or None
        destination = authorization.find_destination(self.directory, organisation, visit.parameters, visit.now)
        client = destination.client
        if client.registration is not None:
            return destination.redirect_uri, registered_clients.title(client)
        application = self.apis.find_application(client.organisation, client.application_id)
        return destination.redirect_uri, application.name if application else client.client_id


def _login(visit: PageContext, typed: str) -> Login:
    """Return whose account is meant; where nothing says the organisation, the username has to."""
    if visit.organisation is not None:
        return sign_in.login(typed, visit.organisation.key)
    return usernames.parse(typed, "") or usernames.nobody(typed, "")
