"""The two tables: reads and writes of whole items, one method for each DynamoDB operation that is used."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws import errors, transport
from gatehouse.storage.aws.transport import ConditionFailedError, TransactionCanceledError, Transport
from gatehouse.storage.dynamodb import attribute_values, mappers
from gatehouse.storage.dynamodb.attribute_values import Item
from gatehouse.storage.dynamodb.keys import Key

MARKER = "marker"
"""The attribute by which a write that is sent twice recognises its first attempt."""

_MARKER_BYTES = 12
_BATCH_ATTEMPTS = 4
_BATCH_KEYS_MAX = 100
_KEY_MAX_BYTES = 2048  # DynamoDB's, for a partition key


ABSENT = "attribute_not_exists(pk)"
"""The condition that there is no item."""


def when(expression: str, names: Mapping[str, str] | None = None, **values: Any) -> dict[str, Any]:
    """Return a condition, with the names and the values behind its placeholders; None is left out."""
    rendered = attribute_values.render({f":{name}": value for name, value in values.items()})
    condition: dict[str, Any] = {"ConditionExpression": expression}
    condition |= {"ExpressionAttributeNames": names} if names else {}
    return condition | ({"ExpressionAttributeValues": rendered} if rendered else {})


def at_revision(revision: int) -> dict[str, Any]:
    """Return the condition that the item has a revision; 0 expects no item."""
    return when("revision = :revision", revision=revision) if revision else when(ABSENT)


def require_own(organisation: str, what: str, *of: str) -> None:
    """Make sure that parts of a change are of the organisation for which it is made.

    Raises:
        ValueError: One is not, by a mistake of the caller.
    """
    if {organisation, *of} != {organisation}:
        raise ValueError(f"{what} of another organisation")


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """Where items are. `directory` holds what people make, `grants` what expires."""

    transport: Transport
    directory: str
    grants: str

    def get(self, table: str, key: Key) -> dict[str, Any] | None:
        """Return the item's plain values, read strongly; None if there is none."""
        item = self.get_item(table, key)
        return None if item is None else attribute_values.parse(item)

    def find[T: msgspec.Struct](self, kind: type[T], table: str, key: Key) -> T | None:
        """Return the item as a value of a type, read strongly; None if there is none."""
        return mappers.read_found(kind, self.get(table, key))

    def get_item(self, table: str, key: Key) -> Item | None:
        """Return the same as DynamoDB's attribute values."""
        if not _is_possible(key):
            return None
        return self.transport.call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True}).get("Item")

    def get_many(self, wanted: Sequence[tuple[str, Key]]) -> list[dict[str, Any] | None]:
        """Return the plain values of each wanted item, read strongly, in the order asked; by one call per 100 items.

        Raises:
            TemporarilyUnavailableError: Some could not be read.
        """
        return [None if item is None else attribute_values.parse(item) for item in self.get_items(wanted)]

    def find_many[T: msgspec.Struct](self, kind: type[T], table: str, wanted: Iterable[Key]) -> list[T]:
        """Return those of the wanted items that there are as values of a type, read likewise."""
        return [mappers.read(kind, one) for one in self.get_many([(table, key) for key in wanted]) if one is not None]

    def get_items(self, wanted: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """Return the same as DynamoDB's attribute values.

        Raises:
            TemporarilyUnavailableError: Some could not be read.
        """
        possible = [one for one in wanted if _is_possible(one[1])]
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(possible), _BATCH_KEYS_MAX):
            self._get_batch(possible[start : start + _BATCH_KEYS_MAX], found)
        return [found.get((table, key["pk"]["S"])) for table, key in wanted]

    def _get_batch(self, wanted: Sequence[tuple[str, Key]], found: dict[tuple[str, str], Item]) -> None:
        pending: dict[str, Any] = {}
        for table, key in wanted:
            keys = pending.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"]
            if key not in keys:
                keys.append(key)
        for attempt in range(_BATCH_ATTEMPTS):
            transport.back_off(attempt)  # what is throttled is left unprocessed, by an answer that is no error
            answer = self.transport.call("BatchGetItem", {"RequestItems": pending})
            for table, batch in answer.get("Responses", {}).items():
                found.update({(table, item["pk"]["S"]): item for item in batch})
            pending = answer.get("UnprocessedKeys", {})
            if not pending:
                return
        raise TemporarilyUnavailableError("BatchGetItem: unprocessed keys")

    def query(self, table: str, **options: Any) -> dict[str, Any]:
        """Return one page of a query: its `Items` as plain values, and `LastEvaluatedKey` and `Count` as they come."""
        answer = self.transport.call("Query", {"TableName": table, **options})
        return {**answer, "Items": [attribute_values.parse(item) for item in answer.get("Items", [])]}

    def put(self, table: str, item: Item, **options: Any) -> None:
        """Store the item; options as in DynamoDB's PutItem."""
        self.transport.call("PutItem", {"TableName": table, "Item": item, **options})

    def update(self, table: str, key: Key, **options: Any) -> dict[str, Any]:
        """Change the item; return the plain values that ReturnValues asks for."""
        answer = self.transport.call("UpdateItem", {"TableName": table, "Key": key, **options})
        return attribute_values.parse(answer.get("Attributes", {}))

    def try_update(self, table: str, key: Key, **options: Any) -> bool:
        """Change the item; return False if the condition did not hold."""
        try:
            self.update(table, key, **options)
        except ConditionFailedError:
            return False
        return True

    def put_once(self, table: str, item: Item, **condition: Any) -> dict[str, Any] | None:
        """Store the item if the condition holds, also if the transport has to send it twice.

        The item carries a random marker. If the condition fails because the first attempt, whose answer was lost, has
        stored the item, the marker says so.

        Returns:
            None if it was stored, else the plain values that stand there: empty if there is nothing.
        """
        marked = {**item, MARKER: {"S": digests.random_text(_MARKER_BYTES)}}
        try:
            self.put(table, marked, **condition, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailedError as error:
            is_own = error.item.get(MARKER) == marked[MARKER]
            return None if is_own else attribute_values.parse(error.item)
        return None

    def count_once(self, table: str, key: Key, expires_at: int) -> int:
        """Add one to the item's `count` and return it, also if the transport has to send it twice.

        The marker of the last addition tells a repetition from an addition of somebody else's. If somebody else adds
        between the two attempts, the repetition is counted, too: never too little, and too much by one.
        """
        marker = {"S": digests.random_text(_MARKER_BYTES)}
        try:
            return self.update(
                table,
                key,
                UpdateExpression="ADD #count :one SET expires_at = :end, #marker = :marker",
                ConditionExpression="attribute_not_exists(#marker) OR #marker <> :marker",
                ExpressionAttributeNames={"#count": "count", "#marker": MARKER},
                ExpressionAttributeValues={
                    **attribute_values.render({":one": 1, ":end": expires_at}),
                    ":marker": marker,
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )["count"]
        except ConditionFailedError as error:
            return attribute_values.parse(error.item)["count"]

    def delete(self, table: str, key: Key, **options: Any) -> None:
        """Remove the item."""
        self.transport.call("DeleteItem", {"TableName": table, "Key": key, **options})

    def transact(self, actions: list[dict[str, Any]]) -> None:
        """Write all of it or nothing, once however often it is sent; actions as in DynamoDB's TransactWriteItems.

        Raises:
            TransactionCanceledError: A condition did not hold.
        """
        token = secrets.token_hex(16)
        self.transport.call("TransactWriteItems", {"TransactItems": actions, "ClientRequestToken": token})

    def try_transact(self, actions: list[dict[str, Any]]) -> bool:
        """Do the same; return False if a condition did not hold."""
        return not self.attempt(actions)

    def attempt(self, actions: list[dict[str, Any]]) -> frozenset[int]:
        """Do the same; return the indices of the actions whose conditions did not hold, none if all was written."""
        try:
            self.transact(actions)
        except TransactionCanceledError as error:
            return frozenset(index for index, reason in enumerate(error.reasons) if reason == errors.CONDITION_FAILED)
        return frozenset()


class DynamoDBStore:
    """What a store on the tables has in common with others: the tables."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables


def _is_possible(key: Key) -> bool:
    """Say whether an item can have the key: what strangers typed may make one that DynamoDB would refuse to look up."""
    return len(key["pk"]["S"]) <= _KEY_MAX_BYTES
