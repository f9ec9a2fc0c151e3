"""Key sets, as the store makes and changes them: each change with its audit entry in one transaction."""

from gatehouse.domain.apis import Application
from gatehouse.domain.audit import Entry
from gatehouse.domain.clients import Client
from gatehouse.domain.tokens import Grant
from gatehouse.storage import actions, audit, grants, items, keys, records
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import TransactionCanceledError


class KeySets:
    """Implements `KeySetStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def find_client(self, client_id: str) -> Client | None:
        """See `KeySetStore.find_client`."""
        values = self._tables.get(self._tables.directory, keys.client(client_id))
        return None if values is None else records.parse_client(values)

    def find_clients(self, organisation: str, client_ids: tuple[str, ...]) -> tuple[Client, ...]:
        """See `KeySetStore.find_clients`."""
        found = self._tables.get_many([(self._tables.directory, keys.client(one)) for one in client_ids])
        clients = [records.parse_client(values) for values in found if values is not None]
        return tuple(client for client in clients if client.organisation == organisation)

    def add_key_set(
        self, organisation: str, application: Application, client: Client, grant: Grant | None, entry: Entry
    ) -> bool:
        """See `KeySetStore.add_key_set`."""
        if application.organisation != organisation or client.application_id != application.application_id:
            raise ValueError("a client of another application")
        made = [
            actions.put(
                self._tables,
                keys.client(client.client_id),
                {**records.values(client), **_listing(client)},
                must_be_new=True,
            ),
            self._refer(client, is_there=True),
            audit.action(self._tables, entry),
        ]
        if grant is not None:
            made.append({"Put": {"TableName": self._tables.grants, "Item": grants.render(grant)}})
        try:
            self._tables.transact(made)
        except TransactionCanceledError:
            return False
        return True

    def replace_client(self, organisation: str, old: Client, new: Client, entry: Entry) -> bool:
        """See `KeySetStore.replace_client`."""
        before, after = records.values(old), records.values(new)
        changed = {name: value for name, value in after.items() if value != before[name]}
        expected = {"organisation": organisation} | {
            name: before[name] for name in ("secrets", "grant_types") if name in changed
        }
        made = [audit.action(self._tables, entry)]
        if changed:
            made.append(actions.change(self._tables, keys.client(old.client_id), changed, expected))
        try:
            self._tables.transact(made)
        except TransactionCanceledError:
            return False
        return True

    def move_key_set(self, organisation: str, old: Client, new: Client, entry: Entry) -> bool:
        """See `KeySetStore.move_key_set`."""
        before, after = records.values(old), records.values(new)
        changed = {name: value for name, value in after.items() if value != before[name]}
        expected = {"organisation": organisation, "application_id": old.application_id, "secrets": before["secrets"]}
        made = [
            actions.change(self._tables, keys.client(old.client_id), {**changed, **_listing(new)}, expected),
            self._refer(old, is_there=False),
            self._refer(new, is_there=True),
            audit.action(self._tables, entry),
        ]
        try:
            self._tables.transact(made)
        except TransactionCanceledError:
            return False
        return True

    def delete_key_set(self, organisation: str, application: Application, client: Client, entry: Entry) -> None:
        """See `KeySetStore.delete_key_set`; harmless if it is gone already."""
        if client.organisation != organisation or client.application_id != application.application_id:
            raise ValueError("a client of another application")
        made = [
            actions.delete(self._tables, keys.client(client.client_id)),
            self._refer(client, is_there=False),
            audit.action(self._tables, entry),
        ]
        try:
            self._tables.transact(made)
        except TransactionCanceledError:
            return

    def _refer(self, client: Client, *, is_there: bool) -> actions.Action:
        """Return the action that makes the client's application name it, or forget it."""
        reference = "#client_ids.#key_type"
        return {
            "Update": {
                "TableName": self._tables.directory,
                "Key": keys.application(client.organisation, client.application_id),
                "UpdateExpression": f"SET {reference} = :client_id" if is_there else f"REMOVE {reference}",
                "ConditionExpression": f"attribute_exists(pk) AND attribute_not_exists({reference})"
                if is_there
                else f"{reference} = :client_id",
                "ExpressionAttributeNames": {"#client_ids": "client_ids", "#key_type": client.key_type},
                "ExpressionAttributeValues": items.render({":client_id": client.client_id}),
            }
        }


def _listing(client: Client) -> dict[str, str]:
    return {
        "collection": keys.collection("CLIENTS", client.organisation, client.application_id),
        "position": client.key_type,
    }
