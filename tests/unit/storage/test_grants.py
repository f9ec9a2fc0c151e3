"""Grants as items: whole, conditional, and never made by revoking."""

from collections.abc import Callable
from copy import replace
from typing import Any

import pytest

from bench.dynamodb import capacity
from gatehouse.domain.kernel import digests
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.tokens import Grant
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants, render
from tests.factories import NOW
from tests.recording_transport import RecordingTransport

GRANT = Grant(
    grant_id="grant",
    organisation="johnsorg",
    client_id="client",
    application_id="app",
    key_type="PRODUCTION",
    grant_type="password",
    user_id="user-john",
    username="john@gmail.com",
    status_id="status",
    generation="of the user",
    client_generation="of the client",
    credential_generation="of its credentials",
    organisation_generation="of the organisation",
    scopes=frozenset({"read", "update"}),
    issued_at_ms=NOW * 1000,
    access_digest=b"access",
    access_scopes=frozenset({"read"}),
    access_expires_at=NOW + 3600,
    refresh_digest=digests.digest("secret"),
    refresh_expires_at=NOW + 86400,
    family_digest=b"family",
    ends_at=NOW + 100_000,
    expires_at=NOW + 86400,
)
ROTATED = tokens.rotate(
    GRANT,
    refresh_secret="next",
    rotation_key=b"key",
    rotation_kid="kid",
    access_scopes=frozenset({"update"}),
    access_resources=(),
    user_roles=frozenset({"manager"}),
    credential_generation="a fresh one",
    access_expires_at=NOW + 3700,
    refresh_expires_at=NOW + 86500,
    rotated_at_ms=NOW * 1000 + 100_000,
    previous_access_expires_at=NOW + 102,
)


@pytest.fixture
def grants(tables: Tables) -> DynamoDBGrants:
    return DynamoDBGrants(tables)


@pytest.mark.parametrize(
    "grant",
    [
        pytest.param(GRANT, id="of a user"),
        pytest.param(ROTATED, id="refreshed"),
        pytest.param(replace(GRANT, user_id=None, username=None, refresh_digest=None, family_digest=None), id="own"),
        pytest.param(replace(GRANT, kid="key", issuer="https://x", revoked=True), id="JWT, revoked"),
    ],
)
def test_a_grant_comes_back_as_it_was(grants: DynamoDBGrants, grant: Grant) -> None:
    grants.add_grant(grant)

    assert grants.find_grant("grant") == grant


def test_a_rotation_writes_all_that_rotating_changes(grants: DynamoDBGrants) -> None:
    grants.add_grant(GRANT)
    rotated = replace(ROTATED, access_digest=b"new access", kid="key", issuer="https://x")

    assert grants.rotate_grant(rotated, digests.digest("secret"), NOW) is None
    assert grants.find_grant("grant") == rotated


def test_a_lost_rotation_says_what_stands(grants: DynamoDBGrants) -> None:
    grants.add_grant(GRANT)
    grants.rotate_grant(ROTATED, digests.digest("secret"), NOW)

    assert grants.rotate_grant(replace(ROTATED, rotation_key=b"loser"), digests.digest("secret"), NOW) == ROTATED
    assert grants.find_grant("grant") == ROTATED


@pytest.mark.parametrize("now", [NOW + 86400, NOW + 100_000])
def test_an_ended_grant_is_not_rotated(grants: DynamoDBGrants, now: int) -> None:
    grants.add_grant(GRANT)

    assert grants.rotate_grant(ROTATED, digests.digest("secret"), now) == GRANT


def test_a_grant_that_is_gone_counts_as_revoked(grants: DynamoDBGrants) -> None:
    standing = grants.rotate_grant(ROTATED, digests.digest("secret"), NOW)

    assert standing is not None
    assert standing.revoked
    assert grants.find_grant("grant") is None


def test_revoking_marks_and_changes_nothing_else(grants: DynamoDBGrants) -> None:
    grants.add_grant(GRANT)

    grants.revoke_grant("grant")
    grants.revoke_grant("grant")

    assert grants.find_grant("grant") == replace(GRANT, revoked=True)


def test_revoking_what_is_gone_makes_no_item(grants: DynamoDBGrants, tables: Tables) -> None:
    grants.revoke_grant("grant")

    assert tables.get(tables.grants, keys.grant("grant")) is None


