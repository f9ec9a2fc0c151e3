"""The consent page."""

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.sessions import DynamoDBConsents
from tests import factories
from tests.answers import Answer
from tests.factories import CLIENT_ID
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import web_client


def consent_page(browser: Browser, **overrides: str | None) -> Answer:
    page = browser.authorize(**overrides)
    return browser.get(browser.sign_in(page).location)


def test_it_shows_what_is_granted_and_not_what_is_only_asked(browser: Browser) -> None:
    page = consent_page(browser, scope="read delete openid")

    assert "Know who you are" in page.body
    assert "read" in page.body
    assert "delete" not in page.body.partition("<form")[0]


def test_it_names_the_application_and_who_is_signed_in(browser: Browser) -> None:
    page = consent_page(browser)

    assert "Demo" in page.body
    assert "john@<wbr>gmail.com" in page.body


def test_saying_no_tells_the_client(browser: Browser) -> None:
    answer = browser.submit(consent_page(browser), decision="deny").answer

    assert (answer["error"], answer["state"]) == ("access_denied", "xyz")
    assert "code" not in answer


def test_no_decision_is_no(browser: Browser) -> None:
    assert browser.submit(consent_page(browser)).answer["error"] == "access_denied"


def test_it_is_remembered_per_client_and_scope(browser: Browser) -> None:
    browser.obtain_code(scope="read update")

    assert browser.authorize(scope="read").answer["code"]
    assert browser.authorize(scope="read openid").status == 200


def test_consents_add_up(browser: Browser) -> None:
    browser.obtain_code(scope="read")
    browser.obtain_code(scope="update")

    assert browser.authorize(scope="read update").answer["code"]


def test_f_10_it_is_forgotten_after_a_year(browser: Browser) -> None:
    browser.obtain_code()
    browser.now_ms += 365 * 86_400_000
    page = browser.authorize()

    assert browser.get(browser.sign_in(page).location).status == 200


def test_a_public_clients_users_are_asked_each_time(browser: Browser, web: DirectoryWriter) -> None:
    public = {"authentication_methods": frozenset({"none"}), "secrets": (), "skips_consent": True}
    web.save_client(web_client(**public))
    browser.obtain_code()

    assert browser.authorize().status == 200


def test_an_organisations_own_client_asks_nobody(browser: Browser, web: DirectoryWriter) -> None:
    web.save_client(web_client(skips_consent=True))

    assert browser.get(browser.sign_in(browser.authorize()).location).answer["code"]


def test_another_users_yes_does_not_count(browser: Browser, web: DirectoryWriter) -> None:
    web.add_user(factories.user(user_id="user-mary", username="mary"))
    page = consent_page(browser)
    browser.sign_in(browser.authorize(prompt="login"), username="mary")

    answered = browser.submit(page, decision="allow")

    assert answered.status == 200
    assert "mary" in answered.body


def test_a_form_of_another_site_is_refused(browser: Browser) -> None:
    page = consent_page(browser)

    forged = browser.send("POST", page.action, {"user": "user-john", "decision": "allow"})
    cross_site = browser.send(
        "POST", page.action, {**page.hidden, "decision": "allow"}, **{"sec-fetch-site": "cross-site"}
    )

    assert (forged.status, cross_site.status) == (400, 400)


def test_using_another_account_ends_the_session_and_comes_back(browser: Browser) -> None:
    page = consent_page(browser)

    out = browser.send("POST", page.action.replace("/account/consent", "/account/signout"), page.hidden)

    assert out.location.startswith("/signin?")
    assert browser.authorize().location.startswith("/signin?")


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        pytest.param("https://client.example/callback", "https:", id="https"),
        pytest.param("http://127.0.0.1:51004/native", "http: https:", id="loopback"),
        pytest.param("com.example.app:/callback", "com.example.app: https:", id="a scheme of its own"),
    ],
)
def test_the_policy_lets_the_form_end_where_the_client_redirects_to(
    browser: Browser, redirect_uri: str, source: str
) -> None:
    """The client's redirect URI may redirect onwards, to another host: browsers hold the form to that, too."""
    page = consent_page(browser, redirect_uri=redirect_uri)

    assert f"form-action 'self' {source};" in page.headers["Content-Security-Policy"]


def test_s17_a_scope_that_appears_between_page_and_click_is_not_granted(browser: Browser, web: DirectoryWriter) -> None:
    page = consent_page(browser, scope="read delete")
    web.save_user(factories.user(roles=frozenset({"employee", "manager"})))

    assert "code" in browser.submit(page, decision="allow").answer
    again = browser.authorize(scope="read delete")

    assert (again.status, "delete" in again.body.partition("<form")[0]) == (200, True)


def test_s17_a_form_adds_nothing_that_the_user_may_not_grant(browser: Browser) -> None:
    page = consent_page(browser, scope="read delete")

    browser.submit(page, decision="allow", scope="read delete apim:admin")

    assert "code" in browser.authorize(scope="read").answer


def test_s17_a_yes_to_nothing_that_was_shown_shows_the_page_again(browser: Browser) -> None:
    page = consent_page(browser, scope="read")

    assert browser.submit(page, decision="allow", scope="update").status == 200
    assert browser.submit(page, decision="allow", scope="").status == 200


@pytest.mark.parametrize("known", [frozenset[str](), frozenset({"openid"})], ids=["first", "later"])
def test_what_is_agreed_to_in_two_windows_at_once_is_remembered_of_both(
    browser: Browser, tables: Tables, transport: RecordingTransport, known: frozenset[str]
) -> None:
    before = consent_page(browser, scope="openid")
    if known:
        browser.submit(before, decision="allow")
    page, other = browser.authorize(scope="read"), browser.authorize(scope="update")
    transport.before("PutItem", lambda: browser.submit(other, decision="allow"))

    browser.submit(page, decision="allow")

    consent = DynamoDBConsents(tables).find_consent("johnsorg", "user-john", CLIENT_ID)
    assert consent is not None
    assert (consent.scopes, consent.revision) == (known | {"read", "update"}, 2 + len(known))
