"""Refreshing an access token (RFC 6749 section 6), with rotation and reuse detection (RFC 9700 section 4.14.2).

The new tokens are derived from the spent secret under a key that is fresh for each rotation and stored with it,
and a key that no table holds: neither a copy of the tables nor an old token gives them away, nor both together.
A request with the same token within the replay window (a concurrent one, a retry after a lost answer) gets the same new
tokens. A later one comes from a thief or a victim, and revokes the grant.
"""

import secrets
from typing import Literal

from gatehouse.domain.accounts import factors
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.kernel import digests, scopes
from gatehouse.domain.kernel.digests import HmacKey
from gatehouse.domain.kernel.errors import InvalidGrantError, InvalidRequestError, InvalidScopeError, InvalidTargetError
from gatehouse.domain.oauth import access_tokens, entitlements, tokens
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.grants import base
from gatehouse.domain.oauth.grants.base import GrantContext, IssuedToken, TokenRequest
from gatehouse.domain.oauth.tokens import Grant, RefreshToken

GRANT_TYPE = base.REFRESH_TOKEN
PARAMETERS = frozenset({"refresh_token", "scope", "resource"})

_ROTATION_KEY_BYTES = 32

type Presented = Literal["current", "previous", "reused"]


def run(context: GrantContext, request: TokenRequest) -> IssuedToken:
    """Spend the refresh token and issue the new tokens, by one read and one conditional write.

    A refused request spends nothing. Grant and status are as they are now. Client and organisation are at most the
    cache seconds old: what is refreshed after they ended keeps its generations, so it is as dead at the gate as what
    it replaced. The user is read too if an ID token may be due.

    Raises:
        InvalidRequestError: No refresh token.
        InvalidGrantError: It is unknown, expired, revoked, reused, or another client's.
        InvalidScopeError: The scope is malformed or exceeds the original one.
        InvalidTargetError: A resource is malformed, unknown or was not named at first; or a racer named another one.
    """
    if "refresh_token" not in request.parameters:
        raise InvalidRequestError("no refresh_token", description="The refresh_token parameter is required.")
    token = tokens.parse_refresh(request.parameters["refresh_token"])
    asked = scopes.parse_optional(request.parameters.get("scope"))
    if token is None:
        raise InvalidGrantError("no refresh token of ours")
    prefetch_for = entitlements.prefetch_for(request.client, asked) if asked else request.client
    organisation, grant, status = context.directory.find_refresh(
        request.client.organisation, token.grant_id, token.status_id, prefetch_for
    )
    if grant is None:
        raise InvalidGrantError("unknown refresh token")
    _check_possession(grant, token, request)
    presented = _classify(grant, token, request.client, request.arrived_at_ms)
    if presented == "reused":
        raise _revoke_reused(context, grant)
    if request.now >= min(grant.ends_at, grant.refresh_expires_at or 0):
        raise InvalidGrantError(f"grant {grant.grant_id} expired")
    requested = _requested(grant, asked)
    status, organisation = _require_active(grant, status, request, organisation)
    named = base.find_resources(context, request)
    # Refresh tokens "MUST be bound to the scope and resource servers as consented by the resource owner" (RFC 9700
    # section 4.14.2).
    resources = base.narrow_resources(grant.resources, named)
    user = _find_user(context, grant)
    if presented == "current":
        granted = entitlements.granted(context.directory, request.client, status, requested)
        grant, issued = _rotate(context, request, grant, token, granted, resources, status, organisation)
    else:
        _refuse_other_resources(grant, named)
        issued = _reissue(context, grant, token, request.now)
    return base.with_id_token(context, request, issued, user, grant)


def _require_active(
    grant: Grant, status: Status | None, request: TokenRequest, organisation: Organisation | None
) -> tuple[Status, Organisation]:
    """Return status and organisation of a grant that nothing ended, and that satisfies today's policy."""
    is_alive = tokens.is_user_alive(grant, status) and tokens.is_client_alive(grant, request.client, organisation)
    if status is None or organisation is None or not is_alive:
        raise InvalidGrantError(f"grant {grant.grant_id} was ended by its user, client or organisation")
    if not factors.is_enough(grant.methods, organisation, status, request.client, request.now):
        raise InvalidGrantError(f"grant {grant.grant_id} lacks the second factor that is demanded now")
    return status, organisation


def _check_possession(grant: Grant, token: RefreshToken, request: TokenRequest) -> None:
    """Refuse what proves nothing, without a trace: a grant id alone must not let anyone revoke."""
    if token.status_id != grant.status_id:
        raise InvalidGrantError(f"wrong status for grant {grant.grant_id}")
    if not tokens.is_same(digests.digest(token.family), grant.family_digest):
        raise InvalidGrantError(f"wrong family for grant {grant.grant_id}")
    # RFC 6749 section 6: the server MUST "ensure that the refresh token was issued to the authenticated client".
    if grant.client_id != request.client.client_id:
        raise InvalidGrantError(f"grant {grant.grant_id} is not of client {request.client.client_id}")
    if grant.revoked:
        raise InvalidGrantError(f"grant {grant.grant_id} is revoked")


