"""Client assertions, right and wrong (RFC 7523 section 3), for the unit and the deployed suites."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from gatehouse.domain.kernel import jose

PRIVATE = jose.generate("ES256", "client-key")
STRANGER = jose.generate("ES256", "client-key")
JWKS = json.dumps({"keys": [jose.public(PRIVATE)]})
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ABSENT = object()
ISSUER = object()


@dataclass(frozen=True, slots=True)
class After:
    """So many seconds after now."""

    seconds: int


def sign(client_id: str, issuer: str, now: int, *, key: Mapping[str, Any] = PRIVATE, **overrides: Any) -> str:
    """Return a right assertion, or a wrong one by the overrides."""
    claims: dict[str, Any] = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "exp": now + 60,
        "iat": now,
        "jti": secrets.token_hex(16),
        **overrides,
    }
    return jose.sign(
        json.dumps(key), {name: _resolve(value, issuer, now) for name, value in _present(claims)}, typ="JWT"
    )


def form(assertion: str, **more: str) -> dict[str, str]:
    """Return a token request that the assertion authenticates."""
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": TYPE,
        "client_assertion": assertion,
        **more,
    }


def _present(claims: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in claims.items() if value is not ABSENT]


def _resolve(value: Any, issuer: str, now: int) -> Any:
    match value:
        case After():
            return now + value.seconds
        case list():
            return [issuer if one is ISSUER else one for one in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


CLOCKS = [
    pytest.param(-10, id="ten seconds behind"),
    pytest.param(0, id="right"),
    pytest.param(10, id="ten seconds ahead"),
]

WRONG = [
    pytest.param({"iss": ABSENT}, id="jwt_has_issuer_claim: none"),
    pytest.param({"iss": "someone"}, id="jwt_has_issuer_claim: another's"),
    pytest.param({"aud": ABSENT}, id="jwt_has_audience_claim: none"),
    pytest.param({"aud": [ISSUER]}, id="jwt_has_audience_claim: an array"),
    pytest.param({"aud": "https://auth.example/token"}, id="jwt_has_audience_claim: a token endpoint"),
    pytest.param({"aud": "https://evil.example"}, id="jwt_has_audience_claim: foreign"),
    pytest.param({"exp": ABSENT}, id="jwt_is_expiration_checked: none"),
    pytest.param({"exp": After(-10)}, id="jwt_is_expiration_checked: ten seconds ago"),
    pytest.param({"exp": After(-300)}, id="jwt_is_expiration_checked: five minutes ago"),
    pytest.param({"exp": After(86_400)}, id="jwt_is_expiration_checked: a day ahead"),
    pytest.param({"exp": "soon"}, id="jwt_is_expiration_checked: text"),
    pytest.param({"exp": True}, id="jwt_is_expiration_checked: a boolean"),
    pytest.param({"iat": After(60)}, id="jwt_is_issued_at_checked: in the future"),
    pytest.param({"iat": After(-7200)}, id="jwt_is_issued_at_checked: two hours ago"),
    pytest.param({"nbf": After(60)}, id="jwt_is_not_before_checked: in the future"),
    pytest.param({"jti": ABSENT}, id="no jti"),
    pytest.param({"jti": ""}, id="empty jti"),
    pytest.param({"jti": "x" * 256}, id="endless jti"),
    pytest.param({"jti": ["once"]}, id="jti as list"),
    pytest.param({"sub": ABSENT}, id="jwt_has_subject_claim: none"),
    pytest.param({"sub": "someone"}, id="jwt_has_subject_claim: another's"),
    pytest.param({"key": STRANGER}, id="jwt_is_signature_checked: signed by a stranger under our kid"),
    pytest.param({"noise": "x" * 9000}, id="huge claims"),
]
