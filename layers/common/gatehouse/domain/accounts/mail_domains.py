"""Mail domains of organisations: an address leads to its organisation's identity provider, once DNS proves the domain.

A claim alone does nothing. What proves it is a TXT record with a random token of the claim. A domain that one
organisation has proven cannot be claimed by another.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Protocol

import msgspec

from gatehouse.domain.accounts.dns_records import TextRecords
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.fetching import FetchError

CLAIMS_MAX = 20
LABEL = "_gatehouse"

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_DOMAIN_MAX_CHARACTERS = 240
_DAY_SECONDS = 24 * 60 * 60
_RECHECK_SECONDS = 7 * _DAY_SECONDS
_TRUSTED_SECONDS = 30 * _DAY_SECONDS


class DomainClaim(msgspec.Struct, frozen=True, kw_only=True):
    """That an organisation says that a domain is its own.

    Attributes:
        provider_id: Where people with an address of the domain sign in.
        token: What the TXT record has to hold; random, no secret.
        claimed_at: NumericDate.
    """

    domain: str
    provider_id: str
    token: str
    claimed_at: int

    @property
    def record_name(self) -> str:
        """Where the TXT record is looked for."""
        return f"{LABEL}.{self.domain}"

    @property
    def record(self) -> str:
        """What it has to say."""
        return record(self.token)


class MailDomains(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an organisation, by domain. A change states the revision that it read."""

    organisation: str
    claims: Mapping[str, DomainClaim] = msgspec.field(default_factory=dict[str, DomainClaim])
    revision: int = 0


class ProvenDomain(msgspec.Struct, frozen=True, kw_only=True):
    """That a domain is proven to be an organisation's.

    Attributes:
        token: Of the claim that was proven.
        checked_at: NumericDate of the last time that the record was seen.
    """

    organisation: str
    domain: str
    provider_id: str
    token: str
    checked_at: int


class MailDomainStore(Protocol):
    """Where claims are kept; every change and its audit entry are one transaction."""

    def find_domains(self, organisation: str) -> MailDomains:
        """Return the organisation's claims, read strongly."""
        ...

    def find_proofs(self, organisation: str, domains: tuple[str, ...]) -> Mapping[str, ProvenDomain]:
        """Return what is proven of these domains, by whichever organisation."""
        ...

    def replace_domains(
        self, organisation: str, before: MailDomains, after: MailDomains, entry: Entry, proof: ProvenDomain | None
    ) -> bool:
        """Store changed claims, and delete the proof of the one that goes; False if something changed meanwhile."""
        ...

    def add_proof(
        self, organisation: str, domains: MailDomains, before: ProvenDomain | None, proof: ProvenDomain, entry: Entry
    ) -> bool:
        """Store that a claim is proven; False if the claims or the proof changed since they were read."""
        ...


class ProvenDomainStore(Protocol):
    """Where a domain leads to its organisation."""

    def find_proof(self, domain: str) -> ProvenDomain | None:
        """Return what is proven of a domain, read strongly."""
        ...

    def confirm_proof(self, proof: ProvenDomain, checked_at: int) -> None:
        """Store that the record was seen again, unless another proof stands now."""
        ...

    def forget_proof(self, proof: ProvenDomain) -> None:
        """Delete the proof, unless another one stands now."""
        ...


class DomainDiscovery(msgspec.Struct, frozen=True):
    """Finds the organisation of a mail address; a proof is checked again each week."""

    store: ProvenDomainStore
    records: TextRecords

    def find(self, address: str, source: str, now: int) -> ProvenDomain | None:
        """Return what is proven of an address's domain; None if nothing is, or not any more.

        If nobody can say whether the record is still there, it counts for a month.
        """
        domain = parse(address.rpartition("@")[2])
        proof = None if domain is None else self.store.find_proof(domain)
        if proof is None or now < proof.checked_at + _RECHECK_SECONDS:
            return proof
        try:
            found = self.records.find(proof.organisation, f"{LABEL}.{proof.domain}", source, now)
        except FetchError:
            return proof if now < proof.checked_at + _TRUSTED_SECONDS else None
        if record(proof.token) in found:
            self.store.confirm_proof(proof, now)
            return proof
        self.store.forget_proof(proof)
        return None


def parse(text: str) -> str | None:
    """Return a domain in its one spelling, lower-case ASCII; None if it cannot be one of mails."""
    domain = text.strip().lower()
    return domain if len(domain) <= _DOMAIN_MAX_CHARACTERS and _DOMAIN.fullmatch(domain) else None


def claim(domain: str, provider_id: str, now: int) -> DomainClaim:
    """Return a new claim."""
    return DomainClaim(domain=domain, provider_id=provider_id, token=secrets.token_hex(16), claimed_at=now)


def record(token: str) -> str:
    """Return what the TXT record of a claim has to say."""
    return f"gatehouse-domain-verification={token}"
