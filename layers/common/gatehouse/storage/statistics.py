"""Counted numbers in `DirectoryTable`: one item for each, moved by the stream consumer and by nothing else.

The mark of an application's first call stands with its numbers, so that the home page reads both at once.
"""

from copy import replace

from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.portal.statistics import ApplicationCount, DayCount
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore

_TOP_PAGES_MAX = 10
"""How many pages of the listing are read: applications that were deleted keep their places in it."""


class DynamoDBStatistics(ListingStore):
    """Implements `StatisticsStore`."""

    def find_day_counts(
        self, organisation: str, days: tuple[str, ...], application_id: str = ""
    ) -> tuple[DayCount, ...]:
        """See `StatisticsStore.find_day_counts`; one batched read for 100 days."""
        wanted = [(self._tables.directory, keys.statistic(organisation, "DAY", application_id, day)) for day in days]
        found = self._tables.get_many(wanted)
        return tuple(
            DayCount(day=day, grant_type=name.removeprefix("tokens_"), tokens=count)
            for day, values in zip(days, found, strict=True)
            for name, count in sorted((values or {}).items())
            if name.startswith("tokens_")
        )

    def find_application_counts(
        self, organisation: str, application_ids: tuple[str, ...]
    ) -> tuple[ApplicationCount, ...]:
        """See `StatisticsStore.find_application_counts`."""
        directory = self._tables.directory
        if not application_ids:
            return ()
        counted = [(directory, keys.statistic(organisation, "APPLICATION", one)) for one in application_ids]
        applications = [(directory, keys.application(organisation, one)) for one in application_ids]
        found = self._tables.get_many([*counted, *applications])
        half = len(application_ids)
        return tuple(
            mappers.read(
                ApplicationCount,
                {"tokens": 0, "registered_users": 0, **(counts or {}), "application_id": one, "name": named["name"]},
            )
            for one, counts, named in zip(application_ids, found[:half], found[half:], strict=True)
            if named is not None
        )

    def mark_called(self, organisation: str, application_id: str) -> None:
        """See `StatisticsStore.mark_called`. Nothing may be counted yet: then the mark is the first of the numbers."""
        marked = transaction_items.update(
            self._tables.directory,
            keys.statistic(organisation, "APPLICATION", application_id),
            "SET has_called = :called",
            ExpressionAttributeValues=attribute_values.render({":called": True}),
        )
        exists = transaction_items.check(self._tables, keys.application(organisation, application_id), {})
        self._tables.try_transact([exists, marked])

    def find_top_applications(self, organisation: str, limit: int) -> tuple[ApplicationCount, ...]:
        """See `StatisticsStore.find_top_applications`."""
        found: list[ApplicationCount] = []
        window = Window(limit=limit, is_descending=True)
        for _ in range(_TOP_PAGES_MAX):
            page = self._listings.page(top(organisation), window, is_counted=False)
            found += self.find_application_counts(organisation, tuple(one["application_id"] for one in page.items))
            if len(found) >= limit or not page.next:
                break
            window = replace(window, cursor=page.next)
        return tuple(sorted(found[:limit], key=lambda one: -one.tokens))


def top(organisation: str) -> str:
    """Return the listing of an organisation's applications by their tokens."""
    return keys.collection("TOP_APPLICATIONS", organisation)
