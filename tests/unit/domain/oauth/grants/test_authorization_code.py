"""Redeeming a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5), on values."""

from typing import Any

import pytest

from gatehouse.domain.accounts.users import Disconnection
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import InvalidGrantError, InvalidRequestError, InvalidTargetError
from gatehouse.domain.oauth import codes, tokens
from gatehouse.domain.oauth.codes import Code
from gatehouse.domain.oauth.tokens import Grant
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.conftest import ISSUER, GrantWorld
from tests.unit.domain.fakes import read_jwt
from tests.vectors import authorization as vectors

GRANT_ID = "c" * 22
FORM = {"code": "the code", "redirect_uri": vectors.REDIRECT_URI, "code_verifier": vectors.VERIFIER}
URL = "https://abc123.execute-api.us-east-1.amazonaws.com/v1"
ORDERS = f"johnsorg orders  {URL}"


def code(**changes: Any) -> Code:
    given: dict[str, Any] = {
        "digest": codes.digest("the code"),
        "grant_id": GRANT_ID,
        "organisation": "johnsorg",
        "client_id": CLIENT_ID,
        "redirect_uri": vectors.REDIRECT_URI,
        "user_id": "user-john",
        "username": "john@gmail.com",
        "scopes": frozenset({"openid", "read"}),
        "dropped_scopes": frozenset({"update"}),
        "code_challenge": vectors.CHALLENGE,
        "nonce": "the nonce",
        "authenticated_at": NOW - 7,
        "methods": frozenset({"pwd", "otp", "mfa"}),
        "generation": "of the user",
        "connection_generation": "",
        "client_generation": "of the client",
        "organisation_generation": "of the organisation",
        "expires_at": NOW + 60,
    }
    return Code(**(given | changes))


def redeem(world: GrantWorld, **changes: str) -> Any:
    return world.issue("authorization_code", **(FORM | changes))


def reason(world: GrantWorld, **changes: str) -> str:
    with pytest.raises(InvalidGrantError) as caught:
        redeem(world, **changes)
    return caught.value.reason


def test_a_code_becomes_the_grant_that_it_had_ready(world: GrantWorld) -> None:
    world.add_code(code())
    world.change_user(roles=frozenset({"manager"}))

    issued = redeem(world)

    access, refresh = tokens.parse_access(issued.access_token), tokens.parse_refresh(issued.refresh_token)
    assert access
    assert refresh
    assert (issued.scopes, issued.expires_in) == ({"openid", "read"}, 3600)
    assert world.grant == Grant(
        grant_id=GRANT_ID,
        organisation="johnsorg",
        client_id=CLIENT_ID,
        application_id="app-1",
        key_type="PRODUCTION",
        grant_type="authorization_code",
        user_id="user-john",
        username="john@gmail.com",
        status_id=world.user.status_id,
        generation="of the user",
        connection_generation="",
        client_generation="of the client",
        credential_generation="of its credentials",
        organisation_generation="of the organisation",
        scopes=frozenset({"openid", "read"}),
        issued_at_ms=NOW * 1000 + 123,
        access_digest=digests.digest(access.secret),
        access_scopes=frozenset({"openid", "read"}),
        access_expires_at=NOW + 3600,
        user_roles=frozenset({"manager"}),
        dropped_scopes=frozenset({"update"}),
        refresh_digest=digests.digest(refresh.secret),
        refresh_expires_at=NOW + 86_400,
        family_digest=digests.digest(refresh.family),
        authenticated_at=NOW - 7,
        methods=frozenset({"pwd", "otp", "mfa"}),
        openid_issuer=ISSUER,
        issuer=ISSUER,
        ends_at=NOW + 2_592_000,
        expires_at=NOW + 86_400,
    )
    assert [saved.client_id for _, saved in world.connections.saved] == [CLIENT_ID]


def test_the_id_token_says_when_and_how_the_user_signed_in(world: GrantWorld) -> None:
    world.add_code(code())

    _, claims = read_jwt(redeem(world).id_token)

    assert (claims["nonce"], claims["auth_time"], claims["amr"]) == ("the nonce", NOW - 7, ["mfa", "otp", "pwd"])


