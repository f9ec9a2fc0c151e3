"""Client assertions: a client proves itself by a JWT it signed (RFC 7523 section 3, `private_key_jwt`)."""

import base64
import json
from typing import Any, Protocol, cast

from gatehouse.domain.kernel import texts

METHOD = "private_key_jwt"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_SKEW_SECONDS = 10
_LIFETIME_MAX_SECONDS = 3600
_JTI_MAX_CHARACTERS = 255
_ASSERTION_MAX_CHARACTERS = 8192


class ReplayStore(Protocol):
    """Remembers which assertions were used, for as long as they could be used again."""

    def consume_jti(self, client_id: str, jti: str, expires_at: int, now: int) -> bool:
        """Use the assertion up, atomically; False if it was used before."""
        ...


def claimed_client_id(assertion: str) -> str | None:
    """Return the client that the assertion says it is of; nothing is checked yet."""
    try:
        subject = _payload(assertion)["sub"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return subject if isinstance(subject, str) and subject and texts.is_text(subject) else None


def identify(assertion: str) -> tuple[str, int]:
    """Return the `jti` of a verified assertion, and until when it must be remembered: NumericDate."""
    claims = _payload(assertion)
    return claims["jti"], int(claims["exp"]) + _SKEW_SECONDS + 1


def _payload(assertion: str) -> dict[str, Any]:
    _, payload, _ = assertion[:_ASSERTION_MAX_CHARACTERS].split(".")
    return json.loads(base64.urlsafe_b64decode(payload + "=="))


def verify(assertion: str, jwks: str, client_id: str, issuer: str, now: int) -> dict[str, Any] | None:
    """Return the claims if the client signed the assertion, for us, and for now; None if anything is wrong.

    The audience is our issuer identifier as its only, string value: neither the token endpoint
    nor an array (draft-ietf-oauth-rfc7523bis, CVE-2025-27370).

    Args:
        assertion: What was presented.
        jwks: The client's public keys, a JWK Set in JSON.
        client_id: Whose it must be.
        issuer: The issuer whose path was called.
        now: NumericDate; clocks may differ by ten seconds.
    """
    if not jwks or len(assertion) > _ASSERTION_MAX_CHARACTERS:
        return None
    from gatehouse.domain.kernel import jose  # only where assertions are used: see there

    claims = jose.verify(assertion, json.loads(jwks))
    return claims if claims is not None and _fit(claims, client_id, issuer, now) else None


def fits(assertion: str, client_id: str, issuer: str, now: int) -> bool:
    """Say whether what the assertion claims is right; whoever signed it, if anybody did."""
    try:
        claims: Any = _payload(assertion)
    except (ValueError, TypeError, RecursionError):
        return False
    return isinstance(claims, dict) and _fit(cast("dict[str, Any]", claims), client_id, issuer, now)


def _fit(claims: dict[str, Any], client_id: str, issuer: str, now: int) -> bool:
    return (
        claims.get("iss") == claims.get("sub") == client_id
        and claims.get("aud") == issuer
        and _is_timely(claims, now)
        and _has_jti(claims)
    )


def _is_timely(claims: dict[str, Any], now: int) -> bool:
    times: list[Any] = [claims.get("exp"), claims.get("iat", now), claims.get("nbf", now)]
    if not all(type(time) in {int, float} for time in times):
        return False
    expires_at, issued_at, not_before = times
    earliest, latest = now - _SKEW_SECONDS, now + _SKEW_SECONDS
    return bool(
        earliest < expires_at <= latest + _LIFETIME_MAX_SECONDS
        and earliest - _LIFETIME_MAX_SECONDS <= issued_at <= latest
        and not_before <= latest
    )


def _has_jti(claims: dict[str, Any]) -> bool:
    jti = claims.get("jti")
    return isinstance(jti, str) and 0 < len(jti) <= _JTI_MAX_CHARACTERS and texts.is_text(jti)
