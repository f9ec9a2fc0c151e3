"""Listings: what shares a collection in the index `by_collection`, page by page, with its length stored beside it.

A page reached by a cursor costs two reads (the page, the length), however long the listing is;
a page reached by an offset one more for each thousand items that are skipped. A read of DynamoDB ends at 1 MiB:
where items are larger than 1 KiB, it is one for each MiB.
"""

import base64
import binascii
import json
from typing import Any

from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.storage.aws.transport import ConditionFailedError
from gatehouse.storage.dynamodb import attribute_values, keys, transaction_items
from gatehouse.storage.dynamodb.tables import ABSENT, DynamoDBStore, Tables, when

_INDEX = "by_collection"
_SKIPPED_PER_READ = 1000
_LAST = "\U0010ffff"
_NOT_OURS = "The cursor is not one of ours."
_POSITION_MAX_BYTES = 1024  # DynamoDB's, for a sort key


class Listings:
    """Reads listings of `DirectoryTable`, and says how a transaction keeps a length right."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def page(
        self, collection: str, window: Window, *, is_counted: bool = True, prefix: str = ""
    ) -> Page[dict[str, Any]]:
        """Return the items from the cursor on, or from the offset if there is no cursor.

        Without `is_counted`, there is no total and nothing is stored. A prefix makes a listing of its own
        of the positions that begin with it.

        Raises:
            InvalidInputError: The cursor is not one of ours.
        """
        if len((prefix + _LAST).encode(errors="replace")) > _POSITION_MAX_BYTES:
            return Page(items=(), total=0 if is_counted else None, offset=window.offset, limit=window.limit)
        total = self.count(collection, prefix) if is_counted else None
        side, position, rest = "after", None, 0
        if window.cursor:
            side, position = _parse_cursor(window.cursor)
            is_beyond = prefix and position > prefix + _LAST  # which no key condition of DynamoDB can be
            if is_beyond or not position.startswith(prefix):  # or it would lead into what stands beside this part
                raise InvalidInputError(_NOT_OURS, field="cursor")
        else:
            skipped = self._skip(collection, window.offset, prefix, is_descending=window.is_descending)
            if skipped is None:
                return Page(items=(), total=total, offset=window.offset, limit=window.limit)
            position, rest = skipped
        is_backward = side == "before"
        found, has_more = self._read(
            collection, position, rest + window.limit, prefix, is_descending=window.is_descending != is_backward
        )
        found = found[rest:]
        if is_backward:
            found.reverse()
        has_next = True if is_backward else has_more
        has_previous = has_more if is_backward else bool(position or rest)
        return Page(
            items=tuple(found),
            total=total,
            offset=window.offset,
            limit=window.limit,
            next=cursor("after", found[-1]["position"]) if found and has_next else "",
            previous=cursor("before", found[0]["position"]) if found and has_previous else "",
        )

    def all(self, collection: str, limit: int) -> list[dict[str, Any]]:
        """Return the items of a listing that is known to be short; at most `limit`."""
        return self._read(collection, None, limit, "", is_descending=False)[0]

    def holds(self, collection: str, count: int, prefix: str = "") -> bool:
        """Say whether a listing, or its part whose positions have a prefix, holds so many; no item is sent."""
        return count <= 0 or self._count_items(collection, prefix, count) >= count  # DynamoDB takes no limit of 0

    def count(self, collection: str, prefix: str = "") -> int:
        """Return the length of a listing, counting it once if nothing stored it yet."""
        stored = self._tables.get(self._tables.directory, keys.counter(collection, prefix))
        return stored["total"] if stored else self._count_anew(collection, prefix)

    def counting(self, collection: str, change: int, prefix: str = "", most: int | None = None) -> dict[str, Any]:
        """Return the action that moves the length of a listing, for the transaction that changes the listing.

        The transaction is refused if the stored length is dropped meanwhile; then ask again. It is refused as well if
        the listing holds `most` already.
        """
        self.count(collection, prefix)
        return self._adding(keys.counter(collection, prefix), change, most)

    def _adding(self, key: keys.Key, change: int, most: int | None = None) -> dict[str, Any]:
        condition = "attribute_exists(pk)" + ("" if most is None else " AND #total < :most")
        fits = when(condition, {"#total": "total"}, change=change, most=most)
        return transaction_items.update(self._tables.directory, key, "ADD #total :change", **fits)

    def counting_without_query(self, collection: str, change: int) -> dict[str, Any]:
        """Return the same for a function that may not query: what nobody counted yet stays uncounted meanwhile.

        The transaction is refused if somebody counts between; then ask again.
        """
        key = keys.counter(collection)
        if self._tables.get(self._tables.directory, key) is not None:
            return self._adding(key, change)
        return transaction_items.check_that(self._tables, key, **when(ABSENT))

    def sum(self, collections: list[str]) -> int:
        """Return how many items listings hold together; by one batched read, and a query for each uncounted one.

        Nothing is stored: a page that shows the number by the way changes nothing.
        """
        stored = self._tables.get_many([(self._tables.directory, keys.counter(one)) for one in collections])
        pairs = zip(collections, stored, strict=True)
        return sum(self._count_items(one, "") if found is None else found["total"] for one, found in pairs)

    def _count_items(self, collection: str, prefix: str, most: int | None = None) -> int:
        """Return how many items there are, counting no further than to the most that is of interest."""
        total = 0
        asked = {**_condition(collection, None, prefix, is_descending=False), "Select": "COUNT"}
        while True:
            limit = {} if most is None else {"Limit": most - total}
            answer = self._tables.query(self._tables.directory, **asked, **limit)
            total += answer["Count"]
            if "LastEvaluatedKey" not in answer or total == most:
                return total
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _count_anew(self, collection: str, prefix: str) -> int:
        total = self._count_items(collection, prefix)
        key = keys.counter(collection, prefix)
        try:
            counted = {**key, **attribute_values.render({"total": total})}
            self._tables.put(self._tables.directory, counted, ConditionExpression=ABSENT)
        except ConditionFailedError:  # somebody else counted it, and it may have moved since
            stored = self._tables.get(self._tables.directory, key)
            return stored["total"] if stored else total
        return total

    def _skip(self, collection: str, offset: int, prefix: str, *, is_descending: bool) -> tuple[str | None, int] | None:
        """Return the position after the full thousands of the offset, and what is left to skip; None past the end."""
        position: str | None = None
        while offset >= _SKIPPED_PER_READ:
            condition = _condition(collection, position, prefix, is_descending=is_descending)
            limit = _SKIPPED_PER_READ + bool(prefix and position)
            answer = self._tables.query(self._tables.directory, **condition, Limit=limit)
            found = [one for one in answer["Items"] if one["position"] != position]
            if "LastEvaluatedKey" not in answer and len(found) <= offset:
                return None
            position = found[-1]["position"]
            offset -= len(found)
        return position, offset

    def _read(
        self, collection: str, position: str | None, limit: int, prefix: str, *, is_descending: bool
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return at most `limit` items beyond the position, and whether more follow."""
        found: list[dict[str, Any]] = []
        while len(found) <= limit:
            answer = self._tables.query(
                self._tables.directory,
                **_condition(collection, position, prefix, is_descending=is_descending),
                Limit=limit + 1 - len(found) + bool(prefix and position),
            )
            found += [one for one in answer["Items"] if one["position"] != position]
            if "LastEvaluatedKey" not in answer or not answer["Items"]:
                break
            position = found[-1]["position"]
        return found[:limit], len(found) > limit


