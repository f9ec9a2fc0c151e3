"""Consents: what a user let a client have, remembered for a year (OpenID Connect Core section 3.1.2.4)."""

from dataclasses import dataclass
from typing import Protocol

from gatehouse.domain.clients import Client

LIFETIME_SECONDS = 365 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One user's consent to one client.

    Attributes:
        given_at_ms: Epoch milliseconds; a user's "revoke everything" ends consents given before.
        expires_at: NumericDate; also the TTL attribute.
    """

    organisation: str
    user_id: str
    client_id: str
    scopes: frozenset[str]
    given_at_ms: int
    expires_at: int


class ConsentStore(Protocol):
    """Where consents are kept."""

    def find_consent(self, organisation: str, user_id: str, client_id: str) -> Consent | None:
        """Return the consent, however old it is."""
        ...

    def save_consent(self, organisation: str, consent: Consent) -> None:
        """Store the consent in place of an older one."""
        ...


def covers(consent: Consent | None, client: Client, scopes: frozenset[str], now: int) -> bool:
    """Say whether the user need not be asked.

    A public client cannot prove that it is the one that was agreed to, so its users are asked each time
    (RFC 6749 section 10.2, RFC 8252 section 8.6).
    """
    if client.is_public:
        return False
    return client.skips_consent or (consent is not None and now < consent.expires_at and scopes <= consent.scopes)


def extend(
    previous: Consent | None, organisation: str, user_id: str, client_id: str, scopes: frozenset[str], now_ms: int
) -> Consent:
    """Return the consent with these scopes added."""
    now = now_ms // 1000
    standing = previous.scopes if previous is not None and now < previous.expires_at else frozenset[str]()
    return Consent(
        organisation=organisation,
        user_id=user_id,
        client_id=client_id,
        scopes=standing | scopes,
        given_at_ms=now_ms,
        expires_at=now + LIFETIME_SECONDS,
    )
