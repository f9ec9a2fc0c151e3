"""The API Store in a real browser: a new person from the sign-up to a called API and the statistics."""

import re
import secrets
import shlex
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from gatehouse.domain.accounts.users import User
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.organisation_settings import DynamoDBSettings
from tests import pages, people
from tests.browsers import DESKTOP, enter_store, link_in, open_context, press, read_mail, sign_in
from tests.deployed import ROOT, SECONDS_UNTIL_STREAMED, Deployed, seen_within

PASSWORD = "seven purple walruses"


@pytest.fixture
def scripted(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser with JavaScript: the try-out console needs it."""
    context = open_context(chromium, viewport=DESKTOP)
    yield context
    context.close()


@pytest.fixture
def administrator(tables: Tables) -> User:
    """An administrator of `johnsorg` whom no other test knows."""
    user = User(
        organisation="johnsorg",
        user_id=secrets.token_hex(16),
        username=people.address("Ada"),
        password_hash=people.password_hash(),
        roles=frozenset({"admin"}),
    )
    DirectoryWriter(tables).add_user(user)
    return user


@pytest.fixture
def own_rules(tables: Tables) -> Iterator[None]:
    """Let a test change the settings of `johnsorg`; afterwards they are as they were."""
    before = DynamoDBSettings(tables).find_organisation_now("johnsorg")
    assert before is not None
    yield
    DirectoryWriter(tables).save_organisation(before)


def wait_for_settings(deployed: Deployed, http: httpx.Client, name: str) -> None:
    """Wait until the sign-in pages have read the settings that gave the organisation this name.

    They remember an organisation for some seconds (`ProcessCacheSeconds`).
    """
    page = f"{deployed.stack['base_url']}/t/johnsorg/signup"
    assert seen_within(SECONDS_UNTIL_STREAMED, lambda: name in http.get(page).text, wanted=True)


def sign_up(deployed: Deployed, page: Page, email: str) -> None:
    """Create an account by the link in a mail."""
    page.goto(f"{deployed.stack['base_url']}/t/johnsorg/signup")
    page.get_by_label("Your name").fill("Nora New")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me the link").click()
    page.goto(link_in(read_mail(deployed, email)))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Done")


@pytest.mark.exclusive  # whoever signs up meanwhile waits for an administrator
@pytest.mark.usefixtures("own_rules")
def test_a_new_person_gets_from_the_sign_up_to_the_statistics(
    deployed: Deployed, store: str, scripted: BrowserContext, chromium: Browser, administrator: User, http: httpx.Client
) -> None:
    email = people.address("Nora")
    offices = open_context(chromium)
    office, page = offices.new_page(), scripted.new_page()
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text) if "Content Security" in message.text else None)

    enter_store(office, store, administrator.username, people.PASSWORD)
    office.get_by_role("link", name="Administration").click()
    name = f"Johns Org {secrets.token_hex(4)}"
    office.get_by_label("Name", exact=True).fill(name)
    office.get_by_label("People may sign up themselves").check()
    office.get_by_label("An administrator approves each new account").check()
    office.get_by_role("button", name="Save").click()
    expect(office.get_by_role("status")).to_have_text("Saved.")
    wait_for_settings(deployed, http, name)

    sign_up(deployed, page, email)
    office.get_by_role("link", name="Inbox").click()
    office.get_by_role("row", name=email).get_by_role("button", name="Approve").click()
    expect(office.get_by_role("status")).to_have_text("Approved.")

    enter_store(page, store, email, PASSWORD)
    page.get_by_role("link", name="Create application").click()
    page.get_by_label("Name", exact=True).fill("Nora's shop")
    page.get_by_role("button", name="Create application").click()
    page.get_by_role("checkbox", name=re.compile("^Password")).check()
    page.get_by_role("button", name="Generate Keys").click()
    secret = page.locator("#secret").inner_text()
    with_secret = page.locator("#secret-curl").inner_text()
    page.get_by_role("button", name="Done").click()
    key = page.locator("#consumer-key").inner_text()
    line = page.locator("#curl-client").inner_text()

    page.get_by_role("link", name="APIs", exact=True).click()
    page.get_by_role("link", name="orders", exact=False).first.click()
    page.get_by_role("link", name="Reference").click()
    page.get_by_role("navigation", name="Operations").get_by_role("link", name="POST /orders").click()
    expect(page.get_by_role("heading", name="Request body")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    page.get_by_label("Application", exact=True).select_option(label="Nora's shop")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("status")).to_have_text("Subscribed.")

    page.get_by_role("link", name="Production Keys").click()
    press(page, "Access token", role="link")
    for scope in page.locator("[name^='scope ']").all():
        scope.check()
    page.get_by_role("button", name="Generate", exact=True).click()
    generated = page.locator("#access-token").inner_text()
    call = page.locator("#token-curl").inner_text()
    page.get_by_role("button", name="Done").click()
    page.reload()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="Valid")).to_have_count(1)
    page.get_by_role("navigation", name="Production keys").get_by_role("link", name="Credentials").click()
    with_scopes = page.locator("#curl-client").inner_text()

    url = f"{deployed.stack['orders_url']}/orders"
    page.goto(f"{store}/apis/orders/try")
    page.get_by_role("button", name="Get a token").click()
    page.get_by_label("Operation").select_option("GET /orders")

    def send() -> str:
        with page.expect_response(lambda answer: answer.request.method == "GET" and answer.url == url):
            page.get_by_role("button", name="Send").click()
        expect(page.locator("#status")).to_contain_text(re.compile(r"\d{3}"))
        return page.locator("#status").inner_text()[:3]

    assert seen_within(SECONDS_UNTIL_STREAMED, send, "200")
    shown = page.locator("#curl").inner_text()

    authority = ["--cacert", str(deployed.directory / "state" / "tls" / "authority.pem")]
    answer = run([*shlex.split(shown.replace("\\\n", " ")), *authority])
    assert re.match(r"HTTP/\S+ 200", answer)
    assert '"access_token"' in run(["bash", "-c", with_secret])
    assert '"scope":"default"' not in run(["bash", "-c", f"CONSUMER_SECRET={secret}\n{with_scopes}"])
    assert '"access_token"' in run(["bash", "-c", f"CONSUMER_SECRET={secret}\n{line}"])
    assert '"caller"' in run(["bash", "-c", call])
    assert http.get(url, headers={"Authorization": f"Bearer {generated}"}).status_code == 200
    form = {"grant_type": "password", "username": email, "password": PASSWORD}
    assert http.post(deployed.stack["token_url"], data=form, auth=(key, secret)).status_code == 200

    page.get_by_role("link", name="Statistics").click()
    page.get_by_role("link", name="Nora's shop").click()
    counted = page.get_by_role("row", name="Nora's shop").get_by_role("cell").first

    def count() -> str:
        page.reload()
        return counted.inner_text()

    assert seen_within(SECONDS_UNTIL_STREAMED, count, "1")
    expect(page.locator("svg.chart")).to_be_visible()
    page.goto(f"{store}/home")
    expect(page.get_by_role("listitem").filter(has_text="Make the first call")).to_contain_text("Done")
    assert violations == []
    offices.close()


ANY_FILE = """option => {
  option.value = "ANY /files/{path+}";
  option.selected = true;
  option.parentElement.dispatchEvent(new Event("change", {bubbles: true}));
}"""


def test_the_console_calls_a_route_for_any_method_with_a_path_of_several_segments(
    deployed: Deployed, store: str, tables: Tables, http: httpx.Client, scripted: BrowserContext
) -> None:
    """No example API has such a route, so an operation of the page becomes one."""
    person, base = people.person(deployed, tables, http), deployed.stack["orders_url"]
    page, sent = scripted.new_page(), list[str]()
    enter_store(page, store, person.user.username, people.PASSWORD)

    def answer(route: Route) -> None:
        sent.append(f"{route.request.method} {route.request.url}")
        route.fulfill(status=204, headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "*"})

    page.route(f"{base}/files/**", answer)
    page.goto(f"{store}/apis/orders/try")
    page.locator("#operation option").first.evaluate(ANY_FILE)
    page.get_by_label("path+").fill("a b/c")
    page.get_by_label("Method").select_option("DELETE")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#status")).to_contain_text("204")

    assert sent[-1] == f"DELETE {base}/files/a%20b/c"
    assert "-X DELETE" in page.locator("#curl").inner_text()


def run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=40).stdout  # noqa: S603


def submit(http: httpx.Client, page: str, **typed: str) -> httpx.Response:
    """Fill in the form of a page without a browser, and send it with what the page hid in it."""
    answer = http.get(page)
    return http.post(answer.url.join(pages.action(answer.text)), data={**pages.hidden(answer.text), **typed})


def test_somebody_creates_an_organisation_gives_it_a_logo_and_signs_out_everywhere(
    deployed: Deployed, store: str, scripted: BrowserContext
) -> None:
    key = f"org-{secrets.token_hex(8)}"
    email, page = f"founder@{key}.example", scripted.new_page()
    page.goto(store)
    page.get_by_role("link", name="Create it").click()
    page.get_by_label("Your name").fill("Fay Founder")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me the link").click()
    page.goto(link_in(read_mail(deployed, email)))
    page.get_by_label("Name of the organisation").fill("Fay's Factory")
    page.get_by_label("Organisation key").fill(key)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Create the organisation").click()
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("Your organisation, or your username with it").fill(key)
    page.get_by_role("button", name="Sign in", exact=True).click()
    sign_in(page, email, PASSWORD)
    page.wait_for_url("**/store/home*")

    page.get_by_role("link", name="Administration").click()
    page.get_by_label("Picture").set_input_files(ROOT / "local" / "logos" / "johnsorg.png")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_alt_text("The current logo")).to_have_js_property("complete", value=True)
    assert page.get_by_alt_text("The current logo").evaluate("image => image.naturalWidth") > 0
    page.get_by_label("Failures in a row that lock an account").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#lockOutFailures-error")).to_have_text("A whole number from 3 to 100.")

    page.goto(f"{store}/profile/everywhere")
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out everywhere.")
    page.goto(f"{store}/applications")
    expect(page.get_by_label("Your organisation, or your username with it")).to_be_visible()
    page.goto(f"{deployed.stack['base_url']}/t/{key}/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.exclusive  # whoever signs up meanwhile waits for an administrator
@pytest.mark.usefixtures("own_rules")
def test_the_same_through_the_json_api_alone(
    deployed: Deployed, tables: Tables, http: httpx.Client, administrator: User
) -> None:
    """Passwords are typed into Gatehouse's own forms and nowhere else, so the sign-up sends those; the rest is JSON."""
    base = f"{deployed.stack['base_url']}/api/am"
    person = people.person(deployed, tables, http)
    email = people.address("Nils")

    def headers(username: str, password: str, scope: str) -> dict[str, str]:
        form = {"grant_type": "password", "username": username, "password": password, "scope": scope}
        answer = http.post(deployed.stack["token_url"], data=form, auth=person.credentials)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    admin = headers(administrator.username, people.PASSWORD, "apim:admin")
    settings = {"name": f"Johns Org {secrets.token_hex(4)}", "selfSignUp": True, "signUpApproval": True}
    assert http.put(f"{base}/admin/v4/settings", json=settings, headers=admin).status_code == 200
    wait_for_settings(deployed, http, str(settings["name"]))
    with people.stranger(deployed) as browserless:
        submit(browserless, f"{deployed.stack['base_url']}/t/johnsorg/signup", name="Nils New", email=email)
        submit(browserless, link_in(read_mail(deployed, email)), new_password=PASSWORD)
    waiting = http.get(f"{base}/admin/v4/inbox/members", params={"limit": 200}, headers=admin).json()["list"]
    assert email in [one["username"] for one in waiting]
    approved = http.post(f"{base}/admin/v4/members/{email}/approve", headers=admin)
    assert approved.status_code == 200, approved.text

    mine = headers(email, PASSWORD, "apim:subscribe apim:app_manage apim:sub_manage")
    store = f"{base}/devportal/v3"
    body: dict[str, object] = {"name": "By script", "throttlingPolicy": "Unlimited"}
    made = http.post(f"{store}/applications", json=body, headers=mine)
    application = f"{store}/applications/{made.json()['applicationId']}"
    body = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["client_credentials", "password"]}
    keys = http.post(f"{application}/generate-keys", json=body, headers=mine).json()
    body = {"applicationId": made.json()["applicationId"], "apiId": "orders", "throttlingPolicy": "Gold"}
    subscribed = http.post(f"{store}/subscriptions", json=body, headers=mine)
    body = {"consumerSecret": keys["consumerSecret"], "validityPeriod": 600, "scopes": ["read"]}
    token = http.post(f"{application}/oauth-keys/{keys['keyMappingId']}/generate-token", json=body, headers=mine)

    assert (made.status_code, subscribed.status_code, token.status_code) == (201, 201, 200)
    bearer = {"Authorization": f"Bearer {token.json()['accessToken']}"}
    url = f"{deployed.stack['orders_url']}/orders"
    assert seen_within(SECONDS_UNTIL_STREAMED, lambda: http.get(url, headers=bearer).status_code, 200)
    form = {"grant_type": "password", "username": email, "password": PASSWORD}
    credentials = (keys["consumerKey"], keys["consumerSecret"])
    assert http.post(deployed.stack["token_url"], data=form, auth=credentials).status_code == 200
    query = {"applicationId": made.json()["applicationId"]}

    def count() -> int:
        return http.get(f"{store}/statistics", params=query, headers=mine).json()["registeredUsers"]

    assert seen_within(SECONDS_UNTIL_STREAMED, count, 1)
