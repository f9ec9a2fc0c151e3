"""Paging: what a page holds, and how many reads it costs."""

from typing import Any

import pytest

from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.storage.aws.transport import TransactionCanceledError
from gatehouse.storage.dynamodb import attribute_values
from gatehouse.storage.dynamodb.listings import Listings, cursor
from gatehouse.storage.dynamodb.tables import Tables
from tests.recording_transport import RecordingTransport


@pytest.fixture
def listings(tables: Tables) -> Listings:
    return Listings(tables)


def fill(tables: Tables, count: int, collection: str = "THINGS#johnsorg") -> None:
    for number in range(count):
        item = {"pk": f"{collection}#{number}", "collection": collection, "position": f"{number:05d}", "n": number}
        tables.put(tables.directory, attribute_values.render(item))


def numbers(page: Any) -> list[int]:
    return [one["n"] for one in page.items]


def test_pages_by_next_hold_everything_once(listings: Listings, tables: Tables) -> None:
    fill(tables, 7)

    seen: list[int] = []
    cursor = ""
    while True:
        page = listings.page("THINGS#johnsorg", Window(limit=3, cursor=cursor))
        seen += numbers(page)
        if not page.next:
            break
        cursor = page.next

    assert seen == list(range(7))
    assert page.total == 7


def test_previous_leads_back_to_the_first_page(listings: Listings, tables: Tables) -> None:
    fill(tables, 7)
    first = listings.page("THINGS#johnsorg", Window(limit=3))
    second = listings.page("THINGS#johnsorg", Window(limit=3, cursor=first.next))

    back = listings.page("THINGS#johnsorg", Window(limit=3, cursor=second.previous))

    assert (numbers(back), back.previous) == ([0, 1, 2], "")
    assert numbers(listings.page("THINGS#johnsorg", Window(limit=3, cursor=back.next))) == [3, 4, 5]


def test_descending_pages_begin_at_the_end(listings: Listings, tables: Tables) -> None:
    fill(tables, 5)

    first = listings.page("THINGS#johnsorg", Window(limit=2, is_descending=True))
    second = listings.page("THINGS#johnsorg", Window(limit=2, cursor=first.next, is_descending=True))

    assert (numbers(first), numbers(second)) == ([4, 3], [2, 1])
    back = listings.page("THINGS#johnsorg", Window(limit=2, cursor=second.previous, is_descending=True))
    assert numbers(back) == [4, 3]


@pytest.mark.parametrize("length", [1020, 1021, 1024, 1025])
@pytest.mark.parametrize("side", ["after", "before"])
def test_nothing_begins_with_a_prefix_that_hardly_fits_into_a_position(
    listings: Listings, length: int, side: str
) -> None:
    window = Window(limit=3, cursor=cursor(side, "x" * length))

    assert listings.page("THINGS#johnsorg", window, is_counted=False, prefix="x" * length).items == ()


@pytest.mark.parametrize("offset", [0, 1, 4, 6], ids=str)
def test_an_offset_skips_so_many(listings: Listings, tables: Tables, offset: int) -> None:
    fill(tables, 7)

    assert (
        numbers(listings.page("THINGS#johnsorg", Window(limit=2, offset=offset))) == list(range(7))[offset : offset + 2]
    )


def test_an_offset_past_the_end_is_an_empty_page(listings: Listings, tables: Tables) -> None:
    fill(tables, 3)

    page = listings.page("THINGS#johnsorg", Window(limit=2, offset=50))

    assert (numbers(page), page.total, page.next, page.previous) == ([], 3, "", "")


@pytest.mark.parametrize("cursor", ["x", "AAAA", "WzEsMl0", "WyJhZnRlciIsIiJd", "WyJhZnRlciIsIDVd"])
def test_a_foreign_cursor_is_refused(listings: Listings, cursor: str) -> None:
    with pytest.raises(InvalidInputError):
        listings.page("THINGS#johnsorg", Window(limit=2, cursor=cursor))


def test_a_length_moves_with_its_transaction(listings: Listings, tables: Tables) -> None:
    fill(tables, 3)

    tables.transact([listings.counting("THINGS#johnsorg", -1)])

    assert listings.count("THINGS#johnsorg") == 2


def test_reads_do_not_grow_with_the_listing(listings: Listings, tables: Tables, transport: RecordingTransport) -> None:
    fill(tables, 300)
    listings.count("THINGS#johnsorg")

    transport.operations.clear()
    page = listings.page("THINGS#johnsorg", Window(limit=25))
    first = list(transport.operations)
    transport.operations.clear()
    listings.page("THINGS#johnsorg", Window(limit=25, cursor=page.next))

    assert first == transport.operations == ["GetItem", "Query"]


