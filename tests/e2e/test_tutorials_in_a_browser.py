"""docs/tutorials in a browser: what a page names is on the screen, in the order of the page."""

import base64
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gatehouse.domain.accounts import totp
from tests import rest_apis
from tests.browsers import open_context
from tests.deployed import Deployed, bearer
from tests.tutorials import TUTORIALS, blocks, here, run

CODE_SECONDS = 30


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Page]:
    """The browser of somebody who reads a page: with JavaScript."""
    context = open_context(chromium)
    yield context.new_page()
    context.close()


class Walk:
    """Follows a page: it presses and expects only what the page names, in its order."""

    def __init__(self, text: str, screen: Page) -> None:
        self.names = iter(
            re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
        )
        self.screen = screen

    def _next(self, name: str) -> str:
        assert next(self.names, "") == name, f"the page does not say: {name}"
        return name

    def press(self, name: str) -> None:
        """Press a button or link that the page names next."""
        buttons = self.screen.get_by_role("button", name=self._next(name), exact=True)
        buttons.or_(self.screen.get_by_role("link", name=name, exact=True)).click()

    def see(self, name: str) -> None:
        """Expect the heading of the page that is named next."""
        expect(self.screen.get_by_role("heading", name=self._next(name))).to_be_visible()

    def fill(self, name: str, value: str) -> None:
        """Type into a field that the page names next."""
        self.screen.get_by_label(self._next(name), exact=True).fill(value)


def sign_in_as_john(reader: Page, store: str, deployed: Deployed) -> None:
    """Sign in to the store, as the first tutorial says at its end."""
    reader.goto(store)
    reader.get_by_label("Your organisation, or your username with it").fill("john@gmail.com@johnsorg")
    reader.get_by_role("button", name="Sign in", exact=True).click()
    reader.get_by_label("Password", exact=True).fill(deployed.user("john@gmail.com")["password"])
    reader.get_by_role("button", name="Sign in", exact=True).click()
    expect(
        reader.get_by_role("button", name="Sign out").or_(reader.get_by_role("link", name="Sign out"))
    ).to_be_visible()


