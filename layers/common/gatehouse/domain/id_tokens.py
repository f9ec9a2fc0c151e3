"""ID tokens and the claims of the user (OpenID Connect Core sections 2 and 5)."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from gatehouse.domain import scopes
from gatehouse.domain.clients import Client
from gatehouse.domain.codes import Code
from gatehouse.domain.signing import Signer
from gatehouse.domain.users import User

TYP = "JWT"

# The hash of the algorithm (section 3.1.3.6): SHA-512 belongs to Ed25519, SHA-256 to the others.
_HASHES = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom an ID token is about.

    Attributes:
        client: Whom it is for.
        scopes: What was granted.
        code: Where the user signed in at our page: its nonce and its time go in.
    """

    client: Client
    user: User
    scopes: frozenset[str]
    code: Code | None = None


def user_claims(user: User, granted: frozenset[str]) -> dict[str, Any]:
    """Return what the scopes let a client know of the user (section 5.4)."""
    claims: dict[str, Any] = {"sub": user.user_id}
    if scopes.PROFILE in granted:
        claims |= {"name": user.display_name or user.username, "preferred_username": user.username}
        claims |= {"organisation": user.organisation}
    if scopes.EMAIL in granted and user.email:
        claims |= {"email": user.email, "email_verified": user.email_verified}
    return claims


def issue(signer: Signer, issuer: str, subject: Subject, access_token: str, now: int, expires_in: int) -> str:
    """Return an ID token.

    Args:
        signer: Signs with the current key.
        issuer: The issuer whose path was called.
        subject: Whom it is about, and for.
        access_token: Bound to it by `at_hash`.
        now: NumericDate.
        expires_in: Seconds.
    """
    client, user, code = subject.client, subject.user, subject.code
    kid = signer.current_kid()
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": client.client_id,
        "azp": client.client_id,
        "iat": now,
        "exp": now + expires_in,
        "auth_time": now if code is None else code.authenticated_at,
        "at_hash": _half_hash(signer.find_algorithm(kid), access_token),
        "organisation": user.organisation,
        **user_claims(user, subject.scopes),
    }
    if code is not None and code.nonce is not None:
        claims["nonce"] = code.nonce
    return signer.sign(claims, typ=TYP, kid=kid)


def _half_hash(algorithm: str, text: str) -> str:
    digest = _HASHES[algorithm](text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
