"""How many documents are read at one time for one organisation and for one member, so that others can publish, too.

`PublishingConcurrency` bounds the documents that are read at one time for the whole deployment. An organisation has at
most half of it, and a member at most half of their organisation's half (docs/decisions/0366). A document takes a place
before the publishing function is invoked. A call that is refused never reaches that function.
"""

import contextlib
import secrets
from collections.abc import Callable
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.refusals import PublishingShareError

OF_ORGANISATION, OF_MEMBER = "concurrent-publishing", "concurrent-publishing-by-member"

PLACE_LIFETIME_SECONDS = 25
"""When a place is free that nobody gave up: the store's time-out of 20 s has passed since the request arrived."""

_OF_MEMBER = "Your other documents are still being read. Try again in a few seconds."
_OF_ORGANISATION = "Other documents of your organisation are still being read. Try again in a few seconds."
_ATTEMPTS = 5
_ID_BYTES = 12


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One document that is being read.

    Attributes:
        place_id: Random.
        ends_at_ms: When the place is free, whatever happened; epoch milliseconds.
    """

    place_id: str
    user_id: str
    ends_at_ms: int


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The documents that are being read for an organisation.

    Attributes:
        revision: Raised by each place that is taken; 0 if there was none yet.
        taken: Some may have ended.
    """

    revision: int = 0
    taken: tuple[Place, ...] = ()


class PublishingPlaceStore(quotas.QuotaStore, Protocol):
    """Where places are kept."""

    def find_places(self, organisation: str) -> Places:
        """Return the organisation's, read strongly."""
        ...

    def add_place(self, organisation: str, seen: Places, place: Place, now_ms: int) -> bool:
        """Add a place and remove those that ended, unless one was added since; False if one was."""
        ...

    def delete_place(self, organisation: str, place_id: str) -> None:
        """Free a place; nothing happens if it is free."""
        ...


class PublishingShares(msgspec.Struct, frozen=True):
    """Lets callers have documents read within their shares.

    Attributes:
        concurrency: The deployment's `PublishingConcurrency`; 0 if it sets no limit.
    """

    store: PublishingPlaceStore
    concurrency: int

    def run[T](self, caller: Caller, read: Callable[[], T]) -> T:
        """Return what `read` returns, which is called while the caller has a place.

        The place is kept to its end if nobody knows whether the function still runs.

        Raises:
            PublishingShareError: The caller or the organisation has no place left; `read` was not called.
        """
        place = self._reserve(caller)
        is_over = True
        try:
            return read()
        except TemporarilyUnavailableError:
            is_over = False
            raise
        finally:
            if is_over:
                self._give_up(caller.organisation, place)

    def _reserve(self, caller: Caller) -> Place:
        place = Place(
            place_id=secrets.token_hex(_ID_BYTES),
            user_id=caller.user_id,
            ends_at_ms=caller.at_ms + PLACE_LIFETIME_SECONDS * 1000,
        )
        for _ in range(_ATTEMPTS):
            found = self.store.find_places(caller.organisation)
            self._check(caller, tuple(one for one in found.taken if one.ends_at_ms > caller.at_ms))
            if self.store.add_place(caller.organisation, found, place, caller.at_ms):
                return place
        raise PublishingShareError(_OF_ORGANISATION)

    def _check(self, caller: Caller, taken: tuple[Place, ...]) -> None:
        half = max(self.concurrency // 2, 1)
        own = sum(one.user_id == caller.user_id for one in taken)
        if self._is_full(caller.organisation, OF_MEMBER, own, max(half // 2, 1)):
            raise PublishingShareError(_OF_MEMBER)
        if self._is_full(caller.organisation, OF_ORGANISATION, len(taken), half):
            raise PublishingShareError(_OF_ORGANISATION)

    def _is_full(self, organisation: str, name: str, count: int, share: int) -> bool:
        if self.concurrency and count >= share:
            return True
        return count >= quotas.allowed(self.store, organisation, name, count + 1)

    def _give_up(self, organisation: str, place: Place) -> None:
        """Free the place. If that fails it frees itself, so what was published is not answered as a failure."""
        with contextlib.suppress(TemporarilyUnavailableError):
            self.store.delete_place(organisation, place.place_id)
