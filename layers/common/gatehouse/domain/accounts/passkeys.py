"""Passkeys as they are stored (WebAuthn Level 3)."""

from dataclasses import dataclass

PASSKEYS_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One credential of a user.

    Attributes:
        credential_id: The authenticator's name for it.
        public_key: COSE key.
        sign_count: The last signature counter; synced passkeys count nothing.
        rp_id: The relying party that it was made for.
        is_synced: Whether it is kept outside one device (the backup flags).
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
