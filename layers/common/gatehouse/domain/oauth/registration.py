"""Dynamic client registration (RFC 7591), and its management (RFC 7592), inside one organisation."""

from collections.abc import Mapping
from copy import replace
from typing import Any

import msgspec

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import (
    InvalidClientMetadataError,
    InvalidTokenError,
    RegistrationRefusedError,
    TemporarilyUnavailableError,
    TooManyRegistrationsError,
)
from gatehouse.domain.oauth import client_metadata, registered_clients, tokens
from gatehouse.domain.oauth.clients import Client, Registration
from gatehouse.domain.oauth.registered_clients import (
    ORGANISATION_MAX,
    SOURCE_MAX,
    UNUSED_SECONDS,
    WINDOW_SECONDS,
    RegisteredClientStore,
    RegistrationCounter,
)

_PREFIX = "ghm_"
_ATTEMPTS = 3


class Registrations(msgspec.Struct, frozen=True):
    """Registers clients, and lets them read, change and delete their registrations."""

    store: RegisteredClientStore
    counter: RegistrationCounter

    def register(
        self, organisation: Organisation | None, text: str, source: str, now: int
    ) -> tuple[Client, str, Mapping[str, Any]]:
        """Return the new client, its registration access token, and what it said of itself.

        Raises:
            RegistrationRefusedError: The organisation does not let it in.
            TooManyRegistrationsError: This source or this organisation registered too many lately, or the pool is full.
            InvalidClientMetadataError: The body, or a member, is not acceptable.
            InvalidRedirectUriError: The same of redirect URIs.
        """
        if organisation is None or not organisation.is_active or organisation.client_registration == "off":
            raise RegistrationRefusedError("dynamic registration is off, or there is no such organisation")
        self._count(organisation.key, source, now)
        metadata = client_metadata.parse(text)
        token = _PREFIX + digests.generate_secret()
        registration = Registration(
            kind="dynamic",
            name=client_metadata.name(metadata),
            created_at=now,
            unused_until=now + UNUSED_SECONDS,
            token_digest=digests.digest(token),
        )
        client_id = registered_clients.dynamic_client_id(digests.generate_id())
        client = self._describe(organisation, client_id, metadata, registration)
        added = self.store.add_registered(organisation.key, client, now)
        if added is None:
            raise TooManyRegistrationsError(
                f"registered clients of {organisation.key}: the pool is full", retry_after_seconds=WINDOW_SECONDS
            )
        return added, token, metadata

    def find(self, organisation: Organisation | None, client_id: str, token: str, now: int) -> Client:
        """Return the client whose registration access token this is.

        Raises:
            InvalidTokenError: It is none of this client's; whether the client exists is not said.
        """
        client = self.store.find_registered(organisation.key, client_id) if organisation else None
        registration = client.registration if client else None
        if client is None or registration is None or registered_clients.is_expired(client, now):
            raise InvalidTokenError("registration access token of an unknown client")
        if not tokens.is_same(digests.digest(token), registration.token_digest):
            raise InvalidTokenError(f"registration access token that is not that of client {client.client_id!r}")
        return client

    def change(
        self, organisation: Organisation | None, client_id: str, token: str, text: str, now: int
    ) -> tuple[Client, Mapping[str, Any]]:
        """Replace what the client said of itself (RFC 7592 section 2.2); another description ends its tokens.

        Raises:
            InvalidTokenError: See `find`.
            RegistrationRefusedError: The organisation does not let in what it would become, or blocked it.
            InvalidClientMetadataError: A member is not acceptable, or the `client_id` is another one.
            InvalidRedirectUriError: The same of redirect URIs.
        """
        for _ in range(_ATTEMPTS):
            client = self.find(organisation, client_id, token, now)
            if organisation is None or client.registration is None or not client.is_active:
                raise RegistrationRefusedError(f"client {client_id!r} is blocked")
            metadata = client_metadata.parse(text)
            if metadata.get("client_id") != client.client_id or "client_secret" in metadata:
                raise InvalidClientMetadataError(
                    "client_id or client_secret in an update",
                    description="The client_id must be the client's, and it has no client_secret.",
                )
            registration = replace(client.registration, name=client_metadata.name(metadata))
            described = self._describe(organisation, client.client_id, metadata, registration)
            changed = registered_clients.change(client, described)
            if self.store.replace_registered(organisation.key, client, changed):
                return changed, metadata
        raise TemporarilyUnavailableError(f"client {client_id!r} kept changing")

    def delete(self, organisation: Organisation | None, client_id: str, token: str, now: int) -> None:
        """Remove the client (RFC 7592 section 2.3). A blocked one stays, so that its block does.

        Raises:
            InvalidTokenError: See `find`.
            RegistrationRefusedError: It is blocked.
        """
        for _ in range(_ATTEMPTS):
            client = self.find(organisation, client_id, token, now)
            if not client.is_active:
                raise RegistrationRefusedError(f"client {client_id!r} is blocked")
            if self.store.delete_registered(client.organisation, client):
                return
        raise TemporarilyUnavailableError(f"client {client_id!r} kept changing")

    def _describe(
        self, organisation: Organisation, client_id: str, metadata: Mapping[str, Any], registration: Registration
    ) -> Client:
        client = client_metadata.client(organisation.key, client_id, metadata, registration)
        if not registered_clients.is_admitted(client, organisation):
            raise RegistrationRefusedError(f"policy of {organisation.key} refuses {client.redirect_uris[:3]!r:.200}")
        return client

    def _count(self, organisation: str, source: str, now: int) -> None:
        wait = WINDOW_SECONDS - now % WINDOW_SECONDS
        if self.counter.count_source_registration(source, now) > SOURCE_MAX:
            raise TooManyRegistrationsError(f"registrations from {source}", retry_after_seconds=wait)
        if self.counter.count_organisation_registration(organisation, now) > ORGANISATION_MAX:
            raise TooManyRegistrationsError(f"registrations in {organisation}", retry_after_seconds=wait)
