"""Sign-in at an identity provider that is not ours, npm's `oidc-provider`, in Chromium, against a deployed stack."""

import json
import time
from collections.abc import Callable, Iterator
from copy import replace
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.fetching import NO_BACKOFF
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.fetches import DynamoDBFetches
from gatehouse.storage.identity_providers import DynamoDBIdentityProviders
from local import identity_provider
from tests import outside, people
from tests.browsers import DESKTOP, PHONE, RelyingParty, enter_store, find_faults, open_context, press, sign_in
from tests.deployed import Deployed, authority_context

pytestmark = pytest.mark.more

PROVIDER_ID = "outside"
BUTTON = "Sign in with Outside"


@dataclass(frozen=True, kw_only=True)
class DeployedFederation:
    """The provider, and how to make it behave otherwise."""

    provider: identity_provider.Provider
    base: str
    tables: Tables
    authority: str
    logins: list[str] = field(default_factory=list[str])

    def control(self, **changes: Any) -> None:
        """Tell the provider how to behave."""
        address = f"https://127.0.0.1:{self.provider.port}/control"
        with httpx.Client(verify=authority_context(self.authority), trust_env=False, timeout=20) as client:
            told = client.post(
                address,
                json=changes,
                headers={"Host": self.provider.host},
                extensions={"sni_hostname": self.provider.host},
            )
        assert told.status_code == 200, told.text

    def login(self) -> str:
        """Return a name that nobody used at the provider."""
        self.logins.append(f"paula-{time.time_ns()}")
        return self.logins[-1]

    def change(self, **changes: Any) -> None:
        """Change the provider as it is registered."""
        store = DynamoDBIdentityProviders(self.tables)
        found = store.find_provider("johnsorg", PROVIDER_ID)
        assert found
        entry = Entry(organisation="johnsorg", at_ms=1, actor="test", action="provider.update", target=PROVIDER_ID)
        changed = replace(found, revision=found.revision + 1, **changes)
        assert store.replace_provider("johnsorg", found, changed, entry)

    def forget_failures(self) -> None:
        """Let the host be asked again at once."""
        DynamoDBFetches(self.tables).replace_backoff("johnsorg", self.provider.host, NO_BACKOFF)

    def age_keys(self) -> None:
        """Let a minute pass since the provider's keys were fetched: they are fetched at most once in that time."""
        cache, url = DynamoDBFetches(self.tables), f"{self.provider.issuer}/jwks"
        kept = cache.find_keys("johnsorg", url)
        assert kept
        cache.save_keys("johnsorg", url, replace(kept, fetched_at=kept.fetched_at - 60))

    def arrive(self, page: Page, path: str = "/signin") -> None:
        """Open the sign-in page; it forgets the organisation as it was before the provider after some seconds."""
        give_up_at = time.monotonic() + 60
        page.goto(f"{self.base}{path}")
        while not page.get_by_role("link", name=BUTTON).count():
            assert time.monotonic() < give_up_at, page.inner_text("main")
            page.reload()

    def prove(self, page: Page, login: str) -> None:
        """Sign in at the provider's own pages, and agree where it asks."""
        if page.locator("[name=login]").count():
            page.locator("[name=login]").fill(login)
            page.locator("[name=password]").fill("anything")
            press(page, "Sign-in")
        if page.get_by_role("button", name="Continue", exact=True).count():
            press(page, "Continue")

    def sign_in(self, page: Page, login: str) -> None:
        """Sign in by the button of the sign-in page."""
        self.arrive(page)
        press(page, BUTTON, role="link")
        self.prove(page, login)


