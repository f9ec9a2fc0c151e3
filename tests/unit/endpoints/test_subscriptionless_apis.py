"""Subscriptionless APIs: registered clients call these without a subscription, and no others."""

from typing import Any

import pytest

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import InvalidTargetError
from gatehouse.domain.oauth import entitlements, resource_indicators, tokens
from gatehouse.endpoints.authorizer import Authorizer
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.grants import DynamoDBGrants
from tests import factories
from tests.http_events import request_authorizer
from tests.unit.endpoints.conftest import Call

TIER = "DefaultSubscriptionless"
URL = "https://api.example/orders"


def publish(johnsorg: DirectoryWriter, **overrides: Any) -> None:
    api = factories.api(**{"tiers": frozenset({"Gold", TIER}), **overrides})
    stage = factories.deployment(organisation=api.organisation, api_id=api.api_id, url=URL, open_tier=api.open_tier)
    johnsorg.save_api(factories.api(**{"tiers": frozenset({"Gold", TIER}), "deployments": (stage,), **overrides}))
    johnsorg.save_deployment(stage)


@pytest.fixture
def token(johnsorg: DirectoryWriter, tables: Tables) -> str:
    """An access token of a registered client, for John and for `orders`."""
    johnsorg.save_organisation(factories.organisation(client_registration="any"))
    client, secret = factories.registered_client(), digests.generate_secret()
    johnsorg.save_client(client)
    grant = factories.grant(
        client_id=client.client_id,
        application_id=client.application_id,
        grant_type="authorization_code",
        access_digest=digests.digest(secret),
        access_scopes=frozenset({"read", "delete"}),
        user_roles=frozenset({"employee"}),
        access_resources=(f"johnsorg orders  {URL}",),
    )
    DynamoDBGrants(tables).add_grant(grant)
    return tokens.render_access(grant.grant_id, grant.status_id, secret)


def test_a_registered_client_calls_it_without_a_subscription(johnsorg: DirectoryWriter, call: Call, token: str) -> None:
    publish(johnsorg)

    opened = call(token, "GET", "/orders")

    assert (opened["effect"], opened["client_id"], opened["application_id"]) == ("Allow", "dyn.agent", "")


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param({"tiers": frozenset[str]()}, id="every tier, which needs a subscription"),
        pytest.param({"tiers": frozenset({"Gold"})}, id="a tier that needs one"),
        pytest.param({"visible_roles": frozenset({"manager"})}, id="for a role that the user has not"),
    ],
)
def test_it_calls_no_other_api(johnsorg: DirectoryWriter, call: Call, token: str, overrides: dict[str, Any]) -> None:
    publish(johnsorg, **overrides)

    refused = call(token, "GET", "/orders")

    assert (refused["effect"], refused["code"]) == ("Deny", "900908")


def test_a_scope_that_is_bound_to_roles_needs_the_role_of_its_user(
    johnsorg: DirectoryWriter, call: Call, token: str
) -> None:
    publish(johnsorg)

    refused = call(token, "DELETE", "/orders/{id}")

    assert (refused["effect"], refused["code"]) == ("Deny", "900910")
    assert "insufficient_scope" not in refused["www_authenticate"]  # nobody is asked for what he cannot have


def test_a_challenge_asks_for_the_scope_that_is_missing(johnsorg: DirectoryWriter, call: Call, token: str) -> None:
    publish(johnsorg)

    refused = call(token, "POST", "/orders")

    assert 'error="insufficient_scope", scope="update"' in refused["www_authenticate"]


def test_calls_of_all_registered_clients_are_counted_by_one_key(
    johnsorg: DirectoryWriter, gate: Authorizer, token: str
) -> None:
    publish(johnsorg)

    policy: Any = gate.answer(request_authorizer(f"Bearer {token}", "GET", "/orders"), factories.NOW)

    shared = factories.registered_client(client_id="dyn.other")
    assert shared.application_id == ""
    assert len(policy["usageIdentifierKey"]) == 64


def test_a_registered_client_gets_scopes_of_subscriptionless_apis_and_never_ours(
    johnsorg: DirectoryWriter, tables: Tables
) -> None:
    publish(johnsorg)
    requested = frozenset({"read", "delete", "apim:subscribe", "openid"})

    granted = entitlements.granted(
        DynamoDBDirectory(tables, TtlCache(0)), factories.registered_client(), factories.user(), requested
    )

    assert granted == {"read", "openid"}


def test_without_resource_it_means_the_one_api_that_defines_the_scopes(
    johnsorg: DirectoryWriter, tables: Tables
) -> None:
    publish(johnsorg)
    publish(johnsorg, api_id="news", scopes={})
    directory, client = DynamoDBDirectory(tables, TtlCache(0)), factories.registered_client()

    (found,) = resource_indicators.of_scopes(directory, client, frozenset({"read", "openid"}))

    assert resource_indicators.parse(found).api_id == "orders"
    for scopes in (frozenset({"openid"}), frozenset({"none"})):
        with pytest.raises(InvalidTargetError):
            resource_indicators.of_scopes(directory, client, scopes)


@pytest.mark.parametrize("lifecycle", ["CREATED", "RETIRED"])
def test_without_resource_a_version_that_nobody_may_call_makes_nothing_ambiguous(
    johnsorg: DirectoryWriter, tables: Tables, lifecycle: str
) -> None:
    publish(johnsorg)
    publish(johnsorg, api_id="orders-2", lifecycle=lifecycle)
    directory, client = DynamoDBDirectory(tables, TtlCache(0)), factories.registered_client()

    (found,) = resource_indicators.of_scopes(directory, client, frozenset({"read"}))

    assert resource_indicators.parse(found).api_id == "orders"


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("https://auth.example/api/am/admin/v4", id="our own API"),
        pytest.param("https://news.example/", id="an API with subscriptions"),
        pytest.param("https://acme.example/", id="an API of another organisation"),
        pytest.param(f"{URL}#fragment", id="a fragment"),
        pytest.param("https://john@api.example/orders", id="a user"),
    ],
)
def test_other_resources_are_invalid_targets(
    johnsorg: DirectoryWriter, acme: DirectoryWriter, tables: Tables, uri: str
) -> None:
    publish(johnsorg)
    for organisation, api_id in (("johnsorg", "news"), ("acme", "theirs")):
        stage = factories.deployment(
            organisation=organisation, api_id=api_id, url=f"https://{api_id.replace('theirs', 'acme')}.example"
        )
        tiers = frozenset({TIER}) if organisation == "acme" else frozenset[str]()
        acme.save_api(
            factories.api(organisation=organisation, api_id=api_id, deployments=(stage,), visibility="ALL", tiers=tiers)
        )

    with pytest.raises(InvalidTargetError):
        resource_indicators.resolve(
            DynamoDBDirectory(tables, TtlCache(0)), factories.registered_client(), uri, "https://auth.example"
        )
