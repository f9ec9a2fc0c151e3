"""Statistics: each token is counted once, whatever the stream does."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.kernel import digests
from gatehouse.domain.oauth.tokens import Grant
from gatehouse.domain.portal import counting
from gatehouse.domain.portal.statistics import day_of, last_days, rank
from gatehouse.storage import grants
from gatehouse.storage.counters import DynamoDBCounters, parse_event
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.statistics import DynamoDBStatistics
from tests import factories
from tests.factories import NOW

TODAY = day_of(NOW * 1000)


def grant(**overrides: Any) -> Grant:
    fields: dict[str, Any] = {
        "grant_id": digests.generate_id(),
        "scopes": frozenset({"default"}),
        "access_scopes": frozenset({"default"}),
    }
    return factories.grant(**(fields | overrides))


def record(new: Grant | None, old: Grant | None = None) -> dict[str, Any]:
    images = {"NewImage": new, "OldImage": old}
    change: dict[str, Any] = {name: grants.render(one) for name, one in images.items() if one is not None}
    shown = new or old
    assert shown is not None
    return {"eventID": "e", "dynamodb": {"Keys": {"pk": {"S": f"GRANT#{shown.grant_id}"}}, **change}}


@pytest.fixture
def counters(tables: Tables) -> DynamoDBCounters:
    return DynamoDBCounters(tables)


@pytest.fixture
def statistics(writer: DirectoryWriter, tables: Tables) -> DynamoDBStatistics:
    writer.save_application(factories.application())
    writer.save_application(factories.application(application_id="app-2", name="Other"))
    return DynamoDBStatistics(tables)


def feed(counters: DynamoDBCounters, *records: dict[str, Any]) -> int:
    """Count the records as one batch; return how many tokens were new."""
    events = [parse_event(one) for one in records]
    return counters.count([one for one in events if one is not None], NOW)


def totals(statistics: DynamoDBStatistics, application_id: str = "app-1") -> tuple[int, int]:
    (found,) = statistics.find_application_counts("johnsorg", (application_id,))
    return found.registered_users, found.tokens


def test_a_password_grant_counts_a_user_and_a_token(counters: DynamoDBCounters, statistics: DynamoDBStatistics) -> None:
    feed(counters, record(grant()))

    assert totals(statistics) == (1, 1)
    (day,) = statistics.find_day_counts("johnsorg", (TODAY,))
    assert msgspec.structs.asdict(day) == {"day": TODAY, "grant_type": "password", "tokens": 1}
    assert statistics.find_day_counts("johnsorg", (TODAY,), "app-1") == (day,)


def test_a_user_is_registered_once_and_his_tokens_add_up(
    counters: DynamoDBCounters, statistics: DynamoDBStatistics
) -> None:
    feed(counters, record(grant()), record(grant()), record(grant(user_id="user-mary")))

    assert totals(statistics) == (2, 3)


def test_a_repeated_record_counts_once(counters: DynamoDBCounters, statistics: DynamoDBStatistics) -> None:
    one = record(grant())

    assert [feed(counters, one, one), feed(counters, one), feed(counters, one, record(grant()))] == [1, 0, 1]
    assert totals(statistics) == (1, 2)


def test_records_in_the_wrong_order_count_the_same(counters: DynamoDBCounters, statistics: DynamoDBStatistics) -> None:
    first = grant()
    second = grant(grant_id=first.grant_id, rotation=1, rotated_at_ms=NOW * 1000)
    third = grant(grant_id=first.grant_id, rotation=2, rotated_at_ms=NOW * 1000)

    feed(counters, record(third, second), record(first), record(second, first), record(third, second))

    by_grant = {one.grant_type: one.tokens for one in statistics.find_day_counts("johnsorg", (TODAY,))}
    assert by_grant == {"password": 1, "refresh_token": 2}
    assert totals(statistics) == (1, 3)


def test_a_late_record_counts_on_its_own_day(counters: DynamoDBCounters, statistics: DynamoDBStatistics) -> None:
    feed(counters, record(grant(issued_at_ms=(NOW - 86400) * 1000)))

    assert [one.day for one in statistics.find_day_counts("johnsorg", last_days(NOW, 7))] == [
        day_of((NOW - 86400) * 1000)
    ]


@pytest.mark.parametrize("change", ["revoked", "expired"])
def test_what_issues_no_token_counts_nothing(
    counters: DynamoDBCounters, statistics: DynamoDBStatistics, change: str
) -> None:
    one = grant()
    revoked = grant(grant_id=one.grant_id, revoked=True)

    assert feed(counters, record(revoked, one) if change == "revoked" else record(None, one)) == 0
    assert totals(statistics) == (0, 0)


def test_expiry_never_lowers_the_registered_users(counters: DynamoDBCounters, statistics: DynamoDBStatistics) -> None:
    one = grant()
    feed(counters, record(one), record(None, one))

    assert totals(statistics) == (1, 1)


def test_an_application_token_registers_nobody(counters: DynamoDBCounters, statistics: DynamoDBStatistics) -> None:
    feed(counters, record(grant(grant_type="client_credentials", user_id=None, username=None)))

    assert totals(statistics) == (0, 1)


def test_the_memory_outlives_the_stream(counters: DynamoDBCounters, tables: Tables) -> None:
    feed(counters, record(grant()))

    remembered = tables.get(tables.grants, keys.counted_events(NOW * 1000 // counting.SPAN_MS, 0))
    assert remembered is not None
    assert remembered["expires_at"] - NOW > 24 * 3600


def test_a_first_call_is_known_before_and_after_tokens_are_counted(
    counters: DynamoDBCounters, statistics: DynamoDBStatistics
) -> None:
    statistics.mark_called("johnsorg", "app-1")
    (before,) = statistics.find_application_counts("johnsorg", ("app-1",))
    feed(counters, record(grant()))
    statistics.mark_called("johnsorg", "app-1")
    (after,) = statistics.find_application_counts("johnsorg", ("app-1",))

    assert (before.has_called, before.tokens) == (True, 0)
    assert (after.has_called, after.tokens) == (True, 1)
    assert [one.application_id for one in statistics.find_top_applications("johnsorg", 9)] == ["app-1"]


def test_the_call_of_an_application_that_is_gone_leaves_nothing(statistics: DynamoDBStatistics, tables: Tables) -> None:
    statistics.mark_called("johnsorg", "gone")

    assert tables.get(tables.directory, keys.statistic("johnsorg", "APPLICATION", "gone")) is None


def test_top_applications_come_most_tokens_first(counters: DynamoDBCounters, statistics: DynamoDBStatistics) -> None:
    feed(counters, record(grant()), *(record(grant(application_id="app-2")) for _ in range(3)))

    top = statistics.find_top_applications("johnsorg", 10)

    assert [(one.name, one.tokens) for one in top] == [("Other", 3), ("Demo", 1)]
    assert statistics.find_top_applications("acme", 10) == ()


def test_a_deleted_application_takes_no_place_of_another(
    counters: DynamoDBCounters, statistics: DynamoDBStatistics
) -> None:
    feed(counters, record(grant()), *(record(grant(application_id="gone")) for _ in range(3)))

    assert [one.application_id for one in statistics.find_top_applications("johnsorg", 1)] == ["app-1"]


def test_other_items_of_the_table_are_passed_over() -> None:
    item = attribute_values.render({"expires_at": 1})

    assert parse_event({"dynamodb": {"Keys": {"pk": {"S": "SESSION#x"}}, "NewImage": item}}) is None


def test_an_application_moves_up_whenever_its_first_three_digits_change(
    counters: DynamoDBCounters, statistics: DynamoDBStatistics, tables: Tables
) -> None:
    place = keys.statistic("johnsorg", "RANK", "app-1")
    for batch in (9, 90, 900):
        feed(counters, *(record(grant()) for _ in range(batch)))
    before = tables.get(tables.directory, place)

    feed(counters, *(record(grant(application_id="app-2")) for _ in range(3)))
    feed(counters, record(grant()))
    thousandth = tables.get(tables.directory, place)
    feed(counters, *(record(grant()) for _ in range(9)))

    assert before is not None
    assert thousandth is not None
    assert (before["position"], thousandth["position"]) == ("03999 app-1", "04100 app-1")
    assert tables.get(tables.directory, place) == thousandth
    assert [one.tokens for one in statistics.find_top_applications("johnsorg", 10)] == [1009, 3]


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_more_tokens_never_rank_lower(one: int, other: int) -> None:
    assert (one <= other) <= (rank(one) <= rank(other))
