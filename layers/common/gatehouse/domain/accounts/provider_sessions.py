"""Sessions at identity providers that stand behind ours: whom their sign-out ends, and what asks for that sign-out.

A provider names its session by `sid` (OpenID Connect Back-Channel Logout 1.0 section 2.1). Asking it to sign a user
out takes the ID token that began the session (OpenID Connect RP-Initiated Logout 1.0 section 2, `id_token_hint`).
"""

import hashlib
import hmac
from typing import Protocol

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.secretive import Secretive

HINT_MAX_CHARACTERS = 4096
"""Longer ID tokens are no hint: they do not fit into an address that browsers and proxies take."""

_COOKIE_PARTS = 2


class ProviderSession(Secretive, frozen=True, kw_only=True):
    """One session at a provider, and the browser that it belongs to.

    Attributes:
        name: Digest of the provider's `sid`; random if it names none.
        browser: SHA-256 of what the browser's cookie holds, so that a `sid` alone gives nobody the ID token.
        user_id: Whose account was signed in to.
        sealed_token: The ID token, sealed; empty if the provider has no page for signing out, or it is too long.
        expires_at: NumericDate; also the TTL attribute.
    """

    SECRETS = frozenset({"sealed_token"})

    organisation: str
    provider_id: str
    name: str
    browser: bytes
    user_id: str
    username: str
    sealed_token: bytes = b""
    expires_at: int

    @property
    def sealing_context(self) -> str:
        """What its ID token is sealed for."""
        return f"session at {self.provider_id} {self.organisation} {self.name}"


class ProviderSessionStore(Protocol):
    """Where they are kept."""

    def add_provider_session(self, organisation: str, session: ProviderSession) -> None:
        """Store one; it takes the place of an older one of the same name."""
        ...

    def find_provider_session(self, organisation: str, provider_id: str, name: str) -> ProviderSession | None:
        """Return it, read strongly, however old it is."""
        ...


def name_of(issuer: str, session_id: str) -> str:
    """Return what names a provider's session here."""
    return hashlib.sha256(f"{issuer}\0{session_id}".encode(errors="replace")).hexdigest()


def render_cookie(session: ProviderSession, secret: str) -> str:
    """Return the cookie's value."""
    return f"{session.name}.{secret}"


def parse_cookie(value: str) -> tuple[str, str] | None:
    """Return name and secret; None of any other text."""
    parts = value.split(".")
    return (parts[0], parts[1]) if len(parts) == _COOKIE_PARTS else None


def belongs_to(session: ProviderSession, secret: str, now: int) -> bool:
    """Say whether the session is alive and of this browser."""
    return hmac.compare_digest(session.browser, digests.digest(secret)) and now < session.expires_at
