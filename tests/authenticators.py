"""An authenticator in software: makes passkeys and answers challenges as WebAuthn says, and as it does not."""

import hashlib
import html
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from gatehouse.domain.accounts.passkey_challenges import decode
from gatehouse.domain.kernel.digests import base64url

ORIGIN = "https://auth.example"
_PRESENT, _VERIFIED, _ELIGIBLE, _BACKED_UP, _ATTESTED = 1, 4, 8, 16, 64


def options_in(body: str) -> dict[str, Any]:
    """Return what a page asks the browser for."""
    found = re.search(r'data-options="([^"]*)"', body)
    assert found, body
    return json.loads(html.unescape(found[1]))


@dataclass
class Authenticator:
    """One credential on one device.

    Attributes:
        verifies: Whether it knows its user, by a finger or a PIN.
        is_synced: Whether its credential may be copied.
        count: What it counts; synced ones stay at 0.
    """

    verifies: bool = True
    is_synced: bool = True
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    user_handle: bytes = b""

    def create(self, options: dict[str, Any], origin: str = ORIGIN, **client: Any) -> str:
        """Make the passkey; return what the browser sends."""
        self.user_handle = decode(options["user"]["id"]) or b""
        numbers = self.key.public_key().public_numbers()
        x, y = (one.to_bytes(32, "big") for one in (numbers.x, numbers.y))
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        size = len(self.credential_id).to_bytes(2, "big")
        content = self._data(options["rp"]["id"], _ATTESTED) + bytes(16) + size + self.credential_id + cose
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": content})
        response = {
            "clientDataJSON": base64url(self._client("webauthn.create", options["challenge"], origin, client)),
            "attestationObject": base64url(attestation),
            "transports": ["internal", "hybrid"],
        }
        return self._credential(response)

    def answer(self, options: dict[str, Any], origin: str = ORIGIN, rp_id: str = "", **client: Any) -> str:
        """Answer a challenge; return what the browser sends."""
        data = self._data(rp_id or options["rpId"], 0)
        spelled = self._client("webauthn.get", options["challenge"], origin, client)
        signature = self.key.sign(data + hashlib.sha256(spelled).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": base64url(spelled),
            "authenticatorData": base64url(data),
            "signature": base64url(signature),
            "userHandle": base64url(self.user_handle),
        }
        return self._credential(response)

    def _data(self, rp_id: str, more: int) -> bytes:
        flags = _PRESENT | (_VERIFIED if self.verifies else 0) | more
        flags |= _ELIGIBLE | _BACKED_UP if self.is_synced else 0
        if not self.is_synced:
            self.count += 1
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, origin: str, more: dict[str, Any]) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False, **more}
        ).encode()

    def _credential(self, response: dict[str, Any]) -> str:
        name = base64url(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