def test_without_openid_there_is_no_id_token(world: GrantWorld) -> None:
    world.add_code(code(scopes=frozenset({"read"})))

    assert redeem(world).id_token is None
    assert (world.grant.authenticated_at, world.grant.openid_issuer) == (NOW - 7, None)


def test_a_grant_inherits_what_the_code_was_issued_under(world: GrantWorld) -> None:
    disconnected = {CLIENT_ID: Disconnection(generation="of the connection", ends_at=NOW)}
    world.change_user(client_generations=disconnected)
    world.add_code(code(connection_generation="of the connection"))

    redeem(world)

    assert world.grant.connection_generation == "of the connection"


@pytest.mark.parametrize("missing", ["code", "redirect_uri"])
def test_code_and_redirect_uri_are_required(world: GrantWorld, missing: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        world.issue("authorization_code", **{name: value for name, value in FORM.items() if name != missing})

    assert (caught.value.reason, caught.value.description) == EXPECTED_MISSING


EXPECTED_MISSING = ("no code or no redirect_uri", "The parameters code and redirect_uri are required.")

UNKNOWN = "unknown code, or another client's"
CHALLENGED = "code_verifier does not fit the code_challenge"


@pytest.mark.parametrize(
    ("stored", "changes", "expected"),
    [
        pytest.param({}, {"code": "another"}, UNKNOWN, id="unknown code"),
        pytest.param({"client_id": "another"}, {}, UNKNOWN, id="another client's"),
        pytest.param(
            {},
            {"redirect_uri": vectors.REDIRECT_URI + "/"},
            "redirect_uri is not the one of the authorization request",
            id="another redirect URI",
        ),
        pytest.param({}, {"code_verifier": "v" * 43}, CHALLENGED, id="another verifier"),
        pytest.param({"code_challenge": None}, {}, CHALLENGED, id="a verifier without a challenge"),
    ],
)
def test_a_code_that_does_not_fit_is_refused_and_stays_good(
    world: GrantWorld, stored: dict[str, Any], changes: dict[str, str], expected: str
) -> None:
    world.add_code(code(**stored))

    assert reason(world, **changes) == expected
    assert (world.grants.grants, world.grants.revoked_before) == ({}, [])


def test_a_challenge_needs_a_verifier(world: GrantWorld) -> None:
    world.add_code(code())

    with pytest.raises(InvalidGrantError, match=CHALLENGED):
        world.issue("authorization_code", code="the code", redirect_uri=vectors.REDIRECT_URI)


ENDED = "code is expired, or was revoked before it was redeemed"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"expires_at": NOW}, id="expired"),
        pytest.param({"generation": "earlier"}, id="ended by its user"),
        pytest.param({"client_generation": "earlier"}, id="ended by its client"),
        pytest.param({"organisation_generation": "earlier"}, id="ended by its organisation"),
        pytest.param({"username": "nobody"}, id="of a user who is gone"),
    ],
)
def test_a_dead_code_is_refused_and_its_grant_is_revoked_in_advance(world: GrantWorld, changes: Any) -> None:
    world.add_code(code(**changes))

    assert reason(world) == ENDED
    assert (world.grants.grants, world.grants.revoked_before) == ({}, [GRANT_ID])


def test_a_code_without_its_organisation_is_dead(world: GrantWorld) -> None:
    world.add_code(code())
    world.directory.organisations.clear()

    assert reason(world) == ENDED


def test_a_code_lives_to_its_last_second(world: GrantWorld) -> None:
    world.add_code(code(expires_at=NOW + 1))

    assert redeem(world).access_token


def test_a_second_redemption_revokes_what_the_first_issued(world: GrantWorld) -> None:
    world.add_code(code())
    redeem(world)

    assert reason(world) == f"code used twice, grant {GRANT_ID} revoked"
    assert world.grant.revoked


