"""Statistics: what was counted of the tokens that an organisation's applications got."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

DAYS_DEFAULT = 30
DAYS_MAX = 366


class DayCount(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one day by one grant type. `day` is an ISO date, UTC."""

    day: str
    grant_type: str
    tokens: int


class ApplicationCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of one application.

    Attributes:
        registered_users: Distinct users who ever got a token by the password grant.
        has_called: Whether its owner says, or the try-out console saw, that it called an API.
    """

    application_id: str
    name: str
    tokens: int
    registered_users: int
    has_called: bool = False


class StatisticsStore(Protocol):
    """Where the counted numbers are kept."""

    def find_day_counts(
        self, organisation: str, days: tuple[str, ...], application_id: str = ""
    ) -> tuple[DayCount, ...]:
        """Return the tokens of each of the days by grant, of the organisation or of one application."""
        ...

    def find_application_counts(
        self, organisation: str, application_ids: tuple[str, ...]
    ) -> tuple[ApplicationCount, ...]:
        """Return the totals of the applications, by one batched read."""
        ...

    def mark_called(self, organisation: str, application_id: str) -> None:
        """Remember that the application called an API; nothing if there is no such application."""
        ...

    def find_top_applications(self, organisation: str, limit: int) -> tuple[ApplicationCount, ...]:
        """Return the applications with the most tokens, most first, cut where `rank` sees them fall."""
        ...


def last_days(now: int, count: int) -> tuple[str, ...]:
    """Return the last so many days as ISO dates, UTC, oldest first; at most a year."""
    today = datetime.fromtimestamp(now, UTC).date()
    length = max(1, min(count, DAYS_MAX))
    return tuple((today - timedelta(days=back)).isoformat() for back in reversed(range(length)))


def day_of(at_ms: int) -> str:
    """Return the day of a moment, as ISO date, UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


def rank(tokens: int) -> str:
    """Return a number of tokens as text that sorts like it, of its first three digits: so it seldom changes."""
    digits = str(tokens)
    return f"{len(digits):02d}{digits[:3]:0<3}"
