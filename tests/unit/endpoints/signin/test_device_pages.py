"""The pages on which users approve devices: codes that are typed, and decisions."""

import pytest

from gatehouse.endpoints.store import sessions as store
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.device_requests import PENDING, begin, entered, poll
from tests.unit.endpoints.signin.device_requests import devices as devices


def test_the_complete_address_skips_nothing(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    address = begun.json["verification_uri_complete"].removeprefix("https://auth.example")

    sent = browser.get(address)
    shown = browser.get(browser.sign_in(sent).location)

    assert "/t/johnsorg/signin" in sent.location
    assert f'value="{begun.json["user_code"]}"' in shown.body
    assert "Allow" not in shown.body
    assert poll(service, begun).refusal == PENDING


def test_signing_in_without_a_code_leads_to_the_page_of_devices(browser: Browser) -> None:
    page = browser.sign_in(browser.get("/t/johnsorg/device"))

    assert page.location.startswith("/t/johnsorg/device")
    assert 'name="user_code" type="text" value=""' in browser.get(page.location).body


def test_the_confirmation_names_application_organisation_scopes_place_and_user(
    service: TokenService, browser: Browser
) -> None:
    service.source = "198.51.100.7"
    begun = begin(service, scope="read delete openid")
    browser.now_ms += 130_000

    page = entered(browser, begun.json["user_code"])

    for shown in (
        "Demo",
        "Johns Org",
        "john@<wbr>gmail.com",
        "198.51.100.7",
        "2 minutes ago",
        "Know who you are",
        "read",
    ):
        assert shown in page.body
    assert begun.json["user_code"] in page.body
    assert "delete" not in page.body.partition("<form")[0]
    assert "deny it" in page.body


@pytest.mark.parametrize("spelling", ["lower", "spaces", "no dash"])
def test_the_code_may_be_typed_in_any_spelling(service: TokenService, browser: Browser, spelling: str) -> None:
    code = begin(service).json["user_code"]
    typed = {"lower": code.lower(), "spaces": f" {code.replace('-', ' ')} ", "no dash": code.replace("-", "")}

    entered(browser, "BCDF-GHJK")
    assert "Demo" in browser.submit(browser.get("/t/johnsorg/device"), user_code=typed[spelling]).body


def test_a_user_may_enter_ten_codes_in_ten_minutes(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    for _ in range(10):
        assert entered(browser, "BCDF-GHJK").status == 400

    refused = entered(browser, begun.json["user_code"])
    browser.now_ms += 600_000

    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) <= 600
    assert entered(browser, "BCDF-GHJK").status == 400


def test_a_source_may_ask_a_hundred_times_in_five_minutes(service: TokenService) -> None:
    assert {begin(service).status for _ in range(100)} == {200}

    refused = begin(service)

    assert refused.status == 429
    assert "Retry-After" in refused.headers
    service.now_ms += 300_000
    assert begin(service).status == 200


def test_a_decision_needs_the_page_that_showed_the_request(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    page = entered(browser, begun.json["user_code"])

    guessed = browser.send("POST", page.action, {**page.hidden, "request": "x" * 22, "decision": "allow"})

    assert guessed.status == 400
    assert poll(service, begun).refusal == PENDING


def test_another_site_cannot_decide(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    page = entered(browser, begun.json["user_code"])

    forged = browser.send("POST", page.action, {**page.hidden, "form_token": "x", "decision": "allow"})

    assert forged.status == 400
    assert poll(service, begun).refusal == PENDING


def test_a_form_that_is_sent_twice_succeeds_and_another_decision_does_not(
    service: TokenService, browser: Browser
) -> None:
    begun = begin(service)
    page = entered(browser, begun.json["user_code"])

    assert browser.submit(page, decision="allow").status == 200
    assert browser.submit(page, decision="allow").status == 200
    assert browser.submit(page, decision="deny").status == 400
    assert poll(service, begun).status == 200


def test_only_scopes_that_the_page_showed_are_granted(service: TokenService, browser: Browser) -> None:
    begun = begin(service, scope="read update")
    page = entered(browser, begun.json["user_code"])

    browser.send("POST", page.action, {**page.hidden, "scope": "read delete", "decision": "allow"})

    assert poll(service, begun).json["scope"] == "read"


def test_a_member_of_another_organisation_cannot_approve(
    service: TokenService, browser: Browser, acme: DirectoryWriter
) -> None:
    acme.save_organisation(factories.organisation(key="acme", name="Acme", device_authorization=True))
    begun = begin(service)
    page = browser.sign_in(browser.get("/t/acme/device"), "anna")

    refused = browser.submit(browser.get(page.location), user_code=begun.json["user_code"])

    assert refused.status == 400
    assert poll(service, begun).refusal == PENDING


def test_a_browser_that_is_signed_in_finds_its_organisation(browser: Browser) -> None:
    browser.sign_in(browser.get("/t/johnsorg/device"))

    assert browser.get("/device?user_code=bcdf-ghjk").location == "/t/johnsorg/device?user_code=BCDFGHJK"
    assert Browser(browser.router, browser.pages).get("/device").status == 400


def test_a_cookie_of_the_store_names_no_organisation(browser: Browser) -> None:
    assert all(not name.startswith("__Host-gatehouse-") for name in (store.ORGANISATION, store.ACCESS))

    browser.cookies[store.ORGANISATION] = "johnsorg"
    assert browser.get("/device").status == 400
