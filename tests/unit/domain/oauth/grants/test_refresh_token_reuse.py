"""A refresh token that is used again: within the window, after it, and by two at once (RFC 9700)."""

import copy

import pytest

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.digests import HmacKey
from gatehouse.domain.kernel.errors import (
    InvalidGrantError,
)
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.grants import IssuedToken
from tests.factories import NOW
from tests.unit.domain.conftest import GrantWorld
from tests.unit.domain.oauth.grants.refreshing import (
    FAMILY,
    GRANT_ID,
    SECRET,
    STATUS,
    grant,
    refresh,
    refused,
    rotated_by_racer,
)
from tests.unit.domain.oauth.grants.refreshing import held as held


@pytest.mark.parametrize("milliseconds", [0, 1999, 2000])
def test_within_the_window_the_same_token_gives_the_same_pair(held: GrantWorld, milliseconds: int) -> None:
    first = refresh(held)
    held.now_ms += milliseconds

    again = refresh(held)

    late = milliseconds // 1000 + (1 if milliseconds % 1000 >= 877 else 0)
    assert again == copy.replace(first, expires_in=3600 - late)
    assert held.grant.rotation == 1


def test_a_pair_that_expired_in_the_window_is_given_again_with_no_time_left(held: GrantWorld) -> None:
    held.change_client(access_token_lifetime_seconds=1, replay_window_seconds=60)
    refresh(held)
    held.later(30)

    assert refresh(held).expires_in == 0


def test_a_grant_that_was_refreshed_before_keys_had_ids_gives_its_pair_again(world: GrantWorld) -> None:
    stored = b"k" * 32
    following, access = (tokens.derive(HmacKey(stored), purpose, SECRET) for purpose in ("refresh", "access"))
    rotated = grant(
        previous_refresh_digest=digests.digest(SECRET),
        refresh_digest=digests.digest(following),
        rotated_at_ms=world.now_ms,
        rotation_key=stored,
        access_expires_at=NOW + 99,
    )
    world.grants.add_grant(rotated)

    assert refresh(world) == IssuedToken(
        access_token=tokens.render_access(GRANT_ID, STATUS, access),
        expires_in=99,
        scopes=frozenset({"read", "update"}),
        refresh_token=tokens.render_refresh(GRANT_ID, STATUS, FAMILY, following),
    )


REUSED = f"refresh token reuse, grant {GRANT_ID} revoked"


def test_after_the_window_the_same_token_is_reuse_and_the_grant_dies(held: GrantWorld) -> None:
    refresh(held)
    held.now_ms += 2001

    error = refused(held)

    assert (type(error), error.reason, held.grant.revoked) == (InvalidGrantError, REUSED, True)
    assert refused(held).reason == f"grant {GRANT_ID} is revoked"


def test_without_a_window_a_second_use_is_reuse(held: GrantWorld) -> None:
    held.change_client(replay_window_seconds=0)
    refresh(held)
    held.now_ms += 1

    assert refused(held).reason == REUSED


def test_the_token_before_the_previous_one_is_reuse_in_the_window_too(held: GrantWorld) -> None:
    second = refresh(held).refresh_token or ""
    refresh(held, second)

    assert refused(held).reason == REUSED
    assert held.grant.revoked


def test_a_secret_of_nobody_is_reuse_on_a_grant_that_was_never_refreshed(held: GrantWorld) -> None:
    error = refused(held, tokens.render_refresh(GRANT_ID, STATUS, FAMILY, "x" * 43))

    assert (error.reason, held.grant.revoked) == (REUSED, True)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param("nonsense", "no refresh token of ours", id="unreadable"),
        pytest.param(tokens.render_refresh("x" * 22, STATUS, FAMILY, SECRET), "unknown refresh token", id="unknown"),
        pytest.param(
            tokens.render_refresh(GRANT_ID, "x" * 22, FAMILY, SECRET),
            f"wrong status for grant {GRANT_ID}",
            id="another status",
        ),
        pytest.param(
            tokens.render_refresh(GRANT_ID, STATUS, "x" * 22, SECRET),
            f"wrong family for grant {GRANT_ID}",
            id="another family",
        ),
    ],
)
def test_what_proves_nothing_is_refused_and_revokes_nothing(held: GrantWorld, token: str, reason: str) -> None:
    error = refused(held, token)

    assert (type(error), error.reason, held.grant.revoked) == (InvalidGrantError, reason, False)


def test_of_two_at_once_both_get_the_winners_pair(held: GrantWorld) -> None:
    winner = rotated_by_racer(held)
    held.grants.racer = lambda _grant: winner

    issued = refresh(held)

    access = tokens.parse_access(issued.access_token)
    assert access
    assert tokens.find_access(winner, access, NOW)
    assert tokens.parse_refresh(issued.refresh_token or "")
    assert held.grant == winner


def test_a_racer_that_comes_after_the_window_is_a_thief(held: GrantWorld) -> None:
    winner = copy.replace(rotated_by_racer(held), rotated_at_ms=held.now_ms - 2001)
    held.grants.racer = lambda _grant: winner

    assert refused(held).reason == REUSED
    assert held.grant.revoked


def test_a_grant_that_was_revoked_meanwhile_stays_so(held: GrantWorld) -> None:
    held.grants.racer = lambda one: copy.replace(one, revoked=True)

    assert refused(held).reason == f"grant {GRANT_ID} is revoked"
