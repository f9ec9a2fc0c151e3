"""What is counted of a token: each once, however often and in whatever order the stream tells of it."""

from dataclasses import dataclass
from typing import Protocol

from gatehouse.domain.tokens import Grant

MEMORY_SECONDS = 8 * 86400
"""How long a counted event is remembered; a stream keeps its records for one day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvent:
    """One access token that was issued.

    Attributes:
        event_id: The same in every record about it.
        registers: Whether its user becomes a registered user of the application.
    """

    event_id: str
    organisation: str
    application_id: str
    grant_type: str
    user_id: str | None
    at_ms: int
    registers: bool


class Counters(Protocol):
    """Where numbers are kept."""

    def count(self, event: TokenEvent, now: int) -> bool:
        """Count the event, all its numbers in one transaction; False if it was counted before."""
        ...


def read(old: Grant | None, new: Grant | None) -> TokenEvent | None:
    """Return what a change of a grant's item says of a token; None if none was issued by it."""
    if new is None or (old is not None and old.rotation >= new.rotation):
        return None
    is_refresh = new.rotation > 0
    return TokenEvent(
        event_id=f"{new.grant_id}.{new.rotation}",
        organisation=new.organisation,
        application_id=new.application_id,
        grant_type="refresh_token" if is_refresh else new.grant_type,
        user_id=new.user_id,
        at_ms=(new.rotated_at_ms or new.issued_at_ms) if is_refresh else new.issued_at_ms,
        registers=new.grant_type == "password" and new.user_id is not None,
    )
