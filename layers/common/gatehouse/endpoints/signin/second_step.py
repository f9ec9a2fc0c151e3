"""The page between a password and a session: a code of the authenticator app, or a recovery code."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

import msgspec

from gatehouse.domain.accounts import factors, lockout, second_factors, sign_in_history
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.remembered_browsers import RememberedBrowser
from gatehouse.domain.accounts.second_factors import SecondFactors, SecondFactorStore, Used
from gatehouse.domain.accounts.sign_in import SignInStore
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import InvalidGrantError
from gatehouse.domain.kernel.sealing import SealingKeyStore
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.signin import pages, steps
from gatehouse.endpoints.signin.best_effort import best_effort
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.passkeys import RENEW_SECONDS, Passkeys
from gatehouse.endpoints.signin.steps import Steps, Waiting

_ATTEMPTS = 3
_WRONG = "This code is wrong, or was used already. Wait for the next code and try again."
_LOCKED = "Too many wrong codes. Wait, and try again later; a passkey still works."
_WRONG_PASSKEY = "This passkey was not accepted. Try again, or use a code."
_OVER = "Too many wrong codes. Sign in again."


class SecondStepEndpoint(msgspec.Struct, frozen=True):
    """Asks for the second factor, and starts the session."""

    contexts: PageContexts
    steps: Steps
    factors: SecondFactorStore
    passwords: SignInStore
    keys: SealingKeyStore
    passkeys: Passkeys
    pages: SignInPages

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the form, or the way to a second factor where the user has none yet."""
        context = self.contexts.begin(request, organisation)
        waiting = self.steps.find(context)
        if waiting is None:
            return pages.redirect(context.path("/signin"))
        if not waiting.user.factors and context.parameters.get("page") == "enrol":
            return pages.redirect(steps.onward(context, waiting.organisation.key))
        return self._show(context, waiting)

    def get_reminder(self, request: Request, organisation: str | None) -> Response:
        """Say from when on a second factor is demanded, while there is time to set one up."""
        context = self.contexts.begin(request, organisation)
        person = self.contexts.require_person(context)
        return self.pages.show(
            context,
            "reminder",
            user=person.user,
            from_=person.organisation.second_factor_from,
            path=steps.onward(context, person.organisation.key),
        )

    def post(self, request: Request, organisation: str | None) -> Response:
        """Check the code; its use, the session and the end of the half-finished sign-in are one transaction.

        Raises:
            StalePageError: Another site sent the form.
        """
        context, form = self.contexts.receive(request, organisation)
        waiting = self.steps.find(context)
        if waiting is None or not waiting.user.factors:
            return pages.redirect(context.path("/signin"))
        if not self.steps.count_try(waiting):
            return self._over(context, waiting)

        is_passkey = "credential" in form

        def use(found: SecondFactors) -> Used | None:
            if is_passkey:
                return self.passkeys.use(context, waiting.user, found, form)
            return second_factors.use_code(self.keys, waiting.user, found, form.get("factor_code", ""), context.now)

        return self._complete(context, waiting, use, is_guessable=not is_passkey, is_remembered="remember" in form)

    def _complete(
        self,
        context: PageContext,
        waiting: Waiting,
        use: Callable[[SecondFactors], Used | None],
        *,
        is_guessable: bool,
        is_remembered: bool,
    ) -> Response:
        """Use a factor. Wrong codes lock codes; a passkey cannot be guessed, so it works in spite of them."""
        user, browser = waiting.user, self.steps.find_browser(context, waiting.user)
        for _ in range(_ATTEMPTS):  # another sign-in of the same user may use a factor meanwhile
            found, wrong = self.factors.find_factors(user.organisation, user.user_id)
            if is_guessable and lockout.is_locked(wrong, context.now):
                return self._refuse(context, waiting, _LOCKED, is_remembered=is_remembered)
            used = use(found)
            if used is None:
                if is_guessable:
                    told = context.notice(user, "codes locked")
                    second_factors.record_wrong_code(self.factors, user, wrong, context.now, told)
                self.factors.count_source_failure(context.request.source, context.now)
                problem = _WRONG if is_guessable else _WRONG_PASSKEY
                return self._refuse(context, waiting, problem, is_remembered=is_remembered)
            replace = partial(self.factors.replace_failures, user.organisation, user.user_id)
            if is_guessable and not lockout.admit(replace, wrong, context.now, forgives=True):
                return self._refuse(context, waiting, _LOCKED, is_remembered=is_remembered)
            session, cookies = self.steps.prepare(context, waiting, used.methods | {factors.MULTI_FACTOR})
            entry, job = self._tell(context, waiting, used)
            record = sign_in_history.record(session, context.now)
            if self.factors.complete(user.organisation, waiting.pending, session, record, used, job, entry):
                with best_effort("forgive wrong passwords"):
                    self._forgive(context, user, browser)
                skips = is_remembered and not used.is_recovery
                cookies += self.steps.remember(context, user, waiting.organisation, browser, skips_second_factor=skips)
                return pages.redirect(steps.onward(context, user.organisation), cookies)
        return pages.redirect(context.path("/signin"), self.steps.give_up(waiting))

    def _forgive(self, context: PageContext, user: User, browser: RememberedBrowser | None) -> None:
        """Forget wrong passwords where they were counted: the whole sign-in is done.

        While the browser is locked, they were counted for the account.
        """
        counts = [partial(self.passwords.replace_failures, user.organisation, user.username)]
        if browser is not None:
            counts.insert(0, partial(self.passwords.replace_browser_failures, user.organisation, browser.digest))
        for replace in counts:
            if lockout.admit(replace, lockout.NONE, context.now, forgives=True):
                return

    def _tell(self, context: PageContext, waiting: Waiting, used: Used) -> tuple[Entry | None, Job | None]:
        """Return the audit line and the mail about a recovery code; nothing is told of an app's code."""
        user = waiting.user
        if not used.is_recovery:
            return self.passkeys.audit_entry(context, user, used), None
        entry = context.entry(user, "factor.recover", f"{len(used.after.recovery)} recovery codes left")
        return entry, context.notice(user, "recovery code used")

    def _refuse(self, context: PageContext, waiting: Waiting, problem: str, *, is_remembered: bool) -> Response:
        page = self._show(context, waiting, problem, is_remembered=is_remembered)
        raise RefusalError(InvalidGrantError("second factor failed"), page)

    def _over(self, context: PageContext, waiting: Waiting) -> Response:
        cookies = self.steps.give_up(waiting)
        page = self.pages.show(
            context, "done", status=HTTPStatus.BAD_REQUEST, cookies=cookies, message=_OVER, path=context.path("/signin")
        )
        raise RefusalError(InvalidGrantError("too many tries of a second factor"), page)

    def _show(
        self, context: PageContext, waiting: Waiting, problem: str = "", *, is_remembered: bool = False
    ) -> Response:
        user = waiting.user
        has_passkey = "passkey" in user.factors
        known = self.factors.find_factors(user.organisation, user.user_id)[0].passkeys if has_passkey else ()
        passkey = self.passkeys.request_of(context, known)
        destination = self.contexts.find_destination(context)
        return self.pages.show(
            context,
            "second_step" if user.factors else "enrolment_needed",
            redirect_uri=destination.redirect_uri if destination else None,  # where the user has consented already
            is_scripted=bool(passkey),
            passkey=passkey,
            renew_seconds=RENEW_SECONDS,
            user=waiting.user,
            problem=problem,
            is_remembered=is_remembered,
        )
