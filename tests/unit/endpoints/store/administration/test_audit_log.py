"""Finding lines of the audit log, and taking them along."""

import csv
import io
from copy import replace

import pytest

from gatehouse.domain.kernel.audit import Entry
from gatehouse.endpoints.store import spreadsheets
from gatehouse.storage import audit
from gatehouse.storage.dynamodb.tables import Tables
from tests.factories import NOW
from tests.unit.endpoints.members import Admin, Member
from tests.unit.endpoints.store.browser import StoreBrowser

DAY_MS = 86_400_000


@pytest.fixture
def lines(organisations: object, tables: Tables) -> list[Entry]:  # noqa: ARG001 - filled for its effect
    made = [
        Entry(
            organisation="johnsorg",
            at_ms=NOW * 1000 - back * DAY_MS,
            actor=actor,
            action=action,
            target="x",
            detail=detail,
        )
        for back, actor, action, detail in (
            (3, "mary@gmail.com", "member.roles", "=1+1"),
            (2, "mary@gmail.com", "api.publish", "two"),
            (1, "ada", "member.invite", "three"),
            (0, "ada", "member.disable", "four"),
        )
    ]
    tables.transact([audit.action(tables, one) for one in made])
    return made


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("actor=ada", ["four", "three"], id="an actor"),
        pytest.param("actor=Mary@Gmail.com", ["two", "=1+1"], id="an actor in another spelling"),
        pytest.param("action=member.", ["four", "three", "=1+1"], id="a group of actions"),
        pytest.param("action=member.roles", ["=1+1"], id="an action"),
        pytest.param("from=2027-01-14", ["four", "three"], id="from a day"),
        pytest.param("to=2027-01-13", ["two", "=1+1"], id="until a day"),
        pytest.param("actor=ada&to=2400-01-01", ["four", "three"], id="until a day of another digit"),
        pytest.param("actor=mary@gmail.com&action=api.&from=2027-01-01&to=2027-02-01", ["two"], id="all at once"),
        pytest.param("actor=nobody", [], id="nobody"),
    ],
)
def test_lines_are_found_by_page_and_api_alike(
    browser: StoreBrowser, admin: Admin, query: str, found: list[str]
) -> None:
    listed = [one["detail"] for one in admin("GET", f"/audit?{query}").json["list"]]
    page = browser.get(f"/store/admin/audit?{query}").body
    exported = list(csv.DictReader(io.StringIO(browser.get(f"/store/admin/audit/export?{query}").body)))

    details = {"=1+1", "two", "three", "four"}
    assert [one for one in listed if one in details] == found
    assert [
        one for one in ("four", "three", "two", "=1+1") if f'data-label="Detail" class="wide">{one}<' in page
    ] == found
    assert [one["Detail"].removeprefix("'") for one in exported if one["Detail"].removeprefix("'") in details] == found


def test_a_search_goes_on_where_it_ended(
    browser: StoreBrowser, admin: Admin, tables: Tables, lines: list[Entry]
) -> None:
    more = [
        Entry(
            organisation="johnsorg", at_ms=lines[0].at_ms + one, actor="robot", action="keys.update", target=f"t{one}"
        )
        for one in range(1, 90)
    ]
    for one in more:
        tables.transact([audit.action(tables, one)])

    first = admin("GET", "/audit?actor=mary@gmail.com&limit=1").json
    second = admin("GET", first["pagination"]["next"].removeprefix("/api/am/admin/v4")).json
    page = browser.get("/store/admin/audit?actor=mary@gmail.com&limit=1").body

    assert [one["detail"] for one in (*first["list"], *second["list"])] == ["two", "=1+1"]
    assert "actor=mary" in page.partition('rel="next" href="')[2].partition('"')[0]


@pytest.mark.usefixtures("lines")
def test_a_search_begins_at_an_offset_as_other_listings_do(browser: StoreBrowser, admin: Admin) -> None:
    first = admin("GET", "/audit?action=member.&limit=1&offset=1").json
    second = admin("GET", first["pagination"]["next"].removeprefix("/api/am/admin/v4")).json
    page = browser.get("/store/admin/audit?action=member.&offset=2").body

    assert [one["detail"] for one in (*first["list"], *second["list"])] == ["three", "=1+1"]
    assert [one for one in ("four", "three", "=1+1") if f">{one}<" in page] == ["=1+1"]
    assert admin("GET", "/audit?action=member.&offset=9").json["list"] == []


