"""New organisations in `DirectoryTable`."""

from gatehouse.domain.accounts.links import Use
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, links, users
from gatehouse.storage.dynamodb import keys, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore, require_own


class DynamoDBOrganisationSignups(DynamoDBStore):
    """Implements `OrganisationSignupStore`."""

    def is_taken(self, organisation: str) -> bool:
        """See `OrganisationSignupStore.is_taken`."""
        return self._tables.get(self._tables.directory, keys.organisation(organisation)) is not None

    def create_organisation(
        self, organisation: str, made: Organisation, founder: User, entry: Entry, used: Use
    ) -> bool:
        """See `OrganisationSignupStore.create_organisation`."""
        require_own(organisation, "a part", made.key, founder.organisation, entry.organisation)
        listed = {"collection": keys.collection("ORGANISATIONS"), "position": organisation}
        key = keys.organisation(organisation)
        actions = [
            transaction_items.put(self._tables, key, {**plain_values.of(made), **listed}, must_be_new=True),
            *users.create(self._tables, founder),
            transaction_items.put(self._tables, keys.counter(keys.collection("USERS", organisation)), {"total": 1}),
            *links.use(self._tables, used),
            audit.action(self._tables, entry),
        ]
        return self._tables.try_transact(actions)
