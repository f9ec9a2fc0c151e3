"""What administrators do with mail domains: claim them, have the proof looked for, give them up."""

from collections.abc import Mapping

import msgspec

from gatehouse.domain.accounts import mail_domains
from gatehouse.domain.accounts.dns_records import TextRecords
from gatehouse.domain.accounts.identity_providers import IdentityProviderStore
from gatehouse.domain.accounts.mail_domains import (
    CLAIMS_MAX,
    DomainClaim,
    MailDomains,
    MailDomainStore,
    ProvenDomain,
)
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.fetching import FAULTS, FetchError
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotFoundError

_CHANGED = "The mail domains changed meanwhile. Reload the page."
_TAKEN = "Another organisation has proven this domain. Ask the operator of the service."


class MailDomainAdministration(msgspec.Struct, frozen=True):
    """Claims, checks and removes mail domains."""

    store: MailDomainStore
    providers: IdentityProviderStore
    records: TextRecords

    def find_all(self, caller: Caller) -> tuple[tuple[DomainClaim, bool], ...]:
        """Return the claims of the caller's organisation, by domain, each with whether it is proven."""
        found = self.store.find_domains(caller.organisation)
        listed = [found.claims[domain] for domain in sorted(found.claims)]
        proofs = self.store.find_proofs(caller.organisation, tuple(one.domain for one in listed))
        return tuple((one, _is_proven(one, caller.organisation, proofs)) for one in listed)

    def claim(self, caller: Caller, domain: str, provider_id: str) -> DomainClaim:
        """Claim a domain; that does nothing before it is proven.

        Raises:
            InvalidInputError: It is no domain, or there is no such provider.
            ConflictError: It is claimed already, another organisation has proven it, or there are too many.
        """
        name = mail_domains.parse(domain)
        if name is None:
            raise InvalidInputError("Enter a domain of mail addresses, such as example.com.", field="domain")
        if self.providers.find_provider(caller.organisation, provider_id) is None:
            raise InvalidInputError("There is no such identity provider.", field="providerId")
        before = self.store.find_domains(caller.organisation)
        if name in before.claims:
            raise ConflictError("Your organisation claims this domain already.")
        if len(before.claims) >= CLAIMS_MAX:
            raise ConflictError(f"An organisation claims at most {CLAIMS_MAX} domains.")
        proof = self.store.find_proofs(caller.organisation, (name,)).get(name)
        if proof is not None and proof.organisation != caller.organisation:
            raise ConflictError(_TAKEN)
        made = mail_domains.claim(name, provider_id, caller.now)
        after = _with(before, {**before.claims, name: made})
        entry = caller.entry("provider.claim-domain", name, provider_id)
        if not self.store.replace_domains(caller.organisation, before, after, entry, None):
            raise ConflictError(_CHANGED)
        return made

    def check(self, caller: Caller, domain: str, source: str) -> DomainClaim:
        """Look for the record that proves a claim; from then on, addresses of the domain lead here.

        Raises:
            InvalidInputError: The record is not there.
            NotFoundError: The domain is not claimed.
            ConflictError: Another organisation proved it first, or something changed meanwhile.
            TemporarilyUnavailableError: The resolver cannot be asked now.
        """
        found = self.store.find_domains(caller.organisation)
        claim = _find(found, domain)
        try:
            texts = self.records.find(caller.organisation, claim.record_name, source, caller.now)
        except FetchError as error:
            if error.is_temporary:
                raise TemporarilyUnavailableError(str(error)) from error
            raise InvalidInputError(f"DNS cannot be asked: {FAULTS[error.fault]}.", field="domain") from error
        if claim.record not in texts:
            raise InvalidInputError(
                f"There is no TXT record {claim.record_name} with the text {claim.record}. A new record takes minutes"
                " to hours to be seen.",
                field="domain",
            )
        before = self.store.find_proofs(caller.organisation, (claim.domain,)).get(claim.domain)
        if before is not None and before.organisation != caller.organisation:
            raise ConflictError(_TAKEN)
        proof = ProvenDomain(
            organisation=caller.organisation,
            domain=claim.domain,
            provider_id=claim.provider_id,
            token=claim.token,
            checked_at=caller.now,
        )
        entry = caller.entry("provider.prove-domain", claim.domain, claim.provider_id)
        if not self.store.add_proof(caller.organisation, found, before, proof, entry):
            raise ConflictError(_CHANGED)
        return claim

    def remove(self, caller: Caller, domain: str) -> None:
        """Give a domain up; its proof goes with it.

        Raises:
            NotFoundError: The domain is not claimed.
            ConflictError: Something changed meanwhile.
        """
        before = self.store.find_domains(caller.organisation)
        claim = _find(before, domain)
        proof = self.store.find_proofs(caller.organisation, (claim.domain,)).get(claim.domain)
        own = proof if proof is not None and proof.organisation == caller.organisation else None
        after = _with(before, {name: one for name, one in before.claims.items() if name != claim.domain})
        entry = caller.entry("provider.remove-domain", claim.domain, claim.provider_id)
        if not self.store.replace_domains(caller.organisation, before, after, entry, own):
            raise ConflictError(_CHANGED)


def _with(found: MailDomains, claims: Mapping[str, DomainClaim]) -> MailDomains:
    return MailDomains(organisation=found.organisation, claims=claims, revision=found.revision + 1)


def _find(found: MailDomains, domain: str) -> DomainClaim:
    claim = found.claims.get(domain.strip().lower())
    if claim is None:
        raise NotFoundError("Your organisation does not claim this domain.")
    return claim


def _is_proven(claim: DomainClaim, organisation: str, proofs: Mapping[str, ProvenDomain]) -> bool:
    proof = proofs.get(claim.domain)
    return proof is not None and (proof.organisation, proof.token) == (organisation, claim.token)