def test_todays_policy_counts_for_the_sign_in_behind_the_code(world: GrantWorld) -> None:
    world.add_code(code(methods=frozenset({"pwd"})))
    world.change_organisation(second_factor=True, second_factor_from=NOW + 1)
    world.later(0)
    redeem(world)

    world.grants.grants.clear()
    world.change_organisation(second_factor_from=NOW)
    assert reason(world) == "code of a sign-in without the second factor that is demanded now"


def test_an_application_that_demands_a_second_factor_takes_no_code_without_one(world: GrantWorld) -> None:
    world.add_code(code(methods=frozenset({"pwd"})))
    world.change_client(second_factor=True)

    assert reason(world) == "code of a sign-in without the second factor that is demanded now"


def test_a_code_without_its_user_or_organisation_is_dead_whatever_else_lives(world: GrantWorld) -> None:
    world.add_code(code())
    users = dict(world.directory.users)
    world.directory.users.clear()
    assert reason(world) == ENDED

    world.directory.users.update(users)
    world.directory.organisations.clear()
    assert reason(world) == ENDED


def test_a_connection_of_today_is_not_stored_again(world: GrantWorld) -> None:
    world.add_code(code())
    redeem(world)
    ((_, connection),) = world.connections.saved
    world.directory.connections["user-john", CLIENT_ID] = connection
    world.grants.grants.clear()

    redeem(world)

    assert len(world.connections.saved) == 1


def test_scopes_are_granted_as_the_roles_are_now(world: GrantWorld) -> None:
    world.add_code(code(scopes=frozenset({"read", "delete"})))

    assert redeem(world).scopes == {"read"}
    assert world.grant.dropped_scopes == {"delete", "update"}


def test_what_another_service_signed_in_ends_sooner(world: GrantWorld) -> None:
    world.add_code(code(methods=frozenset({"fed", "mfa"})))
    world.change_organisation(federated_grant_hours=1)

    issued = redeem(world)

    ends_at = NOW - 7 + 3600
    assert (world.grant.ends_at, world.grant.access_expires_at, world.grant.refresh_expires_at) == (ends_at,) * 3
    assert issued.expires_in == 3593


def test_a_sign_in_at_another_service_that_counts_no_more_gives_nothing(world: GrantWorld) -> None:
    world.add_code(code(methods=frozenset({"fed"}), authenticated_at=NOW - 3600))
    world.change_organisation(federated_grant_hours=1)

    with pytest.raises(InvalidGrantError):
        redeem(world)

    assert not world.grants.grants


@pytest.mark.parametrize(("hours", "ends_at"), [(24, NOW - 7 + 86_400), (1000, NOW + 2_592_000)])
def test_a_grant_never_outlives_the_deployments_limit(world: GrantWorld, hours: int, ends_at: int) -> None:
    world.add_code(code(methods=frozenset({"fed"})))
    world.change_organisation(federated_grant_hours=hours)

    redeem(world)

    assert world.grant.ends_at == ends_at


def test_a_code_for_an_api_gives_a_token_for_it(world: GrantWorld) -> None:
    world.change_api(deployments=(factories.deployment(),))
    world.add_code(code(resources=(ORDERS,), scopes=frozenset({"read"})))

    redeem(world)
    assert (world.grant.resources, world.grant.access_resources) == ((ORDERS,), (ORDERS,))

    world.grants.grants.clear()
    redeem(world, resource=f"{URL}/orders")
    assert (world.grant.resources, world.grant.access_resources) == ((ORDERS,), (f"{ORDERS}/orders",))


def test_an_api_that_the_request_did_not_name_is_refused(world: GrantWorld) -> None:
    world.change_api(deployments=(factories.deployment(),))
    world.add_code(code(resources=("johnsorg stock  https://stock.example",)))

    with pytest.raises(InvalidTargetError):
        redeem(world, resource=URL)


def test_a_code_for_all_apis_may_give_a_token_for_one(world: GrantWorld) -> None:
    world.change_api(deployments=(factories.deployment(),))
    world.add_code(code())

    redeem(world, resource=URL)

    assert (world.grant.resources, world.grant.access_resources) == ((ORDERS,), (ORDERS,))
