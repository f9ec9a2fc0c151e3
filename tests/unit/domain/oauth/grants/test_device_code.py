"""Polls of a device (RFC 8628 section 3.4), on values."""

from typing import Any

import pytest

from gatehouse.domain.kernel.errors import (
    AuthorizationPendingError,
    DeviceDeniedError,
    ExpiredTokenError,
    InvalidGrantError,
    InvalidRequestError,
    OAuthError,
    SlowDownError,
)
from gatehouse.domain.oauth import device_requests
from gatehouse.domain.oauth.device_requests import DecisionStatus, DeviceCode, DeviceRequest, Poll
from gatehouse.domain.oauth.grants import device_code
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.conftest import GrantWorld

USER_CODE, SECRET, GRANT_ID = "BCDFGHJK", "d" * 43, "d" * 22
DEVICE_CODE = f"ghd_{USER_CODE}.{SECRET}"
DIGESTS = DeviceCode(device_requests.digest(USER_CODE), device_requests.digest(SECRET))


def approved(**changes: Any) -> DeviceRequest:
    given: dict[str, Any] = {
        "code_digest": DIGESTS.code_digest,
        "device_digest": DIGESTS.device_digest,
        "grant_id": GRANT_ID,
        "organisation": "johnsorg",
        "client_id": CLIENT_ID,
        "client_generation": "of the client",
        "scopes": frozenset({"read"}),
        "dropped_scopes": frozenset({"update"}),
        "source": "192.0.2.9",
        "requested_at_ms": NOW * 1000,
        "status": DecisionStatus.APPROVED,
        "user_id": "user-john",
        "username": "john@gmail.com",
        "authenticated_at": NOW - 7,
        "methods": frozenset({"pwd", "mfa"}),
        "generation": "of the user",
        "organisation_generation": "of the organisation",
        "expires_at": NOW + 600,
    }
    return DeviceRequest(**(given | changes))


@pytest.fixture
def tv(world: GrantWorld) -> GrantWorld:
    world.change_client(grant_types=frozenset({device_code.GRANT_TYPE, "refresh_token"}))
    world.change_organisation(device_authorization=True)
    world.devices.standing = approved()
    return world


def poll(world: GrantWorld, **changes: str) -> Any:
    return world.issue(device_code.GRANT_TYPE, **({"device_code": DEVICE_CODE} | changes))


def refused(world: GrantWorld, **changes: str) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        poll(world, **changes)
    return caught.value


def test_an_approved_device_gets_the_grant_that_its_request_had_ready(tv: GrantWorld) -> None:
    issued = poll(tv)

    grant = tv.grant
    assert (issued.scopes, issued.expires_in, bool(issued.refresh_token)) == ({"read"}, 3600, True)
    assert (grant.grant_id, grant.grant_type, grant.user_id) == (GRANT_ID, device_code.GRANT_TYPE, "user-john")
    assert (grant.scopes, grant.dropped_scopes) == ({"read"}, {"update"})
    assert (grant.methods, grant.authenticated_at) == ({"pwd", "mfa"}, NOW - 7)
    assert (grant.generation, grant.client_generation) == ("of the user", "of the client")
    assert [saved.user_id for _, saved in tv.connections.saved] == ["user-john"]


def test_a_poll_is_accepted_if_the_last_one_is_an_interval_ago(tv: GrantWorld) -> None:
    poll(tv)

    now_ms = NOW * 1000 + 123
    assert tv.devices.polls == [
        ("johnsorg", Poll(code=DIGESTS, client_id=CLIENT_ID, since_ms=now_ms - 4000, now_ms=now_ms))
    ]


def test_a_device_code_is_required(tv: GrantWorld) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        tv.issue(device_code.GRANT_TYPE)

    assert (caught.value.reason, caught.value.description) == (
        "no device_code",
        "The device_code parameter is required.",
    )


@pytest.mark.parametrize("presented", ["", USER_CODE, f"ghd_{USER_CODE}.short", f"ghd_AEIOUAEI.{SECRET}"])
def test_what_cannot_be_a_device_code_is_refused_without_a_call(tv: GrantWorld, presented: str) -> None:
    error = refused(tv, device_code=presented)

    assert (type(error), error.reason, tv.devices.polls) == (InvalidGrantError, "malformed device code", [])


def test_an_unknown_device_code_is_refused(tv: GrantWorld) -> None:
    tv.devices.raised = device_requests.UnknownRequestError()

    error = refused(tv)

    assert (type(error), error.reason) == (InvalidGrantError, "unknown device code, or another client's")


