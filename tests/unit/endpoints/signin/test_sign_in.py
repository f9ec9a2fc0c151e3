"""The sign-in page: statements BCP-02, -14, -17, -22, and what an attacker at the form learns: nothing."""

import html
import re
from copy import replace
from typing import Any

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.template import ROOT
from tests.unit.endpoints.signin.browser import PAGE, Browser, attempt


@pytest.mark.parametrize(
    "path",
    [PAGE, "/authorize", "/t/johnsorg/recover", "/t/johnsorg/account/sent", "/t/johnsorg/account/set-password"],
)
def test_bcp_22_pages_cannot_be_framed_cached_or_extended(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers

    policy = headers["Content-Security-Policy"].replace("script-src 'self'; ", "")  # which pages with passwords have
    assert "script" not in policy
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'")
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("template", sorted((ROOT / "functions" / "signin" / "templates").glob("*.html")), ids=str)
def test_bcp_14_no_page_loads_anything_from_elsewhere(template: Any) -> None:
    text = template.read_text()

    assert "http:" not in text
    assert "https:" not in text
    for name in ("script", "passwords"):
        text = text.replace(f'<script src="{{{{ {name} }}}}" defer></script>', "")
    assert "<script" not in text
    assert "style=" not in text.replace("{{ style }}", "")


def test_the_style_sheet_is_ours_and_may_be_kept(browser: Browser) -> None:
    page = browser.get(browser.pages.assets.path("signin.css"))

    assert page.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in page.headers["Cache-Control"]


def test_bcp_17_the_answer_to_a_password_is_303(browser: Browser) -> None:
    page = attempt(browser, "john@gmail.com")

    assert (page.status, page.location) == (303, "/t/johnsorg/account")


def test_its_cookies_are_bound_to_the_host_and_hidden_from_scripts(browser: Browser) -> None:
    cookies = dict(cookie.split("=", 1) for cookie in attempt(browser, "john@gmail.com").cookies)

    assert cookies.keys() == {"__Host-gatehouse-johnsorg", "__Host-gatehouse.browser-johnsorg"}
    session, known = (cookies[name] for name in sorted(cookies))
    assert session.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax")
    assert known.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=7776000")


def test_each_sign_in_has_a_session_of_its_own_and_the_browsers_older_one_ends(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    first = dict(browser.cookies)
    attempt(browser, "john@gmail.com")
    second = dict(browser.cookies)

    browser.cookies = first
    assert browser.get("/t/johnsorg/account").status == 303
    browser.cookies = second
    assert browser.get("/t/johnsorg/account").status == 200


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("john@gmail.com", id="bare"),
        pytest.param("john@gmail.com@johnsorg", id="with the organisation"),
        pytest.param("JOHN@Gmail.com@JohnsOrg", id="in another case"),
    ],
)
def test_usernames_as_people_type_them(browser: Browser, typed: str) -> None:
    assert attempt(browser, typed).location == "/t/johnsorg/account"


def test_without_an_organisation_the_username_says_it(browser: Browser, acme: DirectoryWriter) -> None:
    assert acme
    assert attempt(browser, "john@gmail.com@johnsorg", page="/signin").location == "/t/johnsorg/account"
    assert attempt(browser, "anna@acme", page="/signin").location == "/t/acme/account"
    assert attempt(browser, "john@gmail.com", page="/signin").status == 400


def test_an_unknown_organisation_has_no_page(browser: Browser) -> None:
    assert browser.get("/t/nobody/signin").status == 400


def test_an_ended_organisation_has_no_page(browser: Browser, web: DirectoryWriter) -> None:
    web.save_organisation(factories.organisation(is_active=False))

    assert browser.get(PAGE).status == 400


def without_form_token(page: Answer) -> str:
    return page.body.replace(page.hidden["form_token"], "")


def test_unknown_user_wrong_password_and_disabled_account_look_the_same(browser: Browser, web: DirectoryWriter) -> None:
    web.add_user(factories.user(user_id="user-eve", username="eve", is_active=False))
    web.save_organisation(factories.organisation(key="acme", name="Acme"))
    web.add_user(factories.user(organisation="acme", user_id="user-ann", username="john"))

    pages = [
        attempt(browser, "john@gmail.com", "wrong"),
        attempt(browser, "nobody"),
        attempt(browser, "eve"),
        attempt(browser, "john@acme"),
    ]

    assert {page.status for page in pages} == {400}
    assert (
        len(
            {
                without_form_token(page).replace(typed, "")
                for page, typed in zip(pages, ("john@gmail.com", "nobody", "eve", "john@acme"), strict=True)
            }
        )
        == 1
    )
    assert all("__Host-gatehouse-johnsorg" not in browser.cookies for _ in pages)


def test_known_and_unknown_users_cost_the_same_calls(browser: Browser, transport: Any) -> None:
    costs: list[list[str]] = []
    for username in ("john@gmail.com", "nobody", "a@b@c@d"):
        page = browser.get(PAGE)
        transport.operations.clear()
        browser.submit(page, username=username, password="wrong")
        costs.append(list(transport.operations))

    assert costs[0] == costs[1] == costs[2]


def test_ten_failures_lock_the_page_and_the_password_grant_alike(browser: Browser, service: Any) -> None:
    for _ in range(10):
        attempt(browser, "john@gmail.com", "wrong")

    assert attempt(browser, "john@gmail.com").status == 400
    assert service.password().status == 400
    browser.now_ms += 61_000
    assert attempt(browser, "john@gmail.com").status == 303


