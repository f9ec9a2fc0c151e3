"""The token endpoint (RFC 6749 section 3.2), read from top to bottom."""

from dataclasses import dataclass

from gatehouse.domain import clients, failures, grants
from gatehouse.domain.clients import Client, Credentials
from gatehouse.domain.errors import InvalidClientError, TooManyFailuresError
from gatehouse.domain.failures import FailureStore
from gatehouse.endpoints import client_authentication, forms, responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response


@dataclass(frozen=True, slots=True)
class ClientGuard:
    """Authenticates clients, and counts the failures of each source address."""

    clients: clients.ClientStore
    failures: FailureStore

    def authenticate(self, request: Request, organisation: str | None, credentials: Credentials) -> Client:
        """Return the client.

        Raises:
            InvalidClientError: The credentials are wrong.
            TooManyFailuresError: They are wrong, and this source failed too often; the right ones still work.
        """
        now = request.arrived_at_ms // 1000
        try:
            return clients.authenticate(self.clients, organisation, credentials, now)
        except InvalidClientError as error:
            count = self.failures.count_source_failure(request.source, now)
            if count > failures.SOURCE_FAILURES_MAX:
                wait = failures.source_window_ends_at(now) - now
                raise TooManyFailuresError(error.reason, retry_after_seconds=wait) from error
            raise


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Turns one POST into one token response."""

    guard: ClientGuard
    context: grants.GrantContext

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
        client = self.guard.authenticate(request, organisation, credentials)
        issued = grants.issue(
            self.context,
            grants.TokenRequest(
                client=client, parameters=form, arrived_at_ms=request.arrived_at_ms, source=request.source
            ),
        )
        return responses.token(issued)
