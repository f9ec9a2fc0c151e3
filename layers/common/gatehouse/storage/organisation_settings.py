"""Settings and logo of an organisation, as its administrators change them."""

from gatehouse.domain.accounts.logos import Logo
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, directory_reads
from gatehouse.storage.dynamodb import keys, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBSettings(DynamoDBStore):
    """Implements `SettingsStore`."""

    def find_organisation_now(self, organisation: str) -> Organisation | None:
        """See `OrganisationReader.find_organisation_now`."""
        return directory_reads.find_organisation(self._tables, organisation)

    def change_organisation(self, organisation: str, old: Organisation, new: Organisation, entry: Entry) -> bool:
        """See `SettingsStore.change_organisation`."""
        changed = plain_values.changed(old, new)
        key, as_read = keys.organisation(organisation), {"revision": old.revision}
        made = [transaction_items.change(self._tables, key, changed, as_read)] if changed else []
        return audit.write(self._tables, made, entry)

    def change_logo(self, organisation: str, logo: Logo | None, entry: Entry) -> bool:
        """See `SettingsStore.change_logo`."""
        key = keys.logo(organisation)
        made = (
            transaction_items.delete(self._tables, key)
            if logo is None
            else transaction_items.put(self._tables, key, plain_values.of(logo))
        )
        version = {"logo_version": "" if logo is None else logo.version}
        shown = transaction_items.change(self._tables, keys.organisation(organisation), version, {})
        return audit.write(self._tables, [made, shown], entry)