@pytest.mark.parametrize(
    ("standing", "kind", "reason"),
    [
        pytest.param(None, AuthorizationPendingError, f"client {CLIENT_ID!r} polls", id="not decided"),
        pytest.param(
            approved(status=DecisionStatus.PENDING),
            SlowDownError,
            f"client {CLIENT_ID!r} polls too fast",
            id="polled too fast",
        ),
        pytest.param(
            approved(status=DecisionStatus.DENIED),
            DeviceDeniedError,
            f"user user-john denied a device of {CLIENT_ID!r}",
            id="denied",
        ),
        pytest.param(
            approved(expires_at=NOW), ExpiredTokenError, f"device code of {CLIENT_ID!r} expired", id="expired"
        ),
        pytest.param(
            approved(expires_at=NOW, status=DecisionStatus.PENDING),
            ExpiredTokenError,
            f"device code of {CLIENT_ID!r} expired",
            id="expired before anybody decided",
        ),
    ],
)
def test_a_poll_without_an_approval_says_why(
    tv: GrantWorld, standing: DeviceRequest | None, kind: type[OAuthError], reason: str
) -> None:
    tv.devices.standing = standing

    error = refused(tv)

    assert (type(error), error.reason, tv.grants.grants) == (kind, reason, {})


def test_an_approval_is_good_to_its_last_second(tv: GrantWorld) -> None:
    tv.devices.standing = approved(expires_at=NOW + 1)

    assert poll(tv).access_token


ENDED = "the approval ended before the device fetched its token"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"generation": "earlier"}, id="ended by its user"),
        pytest.param({"client_generation": "earlier"}, id="ended by its client"),
        pytest.param({"organisation_generation": "earlier"}, id="ended by its organisation"),
        pytest.param({"username": "nobody"}, id="of a user who is gone"),
    ],
)
def test_an_approval_that_ended_is_refused_and_its_grant_is_revoked_in_advance(tv: GrantWorld, changes: Any) -> None:
    tv.devices.standing = approved(**changes)

    assert refused(tv).reason == ENDED
    assert (tv.grants.grants, tv.grants.revoked_before) == ({}, [GRANT_ID])


def test_an_organisation_that_no_longer_allows_devices_ends_their_approvals(tv: GrantWorld) -> None:
    tv.change_organisation(device_authorization=False)

    assert refused(tv).reason == ENDED


def test_an_approval_without_its_organisation_is_dead(tv: GrantWorld) -> None:
    tv.directory.organisations.clear()

    assert refused(tv).reason == ENDED


def test_todays_policy_counts_for_the_sign_in_behind_the_approval(tv: GrantWorld) -> None:
    tv.devices.standing = approved(methods=frozenset({"pwd"}))
    assert poll(tv)

    tv.grants.grants.clear()
    tv.change_organisation(second_factor=True, second_factor_from=NOW)
    error = refused(tv)
    expected = "device approved by a sign-in without the second factor that is demanded now"
    assert (type(error), error.reason) == (InvalidGrantError, expected)


def test_an_application_that_demands_a_second_factor_takes_no_device_without_one(tv: GrantWorld) -> None:
    tv.devices.standing = approved(methods=frozenset({"pwd"}))
    tv.change_client(second_factor=True)

    assert refused(tv).reason == "device approved by a sign-in without the second factor that is demanded now"


def test_the_organisations_lifetimes_and_the_users_roles_count(tv: GrantWorld) -> None:
    tv.devices.standing = approved(scopes=frozenset({"delete"}))
    tv.change_user(roles=frozenset({"manager"}))
    tv.change_organisation(access_token_lifetime_seconds=60)

    issued = poll(tv)

    assert (issued.expires_in, issued.scopes) == (60, {"delete"})


def test_a_connection_of_today_is_not_stored_again(tv: GrantWorld) -> None:
    poll(tv)
    ((_, connection),) = tv.connections.saved
    tv.directory.connections["user-john", CLIENT_ID] = connection
    tv.grants.grants.clear()

    poll(tv)

    assert len(tv.connections.saved) == 1


def test_a_second_redemption_revokes_what_the_first_issued(tv: GrantWorld) -> None:
    poll(tv)

    assert refused(tv).reason == f"device code used twice, grant {GRANT_ID} revoked"
    assert tv.grant.revoked


def test_scopes_are_granted_as_the_roles_are_now(tv: GrantWorld) -> None:
    tv.devices.standing = approved(scopes=frozenset({"read", "delete"}))

    assert poll(tv).scopes == {"read"}


def test_a_device_may_name_the_api_that_its_token_is_for(tv: GrantWorld) -> None:
    url = "https://abc123.execute-api.us-east-1.amazonaws.com/v1"
    tv.change_api(deployments=(factories.deployment(),))

    poll(tv, resource=url)

    assert tv.grant.access_resources == (f"johnsorg orders  {url}",)
