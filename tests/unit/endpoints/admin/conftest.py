"""An administrator at the pages beside the JSON API."""

import pytest

from gatehouse.endpoints.store.site import Site
from gatehouse.storage.dynamodb.tables import Tables
from tests.unit.endpoints.store import browser as browsers
from tests.unit.endpoints.store.browser import StoreBrowser


@pytest.fixture
def browser(site: Site, tables: Tables) -> StoreBrowser:
    return browsers.administrators(site, tables)
