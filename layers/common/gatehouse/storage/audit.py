"""The audit log in `DirectoryTable`: one item for each line, written by the transaction that does the thing."""

import secrets
from collections.abc import Iterable
from copy import replace

from gatehouse.domain.kernel.audit import EVERYTHING, Entry, Wanted
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.storage.dynamodb import keys, listings, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action

_SEARCHED_PAGES, _SEARCHED_LINES = 10, 500
"""How many pages a search reads at once, of how many lines."""


def action(tables: Tables, entry: Entry) -> Action:
    """Return the action that writes the line, for a transaction. Lines are ordered by time, then by chance."""
    entry_id = f"{entry.at_ms:013d}-{secrets.token_hex(4)}"
    listing = {"collection": keys.collection("AUDIT", entry.organisation), "position": entry_id}
    item = mappers.item(keys.audit_entry(entry.organisation, entry_id), entry, **listing)
    return transaction_items.put_item(tables.directory, item)


def write(tables: Tables, actions: Iterable[Action], entry: Entry) -> bool:
    """Write actions with their line, all or nothing; return False if a condition did not hold."""
    return tables.try_transact([*actions, action(tables, entry)])


class DynamoDBAuditLog(ListingStore):
    """Reads the log, newest first; it has no stored length, since nobody asks how long it is."""

    def find_entries(self, organisation: str, window: Window, wanted: Wanted = EVERYTHING) -> Page[Entry]:
        """See `AuditReader.find_entries`; a search reads 5,000 lines at most.

        Raises:
            InvalidInputError: The cursor is not one of ours, or the offset of a search is beyond these lines.
        """
        if wanted != EVERYTHING:
            return self._search(organisation, window, wanted)
        page = self._listings.page(
            keys.collection("AUDIT", organisation),
            replace(window, is_descending=True),
            is_counted=False,
        )
        return page.map(mappers.reader(Entry))

    def _search(self, organisation: str, window: Window, wanted: Wanted) -> Page[Entry]:
        found: list[Entry] = []
        skipped = 0 if window.cursor else window.offset

        def page(cursor: str = "") -> Page[Entry]:
            return _cut(found, skipped, window, cursor)

        cursor = window.cursor or (listings.cursor("after", f"{wanted.until_ms:013d}") if wanted.until_ms else "")
        for _ in range(_SEARCHED_PAGES):
            read = self._listings.page(
                keys.collection("AUDIT", organisation),
                Window(limit=_SEARCHED_LINES, cursor=cursor, is_descending=True),
                is_counted=False,
            )
            for values in read.items:
                entry = mappers.read(Entry, values)
                if entry.at_ms < wanted.from_ms:
                    return page()
                if wanted.matches(entry):
                    found.append(entry)
                if len(found) == skipped + window.limit:
                    return page(listings.cursor("after", values["position"]))
            cursor = read.next
            if not cursor:
                break
        return page(cursor)


def _cut(found: list[Entry], skipped: int, window: Window, cursor: str) -> Page[Entry]:
    if cursor and len(found) < skipped:  # what follows at the cursor would hold what is to be skipped
        raise InvalidInputError("A search does not read so far at once. Leave out the offset.", field="offset")
    return Page(tuple(found[skipped:]), None, window.offset, window.limit, next=cursor)
