"""What a page of each listing costs that an organisation's administrators look at: the same wherever it is."""

from collections.abc import Callable
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.storage import audit
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.members import DynamoDBMembers
from tests import factories
from tests.recording_transport import RecordingTransport

COUNT = 60
_ORGANISATION = "johnsorg"

type Find = Callable[[Tables, Window], Page[Any]]


def members(tables: Tables, window: Window) -> Page[Any]:
    return DynamoDBMembers(tables).find_members(_ORGANISATION, window)


def waiting(tables: Tables, window: Window) -> Page[Any]:
    return DynamoDBMembers(tables).find_waiting_members(_ORGANISATION, window)


def audit_log(tables: Tables, window: Window) -> Page[Any]:
    return DynamoDBAuditLog(tables).find_entries(_ORGANISATION, window)


@pytest.fixture
def filled(tables: Tables, writer: DirectoryWriter) -> Tables:
    entry = Entry(organisation=_ORGANISATION, at_ms=1, actor="mary", action="member.unlock", target="0")
    for number in range(COUNT):
        name = f"user-{number:02d}"
        writer.add_user(factories.user(user_id=name, username=name, awaits_approval=True))
        tables.transact([audit.action(tables, replace(entry, at_ms=number, target=str(number)))])
    return tables


@pytest.mark.parametrize(
    ("find", "reads"),
    [
        pytest.param(members, ["GetItem", "Query"], id="members"),
        pytest.param(waiting, ["GetItem", "Query", "BatchGetItem"], id="members who wait"),
        pytest.param(audit_log, ["Query"], id="audit log"),
    ],
)
def test_every_page_by_cursor_costs_the_same(
    filled: Tables, transport: RecordingTransport, find: Find, reads: list[str]
) -> None:
    find(filled, Window())  # counts the listing once, for ever
    cursor, seen = "", 0
    while True:
        transport.operations.clear()
        page = find(filled, Window(limit=20, cursor=cursor))
        assert transport.operations == reads
        seen += len(page.items)
        if not page.next:
            break
        cursor = page.next

    assert seen == COUNT
    transport.operations.clear()
    assert find(filled, Window(limit=20, cursor=page.previous)).items
    assert transport.operations == reads
