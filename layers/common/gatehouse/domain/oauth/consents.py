"""Consents: what a user let a client have, remembered for a year (OpenID Connect Core section 3.1.2.4)."""

from typing import Protocol

import msgspec

from gatehouse.domain.accounts import users
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth.clients import Client

LIFETIME_SECONDS = 365 * 24 * 60 * 60

_ATTEMPTS = 4


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """One user's consent to one client.

    Attributes:
        generation: The user's.
        connection_generation: The user's for the client.
        expires_at: NumericDate; also the TTL attribute.
        revision: Raised by each change, so that two decisions at once do not replace each other.
    """

    organisation: str
    user_id: str
    client_id: str
    scopes: frozenset[str]
    generation: str
    connection_generation: str
    expires_at: int
    revision: int = 1


class ConsentStore(Protocol):
    """Where consents are kept."""

    def find_consent(self, organisation: str, user_id: str, client_id: str) -> Consent | None:
        """Return the consent, however old it is."""
        ...

    def replace_consent(self, organisation: str, previous: Consent | None, consent: Consent) -> bool:
        """Store the consent in place of the previous one; False if that is not what stands there any more."""
        ...


def is_alive(consent: Consent, user: User, now: int) -> bool:
    """Say whether neither time nor the user ended the consent."""
    is_current = (consent.user_id, consent.generation) == (user.user_id, user.generation)
    is_connected = users.is_connected(user, consent.client_id, consent.connection_generation)
    return now < consent.expires_at and is_current and is_connected


def covers(consent: Consent | None, user: User, client: Client, scopes: frozenset[str], now: int) -> bool:
    """Say whether the user need not be asked.

    A public client cannot prove that it is the one that was agreed to, so its users are asked each time
    (RFC 6749 section 10.2, RFC 8252 section 8.6). Nor did anybody of the organisation vouch for a registered one.
    """
    if client.is_public or client.registration is not None:
        return False
    return client.skips_consent or (consent is not None and is_alive(consent, user, now) and scopes <= consent.scopes)


def give(store: ConsentStore, organisation: str, user: User, client_id: str, scopes: frozenset[str], now: int) -> None:
    """Add what the user agreed to, also to what is agreed to in another window at the same moment.

    Raises:
        TemporarilyUnavailableError: The consent kept changing.
    """
    for _ in range(_ATTEMPTS):
        standing = store.find_consent(organisation, user.user_id, client_id)
        if store.replace_consent(organisation, standing, extend(standing, user, client_id, scopes, now)):
            return
    raise TemporarilyUnavailableError("the consent kept changing")


def extend(previous: Consent | None, user: User, client_id: str, scopes: frozenset[str], now: int) -> Consent:
    """Return the consent with these scopes added; one that ended adds nothing."""
    kept = previous.scopes if previous is not None and is_alive(previous, user, now) else frozenset[str]()
    return Consent(
        organisation=user.organisation,
        user_id=user.user_id,
        client_id=client_id,
        scopes=kept | scopes,
        generation=user.generation,
        connection_generation=users.connection_generation(user, client_id),
        expires_at=now + LIFETIME_SECONDS,
        revision=previous.revision + 1 if previous else 1,
    )
