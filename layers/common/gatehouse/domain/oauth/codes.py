"""Authorization codes (RFC 6749 section 4.1.2): short-lived, for one client, one redirect URI and one verifier.

A code is made together with the id of the grant it will become. Redeeming it is the one conditional write
that stores this grant: whoever comes second finds it there, and it is revoked.
"""

from typing import Protocol

import msgspec

from gatehouse.domain.kernel import digests

GRANT_TYPE = "authorization_code"
LIFETIME_SECONDS = 60

_CODE_MAX_CHARACTERS = 100


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What the user agreed to, until the client fetches it.

    Attributes:
        digest: SHA-256 of the code, which is kept nowhere.
        grant_id: The grant that it becomes when it is redeemed.
        dropped_scopes: See `Grant`.
        resources: The APIs that the authorization request named; see `Grant`.
        code_challenge: Of PKCE; None if the client need not use it and did not.
        nonce: For the ID token (OpenID Connect Core section 3.1.2.1).
        authenticated_at: NumericDate of the proof behind it: the ID token's `auth_time`.
        signed_in_at: NumericDate of the sign-in, if that came later; None if it was the proof.
        generation: The session's; the grant inherits this and the three below.
        connection_generation: The user's for the client.
        client_generation: The client's.
        organisation_generation: The session's.
        expires_at: NumericDate; also the TTL attribute.
    """

    digest: bytes
    grant_id: str
    organisation: str
    client_id: str
    redirect_uri: str
    user_id: str
    username: str
    scopes: frozenset[str]
    dropped_scopes: frozenset[str] = frozenset()
    resources: tuple[str, ...] = ()
    code_challenge: str | None = None
    nonce: str | None = None
    authenticated_at: int
    signed_in_at: int | None = None
    methods: frozenset[str]
    generation: str
    connection_generation: str
    client_generation: str
    organisation_generation: str
    expires_at: int


class CodeStore(Protocol):
    """Where codes are kept. Codes are random, so their digests are globally unique."""

    def add_code(self, organisation: str, code: Code) -> None:
        """Store a new code."""
        ...

    def find_code(self, organisation: str, digest: bytes) -> Code | None:
        """Return the code, read strongly, however old it is."""
        ...


def digest(code: str) -> bytes:
    """Return the form in which a code is stored; an overlong one is cut, since it is nobody's."""
    return digests.digest(code[:_CODE_MAX_CHARACTERS])
