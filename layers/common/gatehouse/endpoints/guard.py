"""Client authentication at every endpoint that has it, with the count of failures of each source address."""

from dataclasses import dataclass

from gatehouse.domain import clients, failures
from gatehouse.domain.clients import Client, Credentials
from gatehouse.domain.errors import InvalidClientError, TooManyFailuresError
from gatehouse.domain.failures import FailureStore
from gatehouse.endpoints.requests import Request


@dataclass(frozen=True, slots=True)
class ClientGuard:
    """Authenticates clients."""

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