@pytest.fixture(scope="module")
def scene(deployed: Deployed, tables: Tables, chromium: Any) -> Iterator[DeployedFederation]:
    """Run the provider, and register it in the store as an administrator does."""
    layout = outside.layout_of(deployed)
    provider = identity_provider.Provider(layout=layout, organisation="johnsorg", provider_id=PROVIDER_ID)
    store = f"{layout.base_url}/store"
    with identity_provider.run(provider):
        context = open_context(chromium)
        page = context.new_page()
        enter_store(page, store, "ada", deployed.user("ada")["password"])
        page.goto(f"{store}/admin/identity-providers")
        page.get_by_label("Id", exact=True).fill(PROVIDER_ID)
        page.get_by_label("Name", exact=True).fill("Outside")
        page.get_by_label("Issuer", exact=True).fill(provider.issuer)
        page.get_by_label("Client id", exact=True).fill(identity_provider.CLIENT_ID)
        page.get_by_label("Client secret", exact=True).fill(provider.client_secret)
        page.get_by_label("Create an account at the first sign-in").check()
        page.get_by_label("Offer it on the sign-in page").check()
        page.get_by_role("button", name="Register").click()
        page.wait_for_url(f"**/identity-providers/{PROVIDER_ID}*")
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("client id and secret are accepted")
        page.get_by_label("Client secret", exact=True).fill("not-the-secret")
        press(page, "Save")
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("refuses the client id or the client secret")
        page.get_by_label("Client secret", exact=True).fill(provider.client_secret)
        press(page, "Save")
        yield DeployedFederation(
            provider=provider,
            base=f"{layout.base_url}/t/johnsorg",
            tables=tables,
            authority=str(layout.outside / "authority.pem"),
        )
        page.goto(f"{store}/admin/identity-providers/{PROVIDER_ID}")
        page.get_by_text("Delete this provider").click()
        press(page, "Yes, delete")
        context.close()


@pytest.fixture(autouse=True)
def well_behaved(scene: DeployedFederation) -> Iterator[None]:
    """Let each test begin with a provider that behaves."""
    yield
    scene.control(down="", claims={}, sidOnly=False, holds=False)
    scene.forget_failures()


@pytest.fixture
def other(context: BrowserContext) -> Iterator[Callable[[], Page]]:
    """Open further browsers that nobody used before."""
    opened: list[BrowserContext] = []

    def open_page() -> Page:
        assert context.browser is not None
        opened.append(open_context(context.browser, java_script_enabled=False))
        return opened[-1].new_page()

    yield open_page
    for one in opened:
        one.close()


def test_a_person_gets_an_account_and_has_it_again(
    scene: DeployedFederation, page: Page, other: Callable[[], Page]
) -> None:
    login = scene.login()

    scene.sign_in(page, login)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    first = page.inner_text("main")
    again = other()
    scene.sign_in(again, login)

    assert f"{login}@example.com" in first
    expect(again.get_by_role("heading", name="Your account")).to_be_visible()
    assert again.inner_text("main") == first


def test_an_application_gets_its_code_and_the_tokens_say_how(
    scene: DeployedFederation, page: Page, party: RelyingParty
) -> None:
    issuer = scene.base
    page.goto(party.url(issuer=issuer, scope="openid"))
    while not page.get_by_role("link", name=BUTTON).count():
        page.reload()
    press(page, BUTTON, role="link")
    scene.prove(page, scene.login())
    page.get_by_role("button", name="Allow", exact=True).click()
    issued = party.redeem(party.wait(page)["code"]).json()

    described = party.person.post("/introspect", {"token": issued["access_token"]}).json()
    assert described["amr"] == ["fed"]


def test_by_invitation_an_account_is_linked_used_and_unlinked(
    scene: DeployedFederation, page: Page, party: RelyingParty, other: Callable[[], Page]
) -> None:
    scene.change(creates_members=False)
    try:
        login, stranger = scene.login(), other()
        scene.sign_in(stranger, login)
        expect(stranger.locator("main")).to_contain_text("No account belongs to this identity")

        page.goto(f"{scene.base}/signin?page=identities")
        sign_in(page, party.person.user.username)
        press(page, "Link Outside", role="link")
        scene.prove(page, login)
        expect(page.locator("main")).to_contain_text(f"{login}@example.com")
        page.get_by_role("button", name="Link", exact=True).click()
        expect(page.locator("main")).to_contain_text(f"Linked as {login}@example.com")

        linked = other()
        scene.sign_in(linked, login)
        expect(linked.locator("main")).to_contain_text(party.person.user.username)

        page.get_by_role("button", name="Unlink Outside").click()
        expect(page.get_by_role("link", name="Link Outside")).to_be_visible()
        linked.goto(f"{scene.base}/account")
        expect(linked.locator("h1")).to_contain_text("Sign in")  # unlinking ends every other session
        scene.sign_in(other(), login)
    finally:
        scene.change(creates_members=True)


