"""The sign-in pages on moto, and what comes of signing in at them."""

from typing import Any

import pytest

from gatehouse.bootstrap import signin
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.answers import Answer
from tests.memory_secrets import MemorySecrets
from tests.recording_transport import RecordingTransport
from tests.template import ROOT
from tests.unit.endpoints.conftest import TokenService, basic
from tests.unit.endpoints.signin import mail_sender
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.mail_sender import Office
from tests.vectors import authorization as vectors
from tests.vectors.authorization import REDIRECT_URI, VERIFIER


@pytest.fixture
def web(johnsorg: DirectoryWriter) -> DirectoryWriter:
    """Johns Org, whose application may use authorization codes."""
    johnsorg.save_client(web_client())
    return johnsorg


def web_client(**overrides: Any) -> Any:
    return factories.client(
        **{
            "grant_types": factories.ALL_GRANTS | {"authorization_code"},
            "redirect_uris": vectors.REDIRECT_URIS,
            "post_logout_redirect_uris": ("https://client.example/bye",),
            **overrides,
        }
    )


@pytest.fixture(scope="session")
def pages() -> SignInPages:
    return SignInPages(ROOT / "functions" / "signin")


@pytest.fixture
def browser(web: DirectoryWriter, tables: Tables, pages: SignInPages) -> Browser:  # noqa: ARG001 - filled for its effect
    settings = factories.settings(mail_from="login@auth.example")
    secrets = roles.RoleTransport(MemorySecrets(settings.factor_key_secret), "Signin")
    return Browser(signin.router(settings, pages, roles.acting_as(tables, "Signin"), secrets), pages)


def redeem(
    service: TokenService, presented: str, *, authorization: str | None = basic(), **overrides: str | None
) -> Answer:
    form: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": presented,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        **overrides,
    }
    return service.post({name: value for name, value in form.items() if value is not None}, authorization=authorization)


def issue(browser: Browser, service: TokenService, **overrides: str | None) -> dict[str, Any]:
    """Sign in, agree, and redeem the code; return what the client gets."""
    overrides = {"scope": "openid profile email read", "nonce": "n-0S6_WzA2Mj", **overrides}
    return redeem(service, browser.obtain_code(**overrides)["code"]).json


@pytest.fixture
def office(web: DirectoryWriter, tables: Tables, transport: RecordingTransport) -> Office:  # noqa: ARG001 - filled for its effect
    return mail_sender.office(tables, transport)


@pytest.fixture
def open_web(web: DirectoryWriter) -> DirectoryWriter:
    """Johns Org, which lets people sign up."""
    web.save_organisation(factories.organisation(self_sign_up=True))
    return web
