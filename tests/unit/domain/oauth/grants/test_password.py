"""The password grant (RFC 6749 section 4.3), on values, with hashes that are cheap."""

import copy
from typing import Any

import passlib.hash
import pytest

from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.lockout import Failures
from gatehouse.domain.accounts.users import Disconnection
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import InvalidGrantError, InvalidRequestError, TooManyFailuresError
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.grants import IssuedToken
from gatehouse.domain.oauth.tokens import Grant
from tests.factories import CLIENT_ID, NOW, PASSWORD
from tests.unit.domain.conftest import ISSUER, GrantWorld
from tests.unit.domain.fakes import read_jwt

JOHN = {"username": "john@gmail.com", "password": PASSWORD}
READ = frozenset({"read"})


def test_a_user_gets_an_access_and_a_refresh_token(world: GrantWorld) -> None:
    issued = world.issue("password", **JOHN, scope="read unknown")

    grant = world.grant
    access, refresh = tokens.parse_access(issued.access_token), tokens.parse_refresh(issued.refresh_token or "")
    assert access
    assert refresh
    assert issued == IssuedToken(
        access_token=tokens.render_access(grant.grant_id, world.user.status_id, access.secret),
        expires_in=3600,
        scopes=READ,
        refresh_token=tokens.render_refresh(grant.grant_id, world.user.status_id, refresh.family, refresh.secret),
    )
    assert grant == Grant(
        grant_id=grant.grant_id,
        organisation="johnsorg",
        client_id=CLIENT_ID,
        application_id="app-1",
        key_type="PRODUCTION",
        grant_type="password",
        user_id="user-john",
        username="john@gmail.com",
        status_id=world.user.status_id,
        generation="of the user",
        connection_generation="",
        client_generation="of the client",
        credential_generation="of its credentials",
        organisation_generation="of the organisation",
        scopes=READ,
        issued_at_ms=NOW * 1000 + 123,
        access_digest=digests.digest(access.secret),
        access_scopes=READ,
        access_expires_at=NOW + 3600,
        user_roles=frozenset({"employee"}),
        dropped_scopes=frozenset({"unknown"}),
        refresh_digest=digests.digest(refresh.secret),
        refresh_expires_at=NOW + 86_400,
        family_digest=digests.digest(refresh.family),
        methods=frozenset({"pwd"}),
        issuer=ISSUER,
        ends_at=NOW + 2_592_000,
        expires_at=NOW + 86_400,
    )
    assert len({access.secret, refresh.secret}) == 2


def test_a_client_that_may_not_refresh_gets_no_refresh_token(world: GrantWorld) -> None:
    world.change_client(grant_types=frozenset({"password"}))

    issued = world.issue("password", **JOHN, scope="read unknown")

    grant = world.grant
    assert issued.refresh_token is None
    assert (grant.refresh_digest, grant.refresh_expires_at, grant.family_digest) == (None, None, None)
    assert (grant.dropped_scopes, grant.expires_at) == (frozenset(), NOW + 3600)


@pytest.mark.parametrize(
    ("access", "refresh", "kept_until"),
    [(3600, 60, NOW + 3600), (60, 3600, NOW + 3600), (60, 10**9, NOW + 2_592_000)],
)
def test_a_grant_is_kept_until_its_last_token_expires(
    world: GrantWorld, access: int, refresh: int, kept_until: int
) -> None:
    world.change_client(access_token_lifetime_seconds=access, refresh_token_lifetime_seconds=refresh)

    world.issue("password", **JOHN)

    assert world.grant.expires_at == kept_until


@pytest.mark.parametrize(
    ("client", "organisation", "seconds"),
    [(None, 0, 86_400), (None, 120, 120), (60, 120, 60)],
)
def test_the_refresh_tokens_lifetime_is_the_closest_that_somebody_chose(
    world: GrantWorld, client: int | None, organisation: int, seconds: int
) -> None:
    world.change_client(refresh_token_lifetime_seconds=client)
    world.change_organisation(refresh_token_lifetime_seconds=organisation)

    world.issue("password", **JOHN)

    assert world.grant.refresh_expires_at == NOW + seconds


def test_openid_brings_an_id_token(world: GrantWorld) -> None:
    issued = world.issue("password", **JOHN, scope="openid read")

    header, claims = read_jwt(issued.id_token or "")
    assert (header["typ"], claims["iss"], claims["aud"], claims["sub"]) == ("JWT", ISSUER, CLIENT_ID, "user-john")
    assert (claims["iat"], claims["exp"], claims["auth_time"]) == (NOW, NOW + 3600, NOW)
    assert (claims["amr"], "nonce" in claims, "acr" in claims) == (["pwd"], False, False)
    assert (world.grant.authenticated_at, world.grant.openid_issuer) == (NOW, ISSUER)


def test_an_id_token_lives_for_a_day_at_most(world: GrantWorld) -> None:
    world.change_client(access_token_lifetime_seconds=200_000)

    issued = world.issue("password", **JOHN, scope="openid")

    assert (issued.expires_in, read_jwt(issued.id_token or "")[1]["exp"]) == (200_000, NOW + 86_400)


