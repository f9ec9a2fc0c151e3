"""Sign-ins that are under way at an identity provider: one item each, used once, bound to one browser and provider.

The browser holds 256 random bits in a cookie, for sign-ins in all of its tabs. Nonce and PKCE verifier are derived from
them and from the `state`, so that the table holds nothing that helps to finish another user's sign-in.
"""

import hmac
from typing import Literal, Protocol

import msgspec

from gatehouse.domain.kernel import digests

LIFETIME_SECONDS = 600

type Purpose = Literal["sign-in", "link"]


class FederatedSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in that a browser began at a provider, until the provider sends it back.

    Attributes:
        digest: SHA-256 of the `state`.
        browser: SHA-256 of the cookie's secret.
        purpose: Whether a user signs in, or links an identity to the account that they are signed in to.
        user_id: Whose account that is; empty for a sign-in.
        prefix: Of the page that began it, since that is whose issuer the request is at.
        query: The request that the sign-in page carried.
        is_fresh: Whether the provider was asked to have the person prove themselves anew.
        expires_at: NumericDate; also the TTL attribute.
    """

    digest: bytes
    browser: bytes
    organisation: str
    provider_id: str
    purpose: Purpose
    user_id: str = ""
    prefix: str = ""
    query: str = ""
    is_fresh: bool = False
    expires_at: int


class FederatedSignInStore(Protocol):
    """Where they are kept."""

    def add_sign_in(self, organisation: str, sign_in: FederatedSignIn) -> None:
        """Store a new one."""
        ...

    def consume_sign_in(self, organisation: str, digest: bytes) -> FederatedSignIn | None:
        """Return it and mark it as used, by one write: the second attempt finds nothing."""
        ...


def nonce(secret: str, state: str) -> str:
    """Return the nonce of a browser's sign-in."""
    return _derive(secret, "nonce", state)


def verifier(secret: str, state: str) -> str:
    """Return the PKCE verifier of a browser's sign-in (RFC 7636 section 4.1)."""
    return _derive(secret, "verifier", state)


def challenge(secret: str, state: str) -> str:
    """Return the S256 challenge of the verifier."""
    return digests.base64url(digests.digest(verifier(secret, state)))


def belongs_to(sign_in: FederatedSignIn, provider_id: str, secret: str, now: int) -> bool:
    """Say whether the sign-in is alive, at this provider, and of this browser: no state of another one counts."""
    is_same_browser = hmac.compare_digest(sign_in.browser, digests.digest(secret))
    return is_same_browser and sign_in.provider_id == provider_id and now < sign_in.expires_at


def _derive(secret: str, purpose: str, state: str) -> str:
    return digests.base64url(hmac.digest(secret.encode(), f"{purpose} {state}".encode(), "sha256"))
