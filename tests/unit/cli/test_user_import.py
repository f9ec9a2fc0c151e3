"""`gatehouse users import`: people who keep their passwords."""

import json
from pathlib import Path

import pytest

from gatehouse.domain import passwords
from gatehouse.storage.directory import Directory
from gatehouse.storage.memory import Memory
from gatehouse.storage.tables import Tables
from tests.unit.cli.conftest import Operator

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

    found = Directory(tables, Memory(0)).find_user("johnsorg", "anna@example.org")
    assert (status, json.loads(told)) == (0, {"imported": 2, "taken": 0, "refused": 0})
    assert found is not None
    assert passwords.matches("anna-rows-the-boat-at-6", found.password_hash)
    assert (found.roles, found.email, found.display_name) == (frozenset({"employee"}), "anna@home.example", "Anna")


def test_a_username_that_is_taken_is_left_as_it_is(johnsorg: Operator, tmp_path: Path, tables: Tables) -> None:
    before = Directory(tables, Memory(0)).find_user("johnsorg", "grace")

    status, told, _ = imported(johnsorg, tmp_path, {"username": "Grace", "password_hash": BCRYPT_HASH})

    assert (status, json.loads(told)["taken"]) == (0, 1)
    assert Directory(tables, Memory(0)).find_user("johnsorg", "grace") == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("{", "no JSON", id="no JSON"),
        pytest.param("[]", "no JSON object", id="no object"),
        pytest.param({"password_hash": BCRYPT_HASH}, "no username", id="no username"),
        pytest.param({"username": " x", "password_hash": BCRYPT_HASH}, "no username", id="a username nobody can type"),
        pytest.param({"username": "ann", "password_hash": "s3cret"}, "of no kind", id="a password instead of a hash"),
        pytest.param({"username": "ann"}, "of no kind", id="no hash"),
        pytest.param({"username": "ann", "password": "s3cret"}, "'password' is not expected", id="another member"),
        pytest.param({"username": "ann", "roles": "admin"}, "'roles' is not expected", id="another type"),
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