@pytest.mark.parametrize("is_descending", [False, True])
def test_a_cursor_behind_everything_that_begins_so_is_not_ours(listings: Listings, *, is_descending: bool) -> None:
    """DynamoDB refuses a BETWEEN whose first value is the greater one."""
    window = Window(cursor=cursor("after", "ann\U0010ffff\U0010ffff"), is_descending=is_descending)

    with pytest.raises(InvalidInputError):
        listings.page("THINGS#johnsorg", window, prefix="ann")


@pytest.mark.parametrize(("offset", "queries"), [(5, 1), (99, 1), (100, 2), (220, 3)])
def test_a_hand_made_offset_costs_one_query_for_each_full_step_more(
    listings: Listings,
    tables: Tables,
    transport: RecordingTransport,
    monkeypatch: pytest.MonkeyPatch,
    offset: int,
    queries: int,
) -> None:
    monkeypatch.setattr("gatehouse.storage.dynamodb.listings._SKIPPED_PER_READ", 100)
    fill(tables, 230)
    listings.count("THINGS#johnsorg")
    transport.operations.clear()

    page = listings.page("THINGS#johnsorg", Window(limit=25, offset=offset))

    assert numbers(page)[0] == offset
    assert transport.operations.count("Query") == queries


@pytest.mark.parametrize("is_descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("offset", [100, 150, 200, 220])
def test_an_offset_skips_as_many_within_a_part_of_a_listing(
    listings: Listings,
    tables: Tables,
    monkeypatch: pytest.MonkeyPatch,
    offset: int,
    is_descending: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr("gatehouse.storage.dynamodb.listings._SKIPPED_PER_READ", 50)
    fill(tables, 230)
    order = list(range(230))[:: -1 if is_descending else 1]

    page = listings.page("THINGS#johnsorg", Window(limit=25, offset=offset, is_descending=is_descending), prefix="0")

    assert numbers(page) == order[offset : offset + 25]


@pytest.mark.parametrize(("offset", "queries"), [(99, 2), (100, 1), (150, 1), (5000, 1)])
def test_an_offset_past_the_end_costs_no_more_than_the_way_there(
    listings: Listings,
    tables: Tables,
    transport: RecordingTransport,
    monkeypatch: pytest.MonkeyPatch,
    offset: int,
    queries: int,
) -> None:
    monkeypatch.setattr("gatehouse.storage.dynamodb.listings._SKIPPED_PER_READ", 100)
    fill(tables, 60)
    listings.count("THINGS#johnsorg")
    transport.operations.clear()

    page = listings.page("THINGS#johnsorg", Window(limit=25, offset=offset))

    assert (page.items, page.total, page.next, page.previous) == ((), 60, "", "")
    assert transport.operations.count("Query") <= queries


def test_whoever_counts_a_listing_late_takes_the_length_that_moved_meanwhile(
    listings: Listings, tables: Tables, transport: RecordingTransport
) -> None:
    fill(tables, 3)

    transport.before("PutItem", lambda: tables.transact([Listings(tables).counting("THINGS#johnsorg", 1)]))

    assert listings.count("THINGS#johnsorg") == 4
    assert Listings(tables).count("THINGS#johnsorg") == 4


@pytest.mark.parametrize(("is_counted", "total"), [(True, 4), (False, 3)], ids=["counted", "not counted yet"])
def test_a_length_moves_without_a_query_where_it_is_stored(
    listings: Listings,
    tables: Tables,
    transport: RecordingTransport,
    is_counted: bool,  # noqa: FBT001
    total: int,
) -> None:
    fill(tables, 3)
    if is_counted:
        listings.count("THINGS#johnsorg")
    transport.operations.clear()

    tables.transact([listings.counting_without_query("THINGS#johnsorg", 1)])

    assert transport.operations == ["GetItem", "TransactWriteItems"]
    assert listings.count("THINGS#johnsorg") == total


def test_what_is_counted_between_refuses_the_transaction(
    listings: Listings, tables: Tables, transport: RecordingTransport
) -> None:
    fill(tables, 3)
    transport.before("TransactWriteItems", lambda: Listings(tables).count("THINGS#johnsorg"))

    with pytest.raises(TransactionCanceledError):
        tables.transact([listings.counting_without_query("THINGS#johnsorg", 1)])

    assert listings.count("THINGS#johnsorg") == 3
