"""An administrator's pages in a real browser: the applications of a disabled member (S5), and a lifted block (S6)."""

import secrets
from copy import replace

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.browsers import DESKTOP, enter_store, open_context, press
from tests.deployed import Deployed, bearer
from tests.people import Person


@pytest.fixture
def administrator(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """An administrator of `johnsorg` whom no other test knows."""
    made = people.person(deployed, tables, http, given="Ada")
    user = replace(made.user, roles=frozenset({"admin"}))
    DirectoryWriter(tables).save_user(user)
    return replace(made, user=user)


def sure(page: Page, button: str, yes: str) -> None:
    """Press a button that asks again."""
    page.locator("summary", has_text=button).click()
    press(page, yes)


def test_s5_an_administrator_disables_a_member_and_ends_an_application_of_theirs(
    deployed: Deployed, store: str, chromium: Browser, tables: Tables, http: httpx.Client, administrator: Person
) -> None:
    name = f"Shop {secrets.token_hex(8)}"
    member = people.person(deployed, tables, http, given="Dora", application=name)
    token = member.post("/token", {"grant_type": "client_credentials", "scope": "read"}).json()["access_token"]
    context = open_context(chromium, viewport=DESKTOP)
    page = context.new_page()
    enter_store(page, store, administrator.user.username, people.PASSWORD)

    page.goto(f"{store}/admin/members/{member.user.username}")
    sure(page, "Disable and revoke all tokens", "Yes, disable")
    expect(page.get_by_text("Disabling a member leaves their applications working")).to_be_visible()
    page.get_by_role("link", name=f"Applications of {member.user.username}").click()
    page.get_by_role("link", name=name).click()
    sure(page, "Revoke secrets and tokens", "Yes, revoke")
    expect(page.get_by_text("0 secrets")).to_be_visible()
    refused = member.is_refused_within(token, 5)
    page.get_by_label("New owner").fill(administrator.user.username)
    page.get_by_role("button", name="Transfer", exact=True).click()
    expect(page.locator("dd").first).to_have_text(administrator.user.username)
    sure(page, "Delete the application", "Yes, delete")
    expect(page.get_by_role("link", name=name)).to_have_count(0)

    assert refused
    assert member.post("/token", {"grant_type": "client_credentials"}).json()["error"] == "invalid_client"
    context.close()


def test_s6_an_administrator_lifts_a_block_on_the_page(
    deployed: Deployed, store: str, chromium: Browser, tables: Tables, http: httpx.Client, administrator: Person
) -> None:
    base = f"{deployed.stack['base_url']}/api/am/devportal/v3"
    member = people.person(deployed, tables, http, given="Dora")
    headers = bearer(member.obtain("apim:subscribe apim:app_manage apim:sub_manage")["access_token"])
    made = http.post(
        f"{base}/applications",
        json={"name": f"Shop {secrets.token_hex(8)}", "throttlingPolicy": "Unlimited"},
        headers=headers,
    ).json()["applicationId"]
    body = {"applicationId": made, "apiId": "orders", "throttlingPolicy": "Unlimited"}
    first = http.post(f"{base}/subscriptions", json=body, headers=headers).json()["subscriptionId"]
    admin = bearer(administrator.obtain("apim:admin")["access_token"])
    url = f"{deployed.stack['base_url']}/api/am/publisher/v1/subscriptions/{first}/block"
    assert http.post(url, json={"state": "BLOCKED"}, headers=admin).status_code == 200
    assert http.delete(f"{base}/subscriptions/{first}", headers=headers).status_code == 200
    context = open_context(chromium, viewport=DESKTOP)
    page = context.new_page()
    enter_store(page, store, administrator.user.username, people.PASSWORD)

    page.goto(f"{store}/admin/apis/orders")
    page.get_by_role("row", name=made).get_by_role("button", name="Lift the block").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")

    assert http.post(f"{base}/subscriptions", json=body, headers=headers).json()["status"] == "UNBLOCKED"
    context.close()