def test_an_existing_account_is_never_adopted(scene: DeployedFederation, page: Page) -> None:
    directory = DynamoDBAccounts(scene.tables)
    before = directory.find_user("johnsorg", "john@gmail.com")
    scene.control(claims={"email": "john@gmail.com", "email_verified": True})

    scene.sign_in(page, scene.login())

    expect(page.locator("main")).to_contain_text("An account of this name exists already")
    assert directory.find_user("johnsorg", "john@gmail.com") == before
    page.goto(f"{scene.base}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_signs_out_at_the_provider_and_comes_back(scene: DeployedFederation, page: Page) -> None:
    scene.sign_in(page, scene.login())
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign out of Outside, too").click()
    page.get_by_role("button", name="Yes, sign me out").click()

    page.wait_for_url(f"{scene.base}/signin*")
    page.get_by_role("link", name=BUTTON).click()
    expect(page.locator("[name=login]")).to_be_visible()


@pytest.mark.parametrize("sid_only", [pytest.param(False, id="sub and sid"), pytest.param(True, id="sid alone")])
def test_signing_out_at_the_provider_ends_the_session_here(
    scene: DeployedFederation,
    page: Page,
    sid_only: bool,  # noqa: FBT001
) -> None:
    scene.control(sidOnly=sid_only)
    scene.sign_in(page, scene.login())
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    page.goto(f"{scene.provider.issuer}/session/end")
    press(page, "Yes, sign me out")
    page.goto(f"{scene.base}/account")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_provider_that_is_down_is_told_apart_and_passwords_work(
    scene: DeployedFederation, page: Page, party: RelyingParty
) -> None:
    scene.control(down="/token")

    scene.sign_in(page, scene.login())

    expect(page.locator("main")).to_contain_text("cannot be reached")
    page.get_by_role("link", name="Back to the sign-in page").click()
    sign_in(page, party.person.user.username)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_an_answer_works_once_and_in_its_browser_alone(
    scene: DeployedFederation, page: Page, other: Callable[[], Page]
) -> None:
    scene.control(holds=True)
    scene.sign_in(page, scene.login())
    for_thief = page.inner_text("body")
    thief = other()
    scene.sign_in(page, scene.logins[-1])
    mine = page.inner_text("body")

    thief.goto(for_thief)
    expect(thief.locator("main")).to_contain_text("began in another browser")
    page.goto(mine)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.goto(mine)
    expect(page.locator("main")).to_contain_text("was used already")


def test_keys_may_be_rotated(scene: DeployedFederation, page: Page, other: Callable[[], Page]) -> None:
    scene.sign_in(page, scene.login())
    scene.control(rotate=True)
    scene.age_keys()
    rotated = other()

    scene.sign_in(rotated, scene.login())

    expect(rotated.get_by_role("heading", name="Your account")).to_be_visible()


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": "another"}, id="another nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"aud": "another-client"}, id="another audience"),
        pytest.param({"iss": "https://outside-0.example"}, id="another issuer"),
        pytest.param({"exp": 1_700_000_000}, id="expired"),
        pytest.param({"iat": 4_000_000_000}, id="issued in the future"),
        pytest.param({"sub": None}, id="of nobody"),
    ],
)
def test_a_wrong_id_token_signs_nobody_in(scene: DeployedFederation, page: Page, claims: dict[str, Any]) -> None:
    scene.control(claims=claims)

    scene.sign_in(page, scene.login())

    expect(page.locator("main")).to_contain_text("cannot be trusted")
    page.goto(f"{scene.base}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.fixture
def resolver(deployed: Deployed) -> Iterator[outside.Host]:
    """The public resolver of DNS, as the fetcher asks it."""
    with outside.host(deployed, "dns.google") as played:
        yield played


def test_a_work_address_leads_to_the_provider_once_dns_proves_its_domain(
    scene: DeployedFederation, chromium: Any, deployed: Deployed, resolver: outside.Host
) -> None:
    context = open_context(chromium, viewport=PHONE)
    page, faults = context.new_page(), dict[str, list[str]]()
    base, login = deployed.stack["base_url"], f"{people.address('Paula').partition('@')[0]}@work.example"
    asked = "/resolve?name=_gatehouse.work.example&type=TXT"
    resolver.pages[asked] = outside.Page(b'{"Status": 3}')

    enter_store(page, f"{base}/store", "ada", deployed.user("ada")["password"])
    page.goto(f"{base}/store/admin/mail-domains")
    page.get_by_label("Domain", exact=True).fill("work.example")
    page.get_by_role("button", name="Claim", exact=True).click()
    page.get_by_role("button", name="Check work.example").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no TXT record _gatehouse.work.example")
    record = page.locator("td code").nth(1).inner_text()
    answer = {"Status": 0, "Answer": [{"name": "_gatehouse.work.example.", "type": 16, "TTL": 60, "data": record}]}
    resolver.pages[asked] = outside.Page(json.dumps(answer).encode())
    page.get_by_role("button", name="Check work.example").click()
    expect(page.get_by_text("Proven", exact=True)).to_be_visible()
    faults["domains"] = find_faults(page, "store-admin-mail-domains-phone-light")

    visitor = context.browser and open_context(context.browser, viewport=PHONE).new_page()
    assert visitor
    scene.arrive(visitor)
    visitor.goto(f"{base}/signin")
    press(visitor, "Find your organisation by your work e-mail address", role="link")
    faults["discover"] = find_faults(visitor, "discover-phone-light")
    visitor.get_by_label("E-mail address").fill("anna@unknown.example")
    visitor.get_by_role("button", name="Continue").click()
    expect(visitor.get_by_role("alert")).to_contain_text("No organisation here has proven this mail domain")
    visitor.get_by_label("E-mail address").fill(login)
    visitor.get_by_role("button", name="Continue").click()
    visitor.get_by_role("link", name=BUTTON).click()
    expect(visitor.locator("[name=login]")).to_have_value(login)
    scene.prove(visitor, login)
    expect(visitor.get_by_role("heading", name="Your account")).to_be_visible()
    expect(visitor.locator("main")).to_contain_text(login)
    visitor.context.close()
    context.close()
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_every_page_is_accessible_and_fits(
    scene: DeployedFederation, chromium: Any, deployed: Deployed, http: httpx.Client, device: str, scheme: str
) -> None:
    """The pages of a sign-in at a provider, of linked identities, and of the administrators."""
    context = open_context(chromium, color_scheme=scheme, viewport=PHONE if device == "phone" else DESKTOP)
    page, faults, login = context.new_page(), dict[str, list[str]](), people.address("Paula")
    anna = people.person(deployed, scene.tables, http, given="Anna").user.username

    def look(name: str) -> None:
        faults[name] = find_faults(page, f"{name}-{device}-{scheme}")

    scene.arrive(page)
    look("sign-in-provider")
    scene.change(creates_members=False)
    scene.sign_in(page, login)
    look("provider-refused")
    page.goto(f"{scene.base}/signin?page=identities")
    sign_in(page, anna)
    look("linked-identities-none")
    press(page, "Link Outside", role="link")
    scene.prove(page, login)
    look("identity-link")
    press(page, "Link")
    look("linked-identities")
    page.goto(f"{scene.base}/account")
    press(page, "Sign out")
    look("signed-out-provider")
    scene.change(creates_members=True)
    store = f"{deployed.stack['base_url']}/store"
    enter_store(page, store, "ada", deployed.user("ada")["password"])
    page.goto(f"{store}/admin/identity-providers")
    look("store-admin-identity-providers")
    page.goto(f"{store}/admin/identity-providers/{PROVIDER_ID}")
    press(page, "Test")
    look("store-admin-identity-provider")
    context.close()

    assert {name: found for name, found in faults.items() if found} == {}
