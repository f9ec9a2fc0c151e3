"""What people do at our pages: they leave them open, and go back."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.browsers import DESKTOP, enter_store, open_context, press, sign_in
from tests.deployed import Deployed
from tests.people import PASSWORD, Person

pytestmark = pytest.mark.more  # a browser for each


@pytest.fixture
def scripted(chromium: Browser) -> Iterator[Page]:
    """A page of a browser with JavaScript."""
    context = open_context(chromium, viewport=DESKTOP)
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(store: str, scripted: Page, person: Person) -> Page:
    """The same after the sign-in at the store."""
    enter_store(scripted, store, person.user.username, PASSWORD)
    return scripted


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


def test_a_sign_in_page_that_is_left_open_sends_no_password_again(scripted: Page, deployed: Deployed) -> None:
    scripted.clock.install()
    scripted.goto(f"{deployed.stack['base_url']}/t/johnsorg/signin")
    sign_in(scripted, people.address("Nobody"), "wrong-wrong-1")
    expect(scripted.get_by_role("alert").first).to_be_visible()

    with scripted.expect_request(lambda one: one.is_navigation_request()) as renewed:
        scripted.clock.run_for(600_000)

    assert renewed.value.method == "GET"
    expect(scripted.get_by_role("alert")).to_have_count(0)
    expect(scripted.get_by_role("button", name="Sign in with a passkey")).to_be_visible()


def test_what_only_scripts_do_is_not_offered_without_them(context: BrowserContext, store: str, person: Person) -> None:
    page = context.new_page()
    enter_store(page, store, person.user.username, PASSWORD)

    page.goto(f"{store}/apis/orders/try")

    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_the_longest_name_leaves_room_for_the_columns_beside_it(
    scripted: Page, store: str, deployed: Deployed, tables: Tables, http: httpx.Client
) -> None:
    person = people.person(deployed, tables, http, application="W" * 100)
    enter_store(scripted, store, person.user.username, PASSWORD)
    one = f"applications/{person.client.application_id}"
    parts = "[document.documentElement, ...document.querySelectorAll('.scroll')]"
    wide: list[tuple[str, int]] = []
    for path in ("applications", "apis/orders/subscriptions", f"{one}/subscriptions", "subscriptions", one):
        scripted.goto(f"{store}/{path}")
        for width in (1280, 1024, 800):
            scripted.set_viewport_size({"width": width, "height": 800})
            if scripted.evaluate(f"{parts}.some((one) => one.scrollWidth > one.clientWidth)"):
                wide.append((path, width))

    assert wide == []


def test_a_double_click_changes_a_password_once(visit: Page, deployed: Deployed) -> None:
    visit.goto(f"{deployed.stack['base_url']}/t/johnsorg/account/password")
    visit.get_by_label("Current password").fill(PASSWORD)
    visit.get_by_label("New password").fill("nine yellow herons")
    sent: list[str] = []
    visit.on("request", lambda one: sent.append(one.method))

    visit.get_by_role("button", name="Change the password").evaluate(
        "(button) => { button.click(); setTimeout(() => button.click(), 50); }"
    )

    expect(visit.get_by_text("Your password is changed.")).to_be_visible()
    assert sent.count("POST") == 1


def test_a_double_click_calls_an_api_once(visit: Page, store: str, deployed: Deployed) -> None:
    calls: list[str] = []
    visit.on("request", lambda one: calls.append(one.url))
    visit.goto(f"{store}/apis/orders/try")
    press(visit, "Get a token")
    visit.get_by_label("Query").fill("note=big #1")

    visit.get_by_role("button", name="Send").dblclick()

    url = f"{deployed.stack['orders_url']}/orders?note=big%20%231"
    expect(visit.locator("#status")).to_contain_text(re.compile(r"\d{3} "))
    expect(visit.locator("#curl")).to_contain_text(f"'{url}'")
    assert calls.count(url) == 1


def test_a_secret_whose_dialog_was_closed_is_shown_again_until_the_page_is_left(
    visit: Page, store: str, person: Person
) -> None:
    visit.goto(f"{store}/applications/{person.client.application_id}/keys/sandbox")
    press(visit, "Generate Keys")
    secret = visit.locator("#secret").inner_text()
    visit.keyboard.press("Escape")
    expect(visit.locator("#secret")).to_be_hidden()

    visit.get_by_role("button", name="Show again").click()

    expect(visit.locator("#secret")).to_have_text(secret)
    visit.reload()
    expect(visit.get_by_role("button", name="Show again")).to_have_count(0)
