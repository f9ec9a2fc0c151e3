"""The client credentials grant (RFC 6749 section 4.4)."""

from copy import replace

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import InvalidClientError, UnauthorizedClientError
from gatehouse.domain.oauth import compatibility, entitlements
from gatehouse.domain.oauth.grants.base import GrantContext, IssuedToken, TokenRequest, issue_grant

GRANT_TYPE = "client_credentials"
PARAMETERS = frozenset({"scope", "validity_period", "resource"})


def run(context: GrantContext, request: TokenRequest) -> IssuedToken:
    """Issue an access token to the application itself; never a refresh token (4.4.3).

    The organisation is at most the cache seconds old, as the client is; the gate refuses what slips through.

    Raises:
        InvalidTargetError: A resource is malformed or unknown, or was not named in the authorization request.
        InvalidClientError: The client's organisation is disabled, and with it all its clients.
        UnauthorizedClientError: The client is public (4.4).
        InvalidScopeError: The scope parameter is malformed.
        InvalidRequestError: The organisation lets applications choose a validity period, and it is malformed.
    """
    # "The client credentials grant type MUST only be used by confidential clients" (RFC 6749 section 4.4).
    if request.client.is_public:
        raise UnauthorizedClientError(f"public client {request.client.client_id!r}")
    organisation = context.directory.find_organisation(request.client.organisation)
    if organisation is None or not organisation.is_active:
        raise InvalidClientError(f"organisation {request.client.organisation!r} of client is disabled")
    requested = scopes.parse_optional(request.parameters.get("scope"))
    if requested and "validity_period" not in request.parameters:
        granted = entitlements.granted(context.directory, request.client, None, requested)
        return issue_grant(
            context, request, grant_type=GRANT_TYPE, scopes=granted, organisation=organisation, party=None
        )
    return _run_wso2_compatible(context, request, requested, organisation)


def _run_wso2_compatible(
    context: GrantContext, request: TokenRequest, requested: frozenset[str], organisation: Organisation
) -> IssuedToken:
    """Issue the token as the organisation's compatibility says: WSO2 names a missing scope its own way."""
    is_wso2 = organisation.compatibility == compatibility.WSO2
    if is_wso2 and "validity_period" in request.parameters:
        seconds = compatibility.parse_validity_period(request.parameters["validity_period"])
        request = replace(request, client=replace(request.client, access_token_lifetime_seconds=seconds))
    if is_wso2 and not requested:
        granted = compatibility.APPLICATION_SCOPES
    else:
        granted = entitlements.granted(context.directory, request.client, None, requested)
    return issue_grant(context, request, grant_type=GRANT_TYPE, scopes=granted, organisation=organisation, party=None)
