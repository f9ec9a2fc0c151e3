"""The resource owner password credentials grant (RFC 6749 section 4.3).

"The resource owner password credentials grant MUST NOT be used" (RFC 9700 section 2.4): it is off unless a client opts
in, for those that migrate from WSO2.
"""

from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import InvalidGrantError, InvalidRequestError
from gatehouse.domain.oauth import entitlements
from gatehouse.domain.oauth.grants.base import GrantContext, IssuedToken, Party, TokenRequest, issue_grant

GRANT_TYPE = "password"
PARAMETERS = frozenset({"username", "password", "scope", "resource"})


def run(context: GrantContext, request: TokenRequest) -> IssuedToken:
    """Check the user's password and issue a token; one batched read, one password hash, two writes.

    Once a day, for each user and client, there is a third: the connection.

    Whatever is wrong with the user: one answer, at one cost; see `sign_in`. A user who has a second factor, or needs
    one, is refused with that answer whether or not the password is right.

    Raises:
        InvalidTargetError: A resource is malformed or unknown, or was not named in the authorization request.
        InvalidRequestError: No username or no password.
        InvalidScopeError: The scope parameter is malformed.
        InvalidGrantError: Anything is wrong with the user.
        TooManyFailuresError: The source address failed too often.
    """
    from gatehouse.domain.accounts import sign_in  # no start waits for it

    typed, password = request.parameters.get("username"), request.parameters.get("password")
    if typed is None or password is None:
        raise InvalidRequestError(
            "no username or no password", description="The parameters username and password are required."
        )
    requested = scopes.parse_optional(request.parameters.get("scope"))
    # "The authorization server MUST protect the endpoint against brute force attacks" (RFC 6749 section 4.3.2): see
    # `lockout`, which `sign_in` asks before a right password counts.
    signed_in = sign_in.authenticate(
        context.sign_ins,
        context.directory,
        sign_in.Attempt(
            login=sign_in.login(typed, request.client.organisation),
            password=password,
            source=request.source,
            now=request.now,
            client_id=request.client.client_id,
            prefetch_for=entitlements.prefetch_for(request.client, requested),
            alone_for=request.client,
        ),
    )
    if signed_in is None:
        raise InvalidGrantError("user authentication failed")
    user, organisation = signed_in.user, signed_in.organisation
    granted = entitlements.granted(context.directory, request.client, user, requested)
    party = Party(user=user, connection=signed_in.connection)
    return issue_grant(context, request, grant_type=GRANT_TYPE, scopes=granted, organisation=organisation, party=party)
