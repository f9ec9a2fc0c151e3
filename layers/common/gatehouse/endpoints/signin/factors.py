"""The account page of second factors: what the user has, and taking it away."""

import msgspec

from gatehouse.domain.accounts import passkeys, remembered_browsers, second_factors
from gatehouse.domain.accounts.jobs import Notice
from gatehouse.domain.accounts.remembered_browsers import RememberedBrowser, RememberedBrowserStore
from gatehouse.domain.accounts.second_factors import SecondFactors, SecondFactorStore
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import names
from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts, SignedInUser
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.steps import Steps

_PATH = "/account/factors"


class FactorsEndpoint(msgspec.Struct, frozen=True):
    """Shows and removes second factors; a change needs a fresh sign-in with them, and is told by mail."""

    contexts: PageContexts
    steps: Steps
    factors: SecondFactorStore
    browsers: RememberedBrowserStore
    pages: SignInPages
    sends_mail: bool

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show them."""
        context = self.contexts.begin(request, organisation, {})
        person = self.steps.require_fresh(context, "factors")
        found, _ = self.factors.find_factors(person.user.organisation, person.user.user_id)
        return self.pages.show(
            context,
            "factors",
            user=person.user,
            found=found,
            browsers=self._find_browsers(context, person),
            sends_mail=self.sends_mail,
        )

    def post_remove(self, request: Request, organisation: str | None) -> Response:
        """Remove the authenticator app or a passkey; every other session and every token of the user is revoked.

        Raises:
            StalePageError: Another site sent the form.
        """
        context, form = self.contexts.receive(request, organisation, {})
        person = self.steps.require_fresh(context, "factors")
        before, _ = self.factors.find_factors(person.user.organisation, person.user.user_id)
        removed = next((one for one in before.passkeys if one.passkey_id == form.get("passkey")), None)
        if removed is None and ("passkey" in form or not before.app_secret):
            return pages.redirect(context.path(_PATH))
        after = second_factors.without_passkey(before, removed) if removed else second_factors.without_app(before)
        name = f"passkey {removed.name}" if removed else "authenticator app"
        _, given = self._store(context, person, (before, after), "factor.remove", "factors removed", name)
        return pages.redirect(context.path(_PATH), given)

    def post_rename(self, request: Request, organisation: str | None) -> Response:
        """Rename a passkey; sessions and tokens stay.

        Raises:
            StalePageError: Another site sent the form.
            InvalidRequestError: The name is not allowed.
        """
        context, form = self.contexts.receive(request, organisation, {})
        person = self.steps.require_fresh(context, "factors")
        name = names.parse(form.get("name", ""), passkeys.NAME_MAX_CHARACTERS)
        if name is None:
            raise InvalidRequestError("name of a passkey", description=passkeys.NAME_RULE)
        user = person.user
        before, _ = self.factors.find_factors(user.organisation, user.user_id)
        renamed = next((one for one in before.passkeys if one.passkey_id == form.get("passkey")), None)
        if renamed is not None and renamed.name != name:
            after = second_factors.rename_passkey(before, renamed, name)
            entry = context.entry(user, "factor.rename", f"passkey {name}")
            self.factors.replace_factors(user.organisation, user.username, before, after, entry)
        return pages.redirect(context.path(_PATH))

    def post_forget(self, request: Request, organisation: str | None) -> Response:
        """Forget a browser that skips the second factor.

        Raises:
            StalePageError: Another site sent the form.
        """
        context, form = self.contexts.receive(request, organisation, {})
        person = self.steps.require_fresh(context, "factors")
        for one in self._find_browsers(context, person):
            if one.browser_id == form.get("browser"):
                entry = context.entry(person.user, "factor.forget-browser", one.device)
                self.browsers.forget_browser(person.user.organisation, one.digest, entry)
        return pages.redirect(context.path(_PATH))

    def _find_browsers(self, context: PageContext, person: SignedInUser) -> list[RememberedBrowser]:
        """Return the browsers that skip the user's second factor, the newest first."""
        return remembered_browsers.find_alive(self.browsers, person.user, person.organisation, context.now)

    def post_recovery(self, request: Request, organisation: str | None) -> Response:
        """Replace the recovery codes, and show the new ones once.

        Raises:
            StalePageError: Another site sent the form.
        """
        context, _ = self.contexts.receive(request, organisation, {})
        person = self.steps.require_fresh(context, "factors")
        before, _ = self.factors.find_factors(person.user.organisation, person.user.user_id)
        if not before.kinds:
            return pages.redirect(context.path(_PATH))
        after, codes = second_factors.renew_recovery(before)
        stored, given = self._store(
            context, person, (before, after), "factor.recovery-codes", "recovery codes renewed", ""
        )
        if stored is None:
            return pages.redirect(context.path(_PATH))
        return self.pages.show(context, "recovery_codes", cookies=given, codes=codes, path=context.path(_PATH))

    def _store(
        self,
        context: PageContext,
        person: SignedInUser,
        changed: tuple[SecondFactors, SecondFactors],
        action: str,
        notice: Notice,
        detail: str,
    ) -> tuple[User | None, tuple[str, ...]]:
        """Store changed factors, and start a new session: the change ended the old one.

        Returns:
            The user as stored, and the cookies of the session and of a browser that was known; None and none if
            something else changed meanwhile.
        """
        user = person.user
        new = second_factors.with_factors(user, changed[1])
        entry, job = context.entry(user, action, detail), context.notice(new, notice)
        stored = self.factors.change_factors(user.organisation, (user, new), changed, entry, None, job)
        if stored is None:
            return None, ()
        return stored, self.steps.renew(context, person, stored)
