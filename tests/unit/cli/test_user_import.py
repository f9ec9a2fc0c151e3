"""`gatehouse users import`: people who keep their passwords."""

import json
from pathlib import Path

import pytest

from gatehouse.domain.accounts import passwords
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.members import DynamoDBMembers
from tests.unit.cli.conftest import PASSWORD, Operator, audited

BCRYPT_HASH = "$2b$04$" + "a" * 53


def imported(johnsorg: Operator, tmp_path: Path, *lines: object) -> tuple[int, str, str]:
    file = tmp_path / "users.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    result = johnsorg.run("users", "import", "johnsorg", str(file), "--json")
    return result.exit_code, result.stdout, result.stderr


def test_people_of_another_system_sign_in_with_their_passwords(
    johnsorg: Operator, tmp_path: Path, tables: Tables
) -> None:
    old = passwords.hash_password("anna-rows-the-boat-at-6")
    anna = {
        "username": "Anna@Example.org",
        "password_hash": old,
        "roles": ["employee"],
        "email": "anna@home.example",
        "display_name": "Anna",
    }

    status, told, _ = imported(johnsorg, tmp_path, anna, {"username": "bob", "password_hash": BCRYPT_HASH})

    found = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "anna@example.org")
    assert (status, json.loads(told)) == (0, {"imported": 2, "taken": 0, "refused": 0})
    assert found is not None
    assert passwords.matches("anna-rows-the-boat-at-6", found.password_hash)
    assert (found.roles, found.email, found.display_name) == (frozenset({"employee"}), "anna@home.example", "Anna")


def test_each_imported_user_has_a_line_in_the_audit_log_and_no_other_user(
    johnsorg: Operator, tmp_path: Path, tables: Tables
) -> None:
    before = audited(tables)
    people = [{"username": name, "password_hash": BCRYPT_HASH} for name in ("anna", "bob", "grace")]

    imported(johnsorg, tmp_path, *people, {"username": "carl"})

    lines = johnsorg.json("audit-entries", "list", "johnsorg", "--action", "member.import")
    assert {(one["actor"], one["target"]) for one in lines} == {("operator", "anna"), ("operator", "bob")}
    assert len(audited(tables)) == len(before) + 2


def test_a_username_that_is_taken_is_left_as_it_is(johnsorg: Operator, tmp_path: Path, tables: Tables) -> None:
    before = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")

    status, told, _ = imported(johnsorg, tmp_path, {"username": "Grace", "password_hash": BCRYPT_HASH})

    assert (status, json.loads(told)["taken"]) == (0, 1)
    assert DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace") == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("{", "not JSON", id="not JSON"),
        pytest.param("[]", "not a JSON object", id="no object"),
        pytest.param({"password_hash": BCRYPT_HASH}, "no username", id="no username"),
        pytest.param({"username": " x", "password_hash": BCRYPT_HASH}, "no username", id="a username nobody can type"),
        pytest.param({"username": "ann", "password_hash": "s3cret"}, "of no kind", id="a password instead of a hash"),
        pytest.param({"username": "ann"}, "of no kind", id="no hash"),
        pytest.param({"username": "ann", "password": "s3cret"}, "'password' is not expected", id="another member"),
        pytest.param({"username": "ann", "roles": "admin"}, "'roles' is not expected", id="another type"),
        pytest.param(
            {"username": "a@b@c", "password_hash": BCRYPT_HASH}, "nobody can type it", id="another's username"
        ),
        pytest.param({"username": "ann", "password_hash": "$2b$12$…"}, "malformed bcrypt", id="a hash of a manual"),
        pytest.param(
            {"username": "ann", "password_hash": "$2b$31$" + "a" * 53}, "costs more than a sign-in", id="a dear hash"
        ),
        pytest.param(
            {"username": "ann", "password_hash": BCRYPT_HASH, "roles": [""]}, "a role is a word", id="an empty role"
        ),
        pytest.param(
            {"username": "ann", "password_hash": BCRYPT_HASH, "roles": ["a,b"]},
            "a role is a word",
            id="two roles in one",
        ),
        pytest.param(
            {"username": "ann", "password_hash": BCRYPT_HASH, "roles": [3]}, "a role is a word", id="a role of digits"
        ),
        pytest.param(
            {"username": "ann", "password_hash": BCRYPT_HASH, "roles": [["a"]]},
            "a role is a word",
            id="a list as a role",
        ),
        pytest.param(
            {"username": "ann", "password_hash": BCRYPT_HASH, "email": "a\nb"}, "email is one visible", id="two lines"
        ),
        pytest.param(
            {"username": "ann", "password_hash": BCRYPT_HASH, "display_name": "\u202e"}, "display_name", id="unseen"
        ),
        pytest.param('{"username": "ann", "username": "bob"}', "'username' stands twice", id="a member twice"),
        pytest.param("[" * 100_000, "not JSON", id="deep"),
    ],
)
def test_a_line_that_describes_nobody_is_named_and_the_others_go_on(
    johnsorg: Operator, tmp_path: Path, line: object, said: str
) -> None:
    status, told, errors = imported(johnsorg, tmp_path, line, {"username": "bob", "password_hash": BCRYPT_HASH})

    assert (status, json.loads(told)) == (1, {"imported": 1, "taken": 0, "refused": 1})
    assert "line 1: " in errors
    assert said in errors
    assert "s3cret" not in errors


