"""The store's own clients in `DirectoryTable`; in no listing, since nobody manages them."""

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.oauth.clients import Client
from gatehouse.storage import directory_reads
from gatehouse.storage.dynamodb import keys, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBStoreClients(DynamoDBStore):
    """Implements the port of the same name."""

    def find_client(self, client_id: str) -> Client | None:
        """See `StoreClients.find_client`."""
        return directory_reads.find_client(self._tables, client_id)

    def add_store_client(self, organisation: str, client: Client, application: Application) -> bool:
        """See `StoreClients.add_store_client`."""
        key = keys.application(organisation, application.application_id)
        made = [
            transaction_items.put(
                self._tables, keys.client(client.client_id), plain_values.of(client), must_be_new=True
            ),
            transaction_items.put(self._tables, key, plain_values.of(application), must_be_new=True),
        ]
        return self._tables.try_transact(made)

    def replace_store_client(self, organisation: str, old: Client, new: Client) -> bool:
        """See `StoreClients.replace_store_client`."""
        expected = {"organisation": organisation, "revision": old.revision}
        key = keys.client(old.client_id)
        return self._tables.try_transact([transaction_items.put_if(self._tables, key, plain_values.of(new), expected)])
