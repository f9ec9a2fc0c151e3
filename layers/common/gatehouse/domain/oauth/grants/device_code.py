"""The device authorization grant (RFC 8628 section 3.4). Off until a client has it and its organisation allows it."""

from typing import TYPE_CHECKING

from gatehouse.domain.kernel.errors import (
    AuthorizationPendingError,
    DeviceDeniedError,
    ExpiredTokenError,
    InvalidGrantError,
    InvalidRequestError,
    SlowDownError,
)
from gatehouse.domain.oauth.grants.base import GrantContext, IssuedToken, Party, TokenRequest, issue_grant_for_code

if TYPE_CHECKING:
    from gatehouse.domain.oauth.device_requests import DeviceRequest  # no start waits for it

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
PARAMETERS = frozenset({"device_code", "resource"})


def run(context: GrantContext, request: TokenRequest) -> IssuedToken:
    """Take a poll: one conditional write until the user has decided, then redeem the approval once.

    A second redemption revokes what the first issued, as with an authorization code.

    Raises:
        InvalidTargetError: A resource is malformed or unknown, or was not named in the device's request.
        InvalidRequestError: No device code.
        InvalidGrantError: The device code is unknown, used, revoked or another client's.
        AuthorizationPendingError: The user has not decided yet.
        SlowDownError: The last poll is less than an interval ago.
        ExpiredTokenError: The device code has expired.
        DeviceDeniedError: The user denied the request.
    """
    from gatehouse.domain.accounts import factors
    from gatehouse.domain.oauth import device_requests, entitlements, tokens

    client, approved = request.client, device_requests.as_code(_poll(context, request))
    found, organisation, user, connection = context.directory.find_code_parties(approved)
    is_alive = tokens.is_user_alive(approved, user) and tokens.is_client_alive(approved, found, organisation)
    if organisation is None or user is None or not (is_alive and device_requests.is_allowed(organisation)):
        context.grants.revoke_grant(approved.grant_id)
        raise InvalidGrantError("the approval ended before the device fetched its token")
    if not factors.is_enough(approved.methods, organisation, user, client, request.now):
        raise InvalidGrantError("device approved by a sign-in without the second factor that is demanded now")
    issued = issue_grant_for_code(
        context,
        request,
        grant_type=GRANT_TYPE,
        scopes=entitlements.granted(context.directory, client, user, approved.scopes),
        organisation=organisation,
        party=Party(user=user, connection=connection, code=approved),
    )
    if issued is None:
        context.grants.revoke_grant(approved.grant_id)
        raise InvalidGrantError(f"device code used twice, grant {approved.grant_id} revoked")
    return issued


def _poll(context: GrantContext, request: TokenRequest) -> "DeviceRequest":
    """Return the request that its user approved."""
    from gatehouse.domain.oauth import device_requests  # only for devices: no start waits for it

    presented, client = request.parameters.get("device_code"), request.client
    if presented is None:
        raise InvalidRequestError("no device_code", description="The device_code parameter is required.")
    code = device_requests.parse_device_code(presented)
    if code is None:
        raise InvalidGrantError("malformed device code")
    poll = device_requests.poll(code, client.client_id, request.arrived_at_ms)
    try:
        standing = context.devices().poll_request(client.organisation, poll)
    except device_requests.UnknownRequestError:
        raise InvalidGrantError("unknown device code, or another client's") from None
    if standing is None:
        raise AuthorizationPendingError(f"client {client.client_id!r} polls")
    if request.now >= standing.expires_at:
        raise ExpiredTokenError(f"device code of {client.client_id!r} expired")
    # "The client MUST wait at least the number of seconds specified by the "interval" parameter" (section 3.5).
    if standing.status == device_requests.DecisionStatus.PENDING:
        raise SlowDownError(f"client {client.client_id!r} polls too fast")
    if standing.status == device_requests.DecisionStatus.DENIED:
        raise DeviceDeniedError(f"user {standing.user_id} denied a device of {client.client_id!r}")
    return standing