def _classify(grant: Grant, token: RefreshToken, client: Client, arrived_at_ms: int) -> Presented:
    presented = digests.digest(token.secret)
    if tokens.is_same(presented, grant.refresh_digest):
        return "current"
    is_in_window = arrived_at_ms - (grant.rotated_at_ms or 0) <= client.replay_window_seconds * 1000
    return "previous" if is_in_window and tokens.is_same(presented, grant.previous_refresh_digest) else "reused"


def _refuse_other_resources(winner: Grant, named: tuple[str, ...]) -> None:
    """Refuse a racer that named other APIs than the winner, whose tokens it would get; nothing is revoked."""
    if not named:
        return
    from gatehouse.domain.oauth import resource_indicators  # only where resources are named: no start waits for it

    if not resource_indicators.is_same(named, winner.access_resources):
        raise InvalidTargetError(
            f"grant {winner.grant_id} was just refreshed for another resource",
            description="The token was refreshed for another resource a moment ago. Use the new refresh token.",
        )


def _revoke_reused(context: GrantContext, grant: Grant) -> InvalidGrantError:
    context.grants.revoke_grant(grant.grant_id)
    return InvalidGrantError(f"refresh token reuse, grant {grant.grant_id} revoked")


def _find_user(context: GrantContext, grant: Grant) -> User | None:
    """Return the user if an ID token may say something of them, read before anything is spent.

    Raises:
        InvalidGrantError: The user ended the grant since the status was read.
    """
    if scopes.OPENID not in grant.scopes or grant.authenticated_at is None:
        return None
    user = context.directory.find_user(grant.organisation, grant.username or "")
    if not tokens.is_user_alive(grant, user):
        raise InvalidGrantError(f"grant {grant.grant_id} was ended by its user")
    return user


def _requested(grant: Grant, asked: frozenset[str]) -> frozenset[str]:
    """Return the scopes of the new access token, at most the original ones.

    "The requested scope MUST NOT include any scope not originally granted by the resource owner" (RFC 6749 section 6).
    Clients that repeat their first request repeat what was not granted then; that is dropped as it was then. Others
    repeat the last answer: `default` names no scope, and is what a user who lost every role was left with.
    """
    if not asked:
        return grant.scopes
    requested = asked - grant.dropped_scopes - {scopes.DEFAULT}
    if not requested <= grant.scopes:
        raise InvalidScopeError(f"scopes beyond grant {grant.grant_id}")
    return scopes.or_default(requested)


def _rotate(
    context: GrantContext,
    request: TokenRequest,
    grant: Grant,
    token: RefreshToken,
    granted: frozenset[str],
    resources: tuple[str, ...],
    status: Status,
    organisation: Organisation | None,
) -> tuple[Grant, IssuedToken]:
    now, client = request.now, request.client
    stored, kid = secrets.token_bytes(_ROTATION_KEY_BYTES), context.signer.derivation_kid()
    key = _derivation_key(context, stored, kid)
    successor = tokens.derive(key, "refresh", token.secret)
    rotated = tokens.rotate(
        grant,
        refresh_secret=successor,
        rotation_key=stored,
        rotation_kid=kid,
        access_scopes=granted,
        access_resources=resources,
        user_roles=status.roles,
        credential_generation=client.credential_generation,
        access_expires_at=min(now + base.access_token_seconds(context, client, organisation), grant.ends_at),
        refresh_expires_at=min(now + base.refresh_token_seconds(context, client, organisation), grant.ends_at),
        rotated_at_ms=request.arrived_at_ms,
        previous_access_expires_at=min(grant.access_expires_at, now + client.replay_window_seconds),
    )
    secret = tokens.derive(key, "access", token.secret)
    rotated, access_token = access_tokens.seal(rotated, secret, client, context.signer, request.issuer)
    winner = context.grants.rotate_grant(rotated, digests.digest(token.secret), now)
    if winner is None:
        return rotated, _render_tokens(rotated, token, successor, access_token, now)
    _check_possession(winner, token, request)
    if _classify(winner, token, client, request.arrived_at_ms) != "previous":
        raise _revoke_reused(context, winner)
    _refuse_other_resources(winner, resources if "resource" in request.parameters else ())
    return winner, _reissue(context, winner, token, now)


def _derivation_key(context: GrantContext, stored: bytes, kid: str | None) -> HmacKey:
    """Return what derives the new tokens; grants refreshed before `rotation_kid` existed have only what is stored."""
    return HmacKey(stored if kid is None else HmacKey(context.signer.find_derivation_key(kid)).sign(stored))


def _reissue(context: GrantContext, grant: Grant, token: RefreshToken, now: int) -> IssuedToken:
    """Derive the present tokens once more from the refresh token that was spent for them."""
    key = _derivation_key(context, grant.rotation_key or b"", grant.rotation_kid)
    access_token = access_tokens.reissue(grant, tokens.derive(key, "access", token.secret), context.signer)
    return _render_tokens(grant, token, tokens.derive(key, "refresh", token.secret), access_token, now)


def _render_tokens(grant: Grant, token: RefreshToken, successor: str, access_token: str, now: int) -> IssuedToken:
    """Return the present tokens; the successor is the secret that was derived from the refresh token spent for them."""
    return IssuedToken(
        access_token=access_token,
        expires_in=max(grant.access_expires_at - now, 0),
        scopes=grant.access_scopes,
        refresh_token=tokens.render_refresh(grant.grant_id, token.status_id, token.family, successor),
    )
