"""A member's own second factors, identities, browsers, sign-ins and e-mail address, as the JSON API serves them.

The rules are those of the account pages. A token stands for the sign-in behind it: what it proved, and when. Linking an
identity takes a browser.
"""

import msgspec

from gatehouse.domain.accounts import (
    addresses,
    factors,
    identity_providers,
    jobs,
    lockout,
    passkeys,
    remembered_browsers,
    second_factors,
    sessions,
    users,
)
from gatehouse.domain.accounts.identity_providers import FederatedLink, FederatedLinkStore
from gatehouse.domain.accounts.jobs import REQUESTS_MAX, Job, JobStore, Notice
from gatehouse.domain.accounts.lockout import FailureStore
from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.accounts.remembered_browsers import RememberedBrowser, RememberedBrowserStore
from gatehouse.domain.accounts.second_factors import SecondFactors, SecondFactorStore
from gatehouse.domain.accounts.sign_in_history import SignInHistoryStore, SignInRecord
from gatehouse.domain.accounts.users import User, UserStore
from gatehouse.domain.kernel import names
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, FreshSignInNeededError, InvalidInputError, NotFoundError

_CHANGED = "Your account changed meanwhile. Sign in again."


class AccountSecurity(msgspec.Struct, frozen=True):
    """Shows and changes what the caller has."""

    users: UserStore
    organisations: OrganisationStore
    factors: SecondFactorStore
    links: FederatedLinkStore
    browsers: RememberedBrowserStore
    history: SignInHistoryStore
    jobs: JobStore
    failures: FailureStore
    sends_mail: bool

    def find(self, caller: Caller) -> SecondFactors:
        """Return what the caller has."""
        return self.factors.find_factors(caller.organisation, caller.user_id)[0]

    def find_browsers(self, caller: Caller) -> list[RememberedBrowser]:
        """Return the browsers that skip the second factor, the newest first."""
        user, organisation = self._find(caller)
        return remembered_browsers.find_alive(self.browsers, user, organisation, caller.now)

    def find_sign_ins(self, caller: Caller) -> tuple[SignInRecord, ...]:
        """Return the last sign-ins, the newest first."""
        return self.history.find_sign_ins(caller.organisation, caller.user_id)

    def rename_passkey(self, caller: Caller, passkey_id: str, name: str) -> Passkey:
        """Rename a passkey; sessions and tokens stay.

        Raises:
            InvalidInputError: The name is not allowed.
            NotFoundError: There is no such passkey.
            ConflictError: The factors changed meanwhile.
        """
        chosen = names.parse(name, passkeys.NAME_MAX_CHARACTERS)
        if chosen is None:
            raise InvalidInputError(passkeys.NAME_RULE, field="name")
        before = self.find(caller)
        passkey = _find_passkey(before, passkey_id)
        after = second_factors.rename_passkey(before, passkey, chosen)
        entry = caller.entry("factor.rename", caller.username, f"passkey {chosen}")
        if not self.factors.replace_factors(caller.organisation, caller.username, before, after, entry):
            raise ConflictError("Your sign-in methods changed meanwhile. Look at them again.")
        return _find_passkey(after, passkey_id)

    def remove_passkey(self, caller: Caller, passkey_id: str, issuer: str) -> None:
        """Remove a passkey; every session and every token of the caller ends.

        Raises:
            FreshSignInNeededError: The token's sign-in is too old, or without a second factor.
            NotFoundError: There is no such passkey.
            ConflictError: Something changed meanwhile.
        """
        user, before = self._begin(caller)
        passkey = _find_passkey(before, passkey_id)
        after = second_factors.without_passkey(before, passkey)
        self._store(caller, user, (before, after), issuer, "factors removed", f"passkey {passkey.name}")

    def remove_app(self, caller: Caller, issuer: str) -> None:
        """Remove the authenticator app; every session and every token of the caller ends.

        Raises:
            FreshSignInNeededError: The token's sign-in is too old, or without a second factor.
            NotFoundError: There is none.
            ConflictError: Something changed meanwhile.
        """
        user, before = self._begin(caller)
        if not before.app_secret:
            raise NotFoundError("You have no authenticator app.")
        after = second_factors.without_app(before)
        self._store(caller, user, (before, after), issuer, "factors removed", "authenticator app")

    def renew_recovery(self, caller: Caller, issuer: str) -> tuple[str, ...]:
        """Return ten new recovery codes, this once; older ones and every session and token of the caller end.

        Raises:
            FreshSignInNeededError: The token's sign-in is too old, or without a second factor.
            NotFoundError: The caller has no second factor that they would replace.
            ConflictError: Something changed meanwhile.
        """
        user, before = self._begin(caller)
        if not before.kinds:
            raise NotFoundError("You have no second factor. Set one up on the account page first.")
        after, codes = second_factors.renew_recovery(before)
        self._store(caller, user, (before, after), issuer, "recovery codes renewed", "")
        return codes

    def forget_browser(self, caller: Caller, browser_id: str) -> RememberedBrowser:
        """Ask a remembered browser for the second factor again, and return it.

        Raises:
            NotFoundError: There is no such browser.
        """
        found = next((one for one in self.find_browsers(caller) if one.browser_id == browser_id), None)
        if found is None:
            raise NotFoundError("There is no such browser.")
        entry = caller.entry("factor.forget-browser", caller.username, found.device)
        self.browsers.forget_browser(caller.organisation, found.digest, entry)
        return found

    def request_address(self, caller: Caller, address: str, issuer: str, source: str) -> None:
        """Mail a link to a new address; it is the caller's when the link is opened in a signed-in browser.

        Raises:
            FreshSignInNeededError: The token's sign-in is too old, or without a second factor.
            InvalidInputError: It is no address.
            TooManyFailuresError: The source address asked too often.
        """
        user, _ = self._find_fresh(caller)
        given = address.strip()
        if not addresses.is_address(given):
            raise InvalidInputError("Enter an e-mail address such as anna@example.com.", field="email")
        if not self.sends_mail:
            raise ConflictError("This deployment sends no mails. Ask your administrator.")
        if self.failures.count_source_failure(f"mail {source}", caller.now) > REQUESTS_MAX:
            raise lockout.too_many(f"mail {source} asked too often", caller.now)
        entry = caller.entry("member.request-email", caller.username, given)
        self.jobs.enqueue(caller.organisation, new_address(user, given, issuer, caller.at_ms), entry)

    def find_identities(self, caller: Caller) -> tuple[FederatedLink, ...]:
        """Return the identities that can sign in to the caller's account."""
        return self.links.find_links(caller.organisation, caller.user_id)

    def unlink_identity(self, caller: Caller, provider_id: str, issuer: str) -> None:
        """Unlink an identity; every session and every token of the caller ends, and a mail tells.

        Raises:
            FreshSignInNeededError: The token's sign-in is too old, or without a second factor.
            NotFoundError: No identity of the provider is linked.
            ConflictError: It is the only way to sign in, or something changed meanwhile.
        """
        user, organisation = self._find_fresh(caller)
        links = self.find_identities(caller)
        found = next((one for one in links if one.provider_id == provider_id), None)
        if found is None:
            raise NotFoundError("No identity of this provider is linked.")
        if not identity_providers.can_unlink(user, links, found, organisation):
            raise ConflictError("This is the only way to sign in. Set a password first.")
        ended = users.end_everything(user)
        entry = caller.entry("member.unlink-identity", user.username, provider_id)
        job = jobs.notice(ended, "identity unlinked", issuer, caller.at_ms)
        if self.links.remove_link(user.organisation, found, user, ended, entry, job) is None:
            raise ConflictError(_CHANGED)

    def _begin(self, caller: Caller) -> tuple[User, SecondFactors]:
        return self._find_fresh(caller)[0], self.find(caller)

    def _find_fresh(self, caller: Caller) -> tuple[User, Organisation]:
        user, organisation = self._find(caller)
        if not caller.audited_as:  # an operator has signed in to AWS instead
            require_fresh(caller, user, organisation)
        return user, organisation

    def _find(self, caller: Caller) -> tuple[User, Organisation]:
        user = self.users.find_user(caller.organisation, caller.username)
        organisation = self.organisations.find_organisation(caller.organisation)
        if user is None or user.user_id != caller.user_id or organisation is None:
            raise NotFoundError("Your account is gone.")
        return user, organisation

    def _store(
        self,
        caller: Caller,
        user: User,
        changed: tuple[SecondFactors, SecondFactors],
        issuer: str,
        notice: Notice,
        detail: str,
    ) -> None:
        new = second_factors.with_factors(user, changed[1])
        action = "factor.recovery-codes" if notice == "recovery codes renewed" else "factor.remove"
        entry = caller.entry(action, caller.username, detail)
        job = jobs.notice(new, notice, issuer, caller.at_ms)
        if self.factors.change_factors(user.organisation, (user, new), changed, entry, None, job) is None:
            raise ConflictError(_CHANGED)