class ListingStore(DynamoDBStore):
    """What a store of listings has in common with others."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        super().__init__(tables)
        self._listings = Listings(tables)


def _condition(collection: str, position: str | None, prefix: str, *, is_descending: bool) -> dict[str, Any]:
    """Return the query of what is beyond the position.

    With a prefix also of what stands there, since a key condition has no open range with two ends.
    """
    values = {":collection": collection}
    if prefix and position is not None:
        first, last = (prefix, position) if is_descending else (position, prefix + _LAST)
        values |= {":first": first, ":last": last}
        where = " AND #position BETWEEN :first AND :last"
    elif prefix:
        values[":prefix"] = prefix
        where = " AND begins_with(#position, :prefix)"
    elif position is not None:
        values[":position"] = position
        where = f" AND #position {'<' if is_descending else '>'} :position"
    else:
        where = ""
    names = {"#collection": "collection"} | ({"#position": "position"} if where else {})
    return {
        "IndexName": _INDEX,
        "KeyConditionExpression": f"#collection = :collection{where}",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": attribute_values.render(values),
        "ScanIndexForward": not is_descending,
    }


def cursor(side: str, position: str) -> str:
    """Return the cursor of what is `after` or `before` a position."""
    return base64.urlsafe_b64encode(json.dumps([side, position]).encode()).rstrip(b"=").decode()


def _parse_cursor(cursor: str) -> tuple[str, str]:
    try:
        side, position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        size = len(position.encode()) if isinstance(position, str) else 0
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise InvalidInputError(_NOT_OURS, field="cursor") from error
    if side not in ("after", "before") or not 0 < size <= _POSITION_MAX_BYTES:
        raise InvalidInputError(_NOT_OURS, field="cursor")
    return side, position
