"""Passkeys: setting them up, signing in with them, and every answer of a browser that must not work."""

from typing import Any

import pytest

from gatehouse.domain.accounts.passkeys import RelyingParty
from gatehouse.domain.kernel.digests import base64url
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.authenticators import Authenticator, options_in
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin import mail_sender
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.conftest import redeem
from tests.unit.endpoints.signin.mail_sender import Office
from tests.unit.endpoints.signin.passkeys import ACCOUNT, PAGE, create, open_browser, other, send, sign_in
from tests.unit.endpoints.signin.passkeys import browser as browser
from tests.unit.endpoints.signin.passkeys import device as device
from tests.unit.endpoints.signin.second_factors import password


def test_a_passkey_signs_in_alone_and_counts_as_two_factors(
    device: Authenticator, browser: Browser, service: TokenService
) -> None:
    john = other(browser)
    asked = john.authorize(scope="openid read")
    page = john.get(sign_in(john, device, asked.location).location)
    issued = redeem(service, john.submit(page, decision="allow").answer["code"]).json
    described = service.post({"token": issued["access_token"]}, path="/introspect").json

    assert (described["amr"], described["acr"]) == (["mfa", "swk", "user"], "phr")


def test_it_says_itself_whose_it_is_also_where_no_organisation_is_named(
    device: Authenticator, browser: Browser
) -> None:
    john = other(browser)

    assert sign_in(john, device, "/signin").location == ACCOUNT
    assert john.get(ACCOUNT).status == 200


def test_it_is_the_second_step_after_a_password(device: Authenticator, browser: Browser) -> None:
    john = other(browser)
    step = password(john)
    done = send(john, f"{ACCOUNT}/second-step", device.answer(options_in(step.body)))

    assert done.location == ACCOUNT
    assert john.get(ACCOUNT).status == 200


def test_a_security_key_that_does_not_know_its_user_is_a_second_step_and_no_whole_sign_in(
    device: Authenticator, browser: Browser
) -> None:
    device.verifies = False
    john = other(browser)
    step = password(john)

    assert send(john, f"{ACCOUNT}/second-step", device.answer(options_in(step.body))).location == ACCOUNT
    assert sign_in(other(browser), device).status == 400


def test_recovery_codes_come_with_the_first_factor_only(device: Authenticator, browser: Browser) -> None:
    second = Authenticator(is_synced=False)

    assert create(browser, f"{ACCOUNT}/enrol", second, passkey_name="Key ring").location == f"{ACCOUNT}/factors"
    page = browser.get(f"{ACCOUNT}/factors").body
    assert all(text in page for text in ("My phone", "Key ring", "10 of 10 left"))
    assert sign_in(other(browser), second).location == ACCOUNT
    assert sign_in(other(browser), device).location == ACCOUNT


def test_the_page_shows_when_each_was_used_last_and_removes_one(
    device: Authenticator, browser: Browser, office: Office
) -> None:
    create(browser, f"{ACCOUNT}/enrol", second := Authenticator(), passkey_name="Key ring")
    john = other(browser)
    sign_in(john, device)
    page = john.get(f"{ACCOUNT}/factors")
    assert page.body.count("last used on 15 January 2027") == 1
    assert page.body.count("never used") == 1
    office.run()
    first = page.body.partition('name="passkey" value="')[2][:16]
    john.send("POST", f"{ACCOUNT}/factors/remove", {**page.hidden, "passkey": first})

    assert "My phone" not in john.get(f"{ACCOUNT}/factors").body
    assert len(office.run()) == 1
    assert sign_in(other(browser), device).status == 400
    assert sign_in(other(browser), second).location == ACCOUNT


def test_a_passkey_is_renamed_and_no_session_ends(device: Authenticator, browser: Browser, dump: Any) -> None:
    john = other(browser)
    sign_in(john, device)
    page = john.get(f"{ACCOUNT}/factors")
    passkey = page.body.partition('name="passkey" value="')[2][:16]
    form = {"form_token": page.hidden["form_token"], "passkey": passkey, "name": " Blue <key> "}

    assert john.send("POST", f"{ACCOUNT}/factors/rename", form).location == f"{ACCOUNT}/factors"

    assert "Blue &lt;key&gt;" in john.get(f"{ACCOUNT}/factors").body
    assert browser.get(f"{ACCOUNT}/factors").status == 200
    assert sign_in(other(browser), device).location == ACCOUNT
    assert ("john@gmail.com", "factor.rename", "john@gmail.com", "passkey Blue <key>") in mail_sender.audit_entries(
        dump
    )


@pytest.mark.parametrize("name", ["", "x" * 61, "a\u202eb"])
def test_a_passkey_is_not_called_what_no_name_is(device: Authenticator, browser: Browser, name: str) -> None:
    page = browser.get(f"{ACCOUNT}/factors")
    passkey = page.body.partition('name="passkey" value="')[2][:16]
    form = {"form_token": page.hidden["form_token"], "passkey": passkey, "name": name}

    assert browser.send("POST", f"{ACCOUNT}/factors/rename", form).status == 400
    assert "My phone" in browser.get(f"{ACCOUNT}/factors").body
    del device


