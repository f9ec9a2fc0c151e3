"""Passkeys (WebAuthn Level 3): what an authenticator's answer proves. The only importer of webauthn."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from copy import replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gatehouse.domain.accounts import factors, passkey_challenges, quotas
from gatehouse.domain.accounts.passkey_challenges import CHALLENGE_SECONDS, Challenge
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, json_values

PASSKEYS_MAX = quotas.most("passkeys")
NAME_MAX_CHARACTERS = 60
NAME_RULE = "A name has 1 to 60 characters, and none that nobody sees."

_CREDENTIAL_MAX_CHARACTERS = 16 * 1024
_CREDENTIAL_ID_MAX_BYTES = 1023  # WebAuthn section 4, "Credential ID"
_TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})
_ALGORITHMS = (-7, -8, -257)  # ES256, Ed25519, RS256
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """One credential of a user.

    Attributes:
        credential_id: The authenticator's name for it.
        public_key: COSE key.
        sign_count: The last signature counter; synced passkeys count nothing.
        rp_id: The relying party that it was made for.
        is_synced: Whether it may be kept outside one device (the flag BE).
        transports: How browsers may reach it.
        name: What the user calls it.
        since: NumericDate of its enrolment.
        used_at: NumericDate of its last use; 0 if it was never used.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int = 0
    rp_id: str = ""
    is_synced: bool = False
    transports: tuple[str, ...] = ()
    name: str = ""
    since: int = 0
    used_at: int = 0

    @property
    def passkey_id(self) -> str:
        """What names it on the account page."""
        return hashlib.sha256(self.credential_id).hexdigest()[:16]


class RelyingParty(msgspec.Struct, frozen=True, kw_only=True):
    """Who passkeys are made for: the deployment's public URL decides, never a request."""

    rp_id: str
    origin: str

    @classmethod
    def of(cls, public_url: str) -> "RelyingParty | None":
        """Return it; None without a URL of ours, or with an address, which can be no relying party."""
        url = urlsplit(public_url)
        host = url.hostname or ""
        if url.scheme != "https" or not host or _ADDRESS.fullmatch(host):
            return None
        return cls(rp_id=host, origin=f"https://{url.netloc}")


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser sent for a sign-in: which credential, whose by its own account, and the rest unchecked."""

    credential_id: bytes
    user_handle: bytes
    content: Mapping[str, Any]


def presented_challenge(credential: str) -> str | None:
    """Return the challenge that a browser says it answered; the answer's signature covers it."""
    client = _client_data(_parse(credential))
    return str(client["challenge"]) if "challenge" in client else None


