"""One-time links, jobs and the mail counter in `GrantsTable`."""

from typing import Any

from gatehouse.domain.accounts import jobs
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.links import Link, Use
from gatehouse.domain.kernel import plain_values
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBLinks:
    """Implements `LinkStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_link(self, organisation: str, link: Link) -> None:
        """See `LinkStore.add_link`."""
        key = keys.link(organisation, link.digest)
        self._tables.put(self._tables.grants, {**key, **attribute_values.render(plain_values.of(link))})

    def find_link(self, organisation: str, digest: bytes) -> Link | None:
        """See `LinkStore.find_link`."""
        values = self._tables.get(self._tables.grants, keys.link(organisation, digest))
        return None if values is None else _parse(values)


def use(tables: Tables, used: Use | None) -> list[Action]:
    """Return the action that uses a link up, for the transaction that stores what it allowed; none without a link."""
    if used is None:
        return []
    return [
        {
            "Update": {
                "TableName": tables.grants,
                "Key": keys.link(used.link.organisation, used.link.digest),
                "UpdateExpression": "SET used_by = :form",
                "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(used_by) AND expires_at > :now",
                "ExpressionAttributeValues": attribute_values.render({":form": used.form, ":now": used.now}),
            }
        }
    ]


def leave(tables: Tables, organisation: str, job: Job | None) -> list[Action]:
    """Return the action that leaves an job, for the transaction that makes it necessary; none without an job."""
    if job is None:
        return []
    values = plain_values.of(job) | {"organisation": organisation}
    return [{"Put": {"TableName": tables.grants, "Item": {**keys.job(job.job_id), **attribute_values.render(values)}}}]


class DynamoDBJobs:
    """Implements `JobStore` and `MailCounter`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_job(self, organisation: str, job: Job) -> None:
        """See `JobStore.add_job`."""
        values = plain_values.of(job) | {"organisation": organisation}
        self._tables.put(self._tables.grants, {**keys.job(job.job_id), **attribute_values.render(values)})

    def find_mails(self, organisation: str, address: str, now: int) -> int:
        """See `MailCounter.find_mails`."""
        window = now // jobs.MAILS_WINDOW_SECONDS
        values = self._tables.get(self._tables.grants, keys.mails(organisation, address, window))
        return values["count"] if values else 0

    def count_mail(self, organisation: str, address: str, now: int) -> int:
        """See `MailCounter.count_mail`."""
        window = now // jobs.MAILS_WINDOW_SECONDS
        key, expires_at = keys.mails(organisation, address, window), (window + 1) * jobs.MAILS_WINDOW_SECONDS
        return self._tables.count_once(self._tables.grants, key, expires_at)


def parse_job(item: attribute_values.Item) -> Job | None:
    """Read an job from an item of the table's stream; None if it is something else."""
    values = attribute_values.parse(item)
    if not values["pk"].startswith(keys.job("")["pk"]["S"]):
        return None
    return Job(**mappers.only(Job, values))


def _parse(values: dict[str, Any]) -> Link:
    return Link(**mappers.only(Link, {"user_id": None, **values}))
