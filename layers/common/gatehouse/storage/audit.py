"""The audit log in `DirectoryTable`: one item for each line, written by the transaction that does the thing."""

import secrets
from dataclasses import asdict
from typing import Any

from gatehouse.domain.audit import Entry
from gatehouse.domain.portal.listings import Page, Window
from gatehouse.storage import items, keys, records
from gatehouse.storage.listings import Listings
from gatehouse.storage.tables import Tables


def action(tables: Tables, entry: Entry) -> dict[str, Any]:
    """Return the action that writes the line, for a transaction. Lines are ordered by time, then by chance."""
    entry_id = f"{entry.at_ms:013d}-{secrets.token_hex(4)}"
    listing = {"collection": keys.collection("AUDIT", entry.organisation), "position": entry_id}
    item = {**keys.audit_entry(entry.organisation, entry_id), **items.render({**asdict(entry), **listing})}
    return {"Put": {"TableName": tables.directory, "Item": item}}


class AuditLog:
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
    return Entry(**records.only(Entry, values))
