"""Refreshing with rotation and reuse detection (RFC 6749 section 6, RFC 9700 section 4.14.2), on values."""

import copy
import hmac
from typing import Any

import pytest

from gatehouse.domain.accounts.users import Disconnection
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.digests import HmacKey
from gatehouse.domain.kernel.errors import (
    InvalidRequestError,
    InvalidScopeError,
)
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.grants import IssuedToken
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.conftest import ISSUER, GrantWorld
from tests.unit.domain.fakes import read_jwt
from tests.unit.domain.oauth.grants.refreshing import FAMILY, GRANT_ID, SECRET, STATUS, grant, refresh, refused
from tests.unit.domain.oauth.grants.refreshing import held as held

READ = frozenset({"read"})


def test_a_refresh_issues_the_next_pair_and_makes_the_present_one_the_previous(held: GrantWorld) -> None:
    held.change_user(roles=frozenset({"manager"}))
    held.change_client(credential_generation="later")
    before = held.grant

    issued = refresh(held)

    stored = held.grant.rotation_key or b""
    key = hmac.digest(b"secret of key-1", stored, "sha256")
    access, following = tokens.derive(HmacKey(key), "access", SECRET), tokens.derive(HmacKey(key), "refresh", SECRET)
    assert len(stored) == 32
    assert issued == IssuedToken(
        access_token=tokens.render_access(GRANT_ID, STATUS, access),
        expires_in=3600,
        scopes=frozenset({"read", "update"}),
        refresh_token=tokens.render_refresh(GRANT_ID, STATUS, FAMILY, following),
    )
    assert held.grant == copy.replace(
        before,
        access_digest=digests.digest(access),
        access_expires_at=NOW + 3600,
        user_roles=frozenset({"manager"}),
        credential_generation="later",
        refresh_digest=digests.digest(following),
        refresh_expires_at=NOW + 86_400,
        previous_access_digest=digests.digest("access"),
        previous_access_scopes=frozenset({"read", "update"}),
        previous_access_expires_at=NOW + 2,
        previous_refresh_digest=digests.digest(SECRET),
        rotation=1,
        rotation_key=stored,
        rotation_kid="key-1",
        rotated_at_ms=NOW * 1000 + 123,
        expires_at=NOW + 86_400,
    )


def test_every_rotation_has_a_key_of_its_own(world: GrantWorld) -> None:
    keys: set[bytes | None] = set()
    for _ in range(20):
        world.grants.grants = {GRANT_ID: grant()}
        refresh(world)
        keys.add(world.grant.rotation_key)

    assert len(keys) == 20


def test_nothing_of_a_refreshed_grant_outlives_it(world: GrantWorld) -> None:
    world.grants.add_grant(grant(ends_at=NOW + 10, access_expires_at=NOW + 1))

    issued = refresh(world)

    after = world.grant
    assert (issued.expires_in, after.access_expires_at, after.refresh_expires_at) == (10, NOW + 10, NOW + 10)
    assert after.previous_access_expires_at == NOW + 1


def test_the_clients_lifetimes_and_window_count_for_the_next_pair(held: GrantWorld) -> None:
    held.change_client(access_token_lifetime_seconds=30, refresh_token_lifetime_seconds=40, replay_window_seconds=5)

    refresh(held)

    after = held.grant
    assert (after.access_expires_at, after.refresh_expires_at) == (NOW + 30, NOW + 40)
    assert (after.previous_access_expires_at, after.expires_at) == (NOW + 5, NOW + 40)


def test_the_organisations_lifetimes_count_for_the_next_pair(held: GrantWorld) -> None:
    held.change_organisation(access_token_lifetime_seconds=30, refresh_token_lifetime_seconds=40)

    refresh(held)

    assert (held.grant.access_expires_at, held.grant.refresh_expires_at) == (NOW + 30, NOW + 40)


