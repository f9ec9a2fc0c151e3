"""The authorization code grant (RFC 6749 section 4.1.3) with PKCE (RFC 7636 section 4.5)."""

from gatehouse.domain.accounts import factors
from gatehouse.domain.kernel.errors import InvalidGrantError, InvalidRequestError
from gatehouse.domain.oauth import codes, entitlements, tokens
from gatehouse.domain.oauth.codes import GRANT_TYPE, Code
from gatehouse.domain.oauth.grants.base import GrantContext, IssuedToken, Party, TokenRequest, issue_grant_for_code

__all__ = ["GRANT_TYPE", "PARAMETERS", "run"]

PARAMETERS = frozenset({"code", "redirect_uri", "code_verifier", "resource"})


def run(context: GrantContext, request: TokenRequest) -> IssuedToken:
    """Redeem the code, by one conditional write; a second redemption revokes what the first issued (4.1.2).

    Raises:
        InvalidTargetError: A resource is malformed or unknown, or was not named in the authorization request.
        InvalidRequestError: No code or no redirect URI.
        InvalidGrantError: The code is unknown, expired, used, revoked or another client's,
            or redirect URI or verifier are not those of the authorization request.
    """
    code = _find(context, request)
    client, organisation, user, connection = context.directory.find_code_parties(code)
    is_alive = tokens.is_user_alive(code, user) and tokens.is_client_alive(code, client, organisation)
    if organisation is None or user is None or not is_alive or request.now >= code.expires_at:
        context.grants.revoke_grant(code.grant_id)
        raise InvalidGrantError("code is expired, or was revoked before it was redeemed")
    if not factors.is_enough(code.methods, organisation, user, request.client, request.now):
        raise InvalidGrantError("code of a sign-in without the second factor that is demanded now")
    granted = entitlements.granted(context.directory, request.client, user, code.scopes)
    issued = issue_grant_for_code(
        context,
        request,
        grant_type=GRANT_TYPE,
        scopes=granted,
        organisation=organisation,
        party=Party(user=user, connection=connection, code=code),
    )
    if issued is None:
        # "If an authorization code is used more than once, the authorization server MUST deny the request and SHOULD
        # revoke (when possible) all tokens previously issued based on that authorization code" (section 4.1.2).
        context.grants.revoke_grant(code.grant_id)
        raise InvalidGrantError(f"code used twice, grant {code.grant_id} revoked")
    return issued


def _find(context: GrantContext, request: TokenRequest) -> Code:
    """Return the code of whoever proves to have asked for it; others change nothing."""
    from gatehouse.domain.oauth import pkce  # only where a code is redeemed: no start waits for it

    presented, redirect_uri = request.parameters.get("code"), request.parameters.get("redirect_uri")
    if presented is None or redirect_uri is None:
        raise InvalidRequestError(
            "no code or no redirect_uri", description="The parameters code and redirect_uri are required."
        )
    client = request.client
    code = context.codes.find_code(client.organisation, codes.digest(presented))
    # RFC 6749 section 4.1.3: the authorization server MUST "ensure that the authorization code was issued to the
    # authenticated confidential client", or to the `client_id` of a public one.
    if code is None or code.client_id != client.client_id:
        raise InvalidGrantError("unknown code, or another client's")
    # Section 4.1.3, of a `redirect_uri` that the authorization request had: "ensure that their values are identical".
    if code.redirect_uri != redirect_uri:
        raise InvalidGrantError("redirect_uri is not the one of the authorization request")
    # "If the values are not equal, an error response indicating "invalid_grant" [...] MUST be returned" (RFC 7636
    # section 4.6). "A token request containing a code_verifier parameter is accepted only if a code_challenge parameter
    # was present in the authorization request" (RFC 9700 section 2.1.1).
    if not pkce.matches(request.parameters.get("code_verifier"), code.code_challenge):
        raise InvalidGrantError("code_verifier does not fit the code_challenge")
    return code