def code_after(key: bytes, used: int) -> str:
    """Wait for a code that comes after a used one."""
    while int(time.time()) // CODE_SECONDS <= used:
        time.sleep(1)  # an authenticator app shows a new code every 30 seconds
    return totp.code(key, int(time.time()) // CODE_SECONDS)


@pytest.mark.more
def test_an_own_organisation_gets_an_administrator_with_a_second_factor(
    deployed: Deployed, reader: Page, tmp_path: Path
) -> None:
    """The organisation has a name of this run's own in the place of the page's.

    The reader comes from the first tutorial, and is signed in to the store as John.
    """
    page = (TUTORIALS / "own-organisation.md").read_text(encoding="utf-8")
    page = here(page, deployed).replace("bookshop", f"bookshop-{secrets.token_hex(4)}")
    create, require, link = [text for language, text in blocks(page) if language == "sh"]
    shell = f"set -eu\n{create.splitlines(keepends=True)[0]}"
    signin, admin = re.findall(r"Open <(https:[^>]+)>", page)
    username, password = re.findall(r"Sign in as `(\w+)` with the password `([^`]+)`", page)[0]
    (typed,) = set(re.findall(r"[Tt]ype `([^`]+)`", page))
    walk = Walk(page, reader)
    sign_in_as_john(reader, admin.removesuffix("/admin"), deployed)

    run(f"set -eu\n{create}{require}", deployed, tmp_path)
    reader.goto(signin)
    reader.get_by_label("Username").fill(username)
    reader.get_by_label("Password", exact=True).fill(password)
    reader.get_by_role("button", name="Sign in", exact=True).click()
    walk.see("Set up a second factor")
    (url,) = re.findall(r"https://\S+/account/enrol\?link=\S+", run(f"{shell}{link}", deployed, tmp_path))
    reader.goto(url)
    (shown,) = re.findall(r"type this key into the app: ([A-Z2-7 ]+)", reader.inner_text("main"))
    key, used = base64.b32decode(shown.replace(" ", "")), int(time.time()) // CODE_SECONDS - 1
    walk.fill("Code", totp.code(key, used))
    walk.press("Set up the app")
    expect(reader.locator(".codes li")).to_have_count(10)
    walk.press("I have saved them")
    walk.see("Sign-in methods")

    reader.goto(admin)
    walk.see("Access denied")
    walk.press("Sign out")
    expect(reader.get_by_role("button", name="Create account")).to_be_visible()
    reader.goto(admin)
    reader.get_by_label("Your organisation, or your username with it").fill(typed)
    walk.press("Sign in")
    expect(reader.get_by_role("heading", name="Administration")).to_be_visible()
    walk.press("Sign out")
    expect(reader.get_by_role("button", name="Create account")).to_be_visible()
    reader.goto(admin)
    reader.get_by_label("Your organisation, or your username with it").fill(typed)
    walk.press("Sign in")
    reader.get_by_label("Password", exact=True).fill(password)
    walk.press("Sign in")
    walk.see("Confirm that it is you")
    reader.get_by_label("Code").fill(code_after(key, used))
    walk.press("Continue")
    expect(reader.get_by_role("heading", name="Administration")).to_be_visible()

    assert next(walk.names, "") == "", "the page says more"


@pytest.fixture
def stage(deployed: Deployed) -> str:
    """The id of a REST API with our authorizer in front of `GET /books` of its stage `v1`, as the page deploys one."""
    api = rest_apis.create(deployed, f"books-{secrets.token_hex(4)}")
    client, api_id = api.client, api.api_id
    resource = client.create_resource(restApiId=api_id, parentId=api.root_id, pathPart="books")
    method = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": "GET"}
    client.put_method(**method, authorizationType="CUSTOM", authorizerId=api.authorizer_id)
    client.put_method_response(**method, statusCode="200")
    client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_integration_response(**method, statusCode="200", selectionPattern="")
    client.create_deployment(restApiId=api_id, stageName="v1")
    return api_id


def test_an_own_api_is_published_in_the_browser_and_called(
    deployed: Deployed, reader: Page, http: httpx.Client, stage: str
) -> None:
    """The API has an id of this run's own in the place of the page's."""
    text = here((TUTORIALS / "protect-an-api.md").read_text(encoding="utf-8"), deployed)
    (document,) = [one for language, one in blocks(text) if language == "yaml" and one.startswith("openapi")]
    section = text.partition("### In the browser instead")[2].partition("## Call it")[0]
    store, username, password = re.findall(r"Open <(\S+)>, enter `(\S+)`.* The password is `(\S+)`", section)[0]
    address, api_id = f"{deployed.stack['base_url']}/stages/{stage}/v1", f"books-{stage}"
    walk = Walk(section, reader)

    reader.goto(store)
    reader.get_by_label("Your organisation, or your username with it").fill(username)
    walk.press("Sign in")
    reader.get_by_label("Password", exact=True).fill(password)
    reader.get_by_role("button", name="Sign in", exact=True).click()
    walk.press("Publish an API")
    reader.get_by_label("Or paste the document").fill(document)
    walk.press("Continue to the preview")
    walk.fill("API id", api_id)
    walk.fill("API id in API Gateway", stage)
    walk.fill("Address", address)
    walk.fill("Stage", "v1")
    walk.press("Publish books 1.0.0")
    expect(reader.get_by_text("Published. The gate follows within seconds.")).to_be_visible()

    assert next(walk.names, "") == "", "the page says more"
    assert http.get(f"{address}/books").status_code == 401
    john, (key, secret) = deployed.user("john@gmail.com"), deployed.credentials()
    form = {"grant_type": "password", "username": "john@gmail.com@johnsorg", "password": john["password"]}
    token = http.post(deployed.stack["token_url"], data={**form, "scope": "read"}, auth=(key, secret)).json()
    refused = http.get(f"{address}/books", headers=bearer(token["access_token"]))
    assert refused.status_code == 403  # the application does not subscribe to it
