"""Counting tokens, in both tables: the numbers last, the memory of what was counted expires."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.portal import counting, statistics
from gatehouse.domain.portal.counting import TokenEvent
from gatehouse.storage import grants
from gatehouse.storage.counted_events import DynamoDBCountedEvents
from gatehouse.storage.dynamodb import attribute_values, keys, transaction_items
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables
from gatehouse.storage.dynamodb.transaction_items import Action
from gatehouse.storage.statistics import top

_SPANS_KEPT = 4
"""What was read of the last spans serves the next batch too; pages that are closed never change."""

_ATTEMPTS = 10
"""Each that fails has lost to another consumer of the same span, or of the same new user."""


class DynamoDBCounters(DynamoDBStore):
    """Implements the port of the same name."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        super().__init__(tables)
        self._memory: dict[int, DynamoDBCountedEvents] = {}

    def count(self, events: Sequence[TokenEvent], now: int) -> int:
        """See `Counters.count`."""
        memory = {
            span: self._memory.get(span) or DynamoDBCountedEvents(self._tables, span)
            for span in {one.span for one in events}
        }
        self._memory = dict([*self._memory.items(), *memory.items()][-_SPANS_KEPT:])
        for _ in range(_ATTEMPTS):
            for remembered in memory.values():
                remembered.read()
            new = list({event.event_id: event for event in events if event not in memory[event.span]}.values())
            if not new:
                return 0
            by_span = {span: [event for event in new if event.span == span] for span in {one.span for one in new}}
            pages = [memory[span].add(of_span, now) for span, of_span in by_span.items()]
            if not self._tables.try_transact([*pages, *self._add(new)]):
                continue
            for span, of_span in by_span.items():
                memory[span].added(of_span)
            return len(new)
        raise TemporarilyUnavailableError("counting lost to other consumers")

    def _add(self, new: Sequence[TokenEvent]) -> Iterator[Action]:
        """Add to every number once; the totals are read for the rank that they lead to."""
        people = {(one.organisation, one.application_id, one.user_id or ""): one for one in new if one.registers}
        applications = Counter((one.organisation, one.application_id) for one in new)
        wanted = [keys.registered_user(*person) for person in people]
        wanted += [keys.statistic(organisation, "APPLICATION", one) for organisation, one in applications]
        found = self._tables.get_many([(self._tables.directory, key) for key in wanted])
        registered: Counter[tuple[str, str]] = Counter()
        for (person, event), known in zip(people.items(), found, strict=False):
            if known is None:
                registered[person[:2]] += 1
                yield self._register(person, event)
        for day, numbers in _days(new).items():
            yield self._update(keys.statistic(*day), numbers, {})
        for application, totals in zip(applications, found[len(people) :], strict=True):
            numbers = {"tokens": applications[application], "registered_users": registered[application]}
            yield from self._total(*application, numbers, totals or {})

    def _register(self, person: tuple[str, str, str], event: TokenEvent) -> Action:
        values = {"organisation": event.organisation, "first_at_ms": event.at_ms}
        return transaction_items.put(self._tables, keys.registered_user(*person), values, must_be_new=True)

    def _total(
        self, organisation: str, application_id: str, numbers: dict[str, int], before: dict[str, Any]
    ) -> Iterator[Action]:
        """Add to an application's totals; its place among the organisation's is an item of its own, moved rarely.

        Another consumer may add at the same moment, so that the rank is behind; whoever counts next puts it right.
        """
        texts: dict[str, str] = {}
        rank = statistics.rank(before.get("tokens", 0) + numbers["tokens"])
        if rank != before.get("rank"):
            texts = {"rank": rank}
            place = {"collection": top(organisation), "position": f"{rank} {application_id}"}
            yield transaction_items.put(
                self._tables,
                keys.statistic(organisation, "RANK", application_id),
                {**place, "application_id": application_id},
            )
        yield self._update(keys.statistic(organisation, "APPLICATION", application_id), numbers, texts)

    def _update(self, key: Key, numbers: dict[str, int], texts: dict[str, str]) -> Action:
        added = {name: number for name, number in numbers.items() if number}
        values = {**added, **texts}
        expression = "ADD " + ", ".join(f"#n{index} :n{index}" for index in range(len(added)))
        expression += "".join(f" SET #n{index} = :n{index}" for index in range(len(added), len(values)))
        numbered = {f":n{index}": value for index, value in enumerate(values.values())}
        return transaction_items.update(
            self._tables.directory,
            key,
            expression,
            ExpressionAttributeNames={f"#n{index}": name for index, name in enumerate(values)},
            ExpressionAttributeValues=attribute_values.render(numbered),
        )


def _days(events: Sequence[TokenEvent]) -> dict[tuple[str, ...], Counter[str]]:
    """Return the numbers of each day by grant, of organisations and of applications, by the parts of their keys."""
    days: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for event in events:
        for application_id in ("", event.application_id):
            key = event.organisation, "DAY", application_id, event.day
            days[key][f"tokens_{event.grant_type}"] += 1
    return days


def parse_event(record: dict[str, Any]) -> TokenEvent | None:
    """Return what a record of the grants' stream says of a token."""
    change = record["dynamodb"]
    if not change["Keys"]["pk"]["S"].startswith("GRANT#"):
        return None
    old, new = change.get("OldImage"), change.get("NewImage")
    return counting.read(
        grants.parse(attribute_values.parse(old)) if old else None,
        grants.parse(attribute_values.parse(new)) if new else None,
    )
