"""Every sign-in page, on a phone and on a desktop, light and dark: axe-core finds nothing, nothing overflows.

GATEHOUSE_SCREENSHOTS names a folder that gets a picture of each.
"""

import base64
import re
import secrets
import time
from collections.abc import Callable, Iterator
from copy import replace
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from gatehouse.domain.accounts import links, organisation_signup, totp
from gatehouse.domain.accounts.links import Link
from gatehouse.domain.apis.apis import Application, Subscription
from gatehouse.domain.kernel import digests
from gatehouse.domain.oauth.grants import device_code
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.links import DynamoDBLinks
from tests import people
from tests.browsers import DESKTOP, PHONE, RelyingParty, find_faults, open_context, press, sign_in

pytestmark = pytest.mark.long(3)

type Show = Callable[[Page, RelyingParty, Tables], None]

VIEWPORTS = {"phone": PHONE, "desktop": DESKTOP}
_FAR_AWAY = 4_000_000_000


def base(party: RelyingParty) -> str:
    return f"{party.person.deployed.stack['base_url']}/t/johnsorg"


def enter(page: Page, party: RelyingParty) -> None:
    page.goto(f"{base(party)}/signin")
    sign_in(page, party.person.user.username)


def show_sign_in(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(party.url())


def show_sign_in_refused(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(party.url())
    sign_in(page, party.person.user.username, "wrong")


def show_sign_in_anywhere(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(f"{party.person.deployed.stack['base_url']}/signin")


def show_consent(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(party.url(scope="openid profile email read update"))
    sign_in(page, party.person.user.username)


def show_error(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(party.url(redirect_uri="https://evil.example/"))


def show_not_found(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(f"{base(party)}/nowhere")


def show_link_expired(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(f"{base(party)}/account/set-password?link=none")


def show_return(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(party.url(response_type="token"))


def show_sign_up(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(f"{base(party)}/signup")


def show_recover(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(f"{base(party)}/recover")


def show_sent(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(f"{base(party)}/account/sent")


def show_set_password(page: Page, party: RelyingParty, tables: Tables) -> None:
    secret, user = digests.generate_secret(), party.person.user
    DynamoDBLinks(tables).add_link(
        "johnsorg",
        Link(
            digest=links.digest(secret),
            purpose="recover",
            organisation="johnsorg",
            username=user.username,
            user_id=user.user_id,
            generation=user.generation,
            email=user.email,
            expires_at=_FAR_AWAY,
        ),
    )
    page.goto(f"{base(party)}/account/set-password?link={secret}")


def show_set_password_refused(page: Page, party: RelyingParty, tables: Tables) -> None:
    show_set_password(page, party, tables)
    page.get_by_label("New password").fill("password123")
    press(page, "Change the password")


def show_account(page: Page, party: RelyingParty, _tables: Tables) -> None:
    enter(page, party)


def show_change_password(page: Page, party: RelyingParty, _tables: Tables) -> None:
    enter(page, party)
    page.goto(f"{base(party)}/account/password")


def show_done(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(f"{base(party)}/account/done")


def show_sign_out(page: Page, party: RelyingParty, _tables: Tables) -> None:
    enter(page, party)
    page.goto(f"{base(party)}/logout?client_id={party.person.client.client_id}")


def show_found(page: Page, party: RelyingParty, _tables: Tables) -> None:
    page.goto(f"{party.person.deployed.stack['base_url']}/signup/organisation")


def show_found_confirm(page: Page, party: RelyingParty, tables: Tables) -> None:
    secret = digests.generate_secret()
    link = Link(
        digest=links.digest(secret),
        purpose="create_organisation",
        organisation=organisation_signup.NOBODY,
        username="anna@example.com",
        user_id=None,
        email="anna@example.com",
        expires_at=_FAR_AWAY,
    )
    DynamoDBLinks(tables).add_link(organisation_signup.NOBODY, link)
    page.goto(f"{party.person.deployed.stack['base_url']}/signup/organisation/confirm?link={secret}")


def _begin_device(party: RelyingParty, tables: Tables) -> str:
    """Let a device of the person's client ask; return the code that it shows."""
    person = party.person
    client = replace(person.client, grant_types=person.client.grant_types | {device_code.GRANT_TYPE})
    DirectoryWriter(tables).save_client(client)
    return person.post("/t/johnsorg/device_authorization", {"scope": "openid read update"}).json()["user_code"]


def show_device(page: Page, party: RelyingParty, _tables: Tables) -> None:
    enter(page, party)
    page.goto(f"{base(party)}/device")


def show_device_refused(page: Page, party: RelyingParty, tables: Tables) -> None:
    show_device(page, party, tables)
    page.get_by_label("Code").fill("BCDF-GHJK")
    press(page, "Continue")


def show_device_confirm(page: Page, party: RelyingParty, tables: Tables) -> None:
    code = _begin_device(party, tables)
    page.goto(f"{base(party)}/device?user_code={code}")
    sign_in(page, party.person.user.username)
    press(page, "Continue")


def show_device_done(page: Page, party: RelyingParty, tables: Tables) -> None:
    show_device_confirm(page, party, tables)
    press(page, "Allow")


def show_second_step(page: Page, party: RelyingParty, tables: Tables) -> None:
    DirectoryWriter(tables).save_user(replace(party.person.user, factors=frozenset({"totp"})))
    enter(page, party)


def show_second_step_refused(page: Page, party: RelyingParty, tables: Tables) -> None:
    show_second_step(page, party, tables)
    page.get_by_label("Code").fill("000000")
    press(page, "Continue")


def show_second_factor_needed(page: Page, party: RelyingParty, tables: Tables) -> None:
    DirectoryWriter(tables).save_client(replace(party.person.client, second_factor=True))
    page.goto(party.url())
    sign_in(page, party.person.user.username)


def show_second_factor_link_sent(page: Page, party: RelyingParty, _tables: Tables) -> None:
    show_factors(page, party, _tables)
    press(page, "Set up a second factor")


def show_factors(page: Page, party: RelyingParty, _tables: Tables) -> None:
    enter(page, party)
    page.goto(f"{base(party)}/account/factors")


def show_enrol(page: Page, party: RelyingParty, tables: Tables) -> None:
    secret = digests.generate_secret()
    link = replace(links.enrolment(party.person.user, secret, 0), expires_at=_FAR_AWAY)
    DynamoDBLinks(tables).add_link("johnsorg", link)
    enter(page, party)
    page.goto(f"{base(party)}/account/enrol?link={secret}")


def show_enrol_refused(page: Page, party: RelyingParty, tables: Tables) -> None:
    show_enrol(page, party, tables)
    page.get_by_label("Code").fill("000000")
    press(page, "Set up the app")


def show_recovery_codes(page: Page, party: RelyingParty, tables: Tables) -> None:
    show_enrol(page, party, tables)
    found = re.search(r"type this key into the app: ([A-Z2-7 ]+)", page.inner_text("main"))
    assert found
    secret = base64.b32decode(found[1].replace(" ", ""))
    page.get_by_label("Code").fill(totp.code(secret, int(time.time()) // totp.PERIOD_SECONDS))
    press(page, "Set up the app")


def show_factors_set_up(page: Page, party: RelyingParty, tables: Tables) -> None:
    show_recovery_codes(page, party, tables)
    press(page, "I have saved them", role="link")


def show_sessions(page: Page, party: RelyingParty, _tables: Tables) -> None:
    enter(page, party)
    page.goto(f"{base(party)}/account/sessions")


def show_email(page: Page, party: RelyingParty, _tables: Tables) -> None:
    enter(page, party)
    page.goto(f"{base(party)}/account/email")


def show_email_confirm(page: Page, party: RelyingParty, tables: Tables) -> None:
    secret = digests.generate_secret()
    link = replace(links.enrolment(party.person.user, secret, 0), purpose="email", expires_at=_FAR_AWAY)
    DynamoDBLinks(tables).add_link("johnsorg", link)
    enter(page, party)
    page.goto(f"{base(party)}/account/email/confirm?link={secret}")


PAGES: dict[str, Show] = {
    "second-step": show_second_step,
    "second-step-refused": show_second_step_refused,
    "second-factor-needed": show_second_factor_needed,
    "second-factor-link-sent": show_second_factor_link_sent,
    "sign-in-methods": show_factors,
    "sign-in-methods-set-up": show_factors_set_up,
    "second-factor": show_enrol,
    "second-factor-refused": show_enrol_refused,
    "recovery-codes": show_recovery_codes,
    "active-sessions": show_sessions,
    "email": show_email,
    "email-confirm": show_email_confirm,
    "device": show_device,
    "device-refused": show_device_refused,
    "device-confirm": show_device_confirm,
    "device-done": show_device_done,
    "sign-in": show_sign_in,
    "sign-in-refused": show_sign_in_refused,
    "sign-in-anywhere": show_sign_in_anywhere,
    "consent": show_consent,
    "error": show_error,
    "not-found": show_not_found,
    "link-expired": show_link_expired,
    "return": show_return,
    "sign-up": show_sign_up,
    "recover": show_recover,
    "sent": show_sent,
    "set-password": show_set_password,
    "set-password-refused": show_set_password_refused,
    "account": show_account,
    "change-password": show_change_password,
    "done": show_done,
    "sign-out": show_sign_out,
    "create-organisation": show_found,
    "create-organisation-key": show_found_confirm,
}


@pytest.fixture
def party(party: RelyingParty, tables: Tables) -> RelyingParty:
    """Anna at an application with a name, as people see it."""
    writer, client = DirectoryWriter(tables), party.person.client
    name = people.address("Anna")
    anna = replace(
        party.person.user,
        user_id=secrets.token_hex(16),
        status_id=digests.generate_id(),
        username=name,
        display_name="Anna",
        email=name,
    )
    writer.add_user(anna)
    writer.save_application(
        Application(
            organisation=client.organisation,
            application_id=client.application_id,
            name="Order Desk",
            owner_id=anna.user_id,
            subscriptions=(Subscription(api_organisation=client.organisation, api_id="orders"),),
        )
    )
    return replace(party, person=replace(party.person, user=anna))


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    return request.param


@pytest.fixture(params=list(VIEWPORTS))
def device(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def screen(chromium: Browser, scheme: Literal["light", "dark"], device: str) -> Iterator[Page]:
    context = open_context(chromium, color_scheme=scheme, viewport=VIEWPORTS[device])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_is_accessible_and_fits(
    screen: Page, party: RelyingParty, tables: Tables, name: str, device: str, scheme: str
) -> None:
    complaints: list[str] = []
    screen.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
    PAGES[name](screen, party, tables)

    assert find_faults(screen, f"{name}-{device}-{scheme}") == []
    assert complaints == []


def test_a_long_word_does_not_widen_the_page(chromium: Browser, party: RelyingParty) -> None:
    context = open_context(chromium, viewport={"width": 320, "height": 600})
    page = context.new_page()
    page.goto(f"{base(party)}/signin")
    sign_in(page, "x" * 300, "wrong")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()