def test_another_site_and_a_stranger_rename_nothing(device: Authenticator, browser: Browser) -> None:
    page = browser.get(f"{ACCOUNT}/factors")
    passkey = page.body.partition('name="passkey" value="')[2][:16]
    form = {"passkey": passkey, "name": "Taken"}

    assert browser.send("POST", f"{ACCOUNT}/factors/rename", form).status == 400
    assert other(browser).send("POST", f"{ACCOUNT}/factors/rename", form).status == 400
    assert "My phone" in browser.get(f"{ACCOUNT}/factors").body
    del device


def test_a_browser_is_told_which_passkeys_it_has_already(device: Authenticator, browser: Browser) -> None:
    options = options_in(browser.get(f"{ACCOUNT}/enrol").body)

    assert [one["id"] for one in options["excludeCredentials"]] == [base64url(device.credential_id)]
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"


def test_only_pages_that_use_passkeys_run_a_script(device: Authenticator, browser: Browser) -> None:
    policies = [browser.get(path).headers["Content-Security-Policy"] for path in (PAGE, ACCOUNT)]

    assert ["script-src 'self'" in one for one in policies] == [True, False]
    assert all("connect-src" not in one and "unsafe" not in one for one in policies)
    assert "Passkeys need JavaScript" in browser.get(PAGE).body
    del device


def test_a_counter_that_goes_back_is_audited_and_synced_ones_count_nothing(
    device: Authenticator, browser: Browser, transport: RecordingTransport
) -> None:
    create(browser, f"{ACCOUNT}/enrol", key := Authenticator(is_synced=False, count=10))
    sign_in(other(browser), key)
    key.count = 3
    assert sign_in(other(browser), key).location == ACCOUNT
    sign_in(other(browser), device)
    sign_in(other(browser), device)

    def dump() -> Any:
        return transport.call_uncounted("Scan", {"TableName": "directory"})["Items"]

    actions = [action for _, action, _, _ in mail_sender.audit_entries(dump)]
    assert actions.count("factor.counted-back") == 1


def test_a_locked_second_factor_still_takes_a_passkey(device: Authenticator, browser: Browser) -> None:
    for _ in range(5):
        thief = other(browser)
        thief.send("POST", f"{ACCOUNT}/second-step", {**password(thief).hidden, "factor_code": "000000"})
    john = other(browser)
    step = password(john)

    assert send(john, f"{ACCOUNT}/second-step", device.answer(options_in(step.body))).location == ACCOUNT


def test_a_password_that_strangers_locked_still_leaves_the_passkey(device: Authenticator, browser: Browser) -> None:
    for _ in range(11):
        attempt(other(browser), "john@gmail.com", "wrong")

    assert attempt(other(browser), "john@gmail.com").status == 400
    assert sign_in(other(browser), device).location == ACCOUNT


def test_a_blocked_user_and_a_closed_organisation_let_nobody_in(
    device: Authenticator, browser: Browser, web: DirectoryWriter
) -> None:
    web.save_organisation(factories.organisation(is_active=False))

    assert sign_in(other(browser), device, "/signin").status == 400


def test_the_first_passkey_needs_the_mailed_link(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    browser.get(f"{ACCOUNT}/factors")

    assert send(browser, f"{ACCOUNT}/enrol", "{}").location == f"{ACCOUNT}/factors"


def test_ten_passkeys_are_the_most(device: Authenticator, browser: Browser) -> None:
    for _ in range(9):
        assert create(browser, f"{ACCOUNT}/enrol", Authenticator()).status == 303
    page = browser.get(f"{ACCOUNT}/enrol")

    assert "data-options" not in page.body
    del device


def test_another_public_url_has_no_use_for_them(
    device: Authenticator, tables: Tables, pages: SignInPages, browser: Browser
) -> None:
    """The old relying party is stored with each; people get in with another factor, and set up new ones."""
    moved = open_browser(tables, pages, "https://login.other.example")
    moved.now_ms = browser.now_ms
    assert sign_in(moved, device, origin="https://login.other.example").status == 400
    step = password(other(moved))

    assert "data-options" not in step.body
    assert "Code" in step.body


@pytest.mark.parametrize(
    ("public_url", "rp_id"),
    [
        ("https://auth.example", "auth.example"),
        ("https://localhost:8243", "localhost"),
        ("", None),
        ("http://auth.example", None),
        ("https://192.0.2.1", None),
        ("https://[::1]:8443", None),
    ],
)
def test_the_relying_party_comes_from_the_public_url(public_url: str, rp_id: str | None) -> None:
    party = RelyingParty.of(public_url)

    assert (party.rp_id if party else None) == rp_id


def test_without_a_public_url_there_are_none(web: DirectoryWriter, tables: Tables, pages: SignInPages) -> None:
    del web
    page = open_browser(tables, pages, "").get(PAGE)

    assert "passkey" not in page.body.lower()


def test_a_browser_may_be_remembered_after_a_passkey_and_signing_in_by_it_alone_needs_no_memory(
    device: Authenticator, browser: Browser
) -> None:
    john = other(browser)
    step = password(john)
    send(john, f"{ACCOUNT}/second-step", device.answer(options_in(step.body)), remember="on")

    assert attempt(john, "john@gmail.com").location == ACCOUNT
