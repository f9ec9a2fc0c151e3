"""The audit log in `DirectoryTable`: one item for each line, written by the transaction that does the thing."""

import secrets
from typing import Any

from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables


def action(tables: Tables, entry: Entry) -> dict[str, Any]:
    """Return the action that writes the line, for a transaction. Lines are ordered by time, then by chance."""
    entry_id = f"{entry.at_ms:013d}-{secrets.token_hex(4)}"
    listing = {"collection": keys.collection("AUDIT", entry.organisation), "position": entry_id}
    item = {
        **keys.audit_entry(entry.organisation, entry_id),
        **attribute_values.render({**plain_values.of(entry), **listing}),
    }
    return {"Put": {"TableName": tables.directory, "Item": item}}


class DynamoDBAuditLog:
    """Reads the log, newest first; it has no stored length, since nobody asks how long it is."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._listings = Listings(tables)

    def find_entries(self, organisation: str, window: Window) -> Page[Entry]:
        """Return one page of the log."""
        page = self._listings.page(
            keys.collection("AUDIT", organisation),
            limit=window.limit,
            offset=window.offset,
            cursor=window.cursor,
            is_descending=True,
            is_counted=False,
        )
        return page.map(_parse)


def _parse(values: dict[str, Any]) -> Entry:
    return Entry(**mappers.only(Entry, values))
