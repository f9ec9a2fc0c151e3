"""Choosing roles, finding members, and the count of what awaits a decision."""

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.members import Admin
from tests.unit.endpoints.store.browser import StoreBrowser

JOHN = "/store/admin/members/john@gmail.com"


def test_a_role_that_nobody_uses_is_not_created_by_a_slip(browser: StoreBrowser, admin: Admin) -> None:
    refused = browser.post(JOHN, {"action": "roles", "role publisher": "on", "roles": "manger"})

    assert refused.status == 400
    assert "The role manger is not used in your organisation yet. Did you mean manager?" in refused.body
    assert 'value="manger"' in refused.body
    assert 'name="role publisher" checked' in refused.body
    assert "manger" not in admin("GET", "/members/john@gmail.com").json["roles"]


def test_a_new_role_is_created_when_that_is_said(browser: StoreBrowser, admin: Admin) -> None:
    saved = browser.post(JOHN, {"action": "roles", "role publisher": "on", "roles": "clerk", "createRoles": "on"})

    assert saved.status == 303
    assert admin("GET", "/members/john@gmail.com").json["roles"] == ["clerk", "publisher"]
    assert 'name="role clerk" checked' in browser.get(JOHN).body


def test_refused_roles_are_shown_as_they_were_ticked(browser: StoreBrowser) -> None:
    refused = browser.post("/store/admin/members/ada", {"action": "roles", "role manager": "on"})

    assert (refused.status, "Ask another administrator to remove this role from you." in refused.body) == (400, True)
    assert 'name="role manager" checked' in refused.body
    assert 'name="role admin" checked' not in refused.body


def test_the_picker_offers_the_roles_of_scopes(browser: StoreBrowser) -> None:
    assert 'name="role manager"' in browser.get("/store/admin/members").body


def test_a_malformed_role_is_refused(browser: StoreBrowser) -> None:
    assert browser.post(JOHN, {"action": "roles", "roles": 'a"b', "createRoles": "on"}).status == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("ma", ["mary@gmail.com"], id="a beginning"),
        pytest.param(" MARY@", ["mary@gmail.com"], id="in capitals, with a blank"),
        pytest.param("ary", [], id="not the beginning"),
        pytest.param("x" * 2000, [], id="longer than any username"),
    ],
)
def test_members_are_found_by_the_beginning_of_their_username(
    browser: StoreBrowser, admin: Admin, query: str, found: list[str]
) -> None:
    listed = admin("GET", f"/members?query={query}").json["list"]
    page = browser.get(f"/store/admin/members?query={query.replace(' ', '+')}").body

    assert [one["username"] for one in listed] == found
    assert [name for name in ("mary@gmail.com", "john@gmail.com") if f">{name}</a>" in page] == found


def test_a_long_list_of_found_members_keeps_the_search_on_its_further_pages(
    browser: StoreBrowser, organisations: DirectoryWriter
) -> None:
    for number in range(30):
        organisations.add_user(factories.user(user_id=f"u{number}", username=f"zoe{number:02}@x.example"))

    first = browser.get("/store/admin/members?query=zoe").body
    link = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    assert "zoe00@x.example" in first
    assert "query=zoe" in link
    assert "zoe29@x.example" in browser.get(link).body


def test_the_navigation_counts_what_awaits_a_decision(browser: StoreBrowser, newcomer: str) -> None:
    waiting = browser.get("/store/admin").body
    browser.post(f"/store/admin/members/{newcomer}", {"action": "approve", "from": "inbox"})

    assert '<span class="count">1<span class="spoken"> pending</span></span>' in waiting
    assert 'class="count"' not in browser.get("/store/admin").body
