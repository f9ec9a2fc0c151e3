"""New organisations in `DirectoryTable`."""

from gatehouse.domain.audit import Entry
from gatehouse.domain.links import Use
from gatehouse.domain.organisations import Organisation
from gatehouse.domain.users import User
from gatehouse.storage import actions, audit, keys, links, records
from gatehouse.storage.tables import Tables


class Foundings:
    """Implements `FoundingStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def is_taken(self, organisation: str) -> bool:
        """See `FoundingStore.is_taken`."""
        return self._tables.get(self._tables.directory, keys.organisation(organisation)) is not None

    def find_founder(self, organisation: str, username: str) -> User | None:
        """See `FoundingStore.find_founder`."""
        values = self._tables.get(self._tables.directory, keys.user(organisation, username))
        return None if values is None else records.parse_user(values)

    def found(self, organisation: str, founded: Organisation, founder: User, entry: Entry, used: Use) -> bool:
        """See `FoundingStore.found`."""
        if {founded.key, founder.organisation, entry.organisation} != {organisation}:
            raise ValueError("parts of different organisations")
        listed = {"collection": keys.collection("ORGANISATIONS"), "position": organisation}
        member = {"collection": keys.collection("USERS", organisation), "position": founder.username}
        pointer = {"organisation": organisation, "username": founder.username}
        made = (
            (keys.organisation(organisation), {**records.values(founded), **listed}),
            (keys.user(organisation, founder.username), {**records.values(founder), **member}),
            (keys.username(organisation, founder.user_id), pointer),
        )
        counted = actions.put(self._tables, keys.counter(member["collection"]), {"total": 1})
        puts = [actions.put(self._tables, key, values, must_be_new=True) for key, values in made]
        return self._tables.try_transact(
            [*puts, counted, *links.use(self._tables, used), audit.action(self._tables, entry)]
        )
