"""Client ID metadata documents: a client whose id is the https URL of what it says of itself.

The document is fetched by the function without permissions, after the organisation's policy has let its host in. It is
kept for as long as its HTTP headers say, within bounds (draft-ietf-oauth-client-id-metadata-document).
"""

from collections.abc import Mapping
from copy import replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import outside_urls
from gatehouse.domain.kernel.errors import (
    InvalidClientMetadataError,
    InvalidRedirectUriError,
    InvalidRequestError,
    TemporarilyUnavailableError,
)
from gatehouse.domain.kernel.fetching import FetchedDocument, FetchError, LimitedFetcher
from gatehouse.domain.oauth import client_metadata, registered_clients
from gatehouse.domain.oauth.clients import Client, Registration
from gatehouse.domain.oauth.registered_clients import UNUSED_SECONDS, RegisteredClientStore

DOCUMENT_MAX_BYTES = 5 * 1024

_URL_MAX_CHARACTERS = 512
_ATTEMPTS = 3
_NOT_FETCHED = (
    "The client ID metadata document could not be fetched. It must answer on a public host, at port 443, with status "
    "200, without redirects, with Content-Type application/json, in at most 5 KB and 5 seconds."
)


class ClientDocuments(msgspec.Struct, frozen=True):
    """Finds the clients that documents describe."""

    store: RegisteredClientStore
    fetcher: LimitedFetcher

    def find(self, organisation: Organisation, url: str, source: str, now: int) -> Client:
        """Return the client of a document, as it was fetched a while ago, or as it is now.

        Args:
            organisation: In whose path the client id was used.
            url: The client id.
            source: The address that sent it.
            now: NumericDate.

        Raises:
            InvalidRequestError: It is no such URL, policy refuses it, or it answers with no such document.
            TemporarilyUnavailableError: It cannot be fetched now.
        """
        _check(organisation, url)
        client_id = registered_clients.document_client_id(organisation.key, url)
        for _ in range(_ATTEMPTS):
            known = self.store.find_registered(organisation.key, client_id)
            if known is not None and registered_clients.is_expired(known, now):
                self.store.delete_registered(organisation.key, known)
                known = None
            if known is not None and known.registration is not None and now < known.registration.fresh_until:
                return known
            found = self._keep(organisation, known, self._fetch(organisation, client_id, url, source, now), now)
            if found is not None:
                return found
        raise TemporarilyUnavailableError(f"the client of {outside_urls.host(url)!r} kept changing")

    def _keep(self, organisation: Organisation, known: Client | None, fetched: Client, now: int) -> Client | None:
        """Store what was fetched; None if another request was quicker."""
        if known is None:
            added = self.store.add_registered(organisation.key, fetched, now)
            if added is None:
                raise TemporarilyUnavailableError(f"registered clients of {organisation.key}: the pool is full")
            return added
        before, after = known.registration, fetched.registration
        if before is not None and after is not None:
            after = replace(after, created_at=before.created_at, unused_until=before.unused_until)
        changed = registered_clients.change(known, replace(fetched, registration=after))
        return changed if self.store.replace_registered(organisation.key, known, changed) else None

    def _fetch(self, organisation: Organisation, client_id: str, url: str, source: str, now: int) -> Client:
        try:
            document = self.fetcher.fetch(organisation.key, url, max_bytes=DOCUMENT_MAX_BYTES, source=source, now=now)
        except FetchError as error:
            if error.is_temporary:
                raise TemporarilyUnavailableError(f"client ID metadata document: {error}") from error
            raise InvalidRequestError(f"client ID metadata document: {error}", description=_NOT_FETCHED) from error
        try:
            return _parse(organisation.key, client_id, url, document, now)
        except (InvalidClientMetadataError, InvalidRedirectUriError) as error:
            raise InvalidRequestError(
                f"client ID metadata document of {outside_urls.host(url)!r}: {error.reason}",
                description="The client ID metadata document does not describe a client: its client_id is its URL, "
                "redirect_uris lists 1 to 10 acceptable URIs, and it has no shared secret.",
            ) from error


def _check(organisation: Organisation, url: str) -> None:
    """Refuse what is fetched for nobody: the draft wants a path without dot segments, and no query is needed."""
    segments = urlsplit(url).path.split("/") if not outside_urls.find_fault(url) else []
    if len(url) > _URL_MAX_CHARACTERS or len(segments) <= 1 or segments == ["", ""] or {".", ".."} & set(segments):
        raise InvalidRequestError(
            "client id that is no URL of a document",
            description="A client_id that is a URL begins with https://, names a public host without a port, and has a "
            "path, without fragment, user name and dot segments, in at most 512 characters.",
        )
    if not registered_clients.admits_document(organisation, url):
        raise InvalidRequestError(
            f"policy of {organisation.key} refuses client documents of {outside_urls.host(url)!r}",
            description="This organisation does not let in clients of this host. Its administrators decide that.",
        )


def _parse(organisation: str, client_id: str, url: str, document: FetchedDocument, now: int) -> Client:
    metadata = client_metadata.parse(document.body)
    if metadata.get("client_id") != url:
        raise InvalidClientMetadataError("another client_id than the URL")
    method = metadata.get("token_endpoint_auth_method")
    if "client_secret" in metadata or (isinstance(method, str) and method in client_metadata.SHARED_SECRETS):
        raise InvalidClientMetadataError("a shared secret")
    registration = Registration(
        kind="document",
        name=client_metadata.name(metadata),
        document_url=url,
        created_at=now,
        unused_until=now + UNUSED_SECONDS,
        fresh_until=document.fresh_until(now),
    )
    return client_metadata.client(organisation, client_id, _with_refresh(metadata), registration)


def _with_refresh(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metadata; a document that says no grants gets refresh tokens, as its authors expect."""
    return metadata if "grant_types" in metadata else {**metadata, "grant_types": list(client_metadata.GRANT_TYPES)}
