"""The introspection endpoint (RFC 7662)."""

import msgspec

from gatehouse.domain.kernel.errors import InvalidClientError, InvalidRequestError
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.introspection import Introspection
from gatehouse.endpoints import forms, responses
from gatehouse.endpoints.oauth import client_authentication
from gatehouse.endpoints.oauth.client_authenticator import ClientAuthenticator
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response


class IntrospectionEndpoint(msgspec.Struct, frozen=True):
    """Tells an authenticated client what a token is worth."""

    authenticator: ClientAuthenticator
    introspection: Introspection

    def post(self, request: Request, organisation: str | None) -> Response:
        """Authenticate the caller, then describe the token.

        Raises:
            OAuthError: The caller is not authenticated (a public client is not), or there is no token parameter.
        """
        form = forms.parse(request)
        credentials = client_authentication.extract(request.headers, form)
        if credentials.method == clients.NONE:
            raise InvalidClientError("introspection without client authentication")
        caller = self.authenticator.authenticate(request, organisation, credentials)
        if "token" not in form:
            raise InvalidRequestError("no token", description="The token parameter is required.")
        return responses.ok(self.introspection.describe(caller, form["token"], request.now))
