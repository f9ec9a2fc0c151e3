"""Making access tokens: opaque, or JWT (RFC 9068) where the client asks for it."""

from collections.abc import Mapping, Sequence
from copy import replace
from typing import TYPE_CHECKING, Any

import msgspec

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import digests, generations, scopes
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.clients import Client, KeyType
from gatehouse.domain.oauth.tokens import Grant

if TYPE_CHECKING:
    from gatehouse.domain.oauth.signing import Signer  # no start of the gate waits for it

TYP = "at+jwt"

CLAIMS = frozenset({"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "organisation", "generation"})
"""What every one of ours says."""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """What a JWT says of its grant: neither the username, nor the user's roles, nor the kind of grant."""

    grant_id: str
    organisation: str
    client_id: str
    application_id: str
    key_type: KeyType
    user_id: str | None
    username: str | None = None
    user_roles: frozenset[str] = frozenset()
    generation: str | None = None
    grant_type: str = ""


def seal(grant: Grant, secret: str, client: Client, signer: "Signer", issuer: str) -> tuple[Grant, str]:
    """Return the grant with its present access token's digest, and that token.

    Args:
        grant: Complete but for `access_digest`, `kid` and `issuer`.
        secret: What an opaque token is made of; a JWT has its signature instead.
        client: Says which kind.
        signer: Signs a JWT with the current key.
        issuer: The issuer whose path was called: `iss` and `aud` of a JWT, and of what introspection says.
    """
    if client.token_format == "opaque":
        return replace(grant, access_digest=digests.digest(secret), kid=None, issuer=issuer), _opaque(grant, secret)
    sealed = replace(grant, kid=signer.current_kid(), issuer=issuer)
    token = _jwt(sealed, signer)
    return replace(sealed, access_digest=digests.digest(token)), token


def reissue(grant: Grant, secret: str, signer: "Signer") -> str:
    """Return the grant's present access token once more, byte for byte."""
    return _opaque(grant, secret) if grant.kid is None else _jwt(grant, signer)


def claims(grant: Grant) -> Mapping[str, Any]:
    """Return what the JWT says (RFC 9068 section 2.2); all of it stands in the grant, so it can be said again."""
    return {
        "iss": grant.issuer,
        "sub": grant.user_id or grant.client_id,
        "aud": audience(grant.access_resources, grant.issuer),
        "client_id": grant.client_id,
        "iat": (grant.rotated_at_ms or grant.issued_at_ms) // 1000,
        "exp": grant.access_expires_at,
        "jti": jti(grant),
        "scope": scopes.render(grant.access_scopes),
        "organisation": grant.organisation,
        "generation": generations.fingerprint(
            grant.client_generation, grant.credential_generation, grant.organisation_generation
        ),
        **({"resources": list(grant.access_resources)} if grant.access_resources else {}),
    }


def audience(resources: Sequence[str], issuer: str | None) -> str | list[str] | None:
    """Return the `aud`: the APIs that a token names (RFC 8707 section 2), else the issuer (RFC 9068 section 3)."""
    if not resources:
        return issuer
    from gatehouse.domain.oauth import resource_indicators  # only where resources are named: no start waits for it

    return resource_indicators.audience(resources)


def jti(grant: Grant) -> str:
    """Return the present access token's id: the grant, how often it was refreshed, and its user's status."""
    parts = (grant.grant_id, str(grant.rotation), grant.status_id)
    return ".".join(part for part in parts if part is not None)


def is_generation_current(claim: object, client: Client, organisation: Organisation) -> bool:
    """Say whether a JWT's `generation` is that of client and organisation as they are: nothing ended their tokens."""
    return claim == generations.fingerprint(client.generation, client.credential_generation, organisation.generation)


def _opaque(grant: Grant, secret: str) -> str:
    return tokens.render_access(grant.grant_id, grant.status_id, secret)


def _jwt(grant: Grant, signer: "Signer") -> str:
    return signer.sign(claims(grant), typ=TYP, kid=grant.kid or "")
