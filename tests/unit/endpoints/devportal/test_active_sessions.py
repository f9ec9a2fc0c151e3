"""Where somebody is signed in, and signing out everywhere: by page and by the JSON API."""

from typing import Any

import pytest

from gatehouse.domain.accounts import connections, users
from gatehouse.domain.accounts.factors import FEDERATED, PASSWORD_ALONE
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.sessions import start
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.paging import Window
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.connections import DynamoDBConnections
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.sessions import DynamoDBSessions
from tests import factories
from tests.factories import NOW
from tests.unit.endpoints.members import SIGN_IN_CLIENT, Member
from tests.unit.endpoints.store.browser import StoreBrowser

CLIENT = SIGN_IN_CLIENT + "johnsorg"


@pytest.fixture
def browser(site: Site, tables: Tables) -> StoreBrowser:
    browser = StoreBrowser(site, tables)
    browser.sign_in(factories.user())
    return browser


def sign_in(tables: Tables, secret: str = "s" * 43, **overrides: Any) -> None:
    """A browser at the sign-in pages."""
    add_session(tables, factories.user(**overrides), factories.organisation(), secret)


def add_session(tables: Tables, user: User, organisation: Organisation, secret: str = "s" * 43, **given: Any) -> None:
    fields: dict[str, Any] = {"now_ms": NOW * 1000, "lifetime_seconds": 1800, "methods": PASSWORD_ALONE}
    session = start(user, organisation, secret, **fields | given)
    DynamoDBSessions(tables).add_session(session.organisation, session)


def ids(person: Member) -> set[str]:
    return {one["sessionId"] for one in person.get("/me/sessions").json["list"]}


def test_browsers_and_applications_with_tokens_are_listed(john: Member, tables: Tables, mary: Member) -> None:
    sign_in(tables)
    sign_in(tables, "t" * 43, user_id="user-mary", username="mary@gmail.com")

    listed = john.get("/me/sessions").json["list"]

    assert {one["applicationId"] for one in listed} == {None, "app-signin"}
    assert ids(john) & ids(mary) == {CLIENT}


def test_a_browser_whose_session_has_expired_is_not_listed(john: Member, tables: Tables) -> None:
    sign_in(tables)
    before = len(ids(john))

    john.now_ms += 1_800_000

    assert (before, ids(john)) == (2, {CLIENT})


def test_a_browser_whose_session_ended_with_those_of_the_organisation_is_not_listed(
    john: Member, tables: Tables
) -> None:
    add_session(tables, factories.user(), factories.organisation(generation="ended"))

    assert ids(john) == {CLIENT}


def test_a_browser_whose_sign_in_at_a_provider_counts_no_more_is_not_listed(john: Member, tables: Tables) -> None:
    day = {"lifetime_seconds": 3 * 86_400, "methods": frozenset({FEDERATED})}
    add_session(tables, factories.user(), factories.organisation(), "o" * 43, now_ms=(NOW - 86_400) * 1000, **day)
    before = ids(john)
    add_session(tables, factories.user(), factories.organisation(), "n" * 43, now_ms=(NOW - 86_000) * 1000, **day)

    assert (before, len(ids(john))) == ({CLIENT}, 2)


def test_one_browser_is_signed_out(john: Member, tables: Tables) -> None:
    sign_in(tables)
    (browser,) = ids(john) - {CLIENT}

    assert john.delete(f"/me/sessions/{browser}").status == 200
    assert ids(john) == {CLIENT}
    assert john.delete(f"/me/sessions/{browser}").status == 404
    lines = [(one.action, one.detail) for one in DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items]
    assert lines == [("member.end-session", browser)]


def test_an_applications_tokens_are_ended_and_no_others(john: Member, mary: Member, browser: StoreBrowser) -> None:
    assert john.delete(f"/me/sessions/{CLIENT}").status == 200

    assert john.get("/applications").status == 401
    assert mary.get("/applications").status == 200
    assert browser.get("/store/applications").status == 200


