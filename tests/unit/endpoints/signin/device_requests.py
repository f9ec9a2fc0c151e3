"""Requests of devices, and what their users decide."""

from typing import Any

import pytest

from gatehouse.domain.oauth.grants.device_code import GRANT_TYPE
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.conftest import TokenService, basic
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import web_client

PENDING, SLOW_DOWN, EXPIRED, DENIED = (
    (400, "authorization_pending"),
    (400, "slow_down"),
    (400, "expired_token"),
    (400, "access_denied"),
)


def device_client(**overrides: Any) -> Any:
    return web_client(**{"grant_types": factories.ALL_GRANTS | {GRANT_TYPE}, **overrides})


@pytest.fixture(autouse=True)
def devices(web: DirectoryWriter) -> DirectoryWriter:
    """Johns Org, which allows the device grant, as its application does."""
    web.save_organisation(factories.organisation(device_authorization=True))
    web.save_client(device_client())
    return web


def begin(service: TokenService, authorization: str | None = basic(), **form: str) -> Answer:
    form = {"scope": "openid offline_access read", **form}
    return service.post(form, path="/device_authorization", authorization=authorization)


def poll(service: TokenService, begun: Answer, authorization: str | None = basic(), **form: str) -> Answer:
    sent = {"grant_type": GRANT_TYPE, "device_code": begun.json["device_code"], **form}
    return service.post(sent, authorization=authorization)


def entered(browser: Browser, code: str, path: str = "/t/johnsorg/device") -> Answer:
    """Sign in if need be, and enter the code."""
    page = browser.get(f"{path}?user_code={code}")
    if "/signin" in page.location:
        page = browser.get(browser.sign_in(page).location)
    return browser.submit(page, user_code=code)
