"""Registered clients in `DirectoryTable`, under keys of their own, so that a role can be limited to them."""

from copy import replace
from typing import Any

from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.registered_clients import WINDOW_SECONDS
from gatehouse.storage import audit, directory_reads, organisation_quotas
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import ABSENT, require_own
from gatehouse.storage.dynamodb.transaction_items import Action

_USED, _UNUSED = "used", "unused"
_SWEPT = 10
"""How many of the oldest unused clients are looked at when one is added, and removed if they ended."""


class DynamoDBRegisteredClients(ListingStore):
    """Implements `RegisteredClientStore` and `RegistrationCounter`."""

    def find_registered(self, organisation: str, client_id: str) -> Client | None:
        """See `RegisteredClientStore.find_registered`."""
        found = directory_reads.find_client(self._tables, client_id)
        is_its = found is not None and found.organisation == organisation and found.registration is not None
        return found if is_its else None

    def add_registered(self, organisation: str, client: Client, now: int) -> Client | None:
        """See `RegisteredClientStore.add_registered`; three queries at most."""
        if not self._make_room(organisation, now):
            return None
        item = {**keys.client(client.client_id), **attribute_values.render(_values(organisation, client))}
        standing = self._tables.put_once(self._tables.directory, item, ConditionExpression=ABSENT)
        return client if standing is None else self.find_registered(organisation, client.client_id)

    def replace_registered(self, organisation: str, old: Client, new: Client, entry: Entry | None = None) -> bool:
        """See `RegisteredClientStore.replace_registered`."""
        key, values = keys.client(old.client_id), _values(organisation, new)
        put = transaction_items.put_if(self._tables, key, values, {"revision": old.revision})
        return self._tables.try_transact([put, *self._told(organisation, entry)])

    def delete_registered(self, organisation: str, client: Client, entry: Entry | None = None) -> bool:
        """See `RegisteredClientStore.delete_registered`."""
        delete = transaction_items.delete_if(self._tables, keys.client(client.client_id), {"revision": client.revision})
        return self._tables.try_transact([delete, *self._told(organisation, entry)])

    def find_registered_page(self, organisation: str, window: Window) -> Page[Client]:
        """See `RegisteredClientStore.find_registered_page`."""
        page = self._listings.page(
            _collection(organisation),
            replace(window, is_descending=True),
            is_counted=False,
        )
        return page.map(mappers.reader(Client))

    def count_source_registration(self, source: str, now: int) -> int:
        """See `RegistrationCounter.count_source_registration`."""
        return self._count(keys.source_registrations(source, now // WINDOW_SECONDS), now)

    def count_organisation_registration(self, organisation: str, now: int) -> int:
        """See `RegistrationCounter.count_organisation_registration`."""
        return self._count(keys.registrations(organisation, now // WINDOW_SECONDS), now)

    def _count(self, key: Key, now: int) -> int:
        ends_at = now - now % WINDOW_SECONDS + WINDOW_SECONDS
        return self._tables.count_once(self._tables.grants, key, ends_at)

    def _make_room(self, organisation: str, now: int) -> bool:
        """Remove what ended, and in a full pool the oldest unused client; False if the pool stays full."""
        most = organisation_quotas.find(self._tables, organisation, "registered-clients")
        found = self._listings.page(
            _collection(organisation), Window(limit=_SWEPT), is_counted=False, prefix=f"{_UNUSED}#"
        ).map(mappers.reader(Client))
        ended = [one for one in found.items if registered_clients.is_expired(one, now)]
        for one in ended:
            self.delete_registered(organisation, one)
        if not most or ended or not self._listings.holds(_collection(organisation), most):
            return most > 0
        return bool(found.items) and self.delete_registered(organisation, found.items[0])

    def _told(self, organisation: str, entry: Entry | None) -> list[Action]:
        if entry is None:
            return []
        require_own(organisation, "the log", entry.organisation)
        return [audit.action(self._tables, entry)]


def _collection(organisation: str) -> str:
    return keys.collection("REGISTERED_CLIENTS", organisation)


def _values(organisation: str, client: Client) -> dict[str, Any]:
    """Return the item: used clients after the unused ones, each of them by age. A blocked one is never unused."""
    if client.organisation != organisation or client.registration is None:
        raise ValueError("no registered client of this organisation")
    is_used = client.registration.unused_until is None
    position = f"{_USED if is_used else _UNUSED}#{client.registration.created_at:012d}#{client.client_id}"
    return {**plain_values.of(client), "collection": _collection(organisation), "position": position}
