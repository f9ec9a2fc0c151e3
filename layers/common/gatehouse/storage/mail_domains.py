"""Mail domains in `DirectoryTable`: an item with an organisation's claims, and one for each domain that is proven."""

from collections.abc import Mapping
from typing import Any

from gatehouse.domain.accounts.mail_domains import DomainClaim, MailDomains, ProvenDomain
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBMailDomains(DynamoDBStore):
    """Implements `MailDomainStore` and `ProvenDomainStore`."""

    def find_domains(self, organisation: str) -> MailDomains:
        """See `MailDomainStore.find_domains`."""
        values = self._tables.get(self._tables.directory, keys.mail_domains(organisation)) or {}
        claims: dict[str, Any] = values.get("claims", {})
        parsed = {domain: mappers.read(DomainClaim, one) for domain, one in claims.items()}
        return MailDomains(organisation=organisation, claims=parsed, revision=values.get("revision", 0))

    def find_proofs(self, organisation: str, domains: tuple[str, ...]) -> Mapping[str, ProvenDomain]:
        """See `MailDomainStore.find_proofs`; any organisation's are found, so that none is claimed twice."""
        del organisation
        found = self._tables.find_many(ProvenDomain, self._tables.directory, map(keys.mail_domain, domains))
        return {one.domain: one for one in found}

    def replace_domains(
        self, organisation: str, before: MailDomains, after: MailDomains, entry: Entry, proof: ProvenDomain | None
    ) -> bool:
        """See `MailDomainStore.replace_domains`."""
        values = {"claims": plain_values.of(after)["claims"], "revision": after.revision}
        as_read = {"revision": before.revision} if before.revision else None
        put = transaction_items.put_if(self._tables, keys.mail_domains(organisation), values, as_read)
        return audit.write(self._tables, [put, *([self._delete(proof)] if proof else [])], entry)

    def add_proof(
        self, organisation: str, domains: MailDomains, before: ProvenDomain | None, proof: ProvenDomain, entry: Entry
    ) -> bool:
        """See `MailDomainStore.add_proof`."""
        key, as_read = keys.mail_domain(proof.domain), _as_read(before) if before else None
        put = transaction_items.put_if(self._tables, key, plain_values.of(proof), as_read)
        claims = keys.mail_domains(organisation)
        check = transaction_items.check(self._tables, claims, {"revision": domains.revision})
        return audit.write(self._tables, [put, check], entry)

    def find_proof(self, domain: str) -> ProvenDomain | None:
        """See `ProvenDomainStore.find_proof`."""
        return self._tables.find(ProvenDomain, self._tables.directory, keys.mail_domain(domain))

    def confirm_proof(self, proof: ProvenDomain, checked_at: int) -> None:
        """See `ProvenDomainStore.confirm_proof`."""
        key, as_read = keys.mail_domain(proof.domain), _as_read(proof)
        self._tables.try_transact([transaction_items.change(self._tables, key, {"checked_at": checked_at}, as_read)])

    def forget_proof(self, proof: ProvenDomain) -> None:
        """See `ProvenDomainStore.forget_proof`."""
        self._tables.try_transact([self._delete(proof)])

    def _delete(self, proof: ProvenDomain) -> transaction_items.Action:
        return transaction_items.delete_if(self._tables, keys.mail_domain(proof.domain), _as_read(proof))


def _as_read(proof: ProvenDomain) -> dict[str, Any]:
    return {"organisation": proof.organisation, "token": proof.token}
