"""Challenges of passkeys (WebAuthn Level 3 section 13.4.3).

A challenge needs no memory before it is used: it is random, says its time, and is authenticated for one browser and one
purpose under a key that no table holds. Its use is stored by a write that fails if it was used (`Challenge.digest`).
"""

import base64
import hashlib
import hmac
import secrets
from typing import Literal

import msgspec

from gatehouse.domain.kernel import digests

CHALLENGE_SECONDS = 600

_NONCE_BYTES, _TIME_BYTES, _MAC_BYTES = 16, 8, 32
_CHALLENGE_BYTES = _NONCE_BYTES + _TIME_BYTES + _MAC_BYTES

type Purpose = Literal["sign in", "second step", "enrol"]


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """A challenge that came back.

    Attributes:
        expires_at: NumericDate from which it is refused anyway, so that its use may be forgotten.
    """

    content: bytes
    expires_at: int

    @property
    def digest(self) -> bytes:
        """Under which its use is stored."""
        return hashlib.sha256(self.content).digest()


def create(key: bytes, purpose: Purpose, browser: str, now: int) -> str:
    """Return a new challenge for one browser, as base64url."""
    body = secrets.token_bytes(_NONCE_BYTES) + now.to_bytes(_TIME_BYTES, "big")
    return digests.base64url(body + _mac(key, purpose, browser, body))


def open_presented(key: bytes, purpose: Purpose, browser: str, presented: str, now: int) -> Challenge | None:
    """Return the challenge if it is ours, of this browser and purpose, and of the last ten minutes."""
    content = decode(presented[:200])
    if content is None or len(content) != _CHALLENGE_BYTES:
        return None
    body, mac = content[:-_MAC_BYTES], content[-_MAC_BYTES:]
    at = int.from_bytes(body[_NONCE_BYTES:], "big")
    is_ours = hmac.compare_digest(mac, _mac(key, purpose, browser, body))
    if not is_ours or not at <= now < at + CHALLENGE_SECONDS:
        return None
    return Challenge(content=content, expires_at=at + CHALLENGE_SECONDS)


def decode(text: str) -> bytes | None:
    """Return the bytes; None of what is no base64url."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None


def _mac(key: bytes, purpose: Purpose, browser: str, body: bytes) -> bytes:
    return hmac.digest(key, f"passkey {purpose} {browser} ".encode() + body, "sha256")
