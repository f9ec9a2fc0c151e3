"""A stolen password alone opens nothing of a user with a second factor: every grant, and every page there is.

The lists are made of the tables of grants and routes, so a new one fails here until somebody says what it does.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gatehouse.domain.oauth.grants import GRANTS, authorization_code, client_credentials, device_code, password
from gatehouse.domain.oauth.grants import refresh_token as refresh
from gatehouse.endpoints.router import PROVIDER
from gatehouse.endpoints.signin.registration import ONE as ONE_REGISTRATION
from gatehouse.endpoints.signin.registration import PATH as REGISTRATION
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.browser import authorization as request
from tests.unit.endpoints.signin.conftest import web_client
from tests.unit.endpoints.signin.mail_sender import NEW, Office
from tests.unit.endpoints.signin.second_factors import App, enrol, later
from tests.unit.endpoints.signin.second_factors import password as type_password

SESSION = "__Host-gatehouse-johnsorg"
PRIVATE = ("john@gmail.com", "recovery codes left", "Active sessions")
OPEN: Mapping[str, str] = {
    "/signup": "It is for people without an account.",
    REGISTRATION: "It registers clients, for nobody.",
    ONE_REGISTRATION: "It takes a client's registration token.",
    f"/federated/{PROVIDER}/logout-token": "It takes a token that the provider signed.",
}
"""Routes that take no session, with what they take instead. They are called all the same."""
NAMES_THE_TYPED = frozenset({"/account/second-step", "/signin"})
"""Pages that may show the username that the thief typed."""


@pytest.fixture
def app(browser: Browser, office: Office) -> App:
    """John's app; he signed out of every browser."""
    app = enrol(browser, office)
    browser.cookies.clear()
    later(browser)
    return app


@pytest.fixture
def thief(app: App, browser: Browser) -> Browser:  # noqa: ARG001 - John has it
    """Somebody with John's password, who got as far as the second step."""
    thief = Browser(browser.router, browser.pages, browser.now_ms, source="198.51.100.7")
    assert "Second step" in type_password(thief).body or "code" in type_password(thief).body
    return thief


def account(tables: Tables) -> tuple[Any, Any]:
    """Return all that is stored of John's account and of his factors."""
    user, found = keys.user("johnsorg", "john@gmail.com"), keys.factors("johnsorg", "user-john")
    return tables.get(tables.directory, user), tables.get(tables.directory, found)


def by_password(service: TokenService, _thief: Browser) -> Any:
    return service.password().json


def by_code(service: TokenService, thief: Browser) -> Any:
    thief.authorize()
    answer = thief.authorize(prompt="none").answer
    assert answer["error"] == "login_required"
    return service.post({"grant_type": "authorization_code", "code": answer.get("code", "x")}).json


def by_device(service: TokenService, thief: Browser) -> Any:
    begun = service.post({"scope": "read"}, path="/device_authorization").json
    page = thief.get(f"/t/johnsorg/device?user_code={begun['user_code']}")
    assert "/signin" in page.location or "second-step" in page.location
    return service.post({"grant_type": device_code.GRANT_TYPE, "device_code": begun["device_code"]}).json


def by_client(service: TokenService, _thief: Browser) -> Any:
    issued = service.client_credentials().json
    described = service.post({"token": issued["access_token"]}, path="/introspect").json
    assert "username" not in described, "the token stands for no user"
    return {}


def by_refresh(service: TokenService, _thief: Browser) -> Any:
    return service.refresh(factories.PASSWORD).json


THEFTS: Mapping[str, Callable[[TokenService, Browser], Any]] = {
    password.GRANT_TYPE: by_password,
    authorization_code.GRANT_TYPE: by_code,
    device_code.GRANT_TYPE: by_device,
    client_credentials.GRANT_TYPE: by_client,
    refresh.GRANT_TYPE: by_refresh,
}


@pytest.mark.parametrize("grant_type", sorted(GRANTS))
def test_no_grant_gives_a_token_of_the_user(
    grant_type: str, thief: Browser, service: TokenService, web: DirectoryWriter
) -> None:
    web.save_organisation(factories.organisation(device_authorization=True))
    web.save_client(web_client(grant_types=frozenset(GRANTS)))
    service.now_ms = thief.now_ms

    assert "access_token" not in THEFTS[grant_type](service, thief)


def routes(browser: Browser) -> list[tuple[str, str]]:
    return sorted((method, path) for path, methods in browser.router.routes.items() for method in methods)


def fields(thief: Browser) -> dict[str, str]:
    """Everything that any form of the pages sends, as a thief would fill it in."""
    hidden = thief.get("/t/johnsorg/signin").hidden
    return {
        **hidden,
        **dict.fromkeys(("new_password", "password"), NEW),
        **dict.fromkeys(("passkey", "browser", "session"), "0000000000000000"),
        "email": "thief@example.com",
        "name": "Thief",
        "username": "john@gmail.com",
        "decision": "allow",
        "user_code": "BCDF-GHJK",
        "factor_code": "000000",
        "link": "x" * 43,
        "identity": "00",
        "everything": "on",
    }


def test_no_page_shows_or_changes_anything_and_no_session_begins(thief: Browser, tables: Tables) -> None:
    before, asked = account(tables), 0

    for method, path in routes(thief):
        type_password(thief)
        full = f"/t/johnsorg{path.replace(PROVIDER, 'example').replace('{id}', 'x')}"
        query = f"?{'&'.join(f'{name}={value}' for name, value in request().items())}" if path == "/authorize" else ""
        sent = fields(thief) if method != "GET" else None
        page = thief.send(method, full + query, sent)
        asked += 1

        assert page.status < 500, (method, path)
        assert account(tables) == before, (method, path)
        assert not thief.cookies.get(SESSION), (method, path)
        if path not in NAMES_THE_TYPED:
            assert not any(text in page.body for text in PRIVATE), (method, path)
        assert "code" not in page.answer, (method, path)
        if page.status == 200 and method != "GET":
            assert path in OPEN or path.startswith(("/logout", "/oidc/logout")), (method, path, page.body)

    assert asked > 50
