"""The outbox: jobs in `GrantsTable`, whose stream delivers them."""

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables
from gatehouse.storage.dynamodb.transaction_items import Action


def enqueue(tables: Tables, organisation: str, job: Job | None) -> list[Action]:
    """Return the action that enqueues a job, for the transaction that makes it necessary; none without a job."""
    return [] if job is None else [transaction_items.put_item(tables.grants, _render(organisation, job))]


class DynamoDBJobs(DynamoDBStore):
    """Implements `JobStore`."""

    def enqueue(self, organisation: str, job: Job, entry: Entry | None = None) -> None:
        """See `JobStore.enqueue`."""
        if entry is None:
            self._tables.put(self._tables.grants, _render(organisation, job))
        else:
            audit.write(self._tables, enqueue(self._tables, organisation, job), entry)


def parse_job(item: attribute_values.Item) -> Job | None:
    """Read a job from an item of the table's stream; None if it is something else."""
    values = attribute_values.parse(item)
    if not values["pk"].startswith(keys.job("")["pk"]["S"]):
        return None
    return mappers.read(Job, values)


def _render(organisation: str, job: Job) -> attribute_values.Item:
    return mappers.item(keys.job(job.job_id), job, organisation=organisation, expires_at=job.expires_at)