@pytest.mark.parametrize("missing", ["username", "password"])
def test_both_credentials_are_required(world: GrantWorld, missing: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        world.issue("password", **{name: value for name, value in JOHN.items() if name != missing})

    assert (caught.value.reason, caught.value.description) == (
        "no username or no password",
        "The parameters username and password are required.",
    )


def refused(world: GrantWorld, **changes: str) -> None:
    with pytest.raises(InvalidGrantError) as caught:
        world.issue("password", **(JOHN | changes))
    assert caught.value.reason == "user authentication failed"
    assert world.grants.grants == {}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"password": "wrong"}, id="a wrong password"),
        pytest.param({"password": ""}, id="an empty password"),
        pytest.param({"username": "mary@gmail.com"}, id="nobody"),
        pytest.param({"username": "john@gmail.com@acme"}, id="another organisation"),
    ],
)
def test_a_wrong_guess_is_refused_and_counted(world: GrantWorld, changes: dict[str, str]) -> None:
    refused(world, **changes)

    assert world.sign_ins.sources == {"192.0.2.1": 1}
    assert [one.count for one in world.sign_ins.failures.values()] == [1]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"blocks": frozenset({"administrator"})}, id="blocked"),
        pytest.param({"factors": frozenset({"totp"})}, id="has a second factor"),
        pytest.param({"password_hash": None}, id="has no password"),
    ],
)
def test_a_user_who_may_not_sign_in_by_a_password_alone_is_refused(world: GrantWorld, changes: Any) -> None:
    world.change_user(**changes)

    refused(world)


def test_a_user_of_a_disabled_organisation_is_refused(world: GrantWorld) -> None:
    world.change_organisation(is_active=False)

    refused(world)


def test_where_a_second_factor_is_demanded_a_password_is_not_enough(world: GrantWorld) -> None:
    world.change_client(second_factor=True)

    refused(world)


def test_a_locked_account_refuses_the_right_password(world: GrantWorld) -> None:
    locked = Failures(count=10, locked_until=NOW + 60, expires_at=NOW + 3660)
    world.sign_ins.failures["johnsorg", "john@gmail.com"] = locked

    refused(world)

    world.later(60)
    assert world.issue("password", **JOHN).scopes == {"default"}
    assert world.sign_ins.failures["johnsorg", "john@gmail.com"] == Failures()


def test_a_source_that_failed_too_often_waits_for_the_end_of_its_window(world: GrantWorld) -> None:
    world.sign_ins.sources["192.0.2.1"] = 100

    with pytest.raises(TooManyFailuresError) as caught:
        world.issue("password", **JOHN)

    assert caught.value.retry_after_seconds == 300 - NOW % 300


def test_a_hash_of_another_service_is_replaced_by_ours_at_the_first_sign_in(world: GrantWorld) -> None:
    world.change_user(password_hash=passlib.hash.bcrypt.using(rounds=4).hash(PASSWORD))

    world.issue("password", **JOHN)

    assert world.directory.better_hashes["john@gmail.com@johnsorg"].startswith("$argon2id$")


@pytest.mark.parametrize(("scope", "is_ahead"), [("read", True), ("openid", False), (None, False)])
def test_one_read_brings_everything_and_subscriptions_if_they_will_be_needed(
    world: GrantWorld, scope: str | None, *, is_ahead: bool
) -> None:
    world.issue("password", **JOHN, **({"scope": scope} if scope else {}))

    ahead = world.client if is_ahead else None
    assert world.sign_ins.asked == [("johnsorg", "john@gmail.com", "192.0.2.1", NOW, CLIENT_ID, ahead)]


CONNECTION = Connection(
    organisation="johnsorg",
    user_id="user-john",
    username="john@gmail.com",
    client_id=CLIENT_ID,
    application_id="app-1",
    generation="of the user",
    connection_generation="",
    organisation_generation="of the organisation",
    since_ms=NOW * 1000 + 123,
    used_ms=NOW * 1000 + 123,
    expires_at=NOW + 2_592_000 + 86_400,
)


def test_the_connection_with_the_client_is_stored_for_the_user_to_see(world: GrantWorld) -> None:
    world.issue("password", **JOHN)

    assert world.connections.saved == [("johnsorg", CONNECTION)]


def test_it_is_renewed_once_a_day(world: GrantWorld) -> None:
    world.directory.connections["user-john", CLIENT_ID] = CONNECTION
    world.later(86_399)
    world.issue("password", **JOHN)
    assert world.connections.saved == []

    world.later(1)
    world.issue("password", **JOHN)

    renewed = copy.replace(CONNECTION, used_ms=world.now_ms, expires_at=CONNECTION.expires_at + 86_400)
    assert world.connections.saved == [("johnsorg", renewed)]


def test_it_is_renewed_at_once_after_everything_of_the_organisation_ended(world: GrantWorld) -> None:
    ended = copy.replace(CONNECTION, organisation_generation="before")
    world.directory.connections["user-john", CLIENT_ID] = ended
    world.issue("password", **JOHN)

    assert world.connections.saved == [("johnsorg", CONNECTION)]


def test_a_grant_after_a_disconnection_is_of_the_new_connection(world: GrantWorld) -> None:
    again = Disconnection(generation="of the connection", ends_at=NOW + 1)
    world.change_user(client_generations={CLIENT_ID: again, "another": Disconnection(generation="x", ends_at=NOW)})

    world.issue("password", **JOHN)

    assert world.grant.connection_generation == "of the connection"
