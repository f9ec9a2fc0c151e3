"""What the authorization endpoint needs of registered clients."""

from collections.abc import Callable

import msgspec

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.client_documents import ClientDocuments
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.registered_clients import RegisteredClientStore

_ATTEMPTS = 4


class Registered(msgspec.Struct, frozen=True):
    """What the endpoint needs where clients registered themselves.

    Attributes:
        documents: Builds what finds the clients of metadata documents.
    """

    store: RegisteredClientStore
    documents: Callable[[], ClientDocuments]

    def keep(self, client: Client) -> None:
        """Let a registered client live to which a user consents for the first time, by one write; nothing for others.

        Raises:
            TemporarilyUnavailableError: The client kept changing, or has just ended.
        """
        found: Client | None = client
        for _ in range(_ATTEMPTS):
            if found is None:
                break
            if found.registration is None or found.registration.unused_until is None:
                return
            if self.store.replace_registered(found.organisation, found, registered_clients.keep(found)):
                return
            found = self.store.find_registered(client.organisation, client.client_id)
        raise TemporarilyUnavailableError(f"client {client.client_id!r} ended or kept changing")
