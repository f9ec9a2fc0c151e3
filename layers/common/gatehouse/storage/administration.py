"""What administrators change in the tables: each change with its audit entry in one transaction."""

from collections.abc import Callable, Iterable
from typing import Any

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.logos import Logo
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel import builtin, plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.storage import audit, directory_reads, jobs, restrictions, second_factors, users
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBAdministration:
    """Implements the port of the same name, and `SettingsStore`."""

    def __init__(self, tables: Tables, *, is_operator: bool = False) -> None:
        """Use these tables; operators are no members, so their changes do not depend on a role."""
        self._tables = tables
        self._is_operator = is_operator
        self._listings = Listings(tables)

    def find_organisation_now(self, organisation: str) -> Organisation | None:
        """See `SettingsStore.find_organisation_now`."""
        return directory_reads.find_organisation(self._tables, organisation)

    def change_organisation(self, organisation: str, old: Organisation, new: Organisation, entry: Entry) -> bool:
        """See `SettingsStore.change_organisation`."""
        return self._change(
            keys.organisation(organisation),
            plain_values.of(old),
            plain_values.of(new),
            {"revision": old.revision},
            entry,
        )

    def change_logo(self, organisation: str, logo: Logo | None, entry: Entry) -> bool:
        """See `SettingsStore.change_logo`."""
        key = keys.logo(organisation)
        made = (
            transaction_items.delete(self._tables, key)
            if logo is None
            else transaction_items.put(self._tables, key, plain_values.of(logo))
        )
        version = {"logo_version": "" if logo is None else logo.version}
        return self._transact(
            [made, transaction_items.change(self._tables, keys.organisation(organisation), version, {})], entry
        )

    def find_member(self, organisation: str, username: str) -> User | None:
        """See `AdministrationStore.find_member`."""
        return directory_reads.find_user(self._tables, organisation, username)

    def find_members(self, organisation: str, window: Window, prefix: str = "") -> Page[User]:
        """See `AdministrationStore.find_members`."""
        page = self._listings.page(
            keys.collection("USERS", organisation),
            window,
            prefix=prefix,
            is_counted=not prefix,
        )
        return page.map(mappers.parse_user)

    def count_waiting(self, organisation: str) -> int:
        """See `AdministrationStore.count_waiting`."""
        names = ("WAITING_MEMBERS", "WAITING_SUBSCRIPTIONS")
        return self._listings.sum([keys.collection(name, organisation) for name in names])

    def find_waiting_members(self, organisation: str, window: Window) -> Page[User]:
        """See `AdministrationStore.find_waiting_members`; one batched read more, for who they are."""
        page = self._listings.page(
            keys.collection("WAITING_MEMBERS", organisation),
            window,
        )
        wanted = [(self._tables.directory, keys.user(organisation, one["position"])) for one in page.items]
        found = [mappers.parse_user(one) for one in self._tables.get_many(wanted) if one] if wanted else []
        waiting = tuple(one for one in found if one.awaits_approval)
        return page.holding(waiting)

    def add_member(self, organisation: str, user: User, entry: Entry, job: Job | None) -> bool:
        """See `AdministrationStore.add_member`."""
        counted = self._listings.counting(keys.collection("USERS", organisation), 1)
        left = jobs.enqueue(self._tables, organisation, job)
        return self._transact([*users.create(self._tables, user), counted, *left], entry)

    def change_member(
        self, organisation: str, old: User, new: User, entry: Entry, job: Job | None = None
    ) -> User | None:
        """See `AdministrationStore.change_member`."""
        more = jobs.enqueue(self._tables, organisation, job)
        return self._change_member(old, new, entry, more)

    def reset_factors(self, organisation: str, old: User, new: User, entry: Entry, job: Job) -> User | None:
        """See `AdministrationStore.reset_factors`."""
        left = jobs.enqueue(self._tables, organisation, job)
        forgotten = second_factors.forget(self._tables, organisation, old.user_id)
        return self._change_member(old, new, entry, [*left, *forgotten])

    def _change_member(self, old: User, new: User, entry: Entry, more: list[Action]) -> User | None:
        organisation = old.organisation
        before, after = plain_values.of(old), plain_values.of(new)
        expected = {name: before[name] for name in before if before[name] != after[name]}
        if old.awaits_approval and not new.awaits_approval:
            more += [
                transaction_items.delete(self._tables, keys.waiting(organisation, "member", old.username)),
                self._listings.counting(keys.collection("WAITING_MEMBERS", organisation), -1),
            ]
        if entry.actor != old.username and not self._is_operator:
            more.append(transaction_items.check_role(self._tables, keys.user(organisation, entry.actor), builtin.ADMIN))
        made, stored = users.change(self._tables, old, new, expected)
        return stored if self._transact([*made, *more], entry) else None

    def forget_failures(self, organisation: str, username: str, entry: Entry) -> None:
        """See `AdministrationStore.forget_failures`."""
        key = keys.failures(organisation, username)
        self._transact([{"Delete": {"TableName": self._tables.grants, "Key": key}}], entry)

    def find_restrictions(self, organisation: str) -> Restrictions:
        """See `AdministrationStore.find_restrictions`."""
        return directory_reads.find_restrictions(self._tables, organisation)

    def restrict_scope(
        self, organisation: str, name: str, old: frozenset[str] | None, new: frozenset[str] | None, entry: Entry
    ) -> bool:
        """See `AdministrationStore.restrict_scope`."""
        return self._transact([restrictions.change_scope(self._tables, organisation, name, old, new)], entry)

    def restrict_api(
        self, organisation: str, api_id: str, old: ApiRestriction, new: ApiRestriction, entry: Entry
    ) -> bool:
        """See `AdministrationStore.restrict_api`."""
        return self._transact([restrictions.change_api(self._tables, organisation, api_id, old, new)], entry)

    def find_names(
        self, organisation: str, applications: frozenset[str], clients: frozenset[str], usernames: frozenset[str]
    ) -> dict[str, str]:
        """See `AdministrationStore.find_names`; one batched read, and one more for the applications of clients."""
        of_clients = self._find_values(clients, keys.client, organisation)
        owning = {client_id: str(values["application_id"]) for client_id, values in of_clients.items()}
        found = self._find_values(
            applications | set(owning.values()), lambda one: keys.application(organisation, one), organisation
        )
        members = self._find_values(usernames, lambda one: keys.user(organisation, one), organisation)
        names = {one: str(values["name"]) for one, values in found.items()}
        names |= {one: names[of] for one, of in owning.items() if of in names}
        return names | {one: str(of["display_name"]) for one, of in members.items() if of.get("display_name")}

    def _find_values(
        self, ids: Iterable[str], key: Callable[[str], keys.Key], organisation: str
    ) -> dict[str, dict[str, Any]]:
        wanted = sorted(ids)
        found = self._tables.get_many([(self._tables.directory, key(one)) for one in wanted]) if wanted else []
        pairs = zip(wanted, found, strict=True)
        return {one: values for one, values in pairs if values and values.get("organisation") == organisation}

    def find_all_applications(self, organisation: str, window: Window) -> Page[Application]:
        """See `AdministrationStore.find_all_applications`."""
        return DynamoDBApplications(self._tables).find_all_applications(organisation, window)

    def find_applications(self, organisation: str, owner_id: str, window: Window) -> Page[Application]:
        """See `AdministrationStore.find_applications`."""
        return DynamoDBApplications(self._tables).find_applications(organisation, owner_id, window)

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """See `AdministrationStore.find_application`."""
        return directory_reads.find_application(self._tables, organisation, application_id)

    def change_client_scopes(
        self, organisation: str, application: Application, scopes: frozenset[str], entry: Entry
    ) -> bool:
        """See `AdministrationStore.change_client_scopes`."""
        key = keys.application(organisation, application.application_id)
        as_read = {"client_scopes": application.client_scopes}
        return self._transact([transaction_items.change(self._tables, key, {"client_scopes": scopes}, as_read)], entry)

    def _change(
        self,
        key: keys.Key,
        old: dict[str, Any],
        new: dict[str, Any],
        expected: dict[str, Any],
        entry: Entry,
    ) -> bool:
        """Store what differs, if the rest is as expected."""
        changed = {name: value for name, value in new.items() if value != old[name]}
        made = [transaction_items.change(self._tables, key, changed, expected)] if changed else []
        return self._transact(made, entry)

    def _transact(self, made: list[Action], entry: Entry) -> bool:
        return self._tables.try_transact([*made, audit.action(self._tables, entry)])
