"""Members as administrators change them: each change with its audit entry in one transaction."""

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import builtin, plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.storage import audit, directory_reads, jobs, second_factors, users
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBMembers(ListingStore):
    """Implements `MemberStore`."""

    def __init__(self, tables: Tables, *, sends_mail: bool = True, is_operator: bool = False) -> None:
        """Use these tables; operators are no members, so their changes do not depend on a role."""
        super().__init__(tables)
        self.sends_mail = sends_mail
        self._is_operator = is_operator

    def find_member(self, organisation: str, username: str) -> User | None:
        """See `MemberStore.find_member`."""
        return directory_reads.find_user(self._tables, organisation, username)

    def find_members(self, organisation: str, window: Window, prefix: str = "") -> Page[User]:
        """See `MemberStore.find_members`."""
        page = self._listings.page(
            keys.collection("USERS", organisation),
            window,
            prefix=prefix,
            is_counted=not prefix,
        )
        return page.map(mappers.reader(User))

    def count_waiting(self, organisation: str) -> int:
        """See `MemberStore.count_waiting`."""
        names = ("WAITING_MEMBERS", "WAITING_SUBSCRIPTIONS")
        return self._listings.sum([keys.collection(name, organisation) for name in names])

    def find_waiting_members(self, organisation: str, window: Window) -> Page[User]:
        """See `MemberStore.find_waiting_members`; one batched read more, for who they are."""
        page = self._listings.page(
            keys.collection("WAITING_MEMBERS", organisation),
            window,
        )
        wanted = [keys.user(organisation, one["position"]) for one in page.items]
        found = self._tables.find_many(User, self._tables.directory, wanted)
        return page.holding(one for one in found if one.awaits_approval)

    def add_member(self, organisation: str, user: User, entry: Entry, job: Job | None) -> bool:
        """See `MemberStore.add_member`."""
        counted = self._listings.counting(keys.collection("USERS", organisation), 1)
        left = jobs.enqueue(self._tables, organisation, job)
        return audit.write(self._tables, [*users.create(self._tables, user), counted, *left], entry)

    def change_member(
        self, organisation: str, old: User, new: User, entry: Entry, job: Job | None = None
    ) -> User | None:
        """See `MemberStore.change_member`."""
        more = jobs.enqueue(self._tables, organisation, job)
        return self._change_member(old, new, entry, more)

    def reset_factors(self, organisation: str, old: User, new: User, entry: Entry, job: Job) -> User | None:
        """See `MemberStore.reset_factors`."""
        left = jobs.enqueue(self._tables, organisation, job)
        forgotten = second_factors.forget(self._tables, organisation, old.user_id)
        return self._change_member(old, new, entry, [*left, *forgotten])

    def _change_member(self, old: User, new: User, entry: Entry, more: list[Action]) -> User | None:
        organisation = old.organisation
        if old.awaits_approval and not new.awaits_approval:
            more += [
                transaction_items.delete(self._tables, keys.waiting(organisation, "member", old.username)),
                self._listings.counting(keys.collection("WAITING_MEMBERS", organisation), -1),
            ]
        if entry.actor != old.username and not self._is_operator:
            more.append(transaction_items.check_role(self._tables, keys.user(organisation, entry.actor), builtin.ADMIN))
        made, stored = users.change(self._tables, old, new, plain_values.changed(new, old))
        return stored if audit.write(self._tables, [*made, *more], entry) else None

    def forget_failures(self, organisation: str, username: str, entry: Entry) -> None:
        """See `MemberStore.forget_failures`."""
        key = keys.failures(organisation, username)
        audit.write(self._tables, [transaction_items.delete_item(self._tables.grants, key)], entry)
