"""The audit log: who did what to which thing, and when. It never holds a secret."""

import unicodedata
from datetime import date
from typing import Protocol

import msgspec

from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import InvalidInputError


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line.

    Attributes:
        actor: The username of the person who did it.
        action: A noun and a verb, such as `application.create`.
        target: The id of the thing it was done to.
        detail: What changed, in words without secrets.
    """

    organisation: str
    at_ms: int
    actor: str
    action: str
    target: str
    detail: str = ""


def own_entry(organisation: str, username: str, action: str, at_ms: int, detail: str = "") -> Entry:
    """Return the line for what a person does to their own account."""
    return Entry(organisation=organisation, at_ms=at_ms, actor=username, action=action, target=username, detail=detail)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines are looked for.

    Attributes:
        actor: The username in any spelling; empty for any.
        action: How the action begins, such as `member.` or `member.invite`; empty for any.
        from_ms: The earliest time, epoch milliseconds.
        until_ms: The first time that is too late; 0 for no end.
    """

    actor: str = ""
    action: str = ""
    from_ms: int = 0
    until_ms: int = 0

    def matches(self, entry: Entry) -> bool:
        """Say whether a line is one of them, its time apart."""
        is_actor = not self.actor or _spelling(self.actor) == _spelling(entry.actor)
        return is_actor and entry.action.startswith(self.action)


EVERYTHING = Wanted()
_DAY_MS = 86_400_000
_LAST_MS = 9_999_999_999_999
"""In November 2286: the log is ordered by moments of 13 digits."""


def parse_wanted(actor: str, action: str, first: str, last: str) -> Wanted:
    """Return what is looked for; the days are such as 2026-11-29, in UTC, and belong to it.

    Raises:
        InvalidInputError: A day is none.
    """
    begins, ends = _day(first, "from"), _day(last, "to")
    return Wanted(
        actor=actor.strip(),
        action=action.strip(),
        from_ms=begins,
        until_ms=min(ends + _DAY_MS, _LAST_MS) if last.strip() else 0,
    )


def _spelling(name: str) -> str:
    """Return what two spellings of a username, or of an operator's role, have in common."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _day(text: str, field: str) -> int:
    if not text.strip():
        return 0
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInputError("A day such as 2026-11-29.", field=field) from error
    return max(0, (day - date(1970, 1, 1)).days * _DAY_MS)


class AuditReader(Protocol):
    """Where the log is read."""

    def find_entries(self, organisation: str, window: Window, wanted: Wanted = EVERYTHING) -> Page[Entry]:
        """Return one page of the log, newest first; a search may end early, and continues at the next cursor."""
        ...
