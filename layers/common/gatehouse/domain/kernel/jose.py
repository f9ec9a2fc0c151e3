"""Signing and checking JSON Web Tokens (RFC 7515, 7517, 7519). The only importer of joserfc.

It takes a third of a second to import, so functions that deal in opaque tokens alone never import this module.
"""

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Literal, cast

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwa, jwk, jws
from joserfc.errors import JoseError

type Algorithm = Literal["RS256", "ES256", "EdDSA"]

ASYMMETRIC = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
"""What we accept in others' signatures: never `none`, never a shared secret."""

_ED25519 = frozenset({"EdDSA", "Ed25519"})
"""Both names of one algorithm: RFC 9864 deprecates the first, which most verifiers know, and signers write either."""

_RSA_BITS = 2048
_TOKEN_MAX_CHARACTERS = 16 * 1024


class _DeterministicES256(jwa.ESAlgorithm):
    """ECDSA by RFC 6979, so that the same claims give the same token, as a replayed refresh needs."""

    def sign(self, msg: bytes, key: Any) -> bytes:
        private_key: EllipticCurvePrivateKey = key.get_op_key("sign")
        r, s = decode_dss_signature(private_key.sign(msg, ECDSA(SHA256(), deterministic_signing=True)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class _EdDSA(jwa.EdDSAAlgorithm):
    """Ed25519 under the name that verifiers know today; joserfc warns that RFC 9864 prefers another."""

    name = "EdDSA"
    security_warning = None


class _Verifying(jws.JWSRegistry):
    """What others sign: their headers say more than we know, and hold certificates (`x5c`).

    Header parameters that are not understood "MUST be ignored" (RFC 7515 section 4), unless `crit` names them. The
    length of the token as a whole is bounded.
    """

    max_header_length = max_signature_length = _TOKEN_MAX_CHARACTERS

    def __init__(self, algorithms: Collection[str]) -> None:
        """Accept these algorithms."""
        super().__init__(algorithms=algorithms, strict_check_header=False)


_REGISTRY = jws.JWSRegistry(algorithms=sorted(ASYMMETRIC))
jws.JWSRegistry.register(_DeterministicES256("ES256", "P-256", 256, recommended=True))
jws.JWSRegistry.register(_EdDSA())


def generate(algorithm: Algorithm, kid: str) -> dict[str, Any]:
    """Return a fresh private key as a JWK (RFC 7517), with `kid`, `alg` and `use`."""
    parameters: jwk.KeyParameters = {"kid": kid, "alg": algorithm, "use": "sig"}
    match algorithm:
        case "RS256":
            key = jwk.RSAKey.generate_key(_RSA_BITS, parameters)
        case "ES256":
            key = jwk.ECKey.generate_key("P-256", parameters)
        case "EdDSA":
            key = jwk.OKPKey.generate_key("Ed25519", parameters)
    return dict(key.as_dict(private=True))


def public(private_jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public half of a JWK."""
    return dict(jwk.import_key(dict(private_jwk)).as_dict(private=False))


def sign(private_jwk: str, claims: Mapping[str, Any], *, typ: str) -> str:
    """Return a compact JWT; the same claims give the same token.

    Args:
        private_jwk: A JWK in JSON, with `kid` and `alg`.
        claims: The payload.
        typ: The header's `typ`, such as `at+jwt`.
    """
    key = _import(private_jwk)
    header = {"alg": str(key.get("alg")), "typ": typ, "kid": str(key.get("kid"))}
    payload = json.dumps(claims, separators=(",", ":")).encode()
    return jws.serialize_compact(header, payload, key, registry=_REGISTRY)


def verify(
    token: str, jwks: Mapping[str, Any], *, typ: str | None = None, algorithms: Collection[str] = ASYMMETRIC
) -> dict[str, Any] | None:
    """Return the claims if one of the keys signed the token, else None. Times and audiences are not checked.

    Args:
        token: A compact JWT.
        jwks: The keys, of which the header's `kid` names one; a single key needs no `kid`.
        typ: The header's `typ` if it must be there, compared as RFC 7515 section 4.1.9 says.
        algorithms: What the header's `alg` may be.
    """
    if len(token) > _TOKEN_MAX_CHARACTERS:
        return None
    try:
        keys = jwk.KeySet([_import(json.dumps(_without_ed25519(one), sort_keys=True)) for one in jwks["keys"]])
        accepted = algorithms if _ED25519.isdisjoint(algorithms) else _ED25519.union(algorithms)
        signed = jws.deserialize_compact(token, keys, registry=_Verifying(sorted(accepted)))
        claims: Any = json.loads(signed.payload)
        found = str(signed.headers().get("typ", "")).lower().removeprefix("application/")
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return cast("dict[str, Any]", claims) if isinstance(claims, dict) and typ in {None, found} else None


def _without_ed25519(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JWK that does not insist on one of the names of an algorithm that has two: its curve says enough."""
    return {name: value for name, value in key.items() if name != "alg" or value not in _ED25519}


def find_fault(key: Any) -> str:
    """Return why a JWK is no public key for signatures that we accept, as the end of a sentence; empty if it is one."""
    if not isinstance(key, dict):
        return "is not a JSON object"
    given = cast("dict[str, Any]", key)
    if given.get("kty") == "oct" or "k" in given:
        return "is a shared secret"
    if given.keys() & {"d", "p", "q", "dp", "dq", "qi"}:
        return "holds its private part"
    if given.get("use", "sig") != "sig" or str(given.get("alg", "RS256")) not in ASYMMETRIC | _ED25519:
        return "is not for signatures by RS256, PS256, ES256 or EdDSA"
    try:
        imported: Any = jwk.import_key(given)
        size = imported.public_key.key_size if given.get("kty") == "RSA" else _RSA_BITS
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "cannot be read"
    if given.get("kty") != "RSA" and str(given.get("crv")) not in {"P-256", "Ed25519"}:
        return "is not on the curve P-256 or Ed25519"
    return "" if size >= _RSA_BITS else "is an RSA key of less than 2048 bits"


@lru_cache(maxsize=64)
def _import(text: str) -> Any:
    return jwk.import_key(json.loads(text))
