"""Changing accounts: new users, and what ends everything that was issued for one."""

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.links import Use
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, directory_reads, jobs, links, users
from gatehouse.storage.directory_writer import AlreadyExistsError, DirectoryWriter
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables, require_own


class DynamoDBAccounts(DynamoDBStore):
    """Implements `AccountStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        super().__init__(tables)
        self._writer = DirectoryWriter(tables)

    def find_user(self, organisation: str, username: str) -> User | None:
        """See `UserStore.find_user`."""
        return directory_reads.find_user(self._tables, organisation, username)

    def change_user(
        self,
        organisation: str,
        old: User,
        new: User,
        entry: Entry,
        used: Use | None = None,
        job: Job | None = None,
    ) -> User | None:
        """See `AccountStore.change_user`."""
        require_own(organisation, "a part", old.organisation, new.organisation, entry.organisation)
        made, stored = users.change(self._tables, old, new)
        made += [*links.use(self._tables, used), *jobs.enqueue(self._tables, organisation, job)]
        return stored if audit.write(self._tables, made, entry) else None

    def create_user(
        self, organisation: str, user: User, entry: Entry, used: Use | None = None, job: Job | None = None
    ) -> bool:
        """See `AccountStore.create_user`."""
        if {user.organisation, entry.organisation} != {organisation}:
            return False
        try:
            left = jobs.enqueue(self._tables, organisation, job)
            self._writer.add_user(user, [*links.use(self._tables, used), *left, audit.action(self._tables, entry)])
        except AlreadyExistsError:
            return False
        return True
