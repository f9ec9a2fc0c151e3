"""One-time links, errands and the mail counter in `GrantsTable`."""

from dataclasses import asdict
from typing import Any

from gatehouse.domain import errands
from gatehouse.domain.errands import Errand
from gatehouse.domain.links import Link
from gatehouse.storage import items, keys
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import ConditionFailedError


class Links:
    """Implements `LinkStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_link(self, organisation: str, link: Link) -> None:
        """See `LinkStore.add_link`."""
        key = keys.link(organisation, link.digest)
        self._tables.put(self._tables.grants, {**key, **items.render(asdict(link) | {"used": False})})

    def find_link(self, organisation: str, digest: bytes) -> Link | None:
        """See `LinkStore.find_link`."""
        values = self._tables.get(self._tables.grants, keys.link(organisation, digest))
        return None if values is None or values["used"] else _parse(values)

    def consume_link(self, organisation: str, digest: bytes, now: int) -> Link | None:
        """See `LinkStore.consume_link`."""
        try:
            used = self._tables.update(
                self._tables.grants,
                keys.link(organisation, digest),
                UpdateExpression="SET used = :yes",
                ConditionExpression="used = :no AND expires_at > :now",
                ExpressionAttributeValues=items.render({":yes": True, ":no": False, ":now": now}),
                ReturnValues="ALL_NEW",
            )
        except ConditionFailedError:
            return None
        return _parse(used)


class Errands:
    """Implements `ErrandStore` and `MailCounter`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_errand(self, organisation: str, errand: Errand) -> None:
        """See `ErrandStore.add_errand`."""
        values = asdict(errand) | {"organisation": organisation}
        self._tables.put(self._tables.grants, {**keys.errand(errand.errand_id), **items.render(values)})

    def count_mail(self, organisation: str, address: str, now: int) -> int:
        """See `MailCounter.count_mail`."""
        window = now // errands.MAILS_WINDOW_SECONDS
        counted = self._tables.update(
            self._tables.grants,
            keys.mails(organisation, address, window),
            UpdateExpression="ADD #c :one SET expires_at = :end",
            ExpressionAttributeNames={"#c": "count"},
            ExpressionAttributeValues=items.render({":one": 1, ":end": (window + 1) * errands.MAILS_WINDOW_SECONDS}),
            ReturnValues="ALL_NEW",
        )
        return counted["count"]


def parse_errand(item: items.Item) -> Errand | None:
    """Read an errand from an item of the table's stream; None if it is something else."""
    values = items.parse(item)
    if not values["pk"].startswith(keys.errand("")["pk"]["S"]):
        return None
    return Errand(**_without(values, "pk"))


def _parse(values: dict[str, Any]) -> Link:
    known = _without(values, "pk", "used")
    known.setdefault("user_id", None)
    return Link(**known)


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
