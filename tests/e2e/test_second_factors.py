"""Second factors in a real browser, with mails through SES: setting one up, signing in with it, losing it."""

import base64
import re
import time

from playwright.sync_api import BrowserContext, Page, expect

from gatehouse.domain.accounts import totp
from tests.browsers import RelyingParty, link_in, open_context, read_mail, sign_in
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
    page.get_by_role("button", name="Set up the app").click()
    return secret


def test_an_authenticator_app_is_set_up_and_asked_for_at_the_next_sign_in(
    deployed: Deployed, page: Page, context: BrowserContext, party: RelyingParty
) -> None:
    secret = set_up_app(deployed, page, party)
    codes = page.locator(".codes li").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    assert "10 of 10 left" in page.inner_text("main")
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

    described = party.person.post("/introspect", {"token": issued["access_token"]}).json()
    assert described["amr"] == ["mfa", "otp", "pwd"]
    assert len(codes) == 10
    assert party.person.sign_in().status_code == 400, "the password grant is closed"


def test_a_recovery_code_signs_in_once(deployed: Deployed, page: Page, party: RelyingParty) -> None:
    set_up_app(deployed, page, party)
    code = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    page.goto(f"{base(party)}/account")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, party.person.user.username)
    page.get_by_label("Code").fill(code.lower())
    page.get_by_role("button", name="Continue").click()

    page.get_by_role("link", name="Sign-in methods").click()
    assert "9 of 10 left" in page.inner_text("main")