def creation_options(party: RelyingParty, name: str, user: User, known: Sequence[Passkey], challenge: str) -> str:
    """Return what `navigator.credentials.create` takes, as JSON (WebAuthn section 5.4)."""
    options = {
        "rp": {"id": party.rp_id, "name": name},
        "user": {
            "id": digests.base64url(user_handle(user)),
            "name": f"{user.username}@{user.organisation}",
            "displayName": user.display_name or user.username,
        },
        "challenge": challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": one} for one in _ALGORITHMS],
        "excludeCredentials": [_descriptor(one) for one in known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "timeout": CHALLENGE_SECONDS * 1000,
    }
    return json.dumps(options)


def of_party(party: RelyingParty, known: Sequence[Passkey]) -> tuple[Passkey, ...]:
    """Return the passkeys that this relying party can ask for: a change of the public URL leaves others behind."""
    return tuple(one for one in known if one.rp_id == party.rp_id)


def request_options(party: RelyingParty, known: Sequence[Passkey], challenge: str) -> str:
    """Return what `navigator.credentials.get` takes, as JSON (WebAuthn section 5.5).

    Without known passkeys the authenticator offers those that it has; then it has to verify the user.
    """
    options = {
        "challenge": challenge,
        "rpId": party.rp_id,
        "allowCredentials": [_descriptor(one) for one in known],
        "userVerification": "preferred" if known else "required",
        "timeout": CHALLENGE_SECONDS * 1000,
    }
    return json.dumps(options)


def register(party: RelyingParty, credential: str, challenge: Challenge, *, name: str, now: int) -> Passkey | None:
    """Return the passkey that a browser made; None if anything about the answer is wrong."""
    content = _parse(credential)
    if _is_cross_origin(content):
        return None
    from webauthn import verify_registration_response  # only where passkeys are used: no start waits for it
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = verify_registration_response(
            credential=dict(content),
            expected_challenge=challenge.content,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, KeyError, TypeError, ValueError, AttributeError):
        return None
    if len(made.credential_id) > _CREDENTIAL_ID_MAX_BYTES:
        return None
    return Passkey(
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        rp_id=party.rp_id,
        is_synced=made.credential_device_type.value == "multi_device",
        transports=_transports(content),
        name=name,
        since=now,
    )


def parse_assertion(credential: str) -> Assertion | None:
    """Read what a browser sent for a sign-in; it is still to be verified."""
    content = _parse(credential)
    if _is_cross_origin(content):
        return None
    credential_id = passkey_challenges.decode(str(content.get("rawId", "")))
    handle = passkey_challenges.decode(str(content["response"].get("userHandle") or ""))
    if not credential_id or handle is None:
        return None
    return Assertion(credential_id=credential_id, user_handle=handle, content=content)


def verify(
    party: RelyingParty, assertion: Assertion, passkey: Passkey, challenge: Challenge, *, is_alone: bool, now: int
) -> tuple[Passkey, frozenset[str]] | None:
    """Return the passkey as it is after its use, and what it proves; None if anything about the answer is wrong.

    The counter decides nothing here: synced passkeys do not count, and a lower count is a signal, no proof.

    Args:
        party: Who we are.
        assertion: What the browser sent.
        passkey: The user's, of that credential id.
        challenge: Ours.
        is_alone: Whether there is no other factor, so that the authenticator has to have verified the user.
        now: NumericDate.
    """
    from webauthn import verify_authentication_response  # see above
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        used = verify_authentication_response(
            credential=dict(assertion.content),
            expected_challenge=challenge.content,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=is_alone,
        )
    except (WebAuthnException, KeyError, TypeError, ValueError, AttributeError):
        return None
    kind = factors.SOFTWARE_KEY if passkey.is_synced else factors.HARDWARE_KEY
    more = {factors.MULTI_FACTOR} if used.user_verified else set[str]()
    after = replace(passkey, sign_count=used.new_sign_count, used_at=now)
    return after, frozenset({kind, factors.USER_PRESENCE, *more})


def has_counter_regressed(before: Passkey, after: Passkey) -> bool:
    """Say whether the counter did not increase, as if there were a copy of the authenticator."""
    return before.sign_count > 0 and after.sign_count <= before.sign_count


def user_handle(user: User) -> bytes:
    """Return how authenticators know the user: random, and the same in no other organisation."""
    return hashlib.sha256(f"{user.organisation} {user.user_id}".encode()).digest()


def _descriptor(passkey: Passkey) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "public-key", "id": digests.base64url(passkey.credential_id)}
    return {**found, "transports": list(passkey.transports)} if passkey.transports else found


def _parse(credential: str) -> dict[str, Any]:
    return json_values.parse_members(credential) if len(credential) <= _CREDENTIAL_MAX_CHARACTERS else {}


def _client_data(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the browser says of the credential's use; nothing where it cannot be read."""
    said = json_values.members(content.get("response")).get("clientDataJSON", "")
    return json_values.parse_members(passkey_challenges.decode(str(said)) or b"")


def _is_cross_origin(content: Mapping[str, Any]) -> bool:
    """Say whether the credential was used in a frame of another site; what cannot be read counts as that."""
    client = _client_data(content)
    return not client or bool(client.get("crossOrigin")) or "topOrigin" in client


def _transports(content: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(_TRANSPORTS & set(map(str, json_values.elements(content["response"].get("transports"))))))
