"""Applications, as the store creates and changes them: each change with its audit entry in one transaction."""

from collections.abc import Iterable
from typing import Any

from gatehouse.domain.apis.apis import Application, Subscription
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.applications import Outcome
from gatehouse.storage import application_items, audit, directory_reads
from gatehouse.storage.application_items import ApplicationItems
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import Tables, require_own
from gatehouse.storage.dynamodb.transaction_items import Action
from gatehouse.storage.subscription_index import MOVED_AT_ONCE, SubscriptionIndex
from gatehouse.storage.usage_key_shares import UsageKeyShares

_ENDED_AT_ONCE = 15
_ENDED_WITH_IT = 10
"""How many subscriptions one transaction ends, alone or with their application: each takes five of its hundred actions,
an application with its keys and ten roles up to 26."""


class DynamoDBApplications(ListingStore):
    """Implements `ApplicationStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        super().__init__(tables)
        self._items = ApplicationItems(tables)
        self._index = SubscriptionIndex(tables)
        self._usage_keys = UsageKeyShares(tables)

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """See `ApplicationStore.find_application`."""
        return directory_reads.find_application(self._tables, organisation, application_id)

    def find_application_named(self, organisation: str, owner_id: str, name: str) -> Application | None:
        """See `ApplicationStore.find_application_named`."""
        reserved = self._tables.get(self._tables.directory, keys.application_name(organisation, owner_id, name))
        return None if reserved is None else self.find_application(organisation, reserved["application_id"])

    def find_applications(self, organisation: str, owner_id: str, window: Window) -> Page[Application]:
        """See `ApplicationStore.find_applications`."""
        page = self._listings.page(application_items.owned(organisation, owner_id), window)
        return page.map(mappers.reader(Application))

    def find_shared_applications(self, organisation: str, group: str, window: Window) -> Page[Application]:
        """See `ApplicationStore.find_shared_applications`; one batched read more, for what the listing leads to."""
        return self._led_to(organisation, self._listings.page(application_items.shared(organisation, group), window))

    def find_offered_applications(self, organisation: str, user_id: str, window: Window) -> Page[Application]:
        """See `ApplicationStore.find_offered_applications`; one batched read more, for what the listing leads to."""
        page = self._led_to(
            organisation,
            self._listings.page(application_items.offered(organisation, user_id), window, is_counted=False),
        )
        waiting = tuple(one for one in page.items if one.pending_owner_id == user_id)
        return page.holding(waiting)

    def find_all_applications(self, organisation: str, window: Window) -> Page[Application]:
        """See `ApplicationStore.find_all_applications`; one batched read more, for what the listing leads to."""
        return self._led_to(
            organisation, self._listings.page(application_items.every(organisation), window, is_counted=False)
        )

    def _led_to(self, organisation: str, page: Page[dict[str, Any]]) -> Page[Application]:
        wanted = [keys.application(organisation, one["application_id"]) for one in page.items]
        return page.holding(self._tables.find_many(Application, self._tables.directory, wanted))

    def had_default_application(self, organisation: str, user_id: str) -> bool:
        """See `ApplicationStore.had_default_application`."""
        return self._tables.get(self._tables.directory, keys.default_application(organisation, user_id)) is not None

    def add_default_application(self, organisation: str, application: Application, entry: Entry) -> bool:
        """See `ApplicationStore.add_default_application`."""
        key = keys.default_application(organisation, application.owner_id)
        given = transaction_items.put(
            self._tables, key, {"application_id": application.application_id}, must_be_new=True
        )
        return self._write([*self._items.adding(application, is_limited=False), given], entry) == "stored"

    def add_application(self, organisation: str, application: Application, entry: Entry) -> Outcome:
        """See `ApplicationStore.add_application`."""
        require_own(organisation, "an application", application.organisation)
        return self._full_or(self._write(self._items.adding(application), entry), application)

    def replace_application(self, organisation: str, old: Application, new: Application, entry: Entry) -> Outcome:
        """See `ApplicationStore.replace_application`."""
        require_own(organisation, "an application", old.organisation)
        if old.owner_id != new.owner_id:
            return self._transfer(old, new, entry)
        made = self._items.replacing(old, new, {})
        return self._write(made, entry, name_index=0 if application_items.is_renamed(old, new) else None)

    def _transfer(self, old: Application, new: Application, entry: Entry) -> Outcome:
        """Store it with a new owner; its subscriptions follow, some at a time.

        The application says to whom it is being transferred (`handing_to`), and every step holds only while it does:
        of transfers at once to several people the last one that said so continues, and the others are told. All but the
        last few subscriptions move before the application does. If it breaks off between, the application is still
        the old owner's, with all it has, and another transfer, to anybody, continues.
        """
        key = keys.application(old.organisation, old.application_id)
        values = self._tables.get(self._tables.directory, key)
        if self.find_application_named(old.organisation, new.owner_id, new.name) is not None:
            return "taken"
        if values is None or not self._claim(key, old, values.get("handing_to"), new.owner_id):
            return "changed"
        standing, handed = values.get("subscriptions"), {"owner_id": old.owner_id, "handing_to": new.owner_id}
        everything = [subscriptions.with_application(old, one) for one in _read(standing or ())]
        holds = transaction_items.check(self._tables, key, handed)
        left = self._index.move(everything, new.owner_id, keep=MOVED_AT_ONCE, only_if=[holds])
        if left is None:
            return "changed"
        moved = [action for one in left for action in self._index.moving(one, new.owner_id)]
        made = self._items.replacing(old, new, {**handed, "subscriptions": standing})
        return self._full_or(self._write([*made, *moved], entry), new)

    def _claim(self, key: keys.Key, old: Application, before: str | None, owner_id: str) -> bool:
        """Say to whom the application is being transferred, instead of whom it was before."""
        expected = {"owner_id": old.owner_id, "updated_at_ms": old.updated_at_ms, "handing_to": before}
        return self._tables.try_transact(
            [transaction_items.change(self._tables, key, {"handing_to": owner_id}, expected)]
        )

    def change_client_scopes(
        self, organisation: str, application: Application, scopes: frozenset[str], entry: Entry
    ) -> bool:
        """See `ApplicationStore.change_client_scopes`."""
        key = keys.application(organisation, application.application_id)
        as_read = {"client_scopes": application.client_scopes}
        change = transaction_items.change(self._tables, key, {"client_scopes": scopes}, as_read)
        return audit.write(self._tables, [change], entry)

    def delete_application(self, organisation: str, application: Application, entry: Entry) -> bool:
        """See `ApplicationStore.delete_application`: the last few subscriptions end with it, the others before."""
        key = keys.application(organisation, application.application_id)
        values = self._tables.get(self._tables.directory, key)
        standing: list[Any] = values.get("subscriptions", []) if values else []
        while len(standing) > _ENDED_WITH_IT:
            batch, left = standing[:_ENDED_AT_ONCE], standing[_ENDED_AT_ONCE:]
            as_read = {"subscriptions": standing, "owner_id": application.owner_id}
            shortened = transaction_items.change(self._tables, key, {"subscriptions": left}, as_read)
            if not self._tables.try_transact([shortened, *self._ending(application, batch, standing, left)]):
                return False
            standing = left
        made = self._items.deleting(application, {"subscriptions": standing})
        return self._write([*made, *self._ending(application, standing, standing, [])], entry) == "stored"

    def _ending(self, application: Application, batch: list[Any], before: list[Any], after: list[Any]) -> list[Action]:
        """Return the actions that end a batch of subscriptions, of a list before and after it."""
        keyed = self._usage_keys.changing(
            application.organisation, application.application_id, _read(before), _read(after)
        )
        ended = self._index.ending([subscriptions.with_application(application, one) for one in _read(batch)])
        return [*ended, *keyed]

    def _write(self, made: list[Action], entry: Entry, name_index: int | None = 0) -> Outcome:
        """Write the actions and the audit entry; `taken` if the one that reserves a name failed."""
        failed = self._tables.attempt([*made, audit.action(self._tables, entry)])
        if not failed:
            return "stored"
        return "taken" if name_index in failed else "changed"

    def _full_or(self, outcome: Outcome, new: Application) -> Outcome:
        """Return `full` instead of `changed` if the new owner has as many applications as they may have."""
        return "full" if outcome == "changed" and self._items.is_owner_full(new) else outcome


def _read(standing: Iterable[Any]) -> list[Subscription]:
    return [mappers.read(Subscription, one) for one in standing]
