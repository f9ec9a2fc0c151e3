"""Passkeys in the pages: what browsers are asked, and what their answers prove."""

from collections.abc import Mapping, Sequence

import msgspec

from gatehouse.domain.accounts import lockout, passkey_challenges, passkeys, second_factors
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.passkey_challenges import Challenge, Purpose
from gatehouse.domain.accounts.passkeys import Assertion, Passkey, RelyingParty
from gatehouse.domain.accounts.second_factors import SecondFactors, SecondFactorStore, Used
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.sealing import SealingKeyStore
from gatehouse.endpoints.signin.page_context import PageContext, PageDirectory
from gatehouse.endpoints.signin.steps import Proof

RENEW_SECONDS = passkey_challenges.CHALLENGE_SECONDS - 60
"""When a page that waits for a passkey gets a new challenge."""


class Passkeys(msgspec.Struct, frozen=True):
    """Asks browsers for passkeys, and checks their answers; without a public URL it asks nobody."""

    party: RelyingParty | None
    keys: SealingKeyStore
    directory: PageDirectory
    factors: SecondFactorStore

    def request(self, context: PageContext) -> str:
        """Return the options of a sign-in as JSON; empty if there can be none, so that the page does without."""
        challenge = self._challenge(context, "sign in")
        return passkeys.request_options(self.party, (), challenge) if self.party and challenge else ""

    def request_of(self, context: PageContext, known: Sequence[Passkey]) -> str:
        """Return the options of a second step with one of these passkeys; empty if none of them can be asked for."""
        asked = passkeys.of_party(self.party, known) if self.party else ()
        challenge = self._challenge(context, "second step") if asked else ""
        return passkeys.request_options(self.party, asked, challenge) if self.party and challenge else ""

    def creation(self, context: PageContext, user: User, organisation: Organisation, known: Sequence[Passkey]) -> str:
        """Return the options of a new passkey as JSON; empty if there can be none."""
        challenge = self._challenge(context, "enrol")
        if self.party is None or not challenge or len(known) >= passkeys.PASSKEYS_MAX:
            return ""
        return passkeys.creation_options(self.party, organisation.name, user, known, challenge)

    def open(self, context: PageContext, purpose: Purpose, form: Mapping[str, str]) -> Challenge | None:
        """Return the challenge that the browser answers, if it is one of ours for it."""
        presented = passkeys.presented_challenge(form.get("credential", ""))
        if self.party is None or presented is None:
            return None
        key = self.keys.find_sealing_key()
        return passkey_challenges.open_presented(key, purpose, context.form_token, presented, context.now)

    def _challenge(self, context: PageContext, purpose: Purpose) -> str:
        if self.party is None:
            return ""
        try:
            key = self.keys.find_sealing_key()
        except TemporarilyUnavailableError:
            return ""
        return passkey_challenges.create(key, purpose, context.form_token, context.now)

    def sign_in(self, context: PageContext, form: Mapping[str, str]) -> Proof | None:
        """Return who signed in by a passkey alone; None if anything is wrong, whatever it is.

        Raises:
            TooManyFailuresError: The source address failed too often.
        """
        proof = self._prove(context, form)
        if proof is None:
            self._count_failure(context)
        return proof

    def use(self, context: PageContext, user: User, found: SecondFactors, form: Mapping[str, str]) -> Used | None:
        """Return what a passkey uses as the second factor; None if anything is wrong."""
        challenge, assertion = self._read(context, "second step", form)
        if self.party is None or challenge is None or assertion is None:
            return None
        return second_factors.use_passkey(
            self.party, user, found, assertion, challenge, is_alone=False, now=context.now
        )

    def audit_entry(self, context: PageContext, user: User, used: Used) -> Entry | None:
        """Return the audit line of a counter that did not increase: a signal, no proof."""
        if not used.has_counter_regressed:
            return None
        detail = "a passkey's signature counter did not go on: there may be a copy of the authenticator"
        return context.entry(user, "factor.counted-back", detail)

    def _prove(self, context: PageContext, form: Mapping[str, str]) -> Proof | None:
        challenge, assertion = self._read(context, "sign in", form)
        if self.party is None or challenge is None or assertion is None:
            return None
        of_page = context.organisation.key if context.organisation else None
        owner = self.factors.find_passkey_owner(of_page, assertion.credential_id)
        if owner is None:
            return None
        user, organisation = self.directory.find_user(*owner), self.directory.find_organisation(owner[0])
        if user is None or organisation is None or not (user.is_active and organisation.is_active):
            return None
        found, _ = self.factors.find_factors(user.organisation, user.user_id)
        used = second_factors.use_passkey(self.party, user, found, assertion, challenge, is_alone=True, now=context.now)
        if used is None or not self.factors.use_passkey(user.organisation, used, self.audit_entry(context, user, used)):
            return None
        return Proof(user=user, organisation=organisation, methods=used.methods)

    def _read(
        self, context: PageContext, purpose: Purpose, form: Mapping[str, str]
    ) -> tuple[Challenge | None, Assertion | None]:
        return self.open(context, purpose, form), passkeys.parse_assertion(form.get("credential", ""))

    def _count_failure(self, context: PageContext) -> None:
        count = self.factors.count_source_failure(context.request.source, context.now)
        if count > lockout.SOURCE_FAILURES_MAX:
            raise lockout.too_many(f"source {context.request.source} failed {count} times", context.now)
