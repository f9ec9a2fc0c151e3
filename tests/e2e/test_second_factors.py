"""Second factors in a real browser, with mails through SES: setting one up, signing in with it, losing it."""

import base64
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gatehouse.domain.accounts import totp
from tests.browsers import RelyingParty, link_in, open_context, press, read_mail, sign_in
from tests.deployed import Deployed


def base(party: RelyingParty) -> str:
    return f"{party.person.deployed.stack['base_url']}/t/johnsorg"


def set_up_app(deployed: Deployed, page: Page, party: RelyingParty) -> bytes:
    """Set up an authenticator app by the mailed link; return its secret."""
    user = party.person.user
    page.goto(f"{base(party)}/signin")
    sign_in(page, user.username)
    page.get_by_role("link", name="Sign-in methods").click()
    page.get_by_role("button", name="Set up a second factor").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    page.goto(link_in(read_mail(deployed, user.email)))
    expect(page.locator(".qr svg")).to_be_visible()
    found = re.search(r"type this key into the app: ([A-Z2-7 ]+)", page.inner_text("main"))
    assert found
    secret = base64.b32decode(found[1].replace(" ", ""))
    page.get_by_label("Code").fill(totp.code(secret, int(time.time()) // 30 - 1))
    press(page, "Set up the app")
    return secret


def test_an_authenticator_app_is_set_up_and_asked_for_at_the_next_sign_in(
    deployed: Deployed, page: Page, context: BrowserContext, party: RelyingParty
) -> None:
    secret = set_up_app(deployed, page, party)
    codes = page.locator(".codes li").all_inner_texts()
    page.get_by_role("link", name="I have saved them").click()
    expect(page.locator("main")).to_contain_text("10 of 10 left")
    assert context.browser is not None
    other = open_context(context.browser).new_page()

    other.goto(party.url())
    sign_in(other, party.person.user.username)
    other.get_by_label("Code").fill("000000")
    other.get_by_role("button", name="Continue").click()
    expect(other.get_by_role("alert")).to_contain_text("wrong")
    other.get_by_label("Code").fill(totp.code(secret, int(time.time()) // 30))
    other.get_by_role("button", name="Continue").click()
    other.get_by_role("button", name="Allow", exact=True).click()
    issued = party.redeem(party.wait(other)["code"]).json()
    other.context.close()
    third = open_context(context.browser).new_page()
    third.goto(party.url())
    sign_in(third, party.person.user.username)
    third.get_by_label("Code").fill(totp.code(secret, int(time.time()) // 30 + 1))
    third.get_by_role("button", name="Continue").click()
    assert party.wait(third)["code"], "no page comes after the second step where the user has consented already"
    third.context.close()

    described = party.person.post("/introspect", {"token": issued["access_token"]}).json()
    assert described["amr"] == ["mfa", "otp", "pwd"]
    assert len(codes) == 10
    assert party.person.sign_in().status_code == 400, "the password grant is closed"


def test_a_recovery_code_signs_in_once(deployed: Deployed, page: Page, party: RelyingParty) -> None:
    set_up_app(deployed, page, party)
    code = page.locator(".codes li").first.inner_text()
    press(page, "I have saved them", role="link")
    page.goto(f"{base(party)}/account")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, party.person.user.username)
    page.get_by_label("Code").fill(code.lower())
    page.get_by_role("button", name="Continue").click()

    page.get_by_role("link", name="Sign-in methods").click()
    expect(page.locator("main")).to_contain_text("9 of 10 left")


@pytest.fixture
def scripted(chromium: Browser) -> Iterator[Page]:
    """A page with JavaScript, which only passkeys need."""
    context = open_context(chromium)
    yield context.new_page()
    context.close()


def authenticator(page: Page, **options: bool) -> tuple[Any, str]:
    """Give the browser an authenticator of its own, as CTAP 2.1 has them in phones and computers."""
    session: Any = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    wanted = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        **options,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": wanted})
    return session, made["authenticatorId"]


def without_autofill(page: Page) -> None:
    """Let nothing but the button ask for a passkey: the field's request is answered at once."""
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")


def set_up_passkey(deployed: Deployed, page: Page, party: RelyingParty) -> None:
    """Set up a passkey as the first second factor, by the mailed link."""
    user = party.person.user
    page.goto(f"{base(party)}/signin")
    sign_in(page, user.username)
    page.get_by_role("link", name="Sign-in methods").click()
    page.get_by_role("button", name="Set up a second factor").click()
    page.goto(link_in(read_mail(deployed, user.email)))
    page.get_by_label("Name of the passkey").fill("My laptop")
    page.get_by_role("button", name="Create a passkey").click()
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("My laptop")).to_be_visible()


def sign_out(page: Page, party: RelyingParty) -> None:
    page.goto(f"{base(party)}/account")
    press(page, "Sign out")


def test_a_passkey_signs_in_alone_by_the_button(deployed: Deployed, scripted: Page, party: RelyingParty) -> None:
    page = scripted
    authenticator(page)
    without_autofill(page)
    set_up_passkey(deployed, page, party)
    sign_out(page, party)
    page.goto(party.url())
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    issued = party.redeem(party.wait(page)["code"]).json()

    described = party.person.post("/introspect", {"token": issued["access_token"]}).json()
    assert set(described["amr"]) >= {"mfa", "user"}
    assert described["acr"] == "phr"
    assert party.person.sign_in().status_code == 400, "the password grant is closed"


def test_the_sign_in_field_offers_passkeys(deployed: Deployed, scripted: Page, party: RelyingParty) -> None:
    """Where somebody is present, a conditional request is answered as soon as the page waits for it."""
    page = scripted
    authenticator(page)
    set_up_passkey(deployed, page, party)
    page.goto(f"{base(party)}/account")
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_passkey_is_the_second_step_and_several_are_listed_and_removed(
    deployed: Deployed, scripted: Page, party: RelyingParty
) -> None:
    page = scripted
    authenticator(page)
    without_autofill(page)
    set_up_passkey(deployed, page, party)
    sign_out(page, party)
    page.goto(f"{base(party)}/signin")
    sign_in(page, party.person.user.username)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    page.get_by_role("link", name="Sign-in methods").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.locator("#passkey-message")).to_contain_text("has a passkey for your account already")
    page.goto(f"{base(party)}/account/factors")
    expect(page.locator("main")).to_contain_text("last used on")
    page.get_by_label("Rename the passkey My laptop").click()
    page.get_by_label("New name").fill("My old laptop")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_role("button", name="Remove the passkey My old laptop").click()
    expect(page.get_by_role("button", name="Set up a second factor")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("My laptop")


def test_a_bogus_signature_and_an_unverified_user_are_refused(
    deployed: Deployed, scripted: Page, party: RelyingParty
) -> None:
    page = scripted
    session, device = authenticator(page)
    set_up_passkey(deployed, page, party)
    without_autofill(page)
    sign_out(page, party)
    for wrong in ({"isBogusSignature": True}, {"isBogusSignature": False, "isBadUV": True}):
        session.send("WebAuthn.setResponseOverrideBits", {"authenticatorId": device, **wrong})
        page.goto(f"{base(party)}/signin")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert").first).to_contain_text("not known here")


def test_without_javascript_the_page_says_so_and_the_password_works(
    context: BrowserContext, party: RelyingParty
) -> None:
    assert context.browser is not None
    plain = open_context(context.browser, java_script_enabled=False).new_page()
    plain.goto(f"{base(party)}/signin")

    assert "Passkeys need JavaScript" in plain.inner_text("main")
    sign_in(plain, party.person.user.username)
    expect(plain.locator("h1")).to_contain_text("Your account")
    plain.context.close()
