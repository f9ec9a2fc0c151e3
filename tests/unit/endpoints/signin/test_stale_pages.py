"""Forms of pages that are too old, or were shown to another user: they change nothing, and lead to a fresh page."""

import html
import re
from urllib.parse import urlencode

import pytest

from gatehouse.domain.accounts import passwords
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.second_factors import DynamoDBSecondFactors
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.signin.browser import Browser, attempt, authorization
from tests.unit.endpoints.signin.mail_sender import Office
from tests.unit.endpoints.signin.second_factors import enrol

ACCOUNT = "/t/johnsorg/account"
PROGRAMS = {"/oauth2/register", "/register", "/federated/{provider}/logout-token"}


def fresh(stale: Answer) -> str:
    """Return where the page leads."""
    assert stale.status == 400
    found = re.search(r'<a class="button" href="([^"]+)">Open a fresh page</a>', stale.body)
    assert found, stale.body
    return html.unescape(found[1])


@pytest.fixture
def eve(web: DirectoryWriter) -> str:
    hashed = passwords.hash_password(factories.PASSWORD)
    web.add_user(factories.user(user_id="user-eve", username="eve", email="eve@x.example", password_hash=hashed))
    return "eve"


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("sessions", {}),
        ("factors", {}),
        ("email", {"email": "eve@evil.example"}),
        ("password", {"password": factories.PASSWORD, "new_password": "nine green giraffes"}),
    ],
)
def test_a_form_of_the_page_of_another_user_changes_nothing(
    browser: Browser, office: Office, eve: str, path: str, typed: dict[str, str]
) -> None:
    attempt(browser, eve)
    page = browser.get(f"{ACCOUNT}/{path}")
    attempt(browser, "john@gmail.com")  # in another tab
    refused = browser.submit(page, **typed)

    assert page.hidden["user"] == "user-eve"
    assert browser.get(fresh(refused)).status == 200
    assert office.run() == []
    assert attempt(browser, "john@gmail.com").status == 303


def test_no_second_factor_is_removed_by_the_page_of_another_user(
    browser: Browser, office: Office, eve: str, tables: Tables
) -> None:
    attempt(browser, eve)
    page = browser.get(f"{ACCOUNT}/factors")
    enrol(browser, office)  # as John, in another tab
    refused = browser.send("POST", f"{ACCOUNT}/factors/remove", page.hidden)

    assert fresh(refused) == f"{ACCOUNT}/factors"
    assert DynamoDBSecondFactors(tables).find_factors("johnsorg", "user-john")[0].kinds == {"totp"}


def test_every_form_that_is_too_old_leads_to_a_page(browser: Browser) -> None:
    attempt(browser, "john@gmail.com")
    paths = [path for path, methods in browser.router.routes.items() if list(methods) == ["POST"]]
    assert len(paths) > 10

    for path in sorted(set(paths) - PROGRAMS):
        query = urlencode(authorization()) if "consent" in path else ""
        stale = browser.send("POST", f"/t/johnsorg{path.replace('{provider}', 'example')}?{query}", {"form_token": "x"})
        assert browser.get(fresh(stale)).status != 405, path
