"""People at the store's pages."""

from urllib.parse import urlsplit

import pytest

from gatehouse.endpoints.store.site import Site
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.store.browser import StoreBrowser

ALICE = factories.user(organisation="acme", user_id="user-alice", username="alice@gmail.com")


@pytest.fixture
def stranger(site: Site, tables: Tables) -> StoreBrowser:
    return StoreBrowser(site, tables)


@pytest.fixture
def john(site: Site, tables: Tables) -> StoreBrowser:
    browser = StoreBrowser(site, tables)
    browser.sign_in(factories.user())
    return browser


@pytest.fixture
def alice(site: Site, tables: Tables) -> StoreBrowser:
    browser = StoreBrowser(site, tables)
    browser.sign_in(ALICE)
    return browser


@pytest.fixture
def shop(john: StoreBrowser) -> str:
    """The address of an application of John's."""
    made = john.post("/store/applications", name="Shop", throttling_policy="Unlimited", token_format="opaque")
    return urlsplit(made.location).path.removesuffix("/keys/production")


@pytest.fixture
def keys(john: StoreBrowser, shop: str) -> Answer:
    grants = {"grant client_credentials": "on", "grant password": "on"}
    return john.follow(john.post(f"{shop}/keys/production/generate", grants))
