"""Authorization code + PKCE in a real browser, from the application to the gate, without JavaScript."""

from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Browser, Page, expect

from tests.browsers import RelyingParty, open_context, sign_in

_RACERS = 25


def test_the_whole_way_from_the_application_over_sign_in_and_consent_to_the_api(
    page: Page, party: RelyingParty
) -> None:
    answer = party.obtain(page)
    issued = party.redeem(answer["code"]).json()

    assert answer["state"] == "the state & more"
    assert answer["iss"] == party.person.deployed.stack["base_url"]
    assert page.url.endswith("#_")
    assert issued["scope"] == "openid read update"
    assert party.person.call(issued["access_token"]).json()["caller"]["grant_type"] == "authorization_code"
    assert party.person.refresh(issued["refresh_token"]).status_code == 200


def test_iss_01_an_organisations_own_issuer(page: Page, party: RelyingParty) -> None:
    issuer = f"{party.person.deployed.stack['base_url']}/t/johnsorg"

    assert party.obtain(page, issuer=issuer)["iss"] == issuer


def test_who_agreed_once_is_not_asked_again(page: Page, party: RelyingParty) -> None:
    first = party.obtain(page)
    page.goto(party.url(state="2"))

    second = party.wait(page)
    assert (second["state"], second["code"] != first["code"]) == ("2", True)


def test_the_application_may_redirect_onwards_to_another_host(page: Page, party: RelyingParty) -> None:
    """Browsers hold the forms of our pages to their policy across every redirect that follows."""
    page.goto(party.url(state="onwards"))
    sign_in(page, party.person.user.username)
    page.get_by_role("button", name="Allow", exact=True).click()

    page.wait_for_url(f"http://localhost:{party.port}/home#_")  # browsers keep the fragment
    assert "code=" in party.heard[-1]


def test_an_application_may_open_a_window_for_the_sign_in(chromium: Browser, party: RelyingParty) -> None:
    """Single-page applications do: the page behind the redirect URI tells the code to the one that opened it."""
    context = open_context(chromium)
    application = context.new_page()
    application.goto(f"http://127.0.0.1:{party.port}/")
    with application.expect_popup() as opened:
        application.evaluate("url => { window.open(url) }", party.url())
    window = opened.value
    sign_in(window, party.person.user.username)
    window.get_by_role("button", name="Allow", exact=True).click()

    party.wait(window)
    assert window.evaluate("window.opener.location.pathname") == "/"
    context.close()


def test_saying_no_goes_back_with_access_denied(page: Page, party: RelyingParty) -> None:
    page.goto(party.url())
    sign_in(page, party.person.user.username)
    page.get_by_role("button", name="Deny").click()

    assert party.wait(page)["error"] == "access_denied"


def test_prompt_none_asks_nobody(page: Page, party: RelyingParty) -> None:
    page.goto(party.url(prompt="none"))

    assert party.wait(page)["error"] == "login_required"


def test_prompt_login_asks_again_even_with_a_session(page: Page, party: RelyingParty) -> None:
    party.obtain(page)

    page.goto(party.url(prompt="login", state="again"))
    sign_in(page, party.person.user.username)

    assert party.wait(page)["state"] == "again"


def test_a_request_posted_by_the_applications_page_works_too(page: Page, party: RelyingParty) -> None:
    url, _, query = party.url().partition("?")
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{value}">'
        for name, value in (pair.split("=", 1) for pair in query.replace("+", " ").split("&"))
    )
    fields = fields.replace("%3A", ":").replace("%2F", "/").replace("%26", "&amp;")
    page.set_content(f'<form method="post" action="{url}">{fields}<button>Go</button></form>')
    page.get_by_role("button", name="Go").click()
    sign_in(page, party.person.user.username)
    page.get_by_role("button", name="Allow", exact=True).click()

    assert party.wait(page)["state"] == "the state & more"


def test_ac_01_a_code_used_twice_dies_with_its_tokens_at_the_gate(page: Page, party: RelyingParty) -> None:
    code = party.obtain(page)["code"]
    issued = party.redeem(code).json()
    assert party.person.call(issued["access_token"]).status_code == 200

    again = party.redeem(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert party.person.refresh(issued["refresh_token"]).status_code == 400
    assert party.person.is_refused_within(issued["access_token"], 5)


def test_f_11_parallel_redemptions_issue_one_pair_which_the_others_revoke(page: Page, party: RelyingParty) -> None:
    code = party.obtain(page)["code"]

    with ThreadPoolExecutor(_RACERS) as pool:
        answers = [future.result() for future in [pool.submit(party.redeem, code) for _ in range(_RACERS)]]

    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    refused = [answer.json()["error"] for answer in answers if answer.status_code == 400]
    assert refused == ["invalid_grant"] * (_RACERS - 1)
    assert party.person.refresh(won["refresh_token"]).status_code == 400


def test_ac_03_an_unregistered_redirect_uri_shows_an_error_and_goes_nowhere(page: Page, party: RelyingParty) -> None:
    answer = page.goto(party.url(redirect_uri=f"http://127.0.0.1:{party.port}/callback/other"))

    assert answer is not None
    assert answer.status == 400
    assert "/authorize?" in page.url
    assert not party.heard


def test_bcp_02_a_broken_request_does_not_bounce_a_stranger(page: Page, party: RelyingParty) -> None:
    page.goto(party.url(response_type="token"))
    assert not party.heard

    page.get_by_role("link", name="Go back to").click()

    assert party.wait(page)["error"] == "unsupported_response_type"


def test_login_csrf_another_sites_form_signs_nobody_in(page: Page, party: RelyingParty) -> None:
    base = party.person.deployed.stack["base_url"]
    page.goto(f"{base}/t/johnsorg/signin")
    page.goto(f"http://127.0.0.1:{party.port}/evil")
    page.set_content(
        f'<form method="post" action="{base}/t/johnsorg/signin"><input name="username" value="x">'
        '<input name="password" value="y"><input name="form_token" value="z"><button>Go</button></form>'
    )
    page.get_by_role("button", name="Go").click()

    expect(page.locator("main")).to_contain_text("has expired")
