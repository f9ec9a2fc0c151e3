"""The catalogue, an API's document and its console on the store's pages, and what they tell of the organisation."""

import re

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.store.browser import StoreBrowser


def test_the_catalogue_is_searched(john: StoreBrowser) -> None:
    assert "Orders of the shop" in john.get("/store/apis?query=tag:demo").body
    assert "No API matches" in john.get("/store/apis?query=zzz").body


def test_an_api_shows_its_document_as_a_reference(john: StoreBrowser) -> None:
    assert 'href="/store/apis/orders/export/openapi"' in john.get("/store/apis/orders").body
    assert "has no operations" in john.get("/store/apis/orders/reference").body
    assert '"title": "orders"' in john.get("/store/apis/orders/openapi.json").body


@pytest.mark.usefixtures("keys")
def test_the_console_may_reach_the_apis_origin_and_nothing_else(
    john: StoreBrowser, shop: str, organisations: DirectoryWriter
) -> None:
    deployment = factories.deployment(url="https://api.example/v1")
    organisations.save_api(factories.api(deployments=(deployment,)))
    application = shop.rpartition("/")[2]
    john.post("/store/apis/orders/subscribe", application=application, tier="Gold")

    form = {"keys": f"{application} PRODUCTION", "scope read": "on"}
    page = john.follow(john.post("/store/apis/orders/try", form))

    assert "connect-src 'self' https://api.example;" in page.headers["Content-Security-Policy"]
    assert re.search(r'name="access_token" value="gha_', page.body)


def test_statistics_and_organisation_are_shown(john: StoreBrowser, shop: str) -> None:
    shown = john.get(f"/store/statistics?application={shop.rpartition('/')[2]}").body

    assert "<title>Statistics of Shop · API Store</title>" in shown
    assert f'<a href="{shop}/keys/production"' in shown
    assert "john@gmail.com@johnsorg" in john.get("/store/organisation").body
