"""Members: invited, disabled, given roles, let in."""

import re
from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts.links import Link, Use
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import ConflictError
from gatehouse.domain.portal import members
from gatehouse.endpoints import requests
from gatehouse.storage.directory_writer import AlreadyExistsError, DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.links import DynamoDBLinks
from gatehouse.storage.members import DynamoDBMembers
from gatehouse.storage.organisation_signups import DynamoDBOrganisationSignups
from tests import factories, http_events
from tests.unit import portal
from tests.unit.endpoints.members import ADMIN_BASE, ADMINISTRATOR, DEVELOPER, Admin, Member, admin_api, token
from tests.unit.endpoints.store.browser import StoreBrowser


def test_members_are_listed_page_by_page(admin: Admin) -> None:
    first = admin("GET", "/members", limit=2).json
    second = admin("GET", first["pagination"]["next"]).json

    names = [one["username"] for one in first["list"] + second["list"]]
    assert names == ["ada", "john@gmail.com", "mary@gmail.com"]


def test_lists_of_members_and_of_those_who_wait_say_how_many_there_are(
    admin: Admin, organisations: DirectoryWriter, store: Store
) -> None:
    def totals() -> tuple[int, int]:
        pages = (admin("GET", path, limit=1).json["pagination"] for path in ("/members", "/inbox/members"))
        members, waiting = (one["total"] for one in pages)
        return members, waiting

    assert totals() == (3, 0)
    for name in ("a@x.example", "b@x.example"):
        organisations.add_user(factories.user(user_id=name, username=name, is_active=False, awaits_approval=True))
    assert totals() == (5, 2)
    assert admin("POST", "/members", {"username": "eve@x.example"}).status == 201
    assert admin("POST", "/members", {"username": "eve@x.example"}).status == 409
    with pytest.raises(AlreadyExistsError):
        organisations.add_user(factories.user(user_id="again", username="a@x.example", awaits_approval=True))
    assert totals() == (6, 2)
    waiting = store.members.find_member("johnsorg", "a@x.example")
    assert admin("POST", "/members/a@x.example/approve").status == 200
    assert totals() == (6, 1)
    assert waiting is not None
    with pytest.raises(ConflictError):  # another administrator, who read him before
        members.reject(store.members, portal.caller(user_id="user-ada", username="ada"), waiting)
    assert totals() == (6, 1)


def test_a_new_organisation_has_one_member(tables: Tables) -> None:
    founder = factories.user(organisation="new", user_id="u", username="root")
    entry = Entry(organisation="new", at_ms=1, actor="root", action="organisation.create", target="new")
    link = Link(
        digest=b"d",
        purpose="create_organisation",
        organisation="-",
        username="root",
        user_id=None,
        email="r@x.org",
        expires_at=2,
    )
    DynamoDBLinks(tables).add_link("-", link)
    used = Use(link=link, form=b"form", now=1)
    assert DynamoDBOrganisationSignups(tables).create_organisation(
        "new", factories.organisation(key="new"), founder, entry, used
    )

    assert DynamoDBMembers(tables).find_members("new", Window()).total == 1


def test_an_invited_member_gets_a_mail_and_no_password(admin: Admin, tables: Tables, dump: Any) -> None:
    made = admin("POST", "/members", {"username": "eve@x.example", "roles": ["employee"]})

    assert (made.status, made.json["active"]) == (201, True)
    jobs = [item for item in dump("grants") if item["pk"]["S"].startswith("JOB#")]
    assert [item["login"]["S"] for item in jobs] == ["eve@x.example"]
    assert [item["kind"]["S"] for item in jobs] == ["invite"]
    assert made.json["invitation"] == "pending"
    assert jobs[0]["issuer"]["S"] == "https://auth.example/t/johnsorg"
    user = tables.get(tables.directory, {"pk": {"S": "USER#johnsorg#eve@x.example"}})
    assert user is not None
    assert "password_hash" not in user


def test_an_invited_member_is_found_at_the_location_of_the_answer(admin: Admin) -> None:
    made = admin("POST", "/members", {"username": "sales/emea@x.example"})

    found = admin("GET", made.headers["Location"].partition("/admin/v4")[2])

    assert (found.status, found.json["username"]) == (200, "sales/emea@x.example")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"username": "ada", "email": "a@b.example"}, 409, id="a name that is taken"),
        pytest.param({"username": "eve"}, 400, id="no address"),
        pytest.param({"username": "eve", "email": "eve@x.example,ada@x.example"}, 400, id="two addresses"),
        pytest.param({"username": "eve", "email": "Eve<eve@x.example>"}, 400, id="an address with a name"),
        pytest.param({"username": "eve", "email": "éve@x.example"}, 400, id="an address that SES takes no mail for"),
        pytest.param({"username": "éve@x.example"}, 400, id="a username that is no address"),
        pytest.param({"username": "eve@x.example@acme"}, 400, id="another organisation"),
        pytest.param({"username": "eve@x.example", "roles": ["a b"]}, 400, id="a malformed role"),
    ],
)
def test_a_wrong_invitation_is_refused(admin: Admin, body: Any, status: int) -> None:
    assert admin("POST", "/members", body).status == status


