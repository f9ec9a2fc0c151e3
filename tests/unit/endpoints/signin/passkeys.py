"""A browser with a passkey."""

from typing import Any

import pytest

from gatehouse.bootstrap import signin
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.answers import Answer
from tests.authenticators import ORIGIN, Authenticator, options_in
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.signin import second_factors
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import Office, path_in
from tests.unit.endpoints.signin.second_factors import codes_in

ACCOUNT = "/t/johnsorg/account"
PAGE = "/t/johnsorg/signin"


@pytest.fixture
def browser(web: DirectoryWriter, tables: Tables, pages: SignInPages) -> Browser:  # noqa: ARG001 - filled for its effect
    return open_browser(tables, pages, ORIGIN)


def open_browser(tables: Tables, pages: SignInPages, public_url: str) -> Browser:
    settings = factories.settings(mail_from="login@auth.example", public_url=public_url)
    secrets = roles.RoleTransport(MemorySecrets(settings.factor_key_secret), "Signin")
    return Browser(signin.router(settings, pages, roles.acting_as(tables, "Signin"), secrets), pages)


def other(browser: Browser) -> Browser:
    return Browser(browser.router, browser.pages, browser.now_ms)


def send(browser: Browser, path: str, credential: str, **fields: str) -> Answer:
    form = {"form_token": browser.cookies["__Host-gatehouse.form"], "credential": credential, **fields}
    return browser.send("POST", path, form)


def create(browser: Browser, path: str, device: Authenticator, **fields: str) -> Answer:
    """Set a passkey up at the page."""
    page = browser.get(path)
    assert page.status == 200, (page.status, page.location)
    return send(browser, f"{ACCOUNT}/enrol", device.create(options_in(page.body)), **fields)


def sign_in(browser: Browser, device: Authenticator, path: str = PAGE, **wrong: Any) -> Answer:
    """Sign in with nothing but the passkey."""
    page = browser.get(path)
    query = path.partition("?")[2]
    prefix = path.partition("/signin")[0]
    credential = device.answer(options_in(page.body), **wrong)
    return send(browser, f"{prefix}/account/passkey" + (f"?{query}" if query else ""), credential)


@pytest.fixture
def device(browser: Browser, office: Office) -> Authenticator:
    """John's only second factor."""
    made = Authenticator()
    attempt(browser, "john@gmail.com")
    second_factors.request_link(browser)
    path = path_in(office.run()[0])
    secret = path.partition("link=")[2]
    shown = create(browser, path, made, link=secret, passkey_name="My phone")
    assert len(codes_in(shown)) == 10, shown.body
    office.run()
    return made
