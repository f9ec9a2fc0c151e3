"""Key sets, as the store makes and changes them: each change with its audit entry in one transaction."""

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.tokens import Grant
from gatehouse.storage import audit, directory_reads, grants, organisation_quotas
from gatehouse.storage.dynamodb import keys, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore, when


class DynamoDBKeySets(DynamoDBStore):
    """Implements `KeySetStore`."""

    def find_quota(self, organisation: str, name: str) -> int:
        """See `QuotaStore.find_quota`."""
        return organisation_quotas.find(self._tables, organisation, name)

    def find_client(self, client_id: str) -> Client | None:
        """See `KeySetStore.find_client`."""
        return directory_reads.find_client(self._tables, client_id)

    def find_clients(self, organisation: str, client_ids: tuple[str, ...]) -> tuple[Client, ...]:
        """See `KeySetStore.find_clients`."""
        clients = self._tables.find_many(Client, self._tables.directory, map(keys.client, client_ids))
        return tuple(client for client in clients if client.organisation == organisation)

    def add_key_set(
        self, organisation: str, application: Application, client: Client, grant: Grant | None, entry: Entry
    ) -> bool:
        """See `KeySetStore.add_key_set`."""
        if application.organisation != organisation or client.application_id != application.application_id:
            raise ValueError("a client of another application")
        made = [
            transaction_items.put(
                self._tables,
                keys.client(client.client_id),
                {**plain_values.of(client), **_listing(client)},
                must_be_new=True,
            ),
            self._refer(client, is_there=True, application=application),
        ]
        if grant is not None:
            made.append(transaction_items.put_item(self._tables.grants, grants.render(grant)))
        return audit.write(self._tables, made, entry)

    def replace_client(self, organisation: str, old: Client, new: Client, entry: Entry, owner_id: str = "") -> bool:
        """See `KeySetStore.replace_client`."""
        expected = {"organisation": organisation, "application_id": old.application_id, "revision": old.revision}
        changed = plain_values.changed(old, new)
        made = [transaction_items.change(self._tables, keys.client(old.client_id), changed, expected)]
        if owner_id:
            key = keys.application(organisation, old.application_id)
            made.append(transaction_items.check(self._tables, key, {"owner_id": owner_id}))
        return audit.write(self._tables, made, entry)

    def move_key_set(self, organisation: str, application: Application, old: Client, new: Client, entry: Entry) -> bool:
        """See `KeySetStore.move_key_set`."""
        expected = {"organisation": organisation, "application_id": old.application_id, "revision": old.revision}
        changed = plain_values.changed(old, new) | _listing(new)
        made = [
            transaction_items.change(self._tables, keys.client(old.client_id), changed, expected),
            self._refer(old, is_there=False),
            self._refer(new, is_there=True, application=application),
        ]
        return audit.write(self._tables, made, entry)

    def delete_key_set(self, organisation: str, application: Application, client: Client, entry: Entry) -> bool:
        """See `KeySetStore.delete_key_set`; one read more if it failed."""
        if client.organisation != organisation or client.application_id != application.application_id:
            raise ValueError("a client of another application")
        made = [
            transaction_items.delete_if(
                self._tables,
                keys.client(client.client_id),
                {"organisation": organisation, "application_id": client.application_id, "revision": client.revision},
            ),
            self._refer(client, is_there=False, application=application),
        ]
        return audit.write(self._tables, made, entry) or self.find_client(client.client_id) is None

    def _refer(
        self, client: Client, *, is_there: bool, application: Application | None = None
    ) -> transaction_items.Action:
        """Return the action that makes the client's application name it, or forget it.

        With the application as it was read, its owner and its token format must still be the same.
        """
        reference = "#client_ids.#key_type"
        condition = f"attribute_not_exists({reference})" if is_there else f"{reference} = :client_id"
        values = {"client_id": client.client_id}
        if application is not None:
            condition += " AND owner_id = :owner AND token_format = :token_format"
            values |= {"owner": application.owner_id, "token_format": application.token_format}
        names = {"#client_ids": "client_ids", "#key_type": client.key_type}
        return transaction_items.update(
            self._tables.directory,
            keys.application(client.organisation, client.application_id),
            f"SET {reference} = :client_id" if is_there else f"REMOVE {reference}",
            **when(f"attribute_exists(pk) AND {condition}", names, **values),
        )


def _listing(client: Client) -> dict[str, str]:
    return {
        "collection": keys.collection("CLIENTS", client.organisation, client.application_id),
        "position": client.key_type,
    }
