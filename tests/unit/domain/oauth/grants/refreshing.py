"""A grant with a refresh token, and requests that refresh it."""

import copy
from typing import Any

import pytest

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import (
    OAuthError,
)
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.grants import IssuedToken
from gatehouse.domain.oauth.tokens import Grant
from tests import factories
from tests.factories import NOW
from tests.unit.domain.conftest import ISSUER, GrantWorld

GRANT_ID, FAMILY, SECRET = "g" * 22, "f" * 22, "s" * 43
STATUS = factories.status_id("johnsorg", "user-john")
TOKEN = tokens.render_refresh(GRANT_ID, STATUS, FAMILY, SECRET)


def grant(**changes: Any) -> Grant:
    given: dict[str, Any] = {
        "scopes": frozenset({"read", "update"}),
        "dropped_scopes": frozenset({"dropped"}),
        "access_scopes": frozenset({"read", "update"}),
        "access_digest": digests.digest("access"),
        "refresh_digest": digests.digest(SECRET),
        "refresh_expires_at": NOW + 86_400,
        "family_digest": digests.digest(FAMILY),
        "issuer": ISSUER,
    }
    return factories.grant(**(given | changes))


@pytest.fixture
def held(world: GrantWorld) -> GrantWorld:
    """John holds a refresh token."""
    world.grants.add_grant(grant())
    return world


def refresh(world: GrantWorld, token: str = TOKEN, **changes: str) -> IssuedToken:
    return world.issue("refresh_token", refresh_token=token, **changes)


def refused(world: GrantWorld, token: str = TOKEN, **changes: str) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        refresh(world, token, **changes)
    return caught.value


def rotated_by_racer(world: GrantWorld, **parameters: str) -> Grant:
    """Return the grant as another request with the same token left it."""
    other = copy.copy(world)
    before = dict(world.grants.grants)
    refresh(other, **parameters)
    after = world.grant
    world.grants.grants = before
    return after