def test_the_item_ends_by_ttl_and_is_in_no_index(grants: DynamoDBGrants, tables: Tables) -> None:
    grants.add_grant(GRANT)

    stored = tables.get(tables.grants, keys.grant("grant"))

    assert stored is not None
    assert stored["expires_at"] == GRANT.expires_at
    assert "user_key" not in stored


def test_s13_a_grant_is_added_once_though_a_second_one_is_equal_to_the_last_byte(grants: DynamoDBGrants) -> None:
    """RS256 is deterministic: two JWTs of one second are the same, and so are their digests."""
    assert grants.add_grant_once(GRANT) is True
    assert grants.add_grant_once(GRANT) is False


def test_a_write_that_is_sent_again_after_a_lost_answer_recognises_itself(
    grants: DynamoDBGrants, transport: RecordingTransport
) -> None:
    send: Callable[..., dict[str, Any]] = transport.call

    def losing_the_first_answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        send(operation, request)
        return send(operation, request)

    transport.call = losing_the_first_answer

    assert grants.add_grant_once(GRANT) is True


ISSUER = "https://abcdefghij.execute-api.eu-west-1.amazonaws.com"


def realistic(**overrides: Any) -> Grant:
    """A user's grant with ids of their real lengths, refreshed once."""
    fields: dict[str, Any] = {
        "grant_id": digests.generate_id(),
        "status_id": digests.generate_id(),
        "client_id": "c" * 28,
        "application_id": "a" * 32,
        "user_id": "u" * 32,
        "grant_type": "authorization_code",
        "issuer": ISSUER,
        "scopes": GRANT.scopes | {"openid"},
        "authenticated_at": NOW,
        "openid_issuer": ISSUER,
        "family_digest": digests.digest("family"),
        "access_digest": digests.digest("access"),
        "user_roles": frozenset({"employee"}),
        **dict.fromkeys(
            ("generation", "client_generation", "credential_generation", "organisation_generation"), "g" * 16
        ),
    }
    return tokens.rotate(
        replace(GRANT, **(fields | overrides)),
        refresh_secret="next",
        rotation_key=b"k" * 32,
        rotation_kid="20261129-0123456789abcdef",
        access_scopes=frozenset({"read", "update"}),
        access_resources=(),
        user_roles=frozenset({"employee"}),
        credential_generation="g" * 16,
        access_expires_at=NOW + 3700,
        refresh_expires_at=NOW + 86500,
        rotated_at_ms=NOW * 1000,
        previous_access_expires_at=NOW + 102,
    )


def test_a_refreshed_grant_of_a_user_takes_one_write_unit_with_room_for_long_names() -> None:
    assert capacity.item_bytes(render(realistic())) < capacity.WRITE_UNIT_BYTES - 40


def test_it_does_so_after_a_second_factor_too() -> None:
    grant = realistic(methods=frozenset({"mfa", "otp", "pwd"}))

    assert capacity.item_bytes(render(grant)) < capacity.WRITE_UNIT_BYTES


@pytest.mark.parametrize(
    "grant",
    [
        pytest.param(realistic(), id="refreshed"),
        pytest.param(realistic(openid_issuer=f"{ISSUER}/t/johnsorg"), id="ID tokens of another issuer"),
        pytest.param(realistic(authenticated_at=None, openid_issuer=None), id="no ID tokens"),
        pytest.param(
            realistic(connection_generation="c" * 16, dropped_scopes=frozenset({"x"})), id="disconnected once"
        ),
    ],
)
def test_a_grant_is_read_as_it_was_stored(grants: DynamoDBGrants, grant: Grant) -> None:
    grants.add_grant(grant)

    assert grants.find_grant(grant.grant_id) == grant


def test_a_refresh_at_another_issuer_keeps_the_issuer_of_id_tokens(grants: DynamoDBGrants) -> None:
    first = replace(realistic(), refresh_digest=digests.digest("spent"))
    grants.add_grant(first)
    moved = replace(first, issuer=f"{ISSUER}/t/johnsorg", rotation=2)

    assert grants.rotate_grant(moved, digests.digest("spent"), NOW) is None

    assert grants.find_grant(first.grant_id) == moved
