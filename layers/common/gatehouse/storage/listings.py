"""Listings: what shares a collection in the index `by_collection`, page by page, with its length stored beside it.

A page reached by a cursor costs two reads (the page, the length), however long the listing is;
a page reached by an offset one more for each thousand items that are skipped.
"""

import base64
import binascii
import json
from typing import Any

from gatehouse.domain.portal.errors import InvalidInputError
from gatehouse.domain.portal.listings import Page
from gatehouse.storage import items, keys
from gatehouse.storage.tables import Tables

_INDEX = "by_collection"
_SKIPPED_PER_READ = 1000


class Listings:
    """Reads listings of `DirectoryTable`, and says how a transaction keeps a length right."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def page(
        self,
        collection: str,
        *,
        limit: int,
        offset: int = 0,
        cursor: str = "",
        is_descending: bool = False,
        is_counted: bool = True,
    ) -> Page[dict[str, Any]]:
        """Return the items from the cursor on, or from the offset if there is no cursor.

        Without `is_counted`, the total is 0 and nothing is stored.

        Raises:
            InvalidInputError: The cursor is not one of ours.
        """
        total = self.count(collection) if is_counted else 0
        side, position, rest = "after", None, 0
        if cursor:
            side, position = _parse_cursor(cursor)
        else:
            position, rest = self._skip(collection, offset, is_descending=is_descending)
        is_backward = side == "before"
        found, has_more = self._read(collection, position, rest + limit, is_descending=is_descending != is_backward)
        found = found[rest:]
        if is_backward:
            found.reverse()
        has_next = True if is_backward else has_more
        has_previous = has_more if is_backward else bool(position or rest)
        return Page(
            items=tuple(found),
            total=total,
            offset=offset,
            limit=limit,
            next=_cursor("after", found[-1]["position"]) if found and has_next else "",
            previous=_cursor("before", found[0]["position"]) if found and has_previous else "",
        )

    def all(self, collection: str, limit: int) -> list[dict[str, Any]]:
        """Return the items of a listing that is known to be short; at most `limit`."""
        return self._read(collection, None, limit, is_descending=False)[0]

    def count(self, collection: str) -> int:
        """Return the length of a listing, counting it once if nothing stored it yet."""
        stored = self._tables.get(self._tables.directory, keys.counter(collection))
        return stored["total"] if stored else self._count_anew(collection)

    def counting(self, collection: str, change: int) -> dict[str, Any]:
        """Return the action that moves the length of a listing, for the transaction that changes the listing."""
        self.count(collection)
        return {
            "Update": {
                "TableName": self._tables.directory,
                "Key": keys.counter(collection),
                "UpdateExpression": "ADD #total :change",
                "ExpressionAttributeNames": {"#total": "total"},
                "ExpressionAttributeValues": items.render({":change": change}),
            }
        }

    def _count_anew(self, collection: str) -> int:
        total = 0
        start: dict[str, Any] = {}
        while True:
            answer = self._tables.query(
                self._tables.directory, **_condition(collection, None, is_descending=False), Select="COUNT", **start
            )
            total += answer["Count"]
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        self._tables.put(self._tables.directory, {**keys.counter(collection), **items.render({"total": total})})
        return total

    def _skip(self, collection: str, offset: int, *, is_descending: bool) -> tuple[str | None, int]:
        """Return the position after the full thousands of the offset, and what is left to skip."""
        position: str | None = None
        while offset >= _SKIPPED_PER_READ:
            condition = _condition(collection, position, is_descending=is_descending)
            answer = self._tables.query(self._tables.directory, **condition, Limit=_SKIPPED_PER_READ)
            if not answer["Items"]:
                break
            position = answer["Items"][-1]["position"]
            offset -= len(answer["Items"])
        return position, offset

    def _read(
        self, collection: str, position: str | None, limit: int, *, is_descending: bool
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return at most `limit` items beyond the position, and whether more follow."""
        found: list[dict[str, Any]] = []
        while len(found) <= limit:
            answer = self._tables.query(
                self._tables.directory,
                **_condition(collection, position, is_descending=is_descending),
                Limit=limit + 1 - len(found),
            )
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer or not answer["Items"]:
                break
            position = found[-1]["position"]
        return found[:limit], len(found) > limit


def _condition(collection: str, position: str | None, *, is_descending: bool) -> dict[str, Any]:
    values = {":collection": collection} | ({} if position is None else {":position": position})
    beyond = "" if position is None else f" AND #position {'<' if is_descending else '>'} :position"
    names = {"#collection": "collection"} | ({} if position is None else {"#position": "position"})
    return {
        "IndexName": _INDEX,
        "KeyConditionExpression": f"#collection = :collection{beyond}",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": items.render(values),
        "ScanIndexForward": not is_descending,
    }


def _cursor(side: str, position: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([side, position]).encode()).rstrip(b"=").decode()


def _parse_cursor(cursor: str) -> tuple[str, str]:
    try:
        side, position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidInputError("The cursor is not one of ours.", field="cursor") from error
    if side not in {"after", "before"} or not isinstance(position, str) or not position:
        raise InvalidInputError("The cursor is not one of ours.", field="cursor")
    return side, position
