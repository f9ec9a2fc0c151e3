"""Members: invited, disabled, given roles, let in."""

from typing import Any

import pytest

from gatehouse.storage.tables import Tables
from tests.unit.store.conftest import Admin, Person


def test_members_are_listed_page_by_page(admin: Admin) -> None:
    first = admin("GET", "/members", limit=2).json
    second = admin("GET", "/members", limit=2, cursor=first["pagination"]["next"]).json

    names = [one["username"] for one in first["list"] + second["list"]]
    assert names == ["ada", "john@gmail.com", "mary@gmail.com"]


def test_an_invited_member_gets_a_mail_and_no_password(admin: Admin, tables: Tables, dump: Any) -> None:
    made = admin("POST", "/members", {"username": "eve@x.example", "roles": ["employee"]})

    assert (made.status, made.json["active"]) == (201, True)
    errands = [item for item in dump("grants") if item["pk"]["S"].startswith("ERRAND#")]
    assert [item["login"]["S"] for item in errands] == ["eve@x.example"]
    assert errands[0]["issuer"]["S"] == "https://auth.example/t/johnsorg"
    user = tables.get(tables.directory, {"pk": {"S": "USER#johnsorg#eve@x.example"}})
    assert user is not None
    assert "password_hash" not in user


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"username": "ada", "email": "a@b.example"}, 409, id="a name that is taken"),
        pytest.param({"username": "eve"}, 400, id="no address"),
        pytest.param({"username": "eve@x.example@acme"}, 400, id="another organisation"),
        pytest.param({"username": "eve@x.example", "roles": ["a b"]}, 400, id="a malformed role"),
    ],
)
def test_a_wrong_invitation_is_refused(admin: Admin, body: Any, status: int) -> None:
    assert admin("POST", "/members", body).status == status


def test_a_disabled_member_is_out_with_all_tokens(admin: Admin, john: Person) -> None:
    assert john.get("/applications").status == 200

    assert admin("POST", "/members/john@gmail.com/disable").json["active"] is False
    assert john.get("/applications").status == 401

    assert admin("POST", "/members/john@gmail.com/enable").json["active"] is True


def test_an_administrator_does_not_lock_himself_out(admin: Admin) -> None:
    assert admin("POST", "/members/ada/disable").status == 400
    assert admin("PUT", "/members/ada", {"roles": []}).status == 400


def test_roles_take_effect(admin: Admin) -> None:
    assert admin("PUT", "/members/john@gmail.com", {"roles": ["manager"]}).json["roles"] == ["manager"]
    assert admin("GET", "/members/john@gmail.com").json["roles"] == ["manager"]


def test_a_locked_account_is_opened(admin: Admin, tables: Tables) -> None:
    key = {"pk": {"S": "FAILURES#johnsorg#john@gmail.com"}}
    tables.put(tables.grants, {**key, "count": {"N": "10"}, "locked_until": {"N": "9"}, "expires_at": {"N": "9"}})

    assert admin("POST", "/members/john@gmail.com/unlock").status == 200
    assert tables.get(tables.grants, key) is None


def test_the_inbox_holds_who_signed_up_until_the_decision(admin: Admin, newcomer: str) -> None:
    waiting = admin("GET", "/inbox").json["members"]

    approved = admin("POST", f"/members/{newcomer}/approve")

    assert [one["username"] for one in waiting] == [newcomer]
    assert (approved.json["active"], approved.json["awaitsApproval"]) == (True, False)
    assert admin("GET", "/inbox").json["members"] == []


def test_a_rejected_newcomer_stays_out(admin: Admin, newcomer: str) -> None:
    assert admin("POST", f"/members/{newcomer}/reject").json["active"] is False
    assert admin("GET", "/inbox").json["members"] == []
    assert admin("POST", f"/members/{newcomer}/reject").status == 400