def test_a_source_that_failed_a_hundred_times_has_to_wait(browser: Browser) -> None:
    for number in range(100):
        attempt(browser, f"user{number}", "wrong")

    page = attempt(browser, "john@gmail.com")

    assert page.status == 429
    assert int(page.headers["Retry-After"]) <= 300


def test_login_csrf_a_form_without_our_token_is_refused(browser: Browser) -> None:
    browser.get(PAGE)

    page = browser.send("POST", PAGE, {"username": "john@gmail.com", "password": factories.PASSWORD})

    assert page.status == 400
    assert "__Host-gatehouse-johnsorg" not in browser.cookies


def test_login_csrf_a_token_without_its_cookie_is_refused(browser: Browser) -> None:
    page = browser.get(PAGE)
    browser.cookies.clear()

    assert browser.submit(page, username="john@gmail.com", password=factories.PASSWORD).status == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_login_csrf_a_form_of_another_site_is_refused(browser: Browser, site: str) -> None:
    page = browser.get(PAGE)
    form = {**page.hidden, "username": "john@gmail.com", "password": factories.PASSWORD}

    assert browser.send("POST", PAGE, form, **{"sec-fetch-site": site}).status == 400


@pytest.mark.parametrize(
    "query",
    ["?next=https://evil.example/", "?redirect_uri=https://evil.example/", "?continue=//evil.example"],
)
def test_bcp_02_no_parameter_of_the_page_redirects_elsewhere(browser: Browser, query: str) -> None:
    page = attempt(browser, "john@gmail.com", page=PAGE + query)

    assert page.location.startswith(("/t/johnsorg/authorize?", "/t/johnsorg/account"))
    assert browser.get(page.location).status in {200, 400}


def test_a_typed_username_is_shown_again_as_text(browser: Browser) -> None:
    page = attempt(browser, '"><script>alert(1)</script>', "wrong")

    assert "<script>alert" not in page.body
    assert "&lt;script&gt;" in page.body


def test_a_body_that_is_no_form_is_refused(browser: Browser) -> None:
    assert browser.send("POST", PAGE, b"\xff\xfe").status == 400
    assert browser.send("POST", PAGE, b"a=1", **{"content-type": "application/json"}).status == 400


def test_the_account_page_shows_who_is_signed_in_and_signs_out(browser: Browser, web: DirectoryWriter) -> None:
    web.save_user(replace(factories.user(), display_name="John Doe", email="john@johns.example"))
    page = browser.get(attempt(browser, "john@gmail.com").location)
    assert "John Doe" in page.body
    assert "john@gmail.com@johnsorg" in page.body

    out = browser.submit(page)

    assert out.location == "/t/johnsorg/signin"
    assert browser.get("/t/johnsorg/account").location == "/t/johnsorg/signin"


def test_f_19_a_refusal_shows_no_password(browser: Browser) -> None:
    assert "tr0ub4dor" not in attempt(browser, "john@gmail.com", "tr0ub4dor").body


def test_a_cookie_of_another_organisation_opens_nothing(browser: Browser, acme: DirectoryWriter) -> None:
    assert acme
    attempt(browser, "john@gmail.com")
    browser.cookies["__Host-gatehouse-acme"] = browser.cookies["__Host-gatehouse-johnsorg"]

    assert browser.get("/t/acme/account").location == "/t/acme/signin"


@pytest.mark.parametrize("prefix", ["", "/t/johnsorg"])
def test_a_page_that_is_too_old_leads_to_a_fresh_one(browser: Browser, prefix: str) -> None:
    asked = browser.authorize(f"{prefix}/authorize")
    page = browser.get(asked.location)
    browser.cookies.clear()  # as after days, or in another browser

    stale = browser.submit(page, username="john@gmail.com", password=factories.PASSWORD)
    fresh = re.search(r'<a class="button" href="([^"]+)">Open a fresh page</a>', stale.body)

    assert stale.status == 400
    assert fresh is not None
    again = browser.get(html.unescape(fresh[1]))
    assert browser.submit(again, username="john@gmail.com", password=factories.PASSWORD).status == 303


def test_a_consent_page_that_is_too_old_leads_to_the_authorization_request(browser: Browser) -> None:
    page = browser.get(browser.sign_in(browser.authorize()).location)
    browser.cookies = {name: value for name, value in browser.cookies.items() if not name.endswith(".form")}

    stale = browser.submit(page, decision="allow")
    fresh = re.search(r'<a class="button" href="([^"]+)">Open a fresh page</a>', stale.body)

    assert fresh is not None
    assert browser.get(html.unescape(fresh[1])).action.startswith("/account/consent")


def test_the_script_of_passwords_is_ours_and_only_pages_with_a_password_run_it(browser: Browser) -> None:
    address = browser.pages.assets.path("passwords.js")
    script = browser.get(address)
    with_password, without = browser.get(PAGE), browser.get("/t/johnsorg/recover")

    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert f'<script src="{address}" defer></script>' in with_password.body
    assert "script-src 'self';" in with_password.headers["Content-Security-Policy"]
    assert "<script" not in without.body
    assert "script-src" not in without.headers["Content-Security-Policy"]
