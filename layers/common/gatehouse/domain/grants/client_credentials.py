"""The client credentials grant (RFC 6749 section 4.4)."""

from gatehouse.domain import entitlements, scopes
from gatehouse.domain.errors import UnauthorizedClientError
from gatehouse.domain.grants.base import GrantContext, IssuedToken, TokenRequest, begin

GRANT_TYPE = "client_credentials"
PARAMETERS = frozenset({"scope"})


def run(context: GrantContext, request: TokenRequest) -> IssuedToken:
    """Issue an access token to the application itself; never a refresh token (4.4.3).

    Raises:
        UnauthorizedClientError: The client is public (4.4).
        InvalidScopeError: The scope parameter is malformed.
    """
    if request.client.is_public:
        raise UnauthorizedClientError(f"public client {request.client.client_id!r}")
    requested = scopes.parse_optional(request.parameters.get("scope"))
    granted = entitlements.granted(context.directory, request.client, None, requested)
    return begin(context, request, grant_type=GRANT_TYPE, scopes=granted, user=None)