def require_fresh(caller: Caller, user: User, organisation: Organisation, *, is_recent: bool = True) -> None:
    """Refuse a token that does not stand for a fresh sign-in with every factor that the caller has or needs.

    A browser that was remembered proved no second factor.

    Args:
        caller: Who calls, by a token.
        user: The caller's account.
        organisation: The account's.
        is_recent: Whether the sign-in has to be of the last minutes.

    Raises:
        FreshSignInNeededError: It does not.
    """
    methods = caller.methods - {factors.REMEMBERED}
    need = factors.missing(methods, user, organisation, None, caller.now)
    is_old = is_recent and caller.now - caller.authenticated_at > sessions.RECENT_SECONDS
    if need == "enrolment":
        raise FreshSignInNeededError("Set up a second factor on the account page first.")
    if need != "nothing" or is_old:
        raise FreshSignInNeededError(
            "Sign in again, with your second factor if you have one. The token's sign-in is at most ten minutes old.",
            max_age_seconds=sessions.RECENT_SECONDS,
            acr_values=(factors.MULTI_FACTOR_ACR,) if user.factors else (),
        )


def new_address(user: User, address: str, issuer: str, at_ms: int) -> Job:
    """Return the job that mails a link to an address that is to be the user's."""
    return Job(
        kind="email",
        organisation=user.organisation,
        created_at_ms=at_ms,
        issuer=issuer,
        login=user.username,
        generation=user.generation,
        address=address,
    )


def _find_passkey(found: SecondFactors, passkey_id: str) -> Passkey:
    passkey = next((one for one in found.passkeys if one.passkey_id == passkey_id), None)
    if passkey is None:
        raise NotFoundError("There is no such passkey.")
    return passkey
