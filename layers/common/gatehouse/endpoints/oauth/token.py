"""The token endpoint (RFC 6749 section 3.2), read from top to bottom."""

import msgspec

from gatehouse.domain.oauth import grants
from gatehouse.endpoints import forms, responses
from gatehouse.endpoints.oauth import client_authentication
from gatehouse.endpoints.oauth.client_authenticator import ClientAuthenticator
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response


class TokenEndpoint(msgspec.Struct, frozen=True):
    """Turns one POST into one token response."""

    authenticator: ClientAuthenticator
    context: grants.GrantContext
    issuers: Issuers

    def post(self, request: Request, organisation: str | None) -> Response:
        """Authenticate the client, run the grant, render the token.

        Args:
            request: What was posted.
            organisation: The organisation key in the path, or None.

        Raises:
            OAuthError: The request is refused; `responses.oauth_error` renders it.
        """
        form = forms.parse(request)
        credentials = client_authentication.extract(request.headers, form)
        client = self.authenticator.authenticate(request, organisation, credentials)
        issued = grants.issue(
            self.context,
            grants.TokenRequest(
                client=client,
                parameters=form,
                arrived_at_ms=request.arrived_at_ms,
                source=request.source,
                issuer=self.issuers.of(request, organisation),
            ),
        )
        return responses.token(issued)
