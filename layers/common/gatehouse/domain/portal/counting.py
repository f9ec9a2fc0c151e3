"""What is counted of tokens: each once, however often and in whatever order the stream tells of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from gatehouse.domain.oauth.tokens import Grant
from gatehouse.domain.portal.statistics import day_of

MEMORY_SECONDS = 8 * 86400
"""How long a counted event is remembered; a stream keeps its records for one day."""

SPAN_MS = 20_000
"""Events of one span are remembered together: as long as the stream's mapping gathers a batch (template.yaml)."""

_NUMBERS_MAX = 100
"""A transaction of DynamoDB has at most so many actions."""


class TokenEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One access token that was issued.

    Attributes:
        event_id: The same in every record about it.
        day: Of `at_ms`, as ISO date, UTC.
        registers: Whether its user becomes a registered user of the application.
    """

    event_id: str
    organisation: str
    application_id: str
    grant_type: str
    user_id: str | None
    at_ms: int
    day: str
    registers: bool

    @property
    def span(self) -> int:
        """The span of time that remembers it; the same in every record about it."""
        return self.at_ms // SPAN_MS


class CounterStore(Protocol):
    """Where numbers are kept."""

    def count(self, events: Sequence[TokenEvent], now: int) -> int:
        """Count those that were not counted before, all their numbers in one transaction; return how many.

        Raises:
            TemporarilyUnavailableError: Nothing was counted.
        """
        ...


def read(old: Grant | None, new: Grant | None) -> TokenEvent | None:
    """Return what a change of a grant's item says of a token; None if none was issued by it."""
    if new is None or (old is not None and old.rotation >= new.rotation):
        return None
    is_refresh = new.rotation > 0
    at_ms = (new.rotated_at_ms or new.issued_at_ms) if is_refresh else new.issued_at_ms
    return TokenEvent(
        event_id=f"{new.grant_id}.{new.rotation}",
        organisation=new.organisation,
        application_id=new.application_id,
        grant_type="refresh_token" if is_refresh else new.grant_type,
        user_id=new.user_id,
        at_ms=at_ms,
        day=day_of(at_ms),
        registers=new.grant_type == "password" and new.user_id is not None,
    )


def shares(events: Iterable[TokenEvent]) -> Iterator[list[TokenEvent]]:
    """Divide a batch into shares that each fit into one transaction, neighbours of one application together."""
    share: list[TokenEvent] = []
    touched: set[tuple[object, ...]] = set()
    for event in sorted(events, key=lambda one: (one.organisation, one.application_id)):
        more = _touched(event)
        if share and len(touched | more) > _NUMBERS_MAX:
            yield share
            share, touched = [], set()
        share.append(event)
        touched |= more
    if share:
        yield share


def _touched(event: TokenEvent) -> set[tuple[object, ...]]:
    """Name the items that counting the event may write: those that two events share are written once."""
    organisation, application, day = event.organisation, event.application_id, event.day
    return {
        ("span", event.span),
        ("day", organisation, day),
        ("application's day", organisation, application, day),
        ("application", organisation, application),
        ("rank", organisation, application),
        *({("user", organisation, application, event.user_id)} if event.registers else ()),
    }
