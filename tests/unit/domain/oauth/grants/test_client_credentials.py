"""The client credentials grant (RFC 6749 section 4.4), and what every new grant holds, on values."""

import pytest

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import InvalidClientError, InvalidRequestError, UnauthorizedClientError
from gatehouse.domain.oauth.grants import IssuedToken, base
from gatehouse.domain.oauth.tokens import Grant
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.conftest import GrantWorld
from tests.unit.domain.fakes import read_jwt

READ = frozenset({"read"})


def test_an_application_gets_an_access_token_and_no_refresh_token(world: GrantWorld) -> None:
    issued = world.issue("client_credentials", scope="read unknown")

    grant, secret = world.grant, issued.access_token.rpartition(".")[2]
    assert issued == IssuedToken(access_token=f"gha_{grant.grant_id}.{secret}", expires_in=3600, scopes=READ)
    assert grant == Grant(
        grant_id=grant.grant_id,
        organisation="johnsorg",
        client_id=CLIENT_ID,
        application_id="app-1",
        key_type="PRODUCTION",
        grant_type="client_credentials",
        user_id=None,
        username=None,
        status_id=None,
        generation=None,
        connection_generation="",
        client_generation="of the client",
        credential_generation="of its credentials",
        organisation_generation="of the organisation",
        scopes=READ,
        issued_at_ms=NOW * 1000 + 123,
        access_digest=digests.digest(secret),
        access_scopes=READ,
        access_expires_at=NOW + 3600,
        issuer="https://auth.example",
        ends_at=NOW + 2_592_000,
        expires_at=NOW + 3600,
    )
    assert world.connections.saved == []


def test_every_grant_has_an_id_and_a_secret_of_its_own(world: GrantWorld) -> None:
    issued = [world.issue("client_credentials").access_token for _ in range(20)]

    assert len(world.grants.grants) == 20
    assert len({one.rpartition(".")[2] for one in issued}) == 20


@pytest.mark.parametrize("scope", [{}, {"scope": "default"}, {"scope": "openid"}], ids=str)
def test_without_a_scope_of_an_api_the_token_is_called_default(world: GrantWorld, scope: dict[str, str]) -> None:
    assert world.issue("client_credentials", **scope).scopes == {"default"}


def test_a_public_client_is_refused(world: GrantWorld) -> None:
    world.change_client(authentication_methods=frozenset({"none"}))

    with pytest.raises(UnauthorizedClientError) as caught:
        world.issue("client_credentials")

    assert caught.value.reason == f"public client {CLIENT_ID!r}"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_client_of_a_disabled_organisation_is_refused(world: GrantWorld, *, is_there: bool) -> None:
    world.change_organisation(is_active=False)
    if not is_there:
        world.directory.organisations.clear()

    with pytest.raises(InvalidClientError) as caught:
        world.issue("client_credentials", scope="read")

    assert caught.value.reason == "organisation 'johnsorg' of client is disabled"
    assert world.grants.grants == {}


def test_wso2s_scope_stands_for_none_where_the_organisation_wants_it(world: GrantWorld) -> None:
    world.change_organisation(compatibility="wso2")

    assert world.issue("client_credentials").scopes == {"am_application_scope", "default"}
    assert world.issue("client_credentials", scope="read").scopes == READ
    assert {one.grant_type for one in world.grants.grants.values()} == {"client_credentials"}


def test_an_application_may_choose_a_validity_period_where_the_organisation_wants_it(world: GrantWorld) -> None:
    world.change_organisation(compatibility="wso2")

    assert world.issue("client_credentials", scope="read", validity_period="7").expires_in == 7
    assert world.grant.access_expires_at == NOW + 7
    assert world.grant.scopes == READ


def test_elsewhere_the_validity_period_is_an_unknown_parameter(world: GrantWorld) -> None:
    issued = world.issue("client_credentials", validity_period="nonsense", scope="read")

    assert (issued.expires_in, issued.scopes) == (3600, READ)


def test_a_malformed_validity_period_is_refused(world: GrantWorld) -> None:
    world.change_organisation(compatibility="wso2")

    with pytest.raises(InvalidRequestError, match="validity_period"):
        world.issue("client_credentials", validity_period="-1")


@pytest.mark.parametrize(
    ("client", "organisation", "seconds"),
    [
        pytest.param(None, 0, 3600, id="the deployment's"),
        pytest.param(None, 120, 120, id="the organisation's"),
        pytest.param(60, 120, 60, id="the client's own"),
        pytest.param(10**9, 0, 2_592_000, id="never longer than the grant"),
    ],
)
def test_the_lifetime_is_the_closest_that_somebody_chose(
    world: GrantWorld, client: int | None, organisation: int, seconds: int
) -> None:
    world.change_client(access_token_lifetime_seconds=client)
    world.change_organisation(access_token_lifetime_seconds=organisation)

    assert world.issue("client_credentials").expires_in == seconds


def test_without_an_organisation_the_deployments_lifetimes_count(world: GrantWorld) -> None:
    assert base.access_token_seconds(world.context, world.client, None) == 3600
    assert base.refresh_token_seconds(world.context, world.client, None) == 86_400


@pytest.mark.parametrize(("chosen", "seconds"), [(200_000, 86_400), (60, 60)])
def test_a_jwt_lives_for_a_day_at_most(world: GrantWorld, chosen: int, seconds: int) -> None:
    world.change_client(access_token_lifetime_seconds=chosen, token_format="jwt")

    issued = world.issue("client_credentials", scope="read")

    header, claims = read_jwt(issued.access_token)
    assert (header, claims["exp"], claims["sub"]) == ({"typ": "at+jwt", "kid": "key-2"}, NOW + seconds, CLIENT_ID)
    assert world.grant.access_digest == digests.digest(issued.access_token)
    assert (world.grant.kid, world.grant.issuer) == ("key-2", "https://auth.example")


def test_an_application_that_names_an_api_gets_a_token_for_it(world: GrantWorld) -> None:
    url = "https://abc123.execute-api.us-east-1.amazonaws.com/v1"
    world.change_api(deployments=(factories.deployment(),))

    world.issue("client_credentials", scope="read", resource=url)

    assert world.grant.resources == world.grant.access_resources == (f"johnsorg orders  {url}",)