def test_a_jwt_is_signed_anew(held: GrantWorld) -> None:
    held.change_client(token_format="jwt")

    issued = refresh(held)

    header, claims = read_jwt(issued.access_token)
    assert (header, claims["jti"]) == ({"typ": "at+jwt", "kid": "key-2"}, f"{GRANT_ID}.1.{STATUS}")
    assert held.grant.access_digest == digests.digest(issued.access_token)
    assert refresh(held) == issued


def test_the_issuer_of_the_path_is_the_one_of_the_token(world: GrantWorld) -> None:
    world.grants.add_grant(grant(issuer="https://auth.example/t/johnsorg"))

    refresh(world)

    assert world.grant.issuer == ISSUER


def test_another_clients_token_is_refused_and_revokes_nothing(world: GrantWorld) -> None:
    world.grants.add_grant(grant(client_id="another"))

    error = refused(world)

    assert error.reason == f"grant {GRANT_ID} is not of client {CLIENT_ID}"
    assert not world.grant.revoked


def test_a_revoked_grant_is_refused(world: GrantWorld) -> None:
    world.grants.add_grant(grant(revoked=True))

    assert refused(world).reason == f"grant {GRANT_ID} is revoked"


def test_a_refresh_token_is_required(world: GrantWorld) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        world.issue("refresh_token")

    assert (caught.value.reason, caught.value.description) == (
        "no refresh_token",
        "The refresh_token parameter is required.",
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"refresh_expires_at": NOW}, id="the token"),
        pytest.param({"ends_at": NOW}, id="the grant"),
        pytest.param({"refresh_expires_at": None}, id="a token that never was"),
    ],
)
def test_an_expired_token_is_refused(world: GrantWorld, changes: Any) -> None:
    world.grants.add_grant(grant(**changes))

    error = refused(world)

    assert (error.reason, world.grant.revoked) == (f"grant {GRANT_ID} expired", False)


@pytest.mark.parametrize("changes", [{"refresh_expires_at": NOW + 1}, {"ends_at": NOW + 1}], ids=str)
def test_a_token_is_good_to_its_last_second(world: GrantWorld, changes: Any) -> None:
    world.grants.add_grant(grant(**changes))

    assert refresh(world).access_token


ENDED = f"grant {GRANT_ID} was ended by its user, client or organisation"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"generation": "earlier"}, id="user"),
        pytest.param({"client_generation": "earlier"}, id="client"),
        pytest.param({"organisation_generation": "earlier"}, id="organisation"),
    ],
)
def test_a_grant_that_was_ended_is_refused(world: GrantWorld, changes: Any) -> None:
    world.grants.add_grant(grant(**changes))

    assert refused(world).reason == ENDED


def test_a_grant_without_its_user_or_organisation_is_dead(held: GrantWorld) -> None:
    organisations = dict(held.directory.organisations)
    held.directory.organisations.clear()
    assert refused(held).reason == ENDED

    held.directory.organisations.update(organisations)
    held.directory.users.clear()
    assert refused(held).reason == ENDED


def test_a_grant_without_a_user_is_refused_here(world: GrantWorld) -> None:
    """Only users' grants have refresh tokens; one without a user would have no status to read."""
    world.grants.add_grant(grant(user_id=None))
    world.directory.users.clear()

    assert refused(world).reason == ENDED


def test_todays_policy_counts_for_the_sign_in_behind_the_grant(held: GrantWorld) -> None:
    held.change_organisation(second_factor=True, second_factor_from=NOW + 1)
    assert refresh(held)

    held.grants.grants = {GRANT_ID: grant()}
    held.change_organisation(second_factor_from=NOW)
    assert refused(held).reason == f"grant {GRANT_ID} lacks the second factor that is demanded now"


def test_an_application_that_demands_a_second_factor_refreshes_no_grant_without_one(held: GrantWorld) -> None:
    held.change_client(second_factor=True)

    assert refused(held).reason == f"grant {GRANT_ID} lacks the second factor that is demanded now"


