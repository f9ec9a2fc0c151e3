"""ID tokens and the claims of the user (OpenID Connect Core sections 2 and 5)."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from gatehouse.domain.accounts import factors
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import scopes
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.signing import Signer

TYP = "JWT"

# The hash of the algorithm (section 3.1.3.6): SHA-512 belongs to Ed25519, SHA-256 to the others.
_HASHES = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


class IdTokenSubject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an ID token is about.

    Attributes:
        client: Whom it is for.
        scopes: What was granted.
        authenticated_at: When the user signed in, NumericDate; the same in every ID token of a grant.
        methods: What the user proved then: see `factors`.
        nonce: The client's; never in an ID token from a refresh (section 12.2).
    """

    client: Client
    user: User
    scopes: frozenset[str]
    authenticated_at: int
    methods: frozenset[str]
    nonce: str | None = None


def user_claims(user: User, granted: frozenset[str]) -> dict[str, Any]:
    """Return what the scopes let a client know of the user (section 5.4)."""
    claims: dict[str, Any] = {"sub": user.user_id}
    if scopes.PROFILE in granted:
        claims |= {"name": user.display_name or user.username, "preferred_username": user.username}
        claims |= {"organisation": user.organisation}
    if scopes.EMAIL in granted and user.email:
        claims |= {"email": user.email, "email_verified": user.email_verified}
    return claims


def issue(signer: Signer, issuer: str, subject: IdTokenSubject, access_token: str, now: int, expires_in: int) -> str:
    """Return an ID token.

    Args:
        signer: Signs with the current key.
        issuer: The issuer whose path was called when the user signed in.
        subject: Whom it is about, and for.
        access_token: Bound to it by `at_hash`.
        now: NumericDate.
        expires_in: Seconds.
    """
    client, user = subject.client, subject.user
    kid = signer.current_kid()
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": client.external_client_id,
        "azp": client.external_client_id,
        "iat": now,
        "exp": now + expires_in,
        "auth_time": subject.authenticated_at,
        "amr": factors.amr(subject.methods),
        **({"acr": reached} if (reached := factors.acr(subject.methods)) else {}),
        "at_hash": _half_hash(signer.find_algorithm(kid), access_token),
        "organisation": user.organisation,
        **user_claims(user, subject.scopes),
    }
    if subject.nonce is not None:
        claims["nonce"] = subject.nonce
    return signer.sign(claims, typ=TYP, kid=kid)


def read_hint(hint: str, jwks: Mapping[str, Any], issuer: str) -> Mapping[str, Any] | None:
    """Return the claims of an ID token that we made, however old it is (an `id_token_hint`); None of anything else.

    Args:
        hint: What a client presented.
        jwks: Our public keys.
        issuer: The deployment's own; those of organisations begin with it.
    """
    from gatehouse.domain.kernel import jose  # only where hints are used: see there

    claims = jose.verify(hint, jwks, typ=TYP.lower())
    found = str((claims or {}).get("iss", ""))
    return claims if found == issuer or found.startswith(f"{issuer}/t/") else None


def _half_hash(algorithm: str, text: str) -> str:
    digest = _HASHES[algorithm](text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
