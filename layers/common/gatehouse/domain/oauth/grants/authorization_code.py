"""The authorization code grant (RFC 6749 section 4.1.3) with PKCE (RFC 7636 section 4.5)."""

from gatehouse.domain.accounts import factors
from gatehouse.domain.kernel.errors import InvalidGrantError, InvalidRequestError
from gatehouse.domain.oauth import codes, entitlements, pkce, tokens
from gatehouse.domain.oauth.authorization import GRANT_TYPE
from gatehouse.domain.oauth.codes import Code
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
        context.grants.revoke_grant(code.grant_id)
        raise InvalidGrantError(f"code used twice, grant {code.grant_id} revoked")
    return issued


def _find(context: GrantContext, request: TokenRequest) -> Code:
    """Return the code of whoever proves to have asked for it; others change nothing."""
    presented, redirect_uri = request.parameters.get("code"), request.parameters.get("redirect_uri")
    if presented is None or redirect_uri is None:
        raise InvalidRequestError(
            "no code or no redirect_uri", description="The parameters code and redirect_uri are required."
        )
    client = request.client
    code = context.codes.find_code(client.organisation, codes.digest(presented))
    if code is None or code.client_id != client.client_id:
        raise InvalidGrantError("unknown code, or another client's")
    if code.redirect_uri != redirect_uri:
        raise InvalidGrantError("redirect_uri is not the one of the authorization request")
    if not pkce.matches(request.parameters.get("code_verifier"), code.code_challenge):
        raise InvalidGrantError("code_verifier does not fit the code_challenge")
    return code
