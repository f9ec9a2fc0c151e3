"""Leaving an job from a page, within bounds for each source address."""

import msgspec

from gatehouse.domain.accounts import jobs, lockout
from gatehouse.domain.accounts.jobs import REQUESTS_MAX, Job, JobStore, Kind
from gatehouse.domain.accounts.lockout import FailureStore
from gatehouse.domain.kernel.errors import TooManyFailuresError
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.signin.page_context import PageContext


class JobQueue(msgspec.Struct, frozen=True):
    """Takes jobs of people who have no password, or not any more."""

    jobs: JobStore
    failures: FailureStore
    issuers: Issuers

    def leave(
        self,
        visit: PageContext,
        kind: Kind,
        organisation: str,
        *,
        login: str,
        display_name: str = "",
        generation: str = "",
        address: str = "",
        most: int = REQUESTS_MAX,
    ) -> None:
        """Leave the job; `most` are taken from an address in five minutes.

        Raises:
            TooManyFailuresError: The source address asked too often.
        """
        source = f"mail {visit.request.source}" if kind != "found" else f"found {visit.request.source}"
        self.count(visit, source, most)
        job = Job(
            job_id=jobs.generate_id(),
            kind=kind,
            organisation=organisation,
            issuer=self.issuers.of(visit.request, None if kind == "found" else organisation),
            login=login,
            display_name=display_name,
            generation=generation,
            address=address,
            query=visit.query,
            created_at_ms=visit.request.arrived_at_ms,
            expires_at=jobs.expires_at(visit.now),
        )
        self.jobs.add_job(organisation, job)

    def count(self, visit: PageContext, source: str, most: int) -> None:
        """Count one request of a source.

        Raises:
            TooManyFailuresError: It is one too many in this window.
        """
        if self.failures.count_source_failure(source, visit.now) > most:
            wait = lockout.source_window_ends_at(visit.now) - visit.now
            raise TooManyFailuresError(f"{source} asked too often", retry_after_seconds=wait)
