"""Refreshing for some of the APIs of a grant (RFC 8707)."""

import pytest

from gatehouse.domain.kernel.errors import (
    InvalidTargetError,
)
from gatehouse.domain.oauth import tokens
from tests import factories
from tests.unit.domain.conftest import GrantWorld
from tests.unit.domain.oauth.grants.refreshing import GRANT_ID, grant, refresh, refused, rotated_by_racer

URL = "https://abc123.execute-api.us-east-1.amazonaws.com/v1"
ORDERS = f"johnsorg orders  {URL}"


@pytest.fixture
def with_apis(world: GrantWorld) -> GrantWorld:
    """John holds a refresh token for two APIs."""
    world.change_api(deployments=(factories.deployment(),))
    stock = factories.api(api_id="stock", deployments=(factories.deployment(gateway_id="def456", api_id="stock"),))
    world.directory.published["johnsorg", "stock"] = stock
    subscription = factories.Subscription(api_organisation="johnsorg", api_id="stock")
    world.change_application(subscriptions=(*world.application.subscriptions, subscription))
    world.grants.add_grant(grant(resources=(ORDERS, STOCK), access_resources=(ORDERS, STOCK)))
    return world


STOCK_URL = URL.replace("abc123", "def456")
STOCK = f"johnsorg stock  {STOCK_URL}"


def test_a_refresh_may_name_a_part_of_the_apis(with_apis: GrantWorld) -> None:
    refresh(with_apis, resource=URL)

    after = with_apis.grant
    assert (after.access_resources, after.previous_access_resources) == ((ORDERS,), (ORDERS, STOCK))
    assert after.resources == (ORDERS, STOCK)


def test_without_a_name_it_is_for_all_apis_of_the_grant(with_apis: GrantWorld) -> None:
    refresh(with_apis)

    assert with_apis.grant.access_resources == (ORDERS, STOCK)


def test_an_api_beyond_the_grant_is_refused(world: GrantWorld) -> None:
    world.change_api(deployments=(factories.deployment(),))
    world.grants.add_grant(grant(resources=(STOCK,)))

    assert isinstance(refused(world, resource=URL), InvalidTargetError)
    assert world.grant.rotation == 0


OTHER = (
    f"grant {GRANT_ID} was just refreshed for another resource",
    "The token was refreshed for another resource a moment ago. Use the new refresh token.",
)


def test_a_repetition_for_another_api_is_refused_and_revokes_nothing(with_apis: GrantWorld) -> None:
    first = refresh(with_apis, resource=URL)

    error = refused(with_apis, resource=STOCK_URL)

    assert (type(error), error.reason, error.description) == (InvalidTargetError, *OTHER)
    assert not with_apis.grant.revoked
    assert refresh(with_apis, resource=URL) == first
    assert refresh(with_apis) == first


def test_a_racer_for_another_api_is_refused_and_revokes_nothing(with_apis: GrantWorld) -> None:
    winner = rotated_by_racer(with_apis, resource=URL)
    with_apis.grants.racer = lambda _grant: winner

    error = refused(with_apis, resource=STOCK_URL)

    assert (type(error), error.reason, with_apis.grant.revoked) == (InvalidTargetError, OTHER[0], False)


def test_a_racer_that_names_no_api_gets_what_the_winner_named(with_apis: GrantWorld) -> None:
    winner = rotated_by_racer(with_apis, resource=URL)
    with_apis.grants.racer = lambda _grant: winner

    assert tokens.parse_access(refresh(with_apis).access_token)
    assert with_apis.grant.access_resources == (ORDERS,)
