"""Statistics under everything that a stream may do to its consumers: each token counts once."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.portal import counting
from gatehouse.domain.portal.counting import TokenEvent
from gatehouse.domain.portal.statistics import day_of
from gatehouse.storage.counters import DynamoDBCounters
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from tests.factories import NOW

WORLD = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
"""moto is slow, and every example has an organisation of its own in the tables of the test."""


class Unreliable:
    """A transport that does as told before or after a transaction."""

    def __init__(self, tables: Tables) -> None:
        self._call = tables.transport.call
        self.before: list[Callable[[], object]] = []
        self.after: list[Callable[[], object]] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        is_transaction = operation == "TransactWriteItems"
        if is_transaction and self.before:
            self.before.pop()()
        answer = self._call(operation, request)
        if is_transaction and self.after:
            self.after.pop()()
        return answer


def fail() -> None:
    raise TemporarilyUnavailableError("the connection broke")


def token(organisation: str, number: int, **overrides: Any) -> TokenEvent:
    fields: dict[str, Any] = {
        "event_id": f"{organisation}-{number}.0",
        "organisation": organisation,
        "application_id": f"app-{number % 3}",
        "grant_type": "password",
        "user_id": f"user-{number % 5}",
        "at_ms": NOW * 1000 + number * 3_000,
        "registers": True,
    }
    fields |= overrides
    return TokenEvent(**fields, day=day_of(fields["at_ms"]))


def totals(tables: Tables, organisation: str) -> tuple[int, int]:
    """Tokens and registered users; the days must say the same."""
    found = tables.get_many(
        [(tables.directory, keys.statistic(organisation, "APPLICATION", f"app-{number}")) for number in range(3)]
    )
    tokens = sum(one["tokens"] for one in found if one)
    days = [keys.statistic(organisation, "DAY", "", day_of((NOW + past) * 1000)) for past in (0, 86_400)]
    by_day = tables.get_many([(tables.directory, key) for key in days])
    assert sum(one.get("tokens_password", 0) for one in by_day if one) == tokens
    return tokens, sum(one.get("registered_users", 0) for one in found if one)


def people(numbers: set[int]) -> int:
    return len({(number % 3, number % 5) for number in numbers})


def unreliable(tables: Tables) -> tuple[Unreliable, DynamoDBCounters]:
    transport = Unreliable(tables)
    return transport, DynamoDBCounters(Tables(transport=transport, directory=tables.directory, grants=tables.grants))


@WORLD
@given(batches=st.lists(st.lists(st.integers(0, 20), max_size=12), min_size=1, max_size=6))
def test_whatever_is_repeated_late_or_out_of_order(tables: Tables, batches: list[list[int]]) -> None:
    organisation, counters = f"o{secrets.token_hex(8)}", DynamoDBCounters(tables)

    new = [counters.count([token(organisation, one) for one in batch], NOW) for batch in batches]

    told = {number for batch in batches for number in batch}
    assert sum(new) == len(told)
    assert totals(tables, organisation) == (len(told), people(told))


@WORLD
@given(
    batches=st.lists(
        st.tuples(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.sampled_from(["", "before", "after"])),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_connection_breaks_before_or_after_the_commit(
    tables: Tables, batches: list[tuple[list[int], str]]
) -> None:
    organisation, (transport, counters) = f"o{secrets.token_hex(8)}", unreliable(tables)

    for numbers, broken in batches:
        batch = [token(organisation, one) for one in numbers]
        transport.before, transport.after = [fail] * (broken == "before"), [fail] * (broken == "after")
        try:
            counters.count(batch, NOW)
        except TemporarilyUnavailableError:
            transport.before, transport.after = [], []
            counters.count(batch, NOW)

    told = {number for numbers, _ in batches for number in numbers}
    assert totals(tables, organisation) == (len(told), people(told))


@WORLD
@given(
    mine=st.lists(st.integers(0, 20), min_size=1, max_size=12),
    others=st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=12), min_size=1, max_size=3),
)
def test_whatever_other_consumers_count_between_reading_and_writing(
    tables: Tables, mine: list[int], others: list[list[int]]
) -> None:
    organisation, (transport, counters) = f"o{secrets.token_hex(8)}", unreliable(tables)
    transport.before = [
        lambda batch=batch: DynamoDBCounters(tables).count([token(organisation, one) for one in batch], NOW)
        for batch in others
    ]

    counters.count([token(organisation, one) for one in mine], NOW)

    told = set(mine).union(*others[len(transport.before) :])
    assert totals(tables, organisation) == (len(told), people(told))


def test_a_consumer_that_always_loses_counts_nothing(tables: Tables) -> None:
    transport, counters = unreliable(tables)
    numbers = iter(range(100, 200))
    same_span = {"at_ms": NOW * 1000}
    transport.before = [
        lambda: DynamoDBCounters(tables).count([token("acme", next(numbers), **same_span)], NOW) for _ in range(10)
    ]

    with pytest.raises(TemporarilyUnavailableError):
        counters.count([token("acme", 1, **same_span)], NOW)

    assert totals(tables, "acme")[0] == 10


def test_a_span_of_many_pages_forgets_none(tables: Tables) -> None:
    counters = DynamoDBCounters(tables)
    batches = [
        [token("acme", number, at_ms=NOW * 1000) for number in range(start, start + 60)] for start in range(0, 300, 60)
    ]

    assert [counters.count(batch, NOW) for batch in batches] == [60] * 5
    assert [counters.count(batch, NOW) for batch in batches] == [0] * 5
    assert tables.get(tables.grants, keys.counted_events(NOW * 1000 // counting.SPAN_MS, 4)) is not None


def test_a_small_page_grows_instead_of_a_new_one(tables: Tables) -> None:
    for number in range(10):
        DynamoDBCounters(tables).count([token("acme", number, at_ms=NOW * 1000)], NOW)

    span = NOW * 1000 // counting.SPAN_MS
    assert tables.get(tables.grants, keys.counted_events(span, 0)) is not None
    assert tables.get(tables.grants, keys.counted_events(span, 1)) is None


@given(
    st.lists(
        st.builds(
            lambda number, organisation: token(f"org-{organisation}", number, application_id=f"app-{number}"),
            st.integers(0, 10_000),
            st.integers(0, 3),
        ),
        max_size=300,
    )
)
def test_shares_fit_into_transactions_and_lose_nothing(events: list[TokenEvent]) -> None:
    shares = list(counting.shares(events))

    assert sorted(one.event_id for share in shares for one in share) == sorted(one.event_id for one in events)
    for share in shares:
        spans = {one.span for one in share}
        applications = {(one.organisation, one.application_id) for one in share}
        days = {(one.organisation, one.day) for one in share}
        own_days = {(one.organisation, one.application_id, one.day) for one in share}
        users = {(one.organisation, one.application_id, one.user_id) for one in share}
        assert len(spans) + len(days) + len(own_days) + 2 * len(applications) + len(users) <= 100
