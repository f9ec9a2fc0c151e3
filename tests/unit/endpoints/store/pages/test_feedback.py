"""What the pages say back: errors at their fields, what was done, and what happened meanwhile."""

import re
import unicodedata

import pytest

from gatehouse.endpoints.store import filters
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.unit.endpoints.store.browser import StoreBrowser


@pytest.fixture
def keys(john: StoreBrowser, shop: str) -> str:
    """The address of its keys."""
    path = f"{shop}/keys/production"
    assert john.post(f"{path}/generate", {"grant client_credentials": "on"}).status == 303
    return path


def test_spaces_around_a_name_are_the_keyboards(john: StoreBrowser) -> None:
    made = john.post("/store/applications", name="  Shop ", throttling_policy="Unlimited")

    assert "<h1>Shop</h1>" in john.follow(made).body


def test_one_name_in_two_spellings_is_one_name(john: StoreBrowser) -> None:
    made = [
        john.post("/store/applications", name=unicodedata.normalize(form, "Zoë's Café"), throttling_policy="Unlimited")
        for form in ("NFD", "NFC")
    ]

    assert [page.status for page in made] == [303, 409]
    assert 'id="name-error"' in made[1].body


@pytest.mark.parametrize(
    ("action", "name", "field"),
    [
        pytest.param("change", "access_lifetime", "lifetime", id="access lifetime"),
        pytest.param("change", "refresh_lifetime", "refresh_lifetime", id="refresh lifetime"),
        pytest.param("token", "validity", "validityPeriod", id="validity"),
        pytest.param("secret", "days", "expiresIn", id="days"),
    ],
)
@pytest.mark.parametrize(
    "typed", ["abc", "-4", "1.5", "\u0663", "9" * 30, pytest.param("9" * 5000, id="thousands of digits")]
)
def test_what_is_no_number_is_said_beside_its_field(
    john: StoreBrowser, keys: str, action: str, name: str, field: str, typed: str
) -> None:
    page = john.post(f"{keys}/{action}", {"grant client_credentials": "on", name: typed})

    assert page.status == 400
    assert re.search(rf'id="{field}-error">A whole number from [01], or nothing\.</p>', page.body)
    assert re.search(rf'name="{name}"[^>]* value="{typed}"[^>]* aria-invalid="true" autofocus', page.body)


def test_a_refused_form_says_so_in_the_title(john: StoreBrowser) -> None:
    page = john.post("/store/applications", name=" ", throttling_policy="Unlimited")

    assert "<title>Error: New application" in page.body
    assert "<title>New application" in john.get("/store/applications/new").body


def test_whoever_generates_keys_twice_is_told_how_to_get_a_secret(john: StoreBrowser, keys: str) -> None:
    again = john.post(f"{keys}/generate", {"grant client_credentials": "on"})

    assert again.status == 409
    assert '<a href="#one-more">add another</a>' in again.body
    assert 'id="one-more"' in again.body


def test_keys_without_a_subscription_say_what_comes_next(john: StoreBrowser, shop: str, keys: str) -> None:
    before = john.get(keys).body
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Unlimited")

    assert "What comes next" in before
    assert "What comes next" not in john.get(keys).body


def test_the_curl_of_a_token_names_an_address_of_a_subscribed_api(
    john: StoreBrowser, shop: str, keys: str, writer: DirectoryWriter
) -> None:
    running = factories.deployment(url="https://api.example/prod/")
    writer.save_api(factories.api(deployments=(running,)))
    made_before = john.follow(john.post(f"{keys}/token"))
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Unlimited")
    made = john.follow(john.post(f"{keys}/token", {"scope read": "on"})).secret("token-curl")

    assert made_before.secret("token-curl") == ""
    assert "This token opens nothing yet." in made_before.body
    assert made.endswith("https://api.example/prod/orders")


def test_a_form_of_an_ended_session_is_lost_and_that_is_said(site: Site, tables: Tables) -> None:
    page = "https://auth.example/store/applications/new?x=1"
    stranger = StoreBrowser(site, tables, headers={"referer": page})

    answer = stranger.post("/store/applications", name="Shop")
    welcome = stranger.follow(answer)

    assert answer.location == "/store/signin?to=/store/applications/new&done=ended-meanwhile"
    assert "nothing was changed" in welcome.body
    assert 'name="to" value="/store/applications/new"' in welcome.body


def test_an_ended_session_goes_on_to_a_page_that_is_shown_and_not_only_sent(site: Site, tables: Tables) -> None:
    keys = "/store/applications/1/keys/production"
    stranger = StoreBrowser(site, tables, headers={"referer": f"https://auth.example{keys}/generate"})

    assert stranger.post(f"{keys}/token").location == f"/store/signin?to={keys}&done=ended-meanwhile"


@pytest.mark.parametrize("referer", ["https://evil.example//evil.example", "https://evil.example/x", "nonsense", ""])
def test_an_ended_session_goes_on_to_no_page_of_others(site: Site, tables: Tables, referer: str) -> None:
    answer = StoreBrowser(site, tables, headers={"referer": referer}).post("/store/applications", name="Shop")

    assert answer.location == "/store/signin?to=/store/home&done=ended-meanwhile"


@pytest.mark.parametrize(
    ("to", "location"),
    [
        pytest.param("/store/apis/orders", "/store/apis/orders", id="a page of the store"),
        pytest.param("//evil.example", "/store/home", id="another site"),
    ],
)
def test_whoever_is_signed_in_goes_straight_on(john: StoreBrowser, to: str, location: str) -> None:
    assert john.get(f"/store/signin?to={to}").location == location


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [(1, "1 second"), (90, "90 seconds"), (3600, "1 hour"), (5400, "90 minutes"), (86_400 * 1461, "1,461 days")],
)
def test_durations_have_units(seconds: int, spelled: str) -> None:
    assert filters.duration(seconds) == spelled


def test_moments_have_a_zone() -> None:
    assert filters.moment(0) == "1970-01-01 00:00 UTC"
    assert filters.moment(59, seconds=True) == "1970-01-01 00:00:59 UTC"


@pytest.mark.parametrize(
    ("led_by", "is_said"),
    [
        pytest.param("same-origin", True, id="a page of ours"),
        pytest.param("cross-site", False, id="another site"),
        pytest.param("none", False, id="a mail"),
    ],
)
def test_what_was_done_is_said_by_no_link_of_others(
    john: StoreBrowser, stranger: StoreBrowser, led_by: str, *, is_said: bool
) -> None:
    for browser, page in ((john, "/store/applications?done=revoked-all"), (stranger, "/store?done=signed-out")):
        browser.headers = {"sec-fetch-site": led_by}

        assert ("data-flash" in browser.get(page).body) is is_said


@pytest.mark.parametrize("form", ["generate", "secret", "change"])
def test_the_address_of_a_refused_form_leads_to_its_page(john: StoreBrowser, shop: str, form: str) -> None:
    assert john.get(f"{shop}/keys/production/{form}").location == f"{shop}/keys/production"
    assert john.get("/store/home/called").location == "/store/home"
    assert john.get(f"{shop}/keys/production/nothing").status == 404