def test_a_disconnected_client_cannot_refresh(held: GrantWorld) -> None:
    held.change_user(client_generations={CLIENT_ID: Disconnection(generation="later", ends_at=NOW)})

    assert refused(held).reason == ENDED


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param("read", READ, id="fewer"),
        pytest.param("read update", frozenset({"read", "update"}), id="all"),
        pytest.param("read dropped", READ, id="with what was dropped at first"),
        pytest.param("dropped", frozenset({"default"}), id="nothing but what was dropped"),
    ],
)
def test_a_refresh_may_ask_for_fewer_scopes(held: GrantWorld, asked: str, expected: frozenset[str]) -> None:
    issued = refresh(held, scope=asked)

    assert issued.scopes == held.grant.access_scopes == expected
    assert held.grant.scopes == {"read", "update"}
    assert refresh(held, issued.refresh_token or "").scopes == {"read", "update"}


def test_a_scope_beyond_the_grant_is_refused_and_nothing_is_spent(held: GrantWorld) -> None:
    error = refused(held, scope="read delete")

    assert (type(error), error.reason) == (InvalidScopeError, f"scopes beyond grant {GRANT_ID}")
    assert refresh(held)


def test_roles_that_were_lost_take_their_scopes_along(world: GrantWorld) -> None:
    world.grants.add_grant(grant(scopes=frozenset({"read", "delete"})))

    assert refresh(world).scopes == READ


@pytest.mark.parametrize(
    ("scope", "is_ahead"),
    [
        pytest.param({}, True, id="whatever was granted"),
        pytest.param({"scope": "read"}, True, id="a scope of an API"),
        pytest.param({"scope": "openid"}, False, id="none of an API"),
    ],
)
def test_one_read_brings_grant_status_and_organisation(
    held: GrantWorld, scope: dict[str, str], *, is_ahead: bool
) -> None:
    held.change_grant(scopes=frozenset({"read", "openid"}))

    refresh(held, **scope)

    assert held.directory.calls[0] == "find_refresh"
    assert held.directory.prefetched == [held.client if is_ahead else None]


OPENID = {"scopes": frozenset({"openid", "read"}), "authenticated_at": NOW - 7, "openid_issuer": "https://first"}


def test_a_refresh_brings_a_new_id_token_of_the_same_sign_in(world: GrantWorld) -> None:
    world.grants.add_grant(grant(**OPENID, methods=frozenset({"pwd", "mfa"})))

    issued = refresh(world)

    _, claims = read_jwt(issued.id_token or "")
    assert (claims["iss"], claims["auth_time"], claims["amr"]) == ("https://first", NOW - 7, ["mfa", "pwd"])
    assert "nonce" not in claims
    assert "find_user" in world.directory.calls


@pytest.mark.parametrize(
    ("changes", "scope"),
    [
        pytest.param({}, "read", id="not asked for"),
        pytest.param({"openid_issuer": None}, "openid", id="of no issuer"),
        pytest.param({"authenticated_at": None}, "openid", id="of no sign-in"),
    ],
)
def test_without_openid_there_is_no_id_token(world: GrantWorld, changes: Any, scope: str) -> None:
    world.grants.add_grant(grant(**(OPENID | changes)))

    assert refresh(world, scope=scope).id_token is None
    assert ("find_user" in world.directory.calls) == (changes.get("authenticated_at", NOW) is not None)


def test_the_user_is_read_only_where_an_id_token_may_say_something(world: GrantWorld) -> None:
    world.grants.add_grant(grant())
    refresh(world)

    assert "find_user" not in world.directory.calls


def test_a_user_who_ended_the_grant_since_the_status_was_read_is_believed(world: GrantWorld) -> None:
    world.grants.add_grant(grant(**OPENID, username=None))

    assert refused(world).reason == f"grant {GRANT_ID} was ended by its user"
    assert world.grant.rotation == 0
