"""Ways to tamper with a signed JWT (RFC 8725 section 2), for the unit and the deployed suites."""

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jwk, jws

from gatehouse.domain.kernel import jose


def read(part: str) -> dict[str, Any]:
    """Decode a header or the claims."""
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def header(token: str) -> dict[str, Any]:
    """Return the header."""
    return read(token.split(".")[0])


def claims(token: str) -> dict[str, Any]:
    """Return the claims, unverified."""
    return read(token.split(".")[1])


def spell(value: dict[str, Any]) -> str:
    """Encode a header or claims."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def reheaded(token: str, **changes: Any) -> str:
    """Change the header and keep the signature."""
    _, payload, signature = token.split(".")
    return f"{spell(header(token) | changes)}.{payload}.{signature}"


def reclaimed(token: str, **changes: Any) -> str:
    """Change the claims and keep the signature."""
    head, payload, signature = token.split(".")
    return f"{head}.{spell(read(payload) | changes)}.{signature}"


def unsigned(token: str, algorithm: str = "none") -> str:
    """Say that there is no signature, and send none."""
    return reheaded(token, alg=algorithm).rpartition(".")[0] + "."


def with_another_key(token: str, **more: Any) -> str:
    """Sign the same claims by a key of the attacker's, under the kid of ours or its own."""
    key = _attackers_key() | {"kid": header(token)["kid"], **more}
    return jose.sign(json.dumps(key), claims(token), typ=header(token).get("typ", "JWT"))


def with_header(key: Mapping[str, Any], said: Mapping[str, Any], **more: Any) -> str:
    """Sign the claims by the key, under a header with more parameters than ours have."""
    signed = f"{spell({'alg': key['alg'], 'kid': key['kid'], **more})}.{spell(dict(said))}"
    signature = jws.JWSRegistry.algorithms[key["alg"]].sign(signed.encode(), jwk.import_key(dict(key)))
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_hmac(token: str, key: bytes) -> str:
    """Sign by HMAC, keyed with what everybody can read."""
    head, payload, _ = reheaded(token, alg="HS256").split(".")
    mac = hmac.digest(key, f"{head}.{payload}".encode(), hashlib.sha256)
    return f"{head}.{payload}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@functools.cache
def _attackers_key() -> dict[str, Any]:
    return jose.generate("RS256", "attackers")


FOREIGN_HEADERS = [
    pytest.param({"ver": "1.0", "iat": 1}, id="parameters that no RFC registers"),
    pytest.param({"x5c": ["M" * 3000]}, id="a chain of certificates"),
    pytest.param({"typ": "client-authentication+jwt"}, id="a type"),
]
"""Headers that say more than ours: what is not understood there "MUST be ignored" (RFC 7515 section 4)."""

CRITICAL_HEADERS = [
    pytest.param({"crit": ["ver"], "ver": "1.0"}, id="not known"),
    pytest.param({"crit": ["ver"]}, id="not there"),
    pytest.param({"crit": "ver", "ver": "1.0"}, id="no list"),
]
"""Headers whose signer wants them understood (section 4.1.11)."""

FORGERIES = [
    pytest.param(unsigned, id="alg none, no signature"),
    pytest.param(lambda token: unsigned(token, "NONE"), id="alg NONE"),
    pytest.param(lambda token: reheaded(token, alg="none"), id="alg none, old signature"),
    pytest.param(lambda token: reheaded(token, alg="HS256"), id="alg HS256"),
    pytest.param(lambda token: reheaded(token, kid="../../dev/null"), id="kid: a path"),
    pytest.param(lambda token: reheaded(token, kid="x' UNION SELECT 'k"), id="kid: SQL"),
    pytest.param(lambda token: reheaded(token, kid=["a"]), id="kid: a list"),
    pytest.param(with_another_key, id="swapped key, our kid"),
    pytest.param(lambda token: with_another_key(token, kid="mine"), id="swapped key, its own kid"),
    pytest.param(lambda token: token[:-4] + "AAAA", id="broken signature"),
    pytest.param(lambda token: reclaimed(token, scope="read update delete"), id="changed claims"),
    pytest.param(lambda token: reclaimed(token, noise="x" * 6000), id="huge claims"),
    pytest.param(lambda token: token + "." + token, id="five parts"),
]
