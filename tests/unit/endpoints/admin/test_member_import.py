"""Members imported from a table, on the page and in the JSON API."""

from typing import Any

import pytest

from gatehouse.domain.accounts import passwords
from tests.unit.endpoints.members import Admin
from tests.unit.endpoints.store.browser import StoreBrowser

PATH = "/store/admin/import"
HASH = passwords.hash_password("seven purple walruses")
TABLE = f"""username,email,display_name,roles,password_hash
eve@x.example,,Eve Adams,publisher manager,
frank,frank@x.example,"Frank, Sr.",,
grace,,Grace,,"{HASH}"
john@gmail.com,,,,
nobody,,,,
hank@x.example,,,manger,
eve@x.example,,,,
short,row
"""


def test_right_rows_are_stored_and_wrong_ones_named_and_kept_in_the_form(
    browser: StoreBrowser, admin: Admin, dump: Any
) -> None:
    page = browser.upload(PATH, "unused", b"", table=TABLE)

    assert page.status == 200
    assert "2 invited, 1 imported with a password, 1 already there, 4 refused." in page.body
    for line, reason in (
        (6, "nobody: without a password hash, an e-mail address is needed for the invitation"),
        (7, "The role manger is not used in your organisation yet. Did you mean manager?"),
        (8, "eve@x.example: stands in line 2 already"),
        (9, "2 cells instead of 5"),
    ):
        assert f'<th scope="row">{line}</th><td data-label="Reason">{reason}' in page.body
    left = page.body.partition('<textarea id="content"')[2].partition(">")[2].partition("</textarea>")[0]
    assert left.splitlines() == [
        "username,email,display_name,roles,password_hash",
        "nobody,,,,",
        "hank@x.example,,,manger,",
        "eve@x.example,,,,",
        "short,row",
    ]
    eve, frank, grace = (admin("GET", f"/members/{one}").json for one in ("eve@x.example", "frank", "grace"))
    assert (eve["roles"], eve["displayName"], eve["invitation"]) == (["manager", "publisher"], "Eve Adams", "pending")
    assert (frank["displayName"], frank["email"]) == ("Frank, Sr.", "frank@x.example")
    assert grace["invitation"] == ""
    jobs = [item["login"]["S"] for item in dump("grants") if item["pk"]["S"].startswith("JOB#")]
    assert sorted(jobs) == ["eve@x.example", "frank"]


@pytest.mark.parametrize("email", ["ivy", "Ivy<ivy@x.example>", "ivy@x", "ívy@x.example", "ivy@x.example;"])
def test_who_is_invited_has_an_address_that_takes_mail(browser: StoreBrowser, email: str) -> None:
    page = browser.upload(PATH, "unused", b"", table=f'username,email\nivy,"{email}"\n')

    assert "0 invited, 0 imported with a password, 0 already there, 1 refused." in page.body


def test_the_same_table_again_changes_nothing(browser: StoreBrowser) -> None:
    browser.upload(PATH, "unused", b"", table="username\neve@x.example\n")

    again = browser.upload(PATH, "unused", b"", table="username\neve@x.example\n")

    assert "0 invited, 0 imported with a password, 1 already there." in again.body


def test_a_file_with_semicolons_and_a_byte_order_mark_is_read(browser: StoreBrowser, admin: Admin) -> None:
    page = browser.upload(PATH, "file", b"\xef\xbb\xbfUsername;Roles\r\neve@x.example;clerk\r\n", createRoles="on")

    assert "1 invited" in page.body
    assert admin("GET", "/members/eve@x.example").json["roles"] == ["clerk"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("username\tdisplay_name\neve@x.example\tZoë\n".encode("utf-16"), id="UTF-16 with tabs"),
        pytest.param("username,display_name\neve@x.example,Zoë\n".encode("utf-16"), id="UTF-16"),
        pytest.param("username;display_name\r\neve@x.example;Zoë".encode("utf-8-sig"), id="semicolons"),
        pytest.param('"username","display_name"\n"eve@x.example","Zoë"\n'.encode(), id="quotes"),
        pytest.param("\n\n username , display_name \n , \n eve@x.example , Zoë \n\n".encode(), id="blanks"),
    ],
)
def test_a_table_is_read_as_spreadsheets_save_it(browser: StoreBrowser, admin: Admin, content: bytes) -> None:
    page = browser.upload(PATH, "file", content)

    assert "1 invited" in page.body
    assert admin("GET", "/members/eve@x.example").json["displayName"] == "Zoë"


def test_ten_thousand_rows_are_refused_and_stay_in_the_field(browser: StoreBrowser) -> None:
    table = "username\n" + "".join(f"u{number}@x.example\n" for number in range(10_000))

    page = browser.upload(PATH, "file", table.encode())

    assert page.status == 400
    assert "At most 200 members at once." in page.body
    assert "u9999@x.example" in page.body


def test_a_cell_over_two_lines_and_a_formula_are_refused_or_stay_text(browser: StoreBrowser, admin: Admin) -> None:
    table = 'username,display_name\n"eve@x.example","=1+1"\n"zoe@x.example","two\nlines"\n'

    page = browser.upload(PATH, "file", table.encode())

    assert "1 invited" in page.body
    assert "display_name is one visible line" in page.body
    assert admin("GET", "/members/eve@x.example").json["displayName"] == "=1+1"
    assert "zoe@x.example" in page.body.partition('<textarea id="content"')[2]


def test_what_is_no_text_is_not_shown_as_one(browser: StoreBrowser) -> None:
    page = browser.upload(PATH, "file", "username\nzoë\n".encode("cp1252"))

    assert "In a spreadsheet, save it as CSV in UTF-8." in page.body
    assert "\N{REPLACEMENT CHARACTER}" not in page.body


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "The first line names the columns", id="nothing"),
        pytest.param(b"name\nx\n", "The first line names the columns", id="another column"),
        pytest.param(b"username,username\nx,y\n", "The first line names the columns", id="a column twice"),
        pytest.param(b"username\n\xff\n", "no text in UTF-8", id="no text"),
        pytest.param(b'username\n"a"b\n', "Line 2 is no CSV", id="no CSV"),
        pytest.param(b"username\n" + b"a\n" * 201, "At most 200 members at once.", id="too many"),
        pytest.param(b"username\n" + b"a" * 262_144, "at most 256 KiB", id="too large"),
    ],
)
def test_what_is_no_table_is_refused(browser: StoreBrowser, content: bytes, said: str) -> None:
    page = browser.upload(PATH, "file", content)

    assert page.status == 400
    assert said in page.body
    assert 'id="content-error"' in page.body


def test_no_reason_holds_a_hash(browser: StoreBrowser) -> None:
    page = browser.upload(PATH, "unused", b"", table="username,password_hash\neve@x.example,$nonsense$secret\n")

    assert "1 refused" in page.body
    assert "secret" not in page.body.partition('id="result"')[2].partition("</form>")[0].partition("<textarea")[0]


def test_the_json_api_does_the_same(admin: Admin) -> None:
    answer = admin("POST", "/import/members", {"content": "username,roles\neve@x.example,clerk\nnobody,\n"})

    assert answer.status == 200
    assert answer.json == {
        "invited": 1,
        "imported": 0,
        "taken": 0,
        "refused": [
            {
                "line": 3,
                "reason": "nobody: without a password hash, an e-mail address is needed for the invitation",
            }
        ],
    }
    assert admin("POST", "/import/members", {"content": "name\n"}).status == 400