def test_a_disabled_member_is_out_with_all_tokens(admin: Admin, john: Member, dump: Any) -> None:
    assert john.get("/applications").status == 200

    assert admin("POST", "/members/john@gmail.com/disable").json["active"] is False
    assert john.get("/applications").status == 401

    assert admin("POST", "/members/john@gmail.com/enable").json["active"] is True
    assert "approved" not in [item["kind"]["S"] for item in dump("grants") if item["pk"]["S"].startswith("JOB#")]


@pytest.mark.parametrize(
    ("member", "said"),
    [
        pytest.param({"username": "eve@x.example", "is_active": False}, "Enable them first", id="disabled"),
        pytest.param({"username": "eve"}, "no e-mail address", id="no address"),
        pytest.param({"username": "eve", "email": "eve"}, "no e-mail address", id="an imported address that is none"),
    ],
)
@pytest.mark.parametrize("action", ["reset", "resend"])
def test_no_mail_is_promised_to_a_member_who_gets_none(
    admin: Admin, tables: Tables, dump: Any, member: dict[str, Any], said: str, action: str
) -> None:
    invited = {"password_hash": None, "invited_until": factories.NOW} if action == "resend" else {}
    DirectoryWriter(tables).add_user(factories.user(user_id="user-eve", **member, **invited))
    refused = admin("POST", f"/members/{member['username']}/{action}")

    assert (refused.status, said in refused.body) == (400, True)
    assert not [item for item in dump("grants") if item["pk"]["S"].startswith("JOB#")]


def test_an_administrator_does_not_lock_himself_out(admin: Admin) -> None:
    assert admin("POST", "/members/ada/disable").status == 400
    assert admin("PUT", "/members/ada", {"roles": []}).status == 400


def test_roles_take_effect(admin: Admin) -> None:
    assert admin("PUT", "/members/john@gmail.com", {"roles": ["manager"]}).json["roles"] == ["manager"]
    assert admin("GET", "/members/john@gmail.com").json["roles"] == ["manager"]


def test_a_member_is_found_by_the_username_in_any_spelling(admin: Admin, tables: Tables) -> None:
    DirectoryWriter(tables).add_user(factories.user(user_id="user-zoe", username="zo\u00e9"))

    assert admin("GET", "/members/John@Gmail.com").json["username"] == "john@gmail.com"
    assert admin("GET", "/members/ZOE\u0301").json["username"] == "zo\u00e9"
    assert admin("GET", "/applications", owner="John@Gmail.com").status == 200
    assert admin("GET", "/applications", owner=" ").status == 404


def test_a_locked_account_is_opened(admin: Admin, tables: Tables) -> None:
    key = {"pk": {"S": "FAILURES#johnsorg#john@gmail.com"}}
    tables.put(tables.grants, {**key, "count": {"N": "10"}, "locked_until": {"N": "9"}, "expires_at": {"N": "9"}})

    assert admin("POST", "/members/john@gmail.com/unlock").status == 200
    assert tables.get(tables.grants, key) is None


def test_the_inbox_holds_who_signed_up_until_the_decision(admin: Admin, newcomer: str, dump: Any) -> None:
    waiting = admin("GET", "/inbox").json["members"]["list"]

    approved = admin("POST", f"/members/{newcomer}/approve")

    (job,) = [item for item in dump("grants") if item["pk"]["S"].startswith("JOB#")]
    assert (job["kind"]["S"], job["login"]["S"]) == ("approved", newcomer)

    assert [one["username"] for one in waiting] == [newcomer]
    assert (approved.json["active"], approved.json["awaitsApproval"]) == (True, False)
    assert admin("GET", "/inbox").json["members"]["list"] == []


def test_a_rejected_newcomer_stays_out(admin: Admin, newcomer: str) -> None:
    assert admin("POST", f"/members/{newcomer}/reject").json["active"] is False
    assert admin("GET", "/inbox").json["members"]["list"] == []
    assert admin("POST", f"/members/{newcomer}/reject").status == 400


