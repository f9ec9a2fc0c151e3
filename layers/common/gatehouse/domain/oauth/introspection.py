"""What a token is worth at this moment (RFC 7662), read past every cache.

Its scopes are those that the gate would let count: roles that were taken away, and scopes that were bound, withdrawn or
unpublished since, are left out. Introspection therefore never names more scopes than API Gateway would accept. The
APIs behind them may be as old as the cache seconds, as at the gate.
"""

import base64
import json
from copy import replace
from typing import Any, Protocol

import msgspec

from gatehouse.domain.accounts import factors
from gatehouse.domain.accounts.users import Status
from gatehouse.domain.apis.apis import ApiStore
from gatehouse.domain.kernel import scopes
from gatehouse.domain.oauth import access_tokens, entitlements, tokens
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.grants.base import PartyStore
from gatehouse.domain.oauth.tokens import AccessToken, Grant, GrantStore

type _Found = tuple[Grant, Status | None, frozenset[str], dict[str, Any]]
"""A grant, its user's status, the scopes that the token carries, and members of the answer."""


class IntrospectionDirectory(PartyStore, ApiStore, Protocol):
    """Who a token belongs to, and what the scopes of APIs need."""


class Introspection(msgspec.Struct, frozen=True):
    """Looks tokens up for authenticated callers."""

    grants: GrantStore
    directory: IntrospectionDirectory

    def describe(self, caller: Client, token: str, now: int) -> dict[str, Any]:
        """Return the members of the answer; of everything that is not active here, `active: false` and nothing else.

        A caller sees tokens of its own organisation, and one that registered itself its own: "to prevent token scanning
        attacks, the endpoint MUST also require some form of authorization" (section 2.1), and anyone may register. A
        refresh token is active only for the client it was issued to: no resource server may mistake it for an access
        token.
        """
        refresh = tokens.parse_refresh(token)
        found = self._refresh(refresh, caller, now) if refresh else self._access(token, now)
        if found is None or not _may_know(caller, found[0]):
            return {"active": False}
        grant, status, carried, members = found
        client, organisation = self.directory.find_client_and_organisation(grant)
        is_alive = tokens.is_user_alive(grant, status) and tokens.is_client_alive(grant, client, organisation)
        if client is None or not is_alive:
            return {"active": False}
        if refresh is None and not tokens.is_credential_alive(grant, client):
            return {"active": False}
        scope = scopes.render(self._counting(grant, client, status, carried))
        return {"active": True, **_members(grant), "client_id": client.external_client_id, "scope": scope, **members}

    def _counting(self, grant: Grant, client: Client, status: Status | None, carried: frozenset[str]) -> frozenset[str]:
        """Return the scopes that count now: the user needs the roles now, and had them when the token was issued."""
        counting = entitlements.granted(self.directory, client, status, carried)
        if status is not None and status.roles != grant.user_roles:
            then = entitlements.granted(self.directory, client, replace(status, roles=grant.user_roles), carried)
            counting = scopes.or_default(counting & then - {scopes.DEFAULT})
        return counting

    def _access(self, token: str, now: int) -> _Found | None:
        parsed = tokens.parse_access(token)
        if parsed is None:
            return None
        grant, status = self.grants.find_grant_and_status(parsed.grant_id, parsed.status_id)
        access = None if grant is None else tokens.find_access(grant, parsed, now)
        if grant is None or access is None:
            return None
        audience = access_tokens.audience(access.resources, grant.issuer)
        members = {"token_type": "Bearer", "exp": access.expires_at, "aud": audience}
        return grant, status, access.scopes, members | (_said(parsed) if parsed.is_jwt else {})

    def _refresh(self, token: tokens.RefreshToken, caller: Client, now: int) -> _Found | None:
        grant, status = self.grants.find_grant_and_status(token.grant_id, token.status_id)
        if grant is None or grant.client_id != caller.client_id or not tokens.is_refreshable(grant, token, now):
            return None
        audience = access_tokens.audience(grant.resources, grant.issuer)
        return grant, status, grant.scopes, {"exp": grant.refresh_expires_at, "aud": audience}


def _said(token: AccessToken) -> dict[str, Any]:
    """Return what a JWT of ours says of itself: if a refresh replaced it, the grant tells of its successor."""
    claims: Any = json.loads(base64.urlsafe_b64decode(token.secret.split(".")[1] + "=="))
    return {name: claims[name] for name in ("iss", "aud", "iat", "jti")}


def _may_know(caller: Client, grant: Grant) -> bool:
    is_own = caller.registration is None or caller.client_id == grant.client_id
    return is_own and caller.organisation == grant.organisation


def _members(grant: Grant) -> dict[str, Any]:
    """Return what is true of all tokens of the grant; `aut` as in WSO2.

    `iss` is "the issuer of this token" (RFC 7662 section 2.2), whichever issuer's path the caller asked.
    """
    is_user = grant.user_id is not None
    return {
        "client_id": grant.client_id,
        **(_sign_in(grant) if is_user else {}),
        "sub": grant.user_id or grant.client_id,
        "iss": grant.issuer,
        "iat": (grant.rotated_at_ms or grant.issued_at_ms) // 1000,
        "jti": access_tokens.jti(grant),
        "aut": "APPLICATION_USER" if is_user else "APPLICATION",
    }


def _sign_in(grant: Grant) -> dict[str, Any]:
    """Return who signed in, when and how (RFC 9470 section 6.2); `amr` as in the ID token."""
    reached = factors.acr(grant.methods)
    return {
        "username": f"{grant.username}@{grant.organisation}",
        "auth_time": grant.authenticated_at or grant.issued_at_ms // 1000,
        "amr": factors.amr(grant.methods),
        **({"acr": reached} if reached else {}),
    }
