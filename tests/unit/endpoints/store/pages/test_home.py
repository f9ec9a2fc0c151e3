"""The landing page, and the home with its first steps."""

import re

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.store.browser import StoreBrowser


def done(page: Answer) -> list[str]:
    """Return the steps that the page shows as done."""
    return re.findall(r'<li class="is-done">\s*<div><h3>([^<]*?) <', page.body)


def test_the_landing_page_says_what_this_is_and_offers_both_ways_in(stranger: StoreBrowser) -> None:
    page = stranger.get("/store")

    assert (page.status, page.body.count("<h1>")) == (200, 1)
    assert "Call your organisation's APIs" in page.body.replace("&#39;", "'")
    assert 'value="create">Create account</button>' in page.body


def test_the_landing_page_knows_the_organisation_that_a_link_names(stranger: StoreBrowser) -> None:
    assert 'value="johnsorg"' in stranger.get("/store?who=johnsorg").body


def test_a_new_account_begins_with_the_sign_up(stranger: StoreBrowser) -> None:
    begun = stranger.post("/store/signin", who="johnsorg", account="create")
    returning = stranger.post("/store/signin", who="johnsorg")

    assert "prompt=create" in begun.location
    assert "prompt" not in returning.location


def test_who_signed_in_starts_at_home(john: StoreBrowser) -> None:
    assert john.get("/store").location == "/store/home"


def test_a_developer_begins_with_an_application(john: StoreBrowser) -> None:
    page = john.get("/store/home")

    assert done(page) == []
    assert '<a class="button" href="/store/applications/new">Create application</a>' in page.body


def test_the_steps_follow_what_the_developer_does(john: StoreBrowser, shop: str) -> None:
    made = done(john.get("/store/home"))
    john.post(f"{shop}/keys/production/generate", {"grant client_credentials": "on"})
    with_keys = done(john.get("/store/home"))
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    subscribed = done(john.get("/store/home"))
    john.post(f"{shop}/keys/production/token", {"scope read": "on"})
    told = john.post("/store/home/called", application=shop.rpartition("/")[2])
    ready = john.get("/store/home")

    assert made == ["Create an application"]
    assert with_keys == [*made, "Generate its keys"]
    assert subscribed == [*with_keys, "Subscribe to an API"]
    assert done(ready) == [*subscribed, "Get an access token", "Make the first call"]
    assert told.location == "/store/home?done=saved"
    assert "You are ready" in ready.body


@pytest.mark.usefixtures("keys")
def test_a_call_without_a_token_is_no_step(john: StoreBrowser, shop: str) -> None:
    john.post("/store/home/called", application=shop.rpartition("/")[2])

    assert "Make the first call" not in done(john.get("/store/home"))


def test_home_reads_the_same_whatever_the_developer_has(john: StoreBrowser, tables: Tables) -> None:
    for number in range(8):
        DirectoryWriter(tables).save_application(
            factories.application(application_id=f"app-{number}", name=f"App {number}", client_ids={"PRODUCTION": "x"})
        )

    page = john.get("/store/home")

    assert page.status == 200
    assert page.body.count('/keys/production">App') == 5
