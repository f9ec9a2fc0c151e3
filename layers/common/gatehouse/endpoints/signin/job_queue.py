"""Enqueueing a job from a page, within limits for each source address."""

import msgspec

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.jobs import REQUESTS_MAX, Job, JobStore, Kind
from gatehouse.domain.accounts.lockout import FailureStore
from gatehouse.domain.kernel.audit import Entry
from gatehouse.endpoints.signin.page_context import PageContext


class JobQueue(msgspec.Struct, frozen=True):
    """Enqueues jobs that people at the pages ask for."""

    jobs: JobStore
    failures: FailureStore

    def enqueue(
        self,
        context: PageContext,
        kind: Kind,
        organisation: str,
        *,
        login: str,
        display_name: str = "",
        generation: str = "",
        address: str = "",
        most: int = REQUESTS_MAX,
        entry: Entry | None = None,
    ) -> None:
        """Enqueue a job, with its line of the audit log; `most` are accepted from a source address in five minutes.

        Raises:
            TooManyFailuresError: The source address sent too many requests.
        """
        is_new = kind == "create_organisation"
        self.count(context, f"{'organisation' if is_new else 'mail'} {context.request.source}", most)
        job = Job(
            kind=kind,
            organisation=organisation,
            created_at_ms=context.request.arrived_at_ms,
            issuer=context.issuer(None if is_new else organisation),
            login=login,
            display_name=display_name,
            generation=generation,
            address=address,
            query=context.query,
            prefix=context.prefix,
        )
        self.jobs.enqueue(organisation, job, entry)

    def count(self, context: PageContext, source: str, most: int) -> None:
        """Count one request of a source address.

        Raises:
            TooManyFailuresError: There were too many in this window.
        """
        if self.failures.count_source_failure(source, context.now) > most:
            raise lockout.too_many(f"{source} asked too often", context.now)
