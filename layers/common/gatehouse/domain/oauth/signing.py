"""The service's signing keys: one signs, the next is already published, the previous are still published."""

import hmac
import json
from collections.abc import Mapping
from copy import replace
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from gatehouse.domain.kernel.secretive import Secretive

PUBLISHED_BEFORE_USE_SECONDS = 2 * 60 * 60
"""How long a key stands in the JWKS before it signs, so that every verifier has it."""

TOKEN_LIFETIME_MAX_SECONDS = 24 * 60 * 60
"""The longest life of what a key signs, whatever an application or its organisation wants."""

KEPT_AFTER_USE_SECONDS = TOKEN_LIFETIME_MAX_SECONDS + 60 * 60
"""How long a key stays after it last signed: until its last token has expired, and an hour."""


_SUCCESSORS = b"gatehouse: successors of refresh tokens"


class SigningKey(Secretive, frozen=True, kw_only=True):
    """One key pair.

    Attributes:
        private_jwk: JWK in JSON.
        published_at: NumericDate from which it stands in the JWKS.
        retired_at: NumericDate from which it no longer signs; 0 while it may.
    """

    SECRETS = frozenset({"private_jwk"})

    kid: str
    private_jwk: str
    published_at: int
    retired_at: int = 0


class SigningKeys(msgspec.Struct, frozen=True, kw_only=True):
    """All of them; the secret holds this value in JSON."""

    current: SigningKey
    next: SigningKey
    previous: tuple[SigningKey, ...] = ()

    def find(self, kid: str) -> SigningKey | None:
        """Return the key of that id."""
        return next((key for key in (self.current, self.next, *self.previous) if key.kid == kid), None)


class TooEarlyError(Exception):
    """The next key was published less than two hours ago; verifiers may not have it yet."""


class Signer(Protocol):
    """Signs with the service's keys. Implemented by `storage.signing_keys`."""

    def current_kid(self) -> str:
        """Return the id of the key that signs now."""
        ...

    def find_algorithm(self, kid: str) -> str:
        """Return that key's algorithm, such as RS256."""
        ...

    def derivation_kid(self) -> str:
        """Return the id of a key to derive with now, perhaps a quarter of an hour behind the one that signs."""
        ...

    def find_derivation_key(self, kid: str) -> bytes:
        """Return that key's secret for what is derived and not signed."""
        ...

    def sign(self, claims: Mapping[str, Any], *, typ: str, kid: str) -> str:
        """Return a JWT signed with that key, perhaps replaced meanwhile; the same claims give the same token."""
        ...


class PublicKeyStore(Protocol):
    """Where the public halves of the signing keys are kept."""

    def find_public_keys(self) -> Mapping[str, Any]:
        """Return the JWK Set, at most the cache seconds old."""
        ...


@lru_cache(maxsize=8)
def derivation_key(key: SigningKey) -> bytes:
    """Return 256 bits that nobody knows without the private key (HKDF-Extract, RFC 5869 section 2.2)."""
    return hmac.digest(_SUCCESSORS, key.private_jwk.encode(), "sha256")


def rotate(keys: SigningKeys, fresh: SigningKey, now: int) -> SigningKeys:
    """Promote `next`; the old key stays published until its last token has expired.

    Raises:
        TooEarlyError: `next` is too young.
    """
    if now < keys.next.published_at + PUBLISHED_BEFORE_USE_SECONDS:
        raise TooEarlyError(f"the next key was published at {keys.next.published_at}")
    retired = replace(keys.current, retired_at=now)
    kept = tuple(key for key in (retired, *keys.previous) if now < key.retired_at + KEPT_AFTER_USE_SECONDS)
    return SigningKeys(current=keys.next, next=fresh, previous=kept)


def parse(text: str) -> SigningKeys:
    """Read the secret's value.

    Raises:
        ValueError: It is not one.
    """
    return msgspec.convert(json.loads(text), SigningKeys)


def render(keys: SigningKeys) -> str:
    """Return the secret's value."""
    return json.dumps(msgspec.to_builtins(keys))
