"""Proof Key for Code Exchange (RFC 7636), by S256 and nothing else."""

import base64
import hashlib
import hmac
import re

METHOD = "S256"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(challenge: str) -> bool:
    """Say whether it can be an S256 challenge: 256 bits in base64url (section 4.2)."""
    return _CHALLENGE.fullmatch(challenge) is not None


def matches(verifier: str | None, challenge: str | None) -> bool:
    """Say whether the verifier proves the challenge; without a challenge there must be no verifier either.

    Both ways of dropping one half are attacks (RFC 9700 section 4.8).
    """
    if verifier is None or challenge is None:
        return verifier is None and challenge is None
    if not _VERIFIER.fullmatch(verifier):
        return False
    derived = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(derived, challenge.encode())
