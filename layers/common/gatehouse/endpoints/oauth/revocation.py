"""The revocation endpoint (RFC 7009)."""

import msgspec

from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.domain.oauth import revocation
from gatehouse.domain.oauth.tokens import GrantStore
from gatehouse.endpoints import forms, responses
from gatehouse.endpoints.oauth import client_authentication
from gatehouse.endpoints.oauth.client_authenticator import ClientAuthenticator
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response


class RevocationEndpoint(msgspec.Struct, frozen=True):
    """Ends the grant behind a token: its access and its refresh token are revoked together."""

    authenticator: ClientAuthenticator
    grants: GrantStore

    def post(self, request: Request, organisation: str | None) -> Response:
        """Authenticate the client, revoke, and say 200 whether or not there was such a token (section 2.2).

        Raises:
            OAuthError: The client is not authenticated, there is no token parameter, or the token is another client's.
        """
        form = forms.parse(request)
        credentials = client_authentication.extract(request.headers, form)
        client = self.authenticator.authenticate(request, organisation, credentials)
        if "token" not in form:
            raise InvalidRequestError("no token", description="The token parameter is required.")
        revocation.revoke(self.grants, client, form["token"])
        return responses.empty()
