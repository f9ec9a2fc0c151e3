"""The audit log: who did what to which thing, and when. It never holds a secret."""

from typing import Protocol

import msgspec

from gatehouse.domain.kernel.paging import Page, Window


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line.

    Attributes:
        actor: The username of whoever did it.
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


class AuditReader(Protocol):
    """Where the log is read."""

    def find_entries(self, organisation: str, window: Window) -> Page[Entry]:
        """Return one page of the log, newest first."""
        ...
