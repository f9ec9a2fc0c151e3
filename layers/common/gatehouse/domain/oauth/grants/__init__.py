"""Grant types: from an authenticated token request to an issued token."""

from collections.abc import Callable, Mapping
from copy import replace

import msgspec

from gatehouse.domain.kernel.errors import InvalidRequestError, UnauthorizedClientError
from gatehouse.domain.oauth import compatibility
from gatehouse.domain.oauth.grants import authorization_code, client_credentials, device_code, password, refresh_token
from gatehouse.domain.oauth.grants.base import GrantContext, IssuedToken, Lifetimes, TokenRequest

__all__ = ["GRANTS", "GrantContext", "IssuedToken", "Lifetimes", "TokenRequest", "issue"]


class GrantType(msgspec.Struct, frozen=True):
    """One grant type: the parameters it reads and the function that runs it."""

    parameters: frozenset[str]
    run: Callable[[GrantContext, TokenRequest], IssuedToken]


GRANTS: Mapping[str, GrantType] = {
    authorization_code.GRANT_TYPE: GrantType(authorization_code.PARAMETERS, authorization_code.run),
    client_credentials.GRANT_TYPE: GrantType(client_credentials.PARAMETERS, client_credentials.run),
    device_code.GRANT_TYPE: GrantType(device_code.PARAMETERS, device_code.run),
    password.GRANT_TYPE: GrantType(password.PARAMETERS, password.run),
    refresh_token.GRANT_TYPE: GrantType(refresh_token.PARAMETERS, refresh_token.run),
}


def issue(context: GrantContext, request: TokenRequest) -> IssuedToken:
    """Run the grant that the request names (RFC 6749 section 4).

    Raises:
        InvalidRequestError: It names none.
        UnsupportedGrantTypeError: The server does not have the grant type.
        UnauthorizedClientError: The client may not use it.
        OAuthError: What the grant type raises.
    """
    if "grant_type" not in request.parameters:
        raise InvalidRequestError("no grant_type", description="The grant_type parameter is missing.")
    grant_type = request.parameters["grant_type"]
    grant = GRANTS.get(grant_type)
    if grant is None:
        raise compatibility.unsupported_grant_type(context.directory, request.client, grant_type)
    if grant_type not in request.client.grant_types:
        raise UnauthorizedClientError(f"client {request.client.client_id!r} lacks {grant_type!r}")
    # "The authorization server MUST ignore unrecognized request parameters" (RFC 6749 section 3.2).
    relevant = {name: value for name, value in request.parameters.items() if name in grant.parameters}
    return grant.run(context, replace(request, parameters=relevant))
