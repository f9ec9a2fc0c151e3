"""Time-based one-time passwords (RFC 6238), as authenticator apps make them: HMAC-SHA-1, six digits, 30 seconds."""

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

PERIOD_SECONDS = 30
DIGITS = 6

_SECRET_BYTES = 20  # "The length of the shared secret MUST be at least 128 bits. [...] 160 bits" (RFC 4226 section 4)
_DRIFT_STEPS = 1  # "at most one time step is allowed as the network delay" (RFC 6238 section 5.2)


def generate_secret() -> bytes:
    """Return a new shared secret: 160 random bits."""
    return secrets.token_bytes(_SECRET_BYTES)


def code(secret: bytes, step: int) -> str:
    """Return the code of a time step (RFC 4226 section 5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def match(secret: bytes, typed: str, now: int, last_step: int) -> int | None:
    """Return the time step whose code was typed; None if it is none, or of no step after the last one that was used.

    "The verifier MUST NOT accept the second attempt of the OTP after the successful validation has been issued"
    (RFC 6238 section 5.2). Whoever stores the step does so only if it is later than the last one.
    """
    current = now // PERIOD_SECONDS
    found = None
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        is_right = hmac.compare_digest(code(secret, step).encode(), typed.encode(errors="replace"))
        if is_right and step > last_step:
            found = step
    return found


def is_code(typed: str) -> bool:
    """Say whether the text has the form of a code."""
    return len(typed) == DIGITS and typed.isascii() and typed.isdigit()


def spell(secret: bytes) -> str:
    """Return the secret as people type it into an app that reads no QR code."""
    return base64.b32encode(secret).decode()


def uri(secret: bytes, *, issuer: str, account: str) -> str:
    """Return what the QR code says: the `otpauth` URI of Google Authenticator's key format, which all apps read."""
    query = urlencode({"secret": spell(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer, safe='')}:{quote(account, safe='@')}?{query}"