@pytest.mark.parametrize("shown_at", ["/store/admin/inbox", "/store/admin/members/{newcomer}"])
def test_who_was_rejected_is_approved_by_no_older_page(
    admin: Admin, newcomer: str, browser: StoreBrowser, shown_at: str
) -> None:
    older = browser.get(shown_at.format(newcomer=newcomer)).body
    pressed = re.findall(r'name="action" value="(approve|enable)"', older)
    admin("POST", f"/members/{newcomer}/reject")

    page = browser.post(f"/store/admin/members/{newcomer}", {"action": pressed[0]})

    assert len(pressed) == 1
    assert (page.status, "does not await approval" in page.body) == (400, True)
    assert admin("POST", f"/members/{newcomer}/approve").status == 400
    assert admin("GET", f"/members/{newcomer}").json["active"] is False
    assert admin("POST", f"/members/{newcomer}/enable").json["active"] is True
    assert admin("POST", f"/members/{newcomer}/approve").status == 200


def test_whoever_lost_a_role_loses_what_it_opened_with_the_tokens_of_before(
    admin: Admin, store: Store, organisations: DirectoryWriter
) -> None:
    bob = factories.user(user_id="user-bob", username="bob", roles=frozenset({"admin"}))
    organisations.add_user(bob)
    former = admin_api(store, Member(store, token(store, bob, ADMINISTRATOR)))
    assert former("GET", "/members").status == 200

    assert admin("PUT", "/members/bob", {"roles": ["employee"]}).status == 200

    assert former("GET", "/members").status == 401
    assert former("PUT", "/members/bob", {"roles": ["admin"]}).status == 401
    assert former("POST", "/members/ada/disable").status == 401
    assert admin("GET", "/members/bob").json["roles"] == ["employee"]


@pytest.mark.parametrize("action", ["roles", "disable"])
def test_of_two_administrators_who_remove_each_other_at_once_one_stays(
    admin: Admin, store: Store, ada: Member, organisations: DirectoryWriter, action: str
) -> None:
    bob = factories.user(user_id="user-bob", username="bob", roles=frozenset({"admin"}))
    organisations.add_user(bob)
    request = requests.parse(
        http_events.http("GET", f"{ADMIN_BASE}/members", headers={"authorization": f"Bearer {ada.token}"})
    )
    late = replace(store.bearers.find_caller(request), user_id="user-bob", username="bob")  # bob was let in before

    change = {"roles": ("PUT", "/members/bob", {"roles": ["employee"]}), "disable": ("POST", "/members/bob/disable")}
    assert admin(*change[action]).status == 200
    with pytest.raises(ConflictError):
        members.change_roles(store.members, late, members.find(store.members, late, "ada"), frozenset())
    with pytest.raises(ConflictError):
        members.disable(store.members, late, members.find(store.members, late, "ada"))

    assert admin("GET", "/members/ada").json["roles"] == ["admin"]


def test_what_was_issued_while_a_member_was_being_disabled_does_not_come_back_with_him(
    admin: Admin, store: Store, ada: Member
) -> None:
    meanwhile_ms = ada.now_ms + 5
    john = Member(store, token(store, factories.user(), DEVELOPER, meanwhile_ms), now_ms=meanwhile_ms)
    assert admin("POST", "/members/john@gmail.com/disable").status == 200
    request = http_events.http(
        "GET", ADMIN_BASE, headers={"authorization": f"Bearer {ada.token}"}, at_ms=ada.now_ms + 60_000
    )
    later = store.bearers.find_caller(requests.parse(request))

    members.enable(store.members, later, members.find(store.members, later, "john@gmail.com"), "https://auth.example")

    assert john.get("/applications").status == 401


def test_no_link_is_promised_to_a_member_without_an_address(admin: Admin) -> None:
    refused = admin("POST", "/members/ada/reset")

    assert (refused.status, refused.json["description"]) == (
        400,
        "The member has no e-mail address, so no link can be sent.",
    )


def test_a_deployment_without_mails_promises_none(admin: Admin, store: Store) -> None:
    store.members.sends_mail = False
    table = {"content": "username,password_hash\nzoe@x.example,\n"}

    invited = admin("POST", "/members", {"username": "eve@x.example"})
    reset = admin("POST", "/members/mary@gmail.com/reset")
    (refused,) = admin("POST", "/import/members", table).json["refused"]

    assert (invited.status, reset.status) == (409, 409)
    assert invited.json["description"] == "This deployment sends no mails. Ask its operator to set MailFrom."
    assert "sends no mails" in refused["reason"]
    assert admin("GET", "/members/eve@x.example").status == 404
