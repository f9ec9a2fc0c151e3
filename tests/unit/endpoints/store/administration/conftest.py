"""An administrator at the JSON API and at the pages, and somebody who waits for a decision."""

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.unit.endpoints.store.browser import Browser
from tests.unit.endpoints.store.conftest import Admin, Person, admin_api


@pytest.fixture
def admin(store: Store, ada: Person) -> Admin:
    return admin_api(store, ada)


@pytest.fixture
def browser(site: Site, tables: Tables) -> Browser:
    browser = Browser(site, tables)
    browser.sign_in(factories.user(user_id="user-ada", username="ada"))
    return browser


@pytest.fixture
def newcomer(organisations: DirectoryWriter) -> str:
    """Somebody who signed up and waits."""
    user = factories.user(user_id="user-new", username="new@x.example", is_active=False, awaits_approval=True)
    organisations.add_user(user)
    return user.username
