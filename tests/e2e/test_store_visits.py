"""What people do at the store's pages: they leave them open, and go back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsers import DESKTOP, enter_store, open_context, press
from tests.people import PASSWORD, Person


@pytest.fixture
def visit(store: str, chromium: Browser, person: Person) -> Iterator[Page]:
    """A page of a browser with JavaScript, after the sign-in."""
    context = open_context(chromium, viewport=DESKTOP)
    page = context.new_page()
    enter_store(page, store, person.user.username, PASSWORD)
    yield page
    context.close()


def test_a_search_after_the_session_ended_asks_to_sign_in_and_continues_there(visit: Page, store: str) -> None:
    visit.goto(f"{store}/apis")
    visit.context.clear_cookies()

    visit.get_by_role("searchbox").fill("ord")

    expect(visit.get_by_role("heading", name="Sign in to API Store")).to_be_visible()
    expect(visit.locator("input[name=to]")).to_have_value("/store/apis?query=ord")


def test_a_search_leaves_one_page_in_the_history_and_none_in_the_storage(visit: Page, store: str) -> None:
    visit.goto(f"{store}/apis")
    for typed in ("ord", "orders"):
        visit.get_by_role("searchbox").fill(typed)
        visit.wait_for_url(f"**/store/apis?query={typed}")

    visit.reload()

    expect(visit.get_by_role("searchbox")).to_have_value("orders")
    assert "htmx-history-cache" not in visit.evaluate("Object.keys(sessionStorage)")
    visit.go_back()
    expect(visit).to_have_title("Home · API Store")


def test_the_way_back_to_the_console_sends_no_form_again(visit: Page, store: str) -> None:
    visit.goto(f"{store}/apis/orders/try")
    press(visit, "Get a token")
    expect(visit.get_by_label("Access token")).to_have_value(re.compile("^gha_"))

    press(visit, "Reference", role="link")
    visit.go_back()

    expect(visit.get_by_role("button", name="Get a token")).to_be_visible()
    expect(visit.get_by_label("Access token")).to_have_value("")
