"""The usage of an API on its page and in the JSON API."""

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.domain.apis.apis import Subscription
from gatehouse.endpoints.store.pages import StorePages
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.memory_secrets import MemorySecrets
from tests.template import ROOT
from tests.unit.endpoints.members import Admin, Member, admin_api
from tests.unit.endpoints.store.browser import StoreBrowser
from tests.usage_counts import REST, VALUES, ControlPlane, Metrics, reader

PATH = "/store/admin/apis/orders/usage"


@pytest.fixture
def measured(organisations: DirectoryWriter, tables: Tables, secrets: MemorySecrets) -> Store:
    """The store of a deployment with UsageMetrics, and an API at three stages."""
    stages = (
        factories.deployment(account="123456789012", gateway_id="abc123", stage="prod"),
        factories.deployment(account="123456789012", gateway_id="http", stage="$default"),
        factories.deployment(account="999999999999", gateway_id="far", stage="prod"),
    )
    organisations.save_api(factories.api(deployments=stages))
    found = reader(Metrics(VALUES), ControlPlane(REST))
    return Store(factories.settings(), roles.acting_as(tables, "Store"), secrets, reader=found)


@pytest.fixture
def busy(measured: Store, tables: Tables) -> StoreBrowser:
    browser = StoreBrowser(measured.site(StorePages(ROOT / "functions" / "store")), tables)
    browser.sign_in(factories.user(user_id="user-ada", username="ada"))
    return browser


def test_the_page_shows_charts_with_a_table_behind_them(busy: StoreBrowser) -> None:
    page = busy.get(PATH).body

    assert "Calls at abc123/prod" in page
    assert "150" in page
    assert "6 (4.0%)" in page
    assert page.count('<svg class="chart') == 4
    assert "<summary>As a table</summary>" in page
    assert "An application of acme" in page
    assert "app-2" not in page
    assert "runs in the AWS account 999999999999" in page


def test_the_json_api_answers_the_same(measured: Store, ada: Member) -> None:
    admin = admin_api(measured, ada)
    found = admin("GET", "/apis/orders/usage?days=7").json["stages"]

    assert [one["missing"] for one in found] == ["", "", "elsewhere"]
    assert found[0]["days"][-1] == {
        "day": "2027-01-15",
        "calls": 50,
        "clientErrors": 1,
        "serverErrors": 0,
        "medianMilliseconds": 20,
        "slowMilliseconds": 121,
    }
    assert found[0]["applications"] == [
        {"organisation": "acme", "applicationId": "", "calls": 100},
        {"organisation": "johnsorg", "applicationId": "app-1", "calls": 13},
        {"organisation": "", "applicationId": "", "calls": 2},
    ]


@pytest.mark.parametrize("days", ["8", "0", "365"])
def test_only_three_periods_can_be_asked_for(measured: Store, ada: Member, busy: StoreBrowser, days: str) -> None:
    assert admin_api(measured, ada)("GET", f"/apis/orders/usage?days={days}").status == 400
    assert busy.get(f"{PATH}?days={days}").status == 400


def test_a_deployment_that_does_not_read_usage_says_how_to_turn_it_on(browser: StoreBrowser, admin: Admin) -> None:
    assert "<code>gatehouse parameters set UsageMetrics=true</code>" in browser.get(PATH).body
    assert admin("GET", "/apis/orders/usage").status == 404


def test_an_api_that_is_not_there_has_no_usage(measured: Store, ada: Member, busy: StoreBrowser) -> None:
    assert busy.get("/store/admin/apis/nothing/usage").status == 404
    assert admin_api(measured, ada)("GET", "/apis/nothing/usage").status == 404


@pytest.fixture
def developer(measured: Store, organisations: DirectoryWriter, tables: Tables) -> StoreBrowser:
    """John, whose application calls one API of a limited tier and one without a limit."""
    free = factories.api(api_id="free", name="free", version="2.0.0")
    organisations.save_api(free)
    subscriptions = (
        Subscription(api_organisation="johnsorg", api_id="orders", tier="Gold"),
        Subscription(api_organisation="johnsorg", api_id="free"),
    )
    organisations.save_application(factories.application(application_id="app-1", subscriptions=subscriptions))
    browser = StoreBrowser(measured.site(StorePages(ROOT / "functions" / "store")), tables)
    browser.sign_in(factories.user())
    return browser


def test_developers_see_the_calls_of_their_own_application(developer: StoreBrowser) -> None:
    page = developer.get("/store/statistics?application=app-1&days=7").body

    assert '<h2 id="calls-title">Calls per day, by API</h2>' in page
    assert "Most on one day: 7 calls" in page
    assert "free 2.0.0: calls of the tier Unlimited are not counted." in page
    assert page.count("<summary>As a table</summary>") == 1


@pytest.mark.usefixtures("developer")
def test_the_json_api_tells_developers_the_same(measured: Store, john: Member, mary: Member) -> None:
    asked = Member(measured, john.token).get("/applications/app-1/usage", days=7)

    assert [(one["apiId"], one["calls"], one["missing"]) for one in asked.json["apis"]] == [
        ("free", 0, "unlimited"),
        ("orders", 12, ""),
    ]
    assert asked.json["apis"][1]["days"][0]["calls"] == 5
    assert len(asked.json["apis"][1]["days"]) == 7
    assert Member(measured, mary.token).get("/applications/app-1/usage").status == 403
    assert Member(measured, john.token).get("/applications/app-1/usage", days=8).status == 400


def test_where_usage_is_off_developers_are_shown_none(john: Member, store: Store, site: Site, tables: Tables) -> None:
    assert store.usage is None
    application = john.application()["applicationId"]
    browser = StoreBrowser(site, tables)
    browser.sign_in(factories.user())

    page = browser.get(f"/store/statistics?application={application}")

    assert page.status == 200
    assert "Calls per day" not in page.body
    assert john.get(f"/applications/{application}/usage").status == 404
