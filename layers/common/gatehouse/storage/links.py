"""One-time links, errands and the mail counter in `GrantsTable`."""

from dataclasses import asdict
from typing import Any

from gatehouse.domain import errands
from gatehouse.domain.errands import Errand
from gatehouse.domain.links import Link, Use
from gatehouse.storage import items, keys, records
from gatehouse.storage.actions import Action
from gatehouse.storage.tables import Tables


class Links:
    """Implements `LinkStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_link(self, organisation: str, link: Link) -> None:
        """See `LinkStore.add_link`."""
        key = keys.link(organisation, link.digest)
        self._tables.put(self._tables.grants, {**key, **items.render(asdict(link))})

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
                "ExpressionAttributeValues": items.render({":form": used.form, ":now": used.now}),
            }
        }
    ]


def leave(tables: Tables, organisation: str, errand: Errand | None) -> list[Action]:
    """Return the action that leaves an errand, for the transaction that makes it necessary; none without an errand."""
    if errand is None:
        return []
    values = asdict(errand) | {"organisation": organisation}
    return [{"Put": {"TableName": tables.grants, "Item": {**keys.errand(errand.errand_id), **items.render(values)}}}]


class Errands:
    """Implements `ErrandStore` and `MailCounter`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_errand(self, organisation: str, errand: Errand) -> None:
        """See `ErrandStore.add_errand`."""
        values = asdict(errand) | {"organisation": organisation}
        self._tables.put(self._tables.grants, {**keys.errand(errand.errand_id), **items.render(values)})

    def find_mails(self, organisation: str, address: str, now: int) -> int:
        """See `MailCounter.find_mails`."""
        window = now // errands.MAILS_WINDOW_SECONDS
        values = self._tables.get(self._tables.grants, keys.mails(organisation, address, window))
        return values["count"] if values else 0

    def count_mail(self, organisation: str, address: str, now: int) -> int:
        """See `MailCounter.count_mail`."""
        window = now // errands.MAILS_WINDOW_SECONDS
        key, expires_at = keys.mails(organisation, address, window), (window + 1) * errands.MAILS_WINDOW_SECONDS
        return self._tables.count_once(self._tables.grants, key, expires_at)


def parse_errand(item: items.Item) -> Errand | None:
    """Read an errand from an item of the table's stream; None if it is something else."""
    values = items.parse(item)
    if not values["pk"].startswith(keys.errand("")["pk"]["S"]):
        return None
    return Errand(**records.only(Errand, values))


def _parse(values: dict[str, Any]) -> Link:
    return Link(**records.only(Link, {"user_id": None, **values}))
