"""Leaving an errand from a page, within bounds for each source address."""

from dataclasses import dataclass

from gatehouse.domain import errands, failures
from gatehouse.domain.errands import REQUESTS_MAX, Errand, ErrandStore, Kind
from gatehouse.domain.errors import TooManyFailuresError
from gatehouse.domain.failures import FailureStore
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.signin.visits import Visit


@dataclass(frozen=True, slots=True)
class ErrandDesk:
    """Takes errands of people who have no password, or not any more."""

    errands: ErrandStore
    failures: FailureStore
    issuers: Issuers

    def leave(
        self,
        visit: Visit,
        kind: Kind,
        organisation: str,
        *,
        login: str,
        display_name: str = "",
        generation: str = "",
        most: int = REQUESTS_MAX,
    ) -> None:
        """Leave the errand; `most` are taken from an address in five minutes.

        Raises:
            TooManyFailuresError: The source address asked too often.
        """
        source = f"mail {visit.request.source}" if kind != "found" else f"found {visit.request.source}"
        self.count(visit, source, most)
        errand = Errand(
            errand_id=errands.generate_id(),
            kind=kind,
            organisation=organisation,
            issuer=self.issuers.of(visit.request, None if kind == "found" else organisation),
            login=login,
            display_name=display_name,
            generation=generation,
            query=visit.query,
            created_at_ms=visit.request.arrived_at_ms,
            expires_at=errands.expires_at(visit.now),
        )
        self.errands.add_errand(organisation, errand)

    def count(self, visit: Visit, source: str, most: int) -> None:
        """Count one request of a source.

        Raises:
            TooManyFailuresError: It is one too many in this window.
        """
        if self.failures.count_source_failure(source, visit.now) > most:
            wait = failures.source_window_ends_at(visit.now) - visit.now
            raise TooManyFailuresError(f"{source} asked too often", retry_after_seconds=wait)
