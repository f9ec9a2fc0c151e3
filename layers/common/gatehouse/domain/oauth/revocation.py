"""Which grant a token belongs to, whichever of its tokens it is, and ending it (RFC 7009)."""

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import UnauthorizedClientError
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.tokens import Grant, GrantStore


def revoke(store: GrantStore, client: Client, token: str) -> None:
    """Revoke the grant of any of its tokens: access, refresh, and refresh tokens spent long ago.

    The form of a token says what it is, so no `token_type_hint` is needed. Unknown tokens are none of our business.

    Raises:
        UnauthorizedClientError: The token is another client's; it stays alive (section 2.1).
    """
    grant = find(store, token)
    if grant is None or grant.revoked:
        return
    if grant.client_id != client.client_id:
        raise UnauthorizedClientError(
            f"grant {grant.grant_id} is not of client {client.client_id}",
            description="The token was not issued to this client.",
        )
    store.revoke_grant(grant.grant_id)


def find(store: GrantStore, token: str) -> Grant | None:
    """Return the grant if the token proves that it was issued for it, however old; a grant id alone proves nothing."""
    refresh = tokens.parse_refresh(token)
    if refresh is not None:
        grant = store.find_grant(refresh.grant_id)
        if grant is None or grant.status_id != refresh.status_id:
            return None
        return grant if tokens.is_same(digests.digest(refresh.family), grant.family_digest) else None
    access = tokens.parse_access(token)
    grant = None if access is None else store.find_grant(access.grant_id)
    if access is None or grant is None or access.status_id != grant.status_id:
        return None
    presented = digests.digest(access.secret)
    is_ours = tokens.is_same(presented, grant.access_digest) or tokens.is_same(presented, grant.previous_access_digest)
    return grant if is_ours else None