@pytest.mark.usefixtures("lines")
def test_an_offset_beyond_what_a_search_reads_at_once_is_refused(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_SEARCHED_PAGES", 1)
    monkeypatch.setattr(audit, "_SEARCHED_LINES", 2)

    assert admin("GET", "/audit?action=member.&offset=3").status == 400
    assert admin("GET", "/audit?action=member.&offset=1").status == 200


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "29.11.2026"])
def test_a_day_that_is_none_is_said_beside_its_field(browser: StoreBrowser, admin: Admin, day: str) -> None:
    page = browser.get(f"/store/admin/audit?from={day}")

    assert (page.status, 'id="from-error"' in page.body) == (400, True)
    assert browser.get(f"/store/admin/audit/export?to={day}").status == 400
    assert admin("GET", f"/audit?to={day}").status == 400


@pytest.mark.usefixtures("lines")
def test_names_stand_beside_ids(browser: StoreBrowser, john: Member) -> None:
    application = john.application("Corner Shop")
    page = browser.get("/store/admin/audit").body

    assert f'Corner Shop<br><span class="hint">{application["applicationId"]}</span>' in page


@pytest.mark.usefixtures("lines")
def test_no_cell_of_an_export_is_a_formula(browser: StoreBrowser) -> None:
    answer = browser.get("/store/admin/audit/export")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    assert answer.body.startswith("\ufeffTime (UTC),")  # without it, Excel reads no UTF-8
    assert ",'=1+1\r\n" in answer.body


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_a_cell_that_could_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    (row,) = list(csv.reader(io.StringIO(spreadsheets.render(["a"], [[text]]), newline="")))[1:]

    assert row == [f"'{text}"]


def test_an_export_that_is_cut_says_so(
    browser: StoreBrowser, monkeypatch: pytest.MonkeyPatch, lines: list[Entry]
) -> None:
    from gatehouse.endpoints.store import audit_pages

    monkeypatch.setattr(audit_pages, "_PAGES_MAX", 1)
    monkeypatch.setattr(audit_pages, "_PAGE", 1)

    answer = browser.get("/store/admin/audit/export?actor=mary@gmail.com").body.splitlines()

    assert len(answer) == 3
    assert answer[-1].startswith("The export ends here.")
    assert lines[1].detail in answer[1]


def test_an_export_of_hardly_any_line_reads_a_part_and_goes_on_at_the_address_it_ends_with(
    browser: StoreBrowser, monkeypatch: pytest.MonkeyPatch, tables: Tables, lines: list[Entry]
) -> None:
    from gatehouse.endpoints.store import audit_pages

    monkeypatch.setattr(audit_pages, "_PAGES_MAX", 2)
    monkeypatch.setattr(audit, "_SEARCHED_PAGES", 1)
    monkeypatch.setattr(audit, "_SEARCHED_LINES", 10)
    for number in range(1, 50):
        entry = replace(lines[0], at_ms=lines[0].at_ms + number, actor="robot", detail="five")
        tables.transact([audit.action(tables, entry)])
    address, parts = (
        "https://auth.example/store/admin/audit/export?action=member.roles&actor=mary@gmail.com",
        list[str](),
    )

    while address and len(parts) < 10:
        parts.append(browser.get(address.removeprefix("https://auth.example")).body)
        address = parts[-1].partition(" follow at ")[2].strip()

    assert [lines[0].detail in one for one in parts] == [False, False, True]
    assert "five" not in "".join(parts)


@pytest.mark.usefixtures("organisations")
def test_an_export_is_cut_by_its_bytes_in_any_script(
    browser: StoreBrowser, monkeypatch: pytest.MonkeyPatch, tables: Tables
) -> None:
    from gatehouse.endpoints.store import audit_pages

    monkeypatch.setattr(audit_pages, "_EXPORTED_BYTES_MAX", 1000)
    monkeypatch.setattr(audit_pages, "_PAGE", 1)
    for number in range(3):
        entry = Entry(
            organisation="johnsorg",
            at_ms=NOW * 1000 + number,
            actor="robot",
            action="api.update",
            target="x",
            detail="注文" * 150,
        )
        tables.transact([audit.action(tables, entry)])

    answer = browser.get("/store/admin/audit/export?actor=robot").body

    assert answer.count("注文" * 150) == 2
    assert "The export ends here." in answer