def test_signing_out_everywhere_ends_browsers_and_tokens_and_stands_in_the_log(
    john: Member, mary: Member, browser: StoreBrowser, tables: Tables, dump: Any
) -> None:
    sign_in(tables)
    asked = browser.get("/store/profile/everywhere")

    ended = browser.post("/store/profile/everywhere")

    assert "including this one" in asked.body
    assert "You are signed out everywhere." in browser.get(ended.location).body
    assert browser.get("/store/applications").location.startswith("/store/signin")
    assert john.get("/applications").status == 401
    assert mary.get("/applications").status == 200
    user = next(one for one in dump("directory") if one["pk"]["S"] == "USER#johnsorg#john@gmail.com")
    assert user["generation"]["S"] != factories.user().generation
    assert "member.sign-out" in [one.get("action", {}).get("S") for one in dump("directory")]


def test_the_json_api_signs_out_everywhere_too(john: Member) -> None:
    assert john.delete("/me/sessions").status == 200
    assert john.get("/me/sessions").status == 401


def test_the_profile_lists_them_with_names_and_ends_one(browser: StoreBrowser, john: Member, tables: Tables) -> None:
    sign_in(tables, "t" * 43)
    page = browser.get("/store/profile").body

    ended = browser.post(f"/store/profile/sessions/{CLIENT}/end")

    assert [name in page for name in ("A browser", "API Store", "Demo")] == [True, True, True]
    assert "Session ended." in browser.follow(ended).body
    assert john.get("/applications").status == 401


def test_nobody_ends_anothers_session(browser: StoreBrowser, mary: Member, tables: Tables) -> None:
    sign_in(tables, "t" * 43, user_id="user-mary", username="mary@gmail.com")
    (hers,) = ids(mary) - {CLIENT}

    assert browser.post(f"/store/profile/sessions/{hers}/end").status == 404
    assert hers in ids(mary)


def connect(tables: Tables, **organisation: str) -> None:
    """Let an agent that registered itself hold tokens of John's."""
    of, agent = factories.organisation(**organisation), factories.registered_client()
    connection = connections.renew(None, factories.user(), of, agent, NOW * 1000, 3600)
    assert connection is not None
    DynamoDBConnections(tables).save_connection("johnsorg", connection)


def test_an_application_whose_tokens_ended_with_those_of_the_organisation_is_not_listed(
    john: Member, tables: Tables
) -> None:
    connect(tables, generation="before it was suspended")

    assert ids(john) == {CLIENT}


def test_a_registered_client_is_blocked_and_unblocked(john: Member, tables: Tables) -> None:
    connect(tables)

    listed = {one["sessionId"]: one["clientName"] for one in john.get("/me/sessions").json["list"]}
    blocked = john.post("/me/sessions/dyn.agent/block")
    shown = john.get("/me/blocked-clients").json["list"]

    assert listed["dyn.agent"] == "localhost (Agent)"
    assert (blocked.status, shown) == (200, [{"clientId": "dyn.agent", "clientName": "localhost (Agent)"}])
    assert "dyn.agent" not in ids(john)
    assert john.post("/me/sessions/dyn.agent/block").status == 404
    assert john.delete("/me/blocked-clients/dyn.agent").status == 200
    assert john.get("/me/blocked-clients").json["list"] == []
    assert john.delete("/me/blocked-clients/dyn.agent").status == 404


def test_an_application_is_no_registered_client_to_block(john: Member) -> None:
    assert john.post(f"/me/sessions/{CLIENT}/block").status == 404


def test_a_user_blocks_so_many_clients(john: Member, tables: Tables, organisations: DirectoryWriter) -> None:
    many = {f"dyn.{n}": "localhost" for n in range(users.BLOCKED_CLIENTS_MAX)}
    organisations.save_user(factories.user(blocked_clients=many))
    connect(tables)

    assert john.post("/me/sessions/dyn.agent/block").status == 409


def test_the_profile_blocks_and_unblocks_a_client(browser: StoreBrowser, tables: Tables) -> None:
    connect(tables)
    page = browser.get("/store/profile").body

    blocked = browser.follow(browser.post("/store/profile/sessions/dyn.agent/block")).body
    unblocked = browser.follow(browser.post("/store/profile/clients/dyn.agent/unblock")).body

    assert ["Block localhost (Agent)" in one for one in (page, blocked, unblocked)] == [True, False, False]
    assert ["Blocked clients" in one for one in (page, blocked, unblocked)] == [False, True, False]