def test_a_table_is_imported_as_the_page_of_members_does(johnsorg: Operator, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        f"username;email;roles;password_hash\nanna;anna@x.example;clerk;{BCRYPT_HASH}\nbob@x.example;;;\n"
        "grace;grace@x.example;;\nno-address;;;\n",
        encoding="utf-8",
    )

    result = johnsorg.run("users", "import", "johnsorg", str(file), "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"imported": 1, "invited": 1, "taken": 1, "refused": 1}
    assert result.stderr.startswith("line 5: no-address: without a password hash")
    assert johnsorg.json("users", "show", "johnsorg", "anna")["roles"] == ["clerk"]
    file.write_text("name;mail\n", encoding="utf-8")
    assert "names the columns" in johnsorg.refused("users", "import", "johnsorg", str(file))


def test_a_byte_order_mark_and_blank_lines_are_passed_over(johnsorg: Operator, tmp_path: Path) -> None:
    first, second = ({"username": name, "password_hash": BCRYPT_HASH} for name in ("ann", "bob"))

    status, told, errors = imported(johnsorg, tmp_path, "\ufeff" + json.dumps(first), "", "  ", json.dumps(second), "")

    assert (status, json.loads(told), errors) == (0, {"imported": 2, "taken": 0, "refused": 0}, "")


def test_a_username_twice_in_the_file_is_refused_the_second_time(johnsorg: Operator, tmp_path: Path) -> None:
    first, second = ({"username": name, "password_hash": BCRYPT_HASH} for name in ("ann", "ANN"))

    status, told, errors = imported(johnsorg, tmp_path, first, second)

    assert (status, json.loads(told)) == (1, {"imported": 1, "taken": 0, "refused": 1})
    assert "line 2: ann: stands in line 1 already" in errors


def test_a_file_in_another_encoding_is_refused_line_by_line(johnsorg: Operator, tmp_path: Path) -> None:
    file = tmp_path / "users.jsonl"
    file.write_bytes(b'{"username": "\xe9"}\n' + json.dumps({"username": "a", "password_hash": BCRYPT_HASH}).encode())

    result = johnsorg.run("users", "import", "johnsorg", str(file), "--json")

    assert (result.exit_code, json.loads(result.stdout)["imported"]) == (1, 1)
    assert "line 1: not UTF-8" in result.stderr


def test_an_import_of_10_000_mixed_rows_names_every_refused_one(
    johnsorg: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = list[str]()

    def _remember(_: DynamoDBMembers, __: str, user: User, ___: Entry, ____: Job | None) -> bool:
        stored.append(user.username)
        return True

    monkeypatch.setattr(DynamoDBMembers, "add_member", _remember)
    wrong: tuple[object, ...] = (
        {"username": "a@b@c", "password_hash": BCRYPT_HASH},
        {"username": "x", "password_hash": "$2b$12$…"},
        {"username": "x", "password_hash": BCRYPT_HASH, "roles": [""]},
        "{",
    )
    rows = [
        wrong[at // 5 % 4] if at % 5 == 0 else {"username": f"u{at}", "password_hash": BCRYPT_HASH}
        for at in range(10_000)
    ]

    status, told, errors = imported(johnsorg, tmp_path, *rows)

    assert (status, json.loads(told)) == (1, {"imported": 8_000, "taken": 0, "refused": 2_000})
    assert len(stored) == 8_000
    assert [line.partition(":")[0] for line in errors.splitlines()] == [f"line {at + 1}" for at in range(0, 10_000, 5)]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(("users", "create", "johnsorg", "a@b@c"), "the sign-in page does not accept it", id="username"),
        pytest.param(("users", "create", "johnsorg", "ann", "--role", ""), "A role is a word", id="an empty role"),
        pytest.param(
            ("users", "create", "johnsorg", "ann", "--role", "a,b"), "A role is a word", id="two roles in one"
        ),
        pytest.param(("roles", "set", "johnsorg", "grace", "a,b"), "A role is a word", id="roles that are set"),
    ],
)
def test_what_could_never_sign_in_is_not_added(johnsorg: Operator, command: tuple[str, ...], said: str) -> None:
    assert said in johnsorg.refused(*command, GATEHOUSE_PASSWORD=PASSWORD)


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "aaaaaaaaaaaaaaaa",
        "password1234",
        "annabel",
        "annabel-annabel-9",
        "walks with Annabel!",
        "johnsorg-forever",
    ],
)
def test_a_password_that_the_pages_refuse_is_refused(johnsorg: Operator, password: str) -> None:
    said = johnsorg.refused("users", "create", "johnsorg", "annabel", "--role", "admin", GATEHOUSE_PASSWORD=password)

    assert "password" in said.lower()


def test_an_import_that_stops_says_where_and_how_many_it_stored(
    johnsorg: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_member = DynamoDBMembers.add_member

    def add(self: DynamoDBMembers, organisation: str, user: User, entry: Entry, job: Job | None) -> bool:
        if user.username == "bob":
            raise TemporarilyUnavailableError("throttled")
        return add_member(self, organisation, user, entry, job)

    monkeypatch.setattr(DynamoDBMembers, "add_member", add)
    people = [{"username": name, "password_hash": BCRYPT_HASH} for name in ("anna", "bob", "carl")]

    status, told, warned = imported(johnsorg, tmp_path, *people)

    assert (status, told) == (1, "")
    assert "line 2: stopped here; 1 users were imported" in warned
