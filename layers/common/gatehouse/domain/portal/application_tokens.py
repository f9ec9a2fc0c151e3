"""Tokens that a developer gets in the store for an application itself, as WSO2's generate-token."""

from copy import replace

import msgspec

from gatehouse.domain.accounts.users import Status
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.oauth import grants, tokens
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.grants import GrantContext, IssuedToken, TokenRequest
from gatehouse.domain.oauth.grants.client_credentials import GRANT_TYPE
from gatehouse.domain.oauth.tokens import Grant, GrantStore

_VALIDITY_SECONDS_MAX = 30 * 86400


class TokenOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the token shall be. `validity_seconds` of 0 is the client's own lifetime."""

    scopes: frozenset[str] = frozenset()
    validity_seconds: int = 0


class HeldGrants:
    """A grant store that keeps a new grant back, so that another transaction can write it."""

    def __init__(self, grants: GrantStore) -> None:
        """Hold nothing yet."""
        self._grants = grants
        self.held: Grant | None = None

    def add_grant(self, grant: Grant) -> None:
        """Hold the grant."""
        self.held = grant

    def add_grant_once(self, grant: Grant) -> bool:
        """Hold the grant; its id is new."""
        self.held = grant
        return True

    def find_grant(self, grant_id: str) -> Grant | None:
        """See `GrantStore.find_grant`."""
        return self._grants.find_grant(grant_id)

    def find_grant_and_status(self, grant_id: str, status_id: str | None) -> tuple[Grant | None, Status | None]:
        """See `GrantStore.find_grant_and_status`."""
        return self._grants.find_grant_and_status(grant_id, status_id)

    def rotate_grant(self, grant: Grant, spent_digest: bytes, now: int) -> Grant | None:
        """See `GrantStore.rotate_grant`."""
        return self._grants.rotate_grant(grant, spent_digest, now)

    def revoke_grant(self, grant_id: str) -> None:
        """See `GrantStore.revoke_grant`."""
        self._grants.revoke_grant(grant_id)


def generate(
    context: GrantContext, caller: Caller, client: Client, options: TokenOptions, *, issuer: str, source: str
) -> IssuedToken:
    """Issue an application token, by one write.

    Raises:
        InvalidInputError: The client may not use the client credentials grant, or the validity or a scope is wrong.
    """
    if GRANT_TYPE not in client.grant_types:
        raise InvalidInputError("Tick the client credentials grant of these keys first.", field="grantType")
    if len(options.scopes) > scopes.SCOPES_MAX or not all(map(scopes.is_scope, options.scopes)):
        raise InvalidInputError(f"At most {scopes.SCOPES_MAX} scopes, each as its API defines it.", field="scopes")
    if not 0 <= options.validity_seconds <= _VALIDITY_SECONDS_MAX:
        raise InvalidInputError("A token is valid for at most 30 days.", field="validityPeriod")
    limited = replace(
        client, access_token_lifetime_seconds=options.validity_seconds or client.access_token_lifetime_seconds
    )
    parameters = {"grant_type": GRANT_TYPE} | ({"scope": scopes.render(options.scopes)} if options.scopes else {})
    request = TokenRequest(
        client=limited, parameters=parameters, arrived_at_ms=caller.at_ms, source=source, issuer=issuer
    )
    return grants.issue(context, request)


def revoke(store: GrantStore, client: Client, access_token: str, now: int) -> None:
    """Revoke an access token of the client's, if it is one that lives."""
    token = tokens.parse_access(access_token)
    grant = store.find_grant(token.grant_id) if token else None
    if token and grant and grant.client_id == client.client_id and tokens.find_access(grant, token, now):
        store.revoke_grant(grant.grant_id)
