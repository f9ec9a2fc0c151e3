"""The sign-in page."""

import msgspec

from gatehouse.domain.accounts import factors, sign_in, usernames
from gatehouse.domain.accounts.sign_in import SignInStore
from gatehouse.domain.accounts.usernames import Login
from gatehouse.domain.apis.apis import ApiStore
from gatehouse.domain.kernel.errors import InvalidGrantError
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.signin import client_texts, pages, sign_up
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.passkeys import RENEW_SECONDS, Passkeys
from gatehouse.endpoints.signin.steps import Proof, Steps

_WRONG_PASSKEY = "This passkey is not known here, or the page has expired. Try again, or use your password."
_WRONG = "The username or the password is wrong, or the account is locked for a while or awaits approval."


class SignInEndpoint(msgspec.Struct, frozen=True):
    """Asks for username and password."""

    apis: ApiStore
    contexts: PageContexts
    sign_ins: SignInStore
    steps: Steps
    passkeys: Passkeys
    pages: SignInPages
    sends_mail: bool

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the form."""
        context = self.contexts.begin(request, organisation)
        return self._show(context, username=context.login_hint)

    def post(self, request: Request, organisation: str | None) -> Response:
        """Check the password by the rules of the password grant; one answer for everything that is wrong.

        Raises:
            InvalidRequestError: Another site sent the form.
            TooManyFailuresError: The source address failed too often.
        """
        context, form = self.contexts.receive(request, organisation)
        typed = form.get("username", "")
        attempt = context.attempt(_login(context, typed), form.get("password", ""))
        signed_in = sign_in.authenticate(self.sign_ins, self.contexts.directory, attempt)
        if signed_in is None:
            error = InvalidGrantError("user authentication failed")
            raise RefusalError(error, self._show(context, username=typed, problem=_WRONG))
        proof = Proof(
            user=signed_in.user,
            organisation=signed_in.organisation,
            methods=factors.PASSWORD_ALONE,
            browser=signed_in.browser,
        )
        return self.steps.proceed(context, proof)

    def post_passkey(self, request: Request, organisation: str | None) -> Response:
        """Check a passkey, which says itself whose it is; one answer for everything that is wrong.

        Raises:
            StalePageError: Another site sent the form.
            TooManyFailuresError: The source address failed too often.
        """
        context, form = self.contexts.receive(request, organisation)
        proof = self.passkeys.sign_in(context, form)
        if proof is None:
            error = InvalidGrantError("passkey authentication failed")
            raise RefusalError(error, self._show(context, username="", problem=_WRONG_PASSKEY))
        return self.steps.proceed(context, proof)

    def post_sign_out(self, request: Request, organisation: str | None) -> Response:
        """End the session and ask who signs in instead; or offer to sign out at an identity provider, too."""
        context, _ = self.contexts.receive(request, organisation)
        cookies = () if context.organisation is None else (self.contexts.sign_out(context, context.organisation.key),)
        has_providers = context.organisation is not None and any(context.organisation.identity_providers.values())
        return pages.redirect(
            context.path("/logout" if has_providers and not context.parameters else "/signin"), cookies
        )

    def _show(self, context: PageContext, *, username: str, problem: str = "") -> Response:
        destination = self.contexts.find_destination(context)
        passkey = self.passkeys.request(context)
        return self.pages.show(
            context,
            "sign_in",
            is_scripted=bool(passkey),
            passkey=passkey,
            renew_seconds=RENEW_SECONDS,
            redirect_uri=destination.redirect_uri if destination else None,
            application=client_texts.name(self.apis, destination.client) if destination else "",
            username=username,
            problem=problem,
            can_recover=self.sends_mail,
            can_sign_up=sign_up.is_open(context.organisation, sends_mail=self.sends_mail),
        )


def _login(context: PageContext, typed: str) -> Login:
    """Return whose account is meant; where nothing says the organisation, the username has to."""
    if context.organisation is not None:
        return sign_in.login(typed, context.organisation.key)
    return usernames.parse(typed, "") or usernames.nobody(typed, "")
