"""Registered clients: those that nobody made in the store. They register themselves, by a document or by RFC 7591.

They exist at `/t/<organisation>` only, as far as the organisation's policy lets them in. They are public, or have keys
of their own; a consumer secret they never have.
"""

import base64
import hashlib
import json
from copy import replace
from typing import Literal, Protocol, get_args
from urllib.parse import urlsplit

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import generations, outside_urls
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.oauth.clients import Client

type Policy = Literal["off", "hosts", "any"]
POLICIES: tuple[Policy, ...] = get_args(Policy.__value__)
"""Whom an organisation lets in: nobody, those of listed hosts, anybody."""

UNUSED_SECONDS = 24 * 3600
"""How long a client lives to which no user has consented."""

WINDOW_SECONDS = 3600
SOURCE_MAX = 20
ORGANISATION_MAX = 200
"""How many clients may be registered by RFC 7591 in an hour, by one address and in one organisation."""

NAME_MAX_CHARACTERS = 80
LOOPBACK = "localhost"
"""How redirect URIs of loopback addresses stand among the hosts."""

_DOCUMENT, _DYNAMIC = "doc.", "dyn."
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class RegisteredClientStore(Protocol):
    """Where registered clients are kept, apart from the key sets of the store."""

    def find_registered(self, organisation: str, client_id: str) -> Client | None:
        """Return the registered client as it is now."""
        ...

    def add_registered(self, organisation: str, client: Client, now: int) -> Client | None:
        """Store a new client; in a full pool, the oldest to which nobody consented makes room.

        Returns:
            What stands there now, also if another request registered it at the same moment; None if the pool is full of
            clients that are used.
        """
        ...

    def replace_registered(self, organisation: str, old: Client, new: Client, entry: Entry | None = None) -> bool:
        """Store the changed client and its audit entry; False if it is not of the old one's revision any more."""
        ...

    def delete_registered(self, organisation: str, client: Client, entry: Entry | None = None) -> bool:
        """Remove the client: nothing that was issued to it is alive. False if it changed meanwhile."""
        ...

    def find_registered_page(self, organisation: str, window: Window) -> Page[Client]:
        """Return a page of an organisation's registered clients, those that are used first."""
        ...


class RegistrationCounter(Protocol):
    """Counts dynamic registrations, for all function instances together."""

    def count_source_registration(self, source: str, now: int) -> int:
        """Count one of a source address; return how many there were in this window."""
        ...

    def count_organisation_registration(self, organisation: str, now: int) -> int:
        """Count one of an organisation; return how many there were in this window."""
        ...


def document_client_id(organisation: str, url: str) -> str:
    """Return how the client of a metadata document is known inside: each organisation has one of its own."""
    digest = hashlib.sha256(f"{organisation}\0{url}".encode()).digest()
    return _DOCUMENT + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def inner_client_id(organisation: str | None, client_id: str) -> str:
    """Return a client id as it is known inside; a URL is one at the path of an organisation only."""
    is_document = organisation is not None and client_id.lower().startswith("https://")
    return document_client_id(organisation, client_id) if is_document and organisation else client_id


def dynamic_client_id(random: str) -> str:
    """Return the client id of a dynamic registration; no client id of the store has a dot."""
    return _DYNAMIC + random


def redirect_hosts(client: Client) -> tuple[str, ...]:
    """Return where the client's answers may go, in order: hosts, `localhost` for loopback, and schemes of apps."""
    return tuple(sorted(set(map(redirect_host, client.redirect_uris))))


def redirect_host(uri: str) -> str:
    """Return the host of a redirect URI as people decide by it."""
    url = urlsplit(uri)
    if url.scheme in {"http", "https"}:
        return LOOPBACK if url.hostname in _LOOPBACK_HOSTS else (url.hostname or "")
    return url.scheme


def home(client: Client) -> str:
    """Return the host of the client id; empty if it says nothing of a host."""
    url = client.registration.document_url if client.registration else ""
    return outside_urls.host(url) if url else ""


def title(client: Client) -> str:
    """Return what a list calls the client: what nobody can claim first, then the name that it claims."""
    where = home(client) or ", ".join(redirect_hosts(client)[:3])
    name = client.registration.name if client.registration else ""
    return f"{where} ({name})" if name else where


def admits_document(organisation: Organisation, url: str) -> bool:
    """Say whether the organisation lets in the client of a metadata document; nothing is fetched before."""
    return _admits(organisation.client_documents, organisation, [outside_urls.host(url)])


def is_admitted(client: Client, organisation: Organisation) -> bool:
    """Say whether the organisation's policy, as it is now, lets a registered client in."""
    registration = client.registration
    if registration is None:
        return True
    keys = [outside_urls.host(client.jwks_uri)] if client.jwks_uri else []
    if registration.kind == "document":
        home = outside_urls.host(registration.document_url)
        return _admits(organisation.client_documents, organisation, [home, *keys])
    return _admits(organisation.client_registration, organisation, [*map(redirect_host, client.redirect_uris), *keys])


def _admits(policy: str, organisation: Organisation, hosts: list[str]) -> bool:
    return policy == "any" or (policy == "hosts" and set(hosts) <= set(organisation.client_hosts))


def digest(client: Client) -> str:
    """Return what tells apart what users consent to: redirect URIs, keys and name."""
    name = client.registration.name if client.registration else ""
    shown = [sorted(client.redirect_uris), client.jwks, client.jwks_uri, name]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def change(old: Client, new: Client) -> Client:
    """Return the client after it described itself anew; another description ends what was issued to it."""
    old_digest = old.registration.digest if old.registration else ""
    new_digest = new.registration.digest if new.registration else ""
    is_same = old_digest == new_digest
    return replace(
        new,
        generation=old.generation if is_same else generations.fresh(),
        credential_generation=old.credential_generation if is_same else generations.fresh(),
        is_active=old.is_active,
        revision=old.revision + 1,
    )


def keep(client: Client) -> Client:
    """Return the client after a user's consent: it does not end by itself any more."""
    if client.registration is None:
        return client
    return replace(client, registration=replace(client.registration, unused_until=None), revision=client.revision + 1)


def block(client: Client, *, is_blocked: bool) -> Client:
    """Return the client blocked, or let in again; what was issued ends. A blocked client does not end by itself."""
    if client.registration is None:
        return client
    kept = replace(client.registration, unused_until=None)
    return replace(end(client), is_active=not is_blocked, registration=kept)


def end(client: Client) -> Client:
    """Return the client with fresh generations: nothing that was issued to it is alive."""
    return replace(
        client,
        generation=generations.fresh(),
        credential_generation=generations.fresh(),
        revision=client.revision + 1,
    )


def is_expired(client: Client, now: int) -> bool:
    """Say whether a registered client has ended by itself: no user consented in time."""
    registration = client.registration
    return registration is not None and registration.unused_until is not None and now >= registration.unused_until
