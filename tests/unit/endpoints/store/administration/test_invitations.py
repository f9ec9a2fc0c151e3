"""Invitations: their state, and sending one again."""

from typing import Any

import pytest

from tests import factories
from tests.unit.endpoints.members import Admin
from tests.unit.endpoints.store.browser import StoreBrowser

EVE = "/store/admin/members/eve@x.example"
DAY_MS = 86_400_000


@pytest.fixture
def invited(browser: StoreBrowser) -> str:
    browser.post("/store/admin/members", {"username": "eve@x.example", "role publisher": "on"})
    return EVE


def test_an_invitation_is_pending_and_expires(browser: StoreBrowser, invited: str) -> None:
    pending = browser.get(invited).body
    browser.now_ms += 7 * DAY_MS
    browser.sign_in(factories.user(user_id="user-ada", username="ada"))
    expired = browser.get(invited).body

    assert ">Invited</span>" in pending
    assert ">Invitation expired</span>" in expired
    assert "Resend invitation" in expired
    assert 'name="role publisher" checked' in expired


def test_an_invitation_is_sent_again(browser: StoreBrowser, invited: str, admin: Admin, dump: Any) -> None:
    by_page = browser.post(invited, {"action": "resend"})
    by_api = admin("POST", "/members/eve@x.example/resend")

    assert "Invitation sent." in browser.follow(by_page).body
    assert (by_api.status, by_api.json["invitation"]) == (200, "pending")
    jobs = [item["kind"]["S"] for item in dump("grants") if item["pk"]["S"].startswith("JOB#")]
    assert jobs == ["invite"] * 3


def test_nothing_is_sent_to_a_member_who_was_not_invited(browser: StoreBrowser, admin: Admin) -> None:
    refused = browser.post("/store/admin/members/john@gmail.com", {"action": "resend"})

    assert (refused.status, "no open invitation" in refused.body) == (400, True)
    assert admin("POST", "/members/john@gmail.com/resend").status == 400
    assert "Resend invitation" not in browser.get("/store/admin/members/john@gmail.com").body
