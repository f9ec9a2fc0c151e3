"""Signing in and out, signing up, forgotten and changed passwords: in a real browser, with mails through SES."""

import html
import secrets
from copy import replace

from playwright.sync_api import BrowserContext, Page, expect

from tests import people
from tests.browsers import RelyingParty, link_in, open_context, press, read_mail, sign_in
from tests.deployed import Deployed
from tests.people import PASSWORD

NEW = "seven purple walruses"


def test_somebody_new_makes_an_account_and_gets_to_the_application(
    deployed: Deployed, page: Page, party: RelyingParty
) -> None:
    email = f"anna-{secrets.token_hex(8)}@example.com"
    page.goto(party.url())
    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Your name").fill("Anna Example")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.locator("h1")).to_contain_text("Check your email")

    mail = read_mail(deployed, email)
    assert f'href="{html.escape(link_in(mail))}"' in mail["BodyHtml"]
    page.goto(link_in(mail))
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("link", name="Continue").click()
    sign_in(page, email, NEW)
    page.get_by_role("button", name="Allow", exact=True).click()

    assert party.redeem(party.wait(page)["code"]).status_code == 200


def test_ref_10_a_forgotten_password_is_replaced_and_everything_issued_before_is_dead(
    deployed: Deployed, page: Page, party: RelyingParty
) -> None:
    before = party.redeem(party.obtain(page)["code"]).json()
    assert party.person.call(before["access_token"]).status_code == 200
    user = party.person.user

    page.goto(f"{deployed.stack['base_url']}/t/johnsorg/recover")
    page.get_by_label("Username").fill(user.username)
    page.get_by_role("button", name="Send me the link").click()
    page.goto(link_in(read_mail(deployed, user.email)))
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change the password").click()
    page.get_by_role("link", name="Continue").click()
    sign_in(page, user.username, NEW)

    expect(page.locator("h1")).to_contain_text("Your account")
    assert party.person.refresh(before["refresh_token"]).status_code == 400
    assert party.person.is_refused_within(before["access_token"], 5)
    assert party.person.sign_in().status_code == 400


def test_changing_the_password_ends_every_other_browser(
    page: Page, context: BrowserContext, party: RelyingParty
) -> None:
    base = f"{party.person.deployed.stack['base_url']}/t/johnsorg"
    browser = context.browser
    assert browser is not None
    elsewhere = open_context(browser).new_page()
    for one in (elsewhere, page):
        one.goto(f"{base}/signin")
        sign_in(one, party.person.user.username)

    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change the password").click()

    expect(page.locator("main")).to_contain_text("Your password is changed")
    page.get_by_role("link", name="Continue").click()
    expect(page.locator("h1")).to_contain_text("Your account")
    elsewhere.goto(f"{base}/account")
    expect(elsewhere.locator("h1")).to_contain_text("Sign in")
    elsewhere.context.close()


def test_a_wrong_password_says_so_and_keeps_the_username(page: Page, party: RelyingParty) -> None:
    page.goto(party.url())
    sign_in(page, party.person.user.username, "wrong")

    assert "wrong" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Username").input_value() == party.person.user.username


def test_strangers_who_lock_the_account_lock_every_browser_but_those_of_its_user(
    page: Page, context: BrowserContext, party: RelyingParty
) -> None:
    person, browser = party.person, context.browser
    assert browser is not None
    address = f"{person.deployed.stack['base_url']}/t/johnsorg/signin"
    page.goto(address)
    sign_in(page, person.user.username)
    press(page, "Sign out")

    with people.stranger(person.deployed) as elsewhere:
        for _ in range(10):
            assert replace(person, http=elsewhere).sign_in(password="a wrong guess").status_code == 400

    unknown = open_context(browser).new_page()
    unknown.goto(address)
    sign_in(unknown, person.user.username)
    assert "locked for a while" in unknown.get_by_role("alert").inner_text()
    unknown.context.close()
    page.goto(address)
    sign_in(page, person.user.username)
    expect(page.locator("h1")).to_contain_text("Your account")


def test_the_form_is_usable_by_keyboard_alone(page: Page, party: RelyingParty) -> None:
    page.goto(party.url())
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(party.person.user.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    allow = page.get_by_role("button", name="Allow", exact=True)
    allow.wait_for()
    page.keyboard.press("Tab")
    expect(allow).to_be_focused()
    page.keyboard.press("Enter")

    assert party.wait(page)["code"]


def test_logout_at_the_applications_wish_returns_to_it(page: Page, party: RelyingParty) -> None:
    issued = party.redeem(party.obtain(page)["code"]).json()
    base, bye = party.person.deployed.stack["base_url"], f"http://127.0.0.1:{party.port}/bye"

    page.goto(f"{base}/logout?id_token_hint={issued['id_token']}&post_logout_redirect_uri={bye}&state=s")

    assert page.url == f"{bye}?state=s"
    page.goto(party.url())
    expect(page.locator("h1")).to_contain_text("Sign in")


def test_signing_out_ends_the_session_even_for_a_copied_cookie(page: Page, party: RelyingParty) -> None:
    base = f"{party.person.deployed.stack['base_url']}/t/johnsorg"
    page.goto(f"{base}/signin")
    sign_in(page, party.person.user.username)
    cookies = page.context.cookies()
    press(page, "Sign out")
    page.context.clear_cookies()
    page.context.add_cookies(
        [
            {"name": one["name"], "value": one["value"], "url": base.removesuffix("/t/johnsorg"), "secure": True}
            for one in cookies
            if "name" in one and "value" in one
        ]
    )

    page.goto(f"{base}/account")

    expect(page.locator("h1")).to_contain_text("Sign in")
