"""Client authentication at every endpoint that has it, with the count of failures of each source address."""

from collections.abc import Callable, Iterator
from copy import replace
from typing import TYPE_CHECKING, Protocol

import msgspec

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.lockout import FailureStore
from gatehouse.domain.accounts.organisations import OrganisationStore
from gatehouse.domain.kernel.errors import InvalidClientError
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Audience, Client, Credentials
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request

if TYPE_CHECKING:
    from gatehouse.domain.oauth.assertions import ReplayStore  # no start waits for it
    from gatehouse.domain.oauth.client_keys import PublishedKeys  # no start waits for it


class ClientDirectory(clients.ClientStore, OrganisationStore, Protocol):
    """What is read of clients, and of the policy for registered ones."""


class ClientAuthenticator(msgspec.Struct, frozen=True):
    """Authenticates clients.

    Attributes:
        published: Builds what finds the keys of clients that have a `jwks_uri`.
    """

    clients: ClientDirectory
    failures: FailureStore
    replays: "ReplayStore"
    issuers: Issuers
    published: "Callable[[], PublishedKeys]"

    def authenticate(self, request: Request, organisation: str | None, credentials: Credentials) -> Client:
        """Return the client.

        Raises:
            InvalidClientError: The credentials are wrong.
            UnauthorizedClientError: A script of an origin sent it that the client does not allow.
            TemporarilyUnavailableError: The client's keys cannot be fetched now.
            TooManyFailuresError: They are wrong, and this source failed too often; the right ones still work.
        """
        now = request.now
        if organisation is not None and credentials.client_id.lower().startswith("https://"):
            from gatehouse.domain.oauth import registered_clients  # only for URLs: no start waits for it

            inner = registered_clients.document_client_id(organisation, credentials.client_id)
            credentials = replace(credentials, client_id=inner)

        def find_keys(client: Client, assertion: str) -> Iterator[str]:
            if client.registration is not None:
                self._check_policy(client)
            return self.published().candidates(client, assertion, request.source, now)

        audience = Audience(organisation=organisation, issuer=self.issuers.of(request, organisation))
        try:
            client = clients.authenticate(self.clients, audience, credentials, now, find_keys)
            self._use_up(credentials, now)
        except InvalidClientError as error:
            count = self.failures.count_source_failure(request.source, now)
            if count > lockout.SOURCE_FAILURES_MAX:
                raise lockout.too_many(error.reason, now) from error
            raise
        clients.check_origin(client, request.headers.get("origin"))
        return client

    def _check_policy(self, client: Client) -> None:
        """Fetch nothing from hosts that the organisation does not let in any more.

        Raises:
            InvalidClientError: It does not.
        """
        from gatehouse.domain.oauth import registered_clients  # only for these: no start waits for it

        organisation = self.clients.find_organisation(client.organisation)
        if organisation is None or not registered_clients.is_admitted(client, organisation):
            raise InvalidClientError(f"policy of {client.organisation} refuses client {client.client_id!r}")

    def _use_up(self, credentials: Credentials, now: int) -> None:
        """Accept an assertion once (RFC 7523 section 3, `jti`)."""
        if credentials.assertion is None:
            return
        from gatehouse.domain.oauth import assertions  # only for assertions: no start waits for it

        jti, expires_at = assertions.identify(credentials.assertion)
        if not self.replays.consume_jti(credentials.client_id, jti, expires_at, now):
            raise InvalidClientError(f"assertion of {credentials.client_id!r} used twice")
